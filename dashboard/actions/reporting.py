"""What people do about a report that falls due: write, check, approve, hand in, publish; right and scope checked at the act.

A refusal is an :class:`ActionDenied` whose code is ``report``; its place ``denied`` is a key ``reports.denied.<…>`` of the table of words.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from consolidation.rulebook import Rulebook
from dashboard.actions.acting import ActionDenied, may
from dashboard.queries.obligations import reports
from dashboard.queries.session import UserSession
from monitoring.access.accounts import Right
from monitoring.calendar import today
from monitoring.flags.store import update_after
from monitoring.obligations.register import reference
from monitoring.reports.assembly import definition_for
from monitoring.reports.lifecycle import life
from monitoring.reports.lifecycle.register import ReportKey, StoredReport

REPORT = "report"


def write_text(session: UserSession, key: ReportKey, part: str, place: str, text: str) -> None:
    """Write a text into its place.

    :raises ActionDenied: where the report refuses it, or the person may not.
    :raises NotVisible: if the report is not the person's.
    """
    now = _mine(session, key, Right.FILE)
    with _refusals():
        life.write_text(now.store, Rulebook.load(), key, part, place, text, now.person.name, today=today())


def check_part(session: UserSession, key: ReportKey, part: str) -> None:
    """Write down that a part was checked as it is. Raises as :func:`write_text`."""
    now = _mine(session, key, Right.FILE)
    with _refusals():
        life.check_part(now.store, Rulebook.load(), key, part, now.person.name, today=today())


def approve(session: UserSession, key: ReportKey) -> None:
    """Approve a report that others wrote and checked. Raises as :func:`write_text`."""
    now = _mine(session, key, Right.DECIDE)
    with _refusals():
        life.approve(now.store, Rulebook.load(), key, now.person.name, today=today())


def return_to_draft(session: UserSession, key: ReportKey, reason: str) -> None:
    """Open an approved report again. Raises as :func:`write_text`."""
    now = _mine(session, key, Right.DECIDE)
    with _refusals():
        life.return_to_draft(now.store, key, reason, now.person.name)


def submit(session: UserSession, key: ReportKey, on: date, receipt: str) -> None:
    """Write down that the approved report was handed in. Raises as :func:`write_text`."""
    now = _mine(session, key, Right.FILE)
    with _refusals():
        life.submit(now.store, Rulebook.load(), key, on, receipt, now.person.name, today=today())
    _after(now, key)


def publish(session: UserSession, key: ReportKey, on: date, url: str) -> None:
    """Write down where the approved summary was published. Raises as :func:`write_text`."""
    now = _mine(session, key, Right.FILE)
    with _refusals():
        life.publish(now.store, Rulebook.load(), key, on, url, now.person.name, today=today())
    _after(now, key)


def suspend(session: UserSession, key: ReportKey, reason: str) -> None:
    """Write down that the supervisor wants the figures reviewed first. Raises as :func:`write_text`."""
    now = _mine(session, key, Right.DECIDE)
    with _refusals():
        life.suspend(now.store, key, reason, now.person.name)


def _mine(session: UserSession, key: ReportKey, right: Right) -> UserSession:
    """The session as it is now, if the person may and sees the report."""
    now = may(session, right)
    found: StoredReport = reports.report(now, key.kind, key.group_id, key.period_end, "zh", today())
    assert found.key == key
    return now


def _after(now: UserSession, key: ReportKey) -> None:
    obligation = definition_for(Rulebook.load(), key.kind, key.period_end).obligation(key.period_end)
    if obligation is not None:
        update_after(now.store, reference(obligation, key.group_id, key.period_end))


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except life.ReportDenied as refusal:
        raise ActionDenied(REPORT, denied=refusal.code, **refusal.places) from refusal
