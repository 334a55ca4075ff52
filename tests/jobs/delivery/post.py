"""A real SMTP server for tests: keeps what it is sent, and can be told to refuse or to fall silent."""

from __future__ import annotations

import email
import email.policy
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class PostOffice:
    """What arrived, in order.

    ``refuse``: answer to every mail. ``hang_up``: so many mails are taken and the line is cut without an answer.
    ``on_recipient`` and ``on_arrival``: done, one each time, when a recipient is named and when a mail was taken.
    """

    port: int = 0
    arrived: list[EmailMessage] = field(default_factory=list)
    refuse: str | None = None
    hang_up: int = 0
    asked: int = 0
    on_recipient: list[Callable[[], None] | None] = field(default_factory=list)
    on_arrival: list[Callable[[], None] | None] = field(default_factory=list)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        _do_next(self.on_recipient)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.asked += 1
        if self.refuse:
            return self.refuse
        content: Any = envelope.content
        self.arrived.append(email.message_from_bytes(content, policy=email.policy.default))  # type: ignore[arg-type]
        _do_next(self.on_arrival)
        if self.hang_up:
            self.hang_up -= 1
            assert server.transport is not None
            server.transport.abort()
        return "250 OK"

    def texts(self) -> list[str]:
        return [text(mail) for mail in self.arrived]

    def of(self, person: str) -> list[EmailMessage]:
        return [mail for mail in self.arrived if str(mail["To"]).startswith(person)]


def _do_next(things: list[Callable[[], None] | None]) -> None:
    thing = things.pop(0) if things else None
    if thing is not None:
        thing()


def text(mail: EmailMessage) -> str:
    """What the mail tells, without the head of the record below it."""
    return whole_text(mail).partition("\n\n")[0]


def whole_text(mail: EmailMessage) -> str:
    plain = mail.get_body(("plain",))
    assert plain is not None
    return str(plain.get_content()).replace("\r\n", "\n").strip()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def a_post_office() -> Iterator[PostOffice]:
    """A post office on this machine."""
    office = PostOffice(free_port())
    controller = Controller(office, hostname="127.0.0.1", port=office.port)
    controller.start()
    try:
        yield office
    finally:
        controller.stop()
