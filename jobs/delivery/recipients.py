"""Who is told what, and how: the one file of recipients.

``recipients.yaml`` (``RULE19_RECIPIENTS``, else in ``RULE19_HOME``) holds people, the roles they have, the channels they
are told by, and what the program cannot know of groups and companies (who must file, who is listed). docs/deadlines.md
shows one. Every fault is found at once and named with its entry and what was expected. Without the file there is one
recipient, ``operator``, who is told everything by plain files in ``RULE19_HOME/alerts``.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from fnmatch import fnmatchcase
from pathlib import Path

from consolidation.sentence import Phrase, Sentence, in_words
from jobs.delivery.recipients_file import (
    EVERY_DEADLINE,
    OTHER_TOPICS,
    QuietHours,
    UnusableRecipients,
    about,
    read_recipients,
)
from monitoring.access.tables import lower
from monitoring.alerts.outbox import TOPICS, Addressee
from monitoring.calendar import CHINA
from monitoring.obligations.parties import ObligationSettings
from monitoring.preferences.register import topic_kind
from monitoring.store.database import home

__all__ = [
    "Recipient",
    "RecipientRole",
    "Recipients",
    "UnusableRecipients",
    "load_recipients",
    "recipients_path",
]

FILE_VARIABLE = "RULE19_RECIPIENTS"
FILE_NAME = "recipients.yaml"


@dataclass(frozen=True, slots=True)
class RecipientRole:
    """What somebody in this role hears of: topics (obligations by pattern, and others) about parties (empty: all)."""

    name: str
    topics: tuple[str, ...] = (*EVERY_DEADLINE, *OTHER_TOPICS)
    parties: frozenset[str] = frozenset()
    next_level: str | None = None

    def hears(self, topic: str, party_id: str) -> bool:
        """Whether an alert concerns this role."""
        concerns = not self.parties or not party_id or party_id in self.parties
        return concerns and any(fnmatchcase(topic, pattern) for pattern in self.topics)


@dataclass(frozen=True, slots=True)
class Recipient:
    """A recipient. ``digest``: told once a day at this hour; None: at once. Hours are those of China.

    ``account`` is the person's on the dashboard, if there is one; ``topics`` is what the person wants to hear of.
    """

    name: str
    roles: tuple[str, ...]
    channels: tuple[str, ...]
    mail: str | None = None
    language: str = "zh"
    parties: frozenset[str] = frozenset()
    digest: time | None = None
    quiet: QuietHours | None = None
    account: str = ""
    topics: tuple[str, ...] = TOPICS
    by_topics: bool = False

    def hears(self, topic: str, party_id: str, concerned: Collection[str]) -> bool:
        """Whether the person is told of a topic about a party that concerns these roles.

        Who was added on the page has no role: told of the topics chosen there, and where held to parties of theirs only.
        """
        if topic_kind(topic) not in self.topics:
            return False
        if self.by_topics:
            return not self.parties or party_id in self.parties
        in_scope = not self.parties or not party_id or party_id in self.parties
        return in_scope and not set(concerned).isdisjoint(self.roles)

    def may_be_told(self, now: datetime, since: datetime, urgent: bool) -> bool:
        """Whether what waits since ``since`` may go out now: not in quiet hours, and at the hour of the digest or later.

        What is urgent does not wait for the digest.
        """
        local = now.astimezone(CHINA)
        if self.quiet and self.quiet.cover(local.time()):
            return False
        if self.digest is None or urgent:
            return True
        hour = datetime.combine(local.date(), self.digest, CHINA)
        return since <= (hour if hour <= local else hour - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Recipients:
    """The whole file. ``channels``: name → address with places for secrets, or ``file://FOLDER``; ``base_url``: of the dashboard.

    ``settings`` are None without a file: the store keeps what was said last, by whoever has one.
    """

    people: Mapping[str, Recipient]
    roles: Mapping[str, RecipientRole]
    channels: Mapping[str, str]
    settings: ObligationSettings | None = None
    source: Sentence = Sentence(())
    base_url: str = ""

    def addressees(
        self, topic: str, party_id: str, escalated: bool, only_to: str | None = None
    ) -> Iterator[Addressee]:
        """Who is told of an alert, on which channels; nobody twice. What is for one account alone goes to nobody else."""
        if only_to is not None:
            for person in self.people.values():
                if person.account == only_to:
                    yield from (Addressee(person.name, channel) for channel in person.channels)
            return
        concerned = {role.name for role in self.roles.values() if role.hears(topic, party_id)}
        if escalated:
            above = {self.roles[name].next_level for name in concerned}
            concerned |= {name for name in above if name is not None}
        for person in self.people.values():
            if person.hears(topic, party_id, concerned):
                for channel in person.channels:
                    yield Addressee(person.name, channel)

    def obligations_of(self, role: str) -> tuple[tuple[str, ...], frozenset[str]]:
        """The patterns of obligations and the parties of a role.

        :raises KeyError: for a role that is not in the file.
        """
        found = self.roles[role]
        return tuple(topic for topic in found.topics if topic not in OTHER_TOPICS), found.parties


def recipients_path() -> Path:
    """Where the file is, or would be."""
    given = os.environ.get(FILE_VARIABLE)
    return Path(given).expanduser() if given else home() / FILE_NAME


def load_recipients() -> Recipients:
    """The recipients as the file says; without a file the operator and plain files.

    :raises UnusableRecipients: with one sentence for each fault.
    """
    path = recipients_path()
    if not path.exists():
        if os.environ.get(FILE_VARIABLE):
            absent = Phrase("recipients.fault.absent", {"variable": FILE_VARIABLE})
            raise UnusableRecipients([about(path, absent)])
        return _operator()
    return from_file(path)


def from_file(path: Path) -> Recipients:
    """The recipients of one file.

    :raises UnusableRecipients: with one sentence for each fault.
    """
    file = read_recipients(path)
    roles = {
        name: RecipientRole(name, (*role.obligations, *role.alerts), role.parties, role.next_level)
        for name, role in file.roles.items()
    }
    people = {
        name: Recipient(
            name,
            person.roles,
            person.channels,
            person.mail,
            person.language or file.language,
            person.parties,
            person.digest,
            person.quiet_hours if "quiet_hours" in person.model_fields_set else file.quiet_hours,
            lower(person.account or name),
        )
        for name, person in file.people.items()
    }
    settings = ObligationSettings(file.track_from, file.groups, file.companies)
    return Recipients(people, roles, file.channels, settings, Sentence((str(path),)), file.base_url)


def _operator() -> Recipients:
    channels = {"file": f"file://{home() / 'alerts'}"}
    operator = Recipient("operator", ("everyone",), ("file",))
    source = in_words("recipients.built-in", file=str(recipients_path()))
    return Recipients(
        {"operator": operator}, {"everyone": RecipientRole("everyone")}, channels, source=source
    )
