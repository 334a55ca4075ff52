"""Mail by SMTP: Apprise reads the address and opens the session, the rest is done here to know what became of it."""

from __future__ import annotations

import smtplib
import socket
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from typing import Any

from jobs.delivery.channels.outgoing_message import (
    ANSWER_SECONDS,
    CONNECT_SECONDS,
    MarkInFlight,
    OutgoingMessage,
)
from jobs.delivery.credentials import Secrets
from jobs.delivery.recipients import Recipient
from monitoring.alerts.messages import Answer, DeliveryRejected, DeliveryUnknown, Sent


class Mail:
    """SMTP, with a Message-ID that is the same whenever the same message is sent, so that mail systems know a duplicate."""

    most_bytes = 500_000

    def __init__(self, plugin: Any, person: Recipient, secrets: Secrets) -> None:
        self._plugin, self._person, self._secrets = plugin, person, secrets

    def send(self, message: OutgoingMessage, mark_in_flight: MarkInFlight) -> Answer:
        handed_over = False
        text = self._text(message)
        try:
            with self._session() as session:
                self._envelope(session)
                code, reply = session.docmd("DATA")
                if code != 354:
                    return self._refused(code, reply)
                mark_in_flight()
                handed_over = True
                session.sock.settimeout(ANSWER_SECONDS)
                session.send(_dotted(text))
                code, reply = session.getreply()
                return Sent() if code == 250 else self._refused(code, reply)
        except smtplib.SMTPResponseException as problem:
            return self._refused(problem.smtp_code, problem.smtp_error)
        except smtplib.SMTPRecipientsRefused as problem:
            code, reply = next(iter(problem.recipients.values()))
            return self._refused(code, reply)
        except (smtplib.SMTPException, OSError) as problem:
            why = self._secrets.redacted(f"{self._plugin.smtp_host}: {_reason(problem)}")
            return DeliveryUnknown(why) if handed_over else DeliveryRejected(why)

    def _session(self) -> Any:
        from apprise.plugins.email.smtp import AppriseSMTPController

        plugin = self._plugin
        return _Quiet(
            AppriseSMTPController(
                host=plugin.smtp_host,
                port=plugin.port,
                secure_mode=plugin.secure_mode,
                user=plugin.user,
                password=plugin.password,
                verify_certificate=plugin.verify_certificate,
                socket_connect_timeout=CONNECT_SECONDS,
            )
        )

    def _envelope(self, session: smtplib.SMTP) -> None:
        session.ehlo_or_helo_if_needed()
        code, reply = session.mail(self._plugin.from_addr[1])
        if code != 250:
            raise smtplib.SMTPResponseException(code, reply)
        code, reply = session.rcpt(self._person.mail or "")
        if code not in (250, 251):
            raise smtplib.SMTPResponseException(code, reply)

    def _text(self, message: OutgoingMessage) -> bytes:
        name, address = self._plugin.from_addr
        mail = EmailMessage(SMTP)
        mail["Subject"] = message.subject
        mail["From"] = formataddr((str(name or "rule19"), address))
        mail["To"] = self._person.mail
        mail["Date"] = format_datetime(message.moment)
        mail["Message-ID"] = f"<{message.key}@{address.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Rule19-Key"] = message.key
        if message.maybe_duplicate:
            mail["X-Rule19-Duplicate"] = "maybe"
        mail.set_content(message.body + "\n", charset="utf-8", cte="base64")
        return mail.as_bytes()

    def _refused(self, code: int, reply: bytes | str) -> DeliveryRejected:
        text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
        return DeliveryRejected(
            self._secrets.redacted(f"{self._plugin.smtp_host}: {code} {text}"), final=code >= 550
        )


class _Quiet:
    """Apprise's session as plain smtplib; leaving it never raises, as by then the answer is known."""

    def __init__(self, controller: Any) -> None:
        self._controller = controller

    def __enter__(self) -> smtplib.SMTP:
        session: smtplib.SMTP = self._controller.__enter__()._socket
        return session

    def __exit__(self, kind: Any, problem: Any, traceback: Any) -> None:
        session = self._controller._socket
        if kind is None and session is not None and session.sock is not None:
            self._controller.__exit__(kind, problem, traceback)
        elif session is not None:
            session.close()  # without the closing dot: what was begun is not delivered


def _dotted(text: bytes) -> bytes:
    """A mail as DATA wants it: a dot more where a line begins with one, and a dot alone at the end."""
    lines = [b"." + line if line.startswith(b".") else line for line in text.split(b"\r\n")]
    return b"\r\n".join(lines).removesuffix(b"\r\n") + b"\r\n.\r\n"


def _reason(problem: BaseException) -> str:
    if isinstance(problem, socket.gaierror):
        return "the host is not known"
    if isinstance(problem, TimeoutError):
        return "no answer in time"
    return getattr(problem, "strerror", None) or str(problem) or type(problem).__name__
