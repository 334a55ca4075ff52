"""The network of a simulation: an SMTP server that takes mail, refuses it, answers late or never.

It stands in the place of ``smtplib.SMTP``, so that the real channel speaks to it; only the wire is simulated.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from jobs.delivery import channels, sender
from jobs.delivery.channels.mail import Mail
from jobs.delivery.channels.outgoing_message import OutgoingMessage
from tests.simulation.timeline import Timeline

ADDRESS = "mailto://127.0.0.1:25?from=rule19@example.com"
_KEY = re.compile(rb"^X-Rule19-Key: (\w+)", re.MULTILINE)

FAULTS = {
    "well": {},
    "flaky": {"unreachable": 0.1, "late": 0.1, "cut": 0.1, "busy": 0.1},
    "away": {"unreachable": 1.0},
    "refusing": {"busy": 0.5, "unknown": 0.3},
    "slow": {"late": 0.5},
}
"""How the server is in an episode: which fault how often."""


@dataclass
class MailServer:
    """``on_arrival`` is told of each mail that is taken: to whom, with which key, and whether it says that it may be a second."""

    timeline: Timeline
    on_arrival: Callable[[str, str, bool], None]
    state: str = "well"
    seen: Counter[str] = field(default_factory=Counter)

    def has(self, fault: str) -> bool:
        """Whether a fault happens now."""
        happens = self.timeline.chance.random() < FAULTS[self.state].get(fault, 0.0)
        self.seen[fault] += happens
        return happens

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Stand in the place of the network."""
        session = type("Session", (_Session,), {"server": self})
        with patch("smtplib.SMTP", session), patch("ssl.create_default_context", lambda: None):
            yield


@contextmanager
def written_shortly() -> Iterator[None]:
    """A mail is its key and its mark: what it looks like is half of what a seed costs and decides nothing in one.

    So nobody is named in it, it shows no hash of the record, and how it is told is not set on a page.
    """
    with (
        patch.object(sender, "letter", lambda *_: None),
        patch.object(sender, "chain", SimpleNamespace(head=lambda _connection: None)),
        patch.object(sender._Pass, "names", lambda *_: {}),
        patch.object(sender.Sender, "_as_set_on_the_page", lambda _self, recipients: recipients),
        patch.object(Mail, "_text", lambda _self, message: _short(message)),
        patch.object(channels, "_plugin", _PLUGIN),
    ):
        yield


_PLUGIN = cache(channels._plugin)


def _short(message: OutgoingMessage) -> bytes:
    mark = "X-Rule19-Duplicate: maybe\r\n" if message.maybe_duplicate else ""
    return f"X-Rule19-Key: {message.key}\r\n{mark}\r\n{message.body}\r\n".encode()


class _Session:
    """What ``smtplib.SMTP`` gives to the channel."""

    server: MailServer

    def __init__(self, host: str, port: int, timeout: float, context: Any = None) -> None:
        self.sock = self
        self._answer: tuple[int, bytes] | Exception = (250, b"OK")
        self._wait(0.05, 1)
        if self.server.has("unreachable"):
            raise ConnectionRefusedError(111, "Connection refused")

    def _wait(self, least: float, most: float) -> None:
        self.server.timeline.takes(self.server.timeline.chance.uniform(least, most))

    def settimeout(self, seconds: float) -> None:
        self._timeout = seconds

    def ehlo_or_helo_if_needed(self) -> None:
        self._wait(0.01, 0.1)

    def mail(self, sender: str) -> tuple[int, bytes]:
        return 250, b"OK"

    def rcpt(self, address: str) -> tuple[int, bytes]:
        self._wait(0.01, 0.1)
        self._to = address.partition("@")[0]
        return (550, b"no such user") if self.server.has("unknown") else (250, b"OK")

    def docmd(self, command: str) -> tuple[int, bytes]:
        return 354, b"go on"

    def send(self, content: bytes) -> None:
        self._wait(0.01, 0.5)
        server = self.server
        if server.has("busy"):
            self._answer = (451, b"try again")
            return
        if server.has("cut"):
            self._answer = ConnectionResetError(104, "Connection reset by peer")
            if server.timeline.chance.random() < 0.5:
                return
        elif server.has("late"):
            self._answer = TimeoutError("timed out")
        found = _KEY.search(content)
        assert found is not None
        server.on_arrival(self._to, found[1].decode(), b"X-Rule19-Duplicate: maybe" in content)

    def getreply(self) -> tuple[int, bytes]:
        self._wait(0.01, 0.5)
        if isinstance(self._answer, TimeoutError):
            self.server.timeline.takes(self._timeout)
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer

    def quit(self) -> None:
        self._wait(0.01, 0.1)

    def close(self) -> None:
        pass
