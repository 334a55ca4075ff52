"""Mail by SMTP: Apprise reads the address, smtplib sends, step by step, to know what became of the message."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from typing import Any

from consolidation.sentence import Phrase, Sentence
from jobs.delivery.channels.outgoing_message import (
    ANSWER_SECONDS,
    CONNECT_SECONDS,
    Letter,
    MarkInFlight,
    OutgoingMessage,
)
from jobs.delivery.credentials import Secrets
from jobs.delivery.recipients import Recipient
from monitoring.alerts.messages import Answer, DeliveryRejected, DeliveryUnknown, Sent


class Mail:
    """SMTP, with a Message-ID that is the same whenever the same message is sent, so that mail systems know a duplicate."""

    most_bytes = 500_000
    most_a_minute: int | None = None

    def __init__(self, plugin: Any, person: Recipient, secrets: Secrets) -> None:
        self._plugin, self._person, self._secrets = plugin, person, secrets

    def send(self, message: OutgoingMessage, mark_in_flight: MarkInFlight) -> Answer:
        """Send the message by SMTP; after the data was handed over a lost answer leaves the outcome unknown."""
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
                assert session.sock is not None
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
            host, reason = self._secrets.redacted(f"{self._plugin.smtp_host}: "), _reason(problem)
            why = Sentence((host, self._secrets.redacted(reason) if isinstance(reason, str) else reason))
            return DeliveryUnknown(why) if handed_over else DeliveryRejected(why)

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        """An open session, signed in. Leaving it well never raises, as by then the answer is known."""
        plugin = self._plugin
        session = (
            smtplib.SMTP_SSL(plugin.smtp_host, plugin.port, timeout=CONNECT_SECONDS, context=self._context())
            if plugin.secure_mode == "ssl"
            else smtplib.SMTP(plugin.smtp_host, plugin.port, timeout=CONNECT_SECONDS)
        )
        with closing(session):  # without the closing dot, what was begun is not delivered
            if plugin.secure_mode == "starttls":
                session.starttls(context=self._context())
            if plugin.user and plugin.password:
                session.login(plugin.user, plugin.password)
            yield session
            with suppress(smtplib.SMTPException, OSError):
                session.quit()

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if not self._plugin.verify_certificate:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context

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
        text = message.body if message.letter is None else message.letter.text
        mail.set_content(text + "\n", charset="utf-8", cte="base64")
        if message.letter is not None:
            _show(mail, message.letter)
        return mail.as_bytes()

    def _refused(self, code: int, reply: bytes | str) -> DeliveryRejected:
        text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
        return DeliveryRejected(
            self._secrets.redacted(f"{self._plugin.smtp_host}: {code} {text}"), final=code >= 550
        )


def _show(mail: EmailMessage, letter: Letter) -> None:
    """Put the HTML beside the plain text, with its pictures inside the mail."""
    mail.add_alternative(letter.html, subtype="html", charset="utf-8", cte="base64")
    shown = mail.get_payload(1)
    assert isinstance(shown, EmailMessage)
    for name, data in letter.pictures.items():
        shown.add_related(data, "image", "png", cid=f"<{name}>", disposition="inline")


def _dotted(text: bytes) -> bytes:
    """A mail as DATA wants it: a dot more where a line begins with one, and a dot alone at the end."""
    lines = [b"." + line if line.startswith(b".") else line for line in text.split(b"\r\n")]
    return b"\r\n".join(lines).removesuffix(b"\r\n") + b"\r\n.\r\n"


def _reason(problem: BaseException) -> str | Phrase:
    if isinstance(problem, socket.gaierror):
        return Phrase("outbox.problem.no-host")
    if isinstance(problem, TimeoutError):
        return Phrase("outbox.problem.no-answer-in-time")
    return getattr(problem, "strerror", None) or str(problem) or type(problem).__name__
