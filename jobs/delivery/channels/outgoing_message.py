"""A message as a channel sends it, and what every channel can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from consolidation.words import say
from monitoring.alerts.messages import Answer, ClaimedMessage

CONNECT_SECONDS = 15
ANSWER_SECONDS = 60

MarkInFlight = Callable[[], None]
"""Says that the message may arrive from now on; raises where it must not go out any more."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail shows: HTML, the PNG pictures that it names as ``cid:<id>``, by id, and all of it but these as plain text."""

    html: str
    pictures: Mapping[str, bytes]
    text: str


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message as a channel sends it; ``moment`` is when it was claimed, ``letter`` what a mail shows."""

    key: str
    subject: str
    body: str
    maybe_duplicate: bool
    moment: datetime
    letter: Letter | None = None

    @classmethod
    def of(cls, message: ClaimedMessage, language: str, moment: datetime) -> OutgoingMessage:
        """From a claimed message; one of several, or one that may be a duplicate, says so at the start of its subject."""
        subject = " ".join(message.subject.split())
        if message.parts > 1:
            subject = say("alert.part", language, part=message.part, parts=message.parts) + subject
        if message.maybe_duplicate:
            subject = say("alert.maybe_duplicate", language) + subject
        return cls(message.key, subject, message.body, message.maybe_duplicate, moment)

    @property
    def whole(self) -> str:
        """Subject and body in one text, for channels that know no subject."""
        return f"{self.subject}\n{self.body}"


class Channel(Protocol):
    """A way to tell somebody.

    ``most_bytes``: how long a text may be; ``most_a_minute``: how many messages all who share the channel may be sent in a
    minute, None: any number.
    """

    most_bytes: int
    most_a_minute: int | None

    def send(self, message: OutgoingMessage, mark_in_flight: MarkInFlight) -> Answer:
        """Send one message. Whatever ``mark_in_flight`` raises comes out, and the message has not gone."""
