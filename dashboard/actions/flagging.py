"""What people do about a flag: answer it, assign it, put a file beside it, order measures; right and scope checked at the act."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from dashboard.actions.acting import ActionDenied, may
from dashboard.queries import flags
from dashboard.queries.session import UserSession
from monitoring.access import audit
from monitoring.access.accounts import Right
from monitoring.calendar import today
from monitoring.flags.answers import answering, attachments, orders
from monitoring.flags.answers.answering import FlagChangeDenied
from monitoring.flags.store import UnknownFlag
from monitoring.ratios import GROUP

ACKNOWLEDGE, EXPLAIN, CLOSE = "acknowledge", "explain", "close"
_ANSWERS: Mapping[str, tuple[Right, Callable[..., None]]] = {
    ACKNOWLEDGE: (Right.FILE, answering.acknowledge),
    EXPLAIN: (Right.FILE, answering.explain),
    CLOSE: (Right.DECIDE, answering.close),
}


def answers_of(session: UserSession) -> list[str]:
    """The answers that the person may give."""
    return [answer for answer, (right, _) in _ANSWERS.items() if session.person.may(right)]


def answer(session: UserSession, number: int, what: str, note: str) -> None:
    """Acknowledge, explain or close a flag.

    :raises ActionDenied: without the right, without the note that an explanation or closing needs, or if the flag has moved on.
    :raises dashboard.queries.session.NotVisible: if it is not the person's.
    """
    right, act = _ANSWERS[what]
    now = may(session, right)
    note = note.strip()
    if what != ACKNOWLEDGE and not note:
        raise ActionDenied("no-reason")
    with _changing(now, number, f"flag.{what}", note=note):
        act(now.store, number, now.person.name, note)


def assign(session: UserSession, number: int, assignee: str | None, answer_by: date | None) -> None:
    """Say whose answer is wanted, and until when.

    :raises ActionDenied: for a day that has passed, or somebody who cannot answer. Raises besides as :func:`answer`.
    """
    now = may(session, Right.FILE)
    if answer_by is not None and answer_by < today():
        raise ActionDenied("day-past", day=answer_by)
    if assignee is not None and assignee not in flags.assignees(now, number):
        raise ActionDenied("not-allowed")
    with _changing(now, number, "flag.assign", assignee=assignee, answer_by=answer_by):
        answering.assign(now.store, number, now.person.name, assignee, answer_by)


def attach(session: UserSession, number: int, name: str, content: bytes) -> None:
    """Put a file beside a flag.

    :raises ActionDenied: ``file-<code>`` where the file is not taken. Raises besides as :func:`answer`.
    """
    now = may(session, Right.FILE)
    with _changing(now, number, "flag.attach", file=name):
        attachments.attach(now.store, number, now.person.name, name, content)


def order(session: UserSession, number: int, items: Sequence[str], last_day: date, note: str) -> None:
    """Order measures that follow a flag; each becomes a duty.

    :raises ActionDenied: without a measure, or for a day that has passed. Raises besides as :func:`answer`.
    """
    now = may(session, Right.DECIDE)
    if not items:
        raise ActionDenied("no-measure")
    if last_day < today():
        raise ActionDenied("day-past", day=last_day)
    name = flags.subject_name(now, number)
    with _changing(now, number, "flag.order", measures=list(items), last_day=last_day, note=note.strip()):
        orders.order(now.store, number, items, last_day, note, now.person.name, today(), party_name=name)


@contextmanager
def _changing(now: UserSession, number: int, action: str, **detail: Any) -> Iterator[None]:
    """Around a change: the flag is the person's, the audit log, and refusals in our words."""
    row = flags.flag(now, number)
    group = row["subject_id"] if row["subject_kind"] == GROUP else None
    said = {key: value for key, value in detail.items() if value}
    try:
        with audit.acting(
            now.store, now.person.name, action, str(number), role=now.person.role, group_id=group, **said
        ):
            yield
    except attachments.AttachmentDenied as refusal:
        raise ActionDenied(f"file-{refusal.code}", **refusal.places) from refusal
    except (FlagChangeDenied, UnknownFlag) as refusal:
        raise ActionDenied("flag-changed") from refusal
