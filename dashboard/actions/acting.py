"""What people change from the dashboard: the right and the scope are checked here, at the moment of the act.

Every function looks at the session again first (:meth:`UserSession.refreshed`), so that nobody acts by a page that was drawn before the
account was closed, refuses with :class:`ActionDenied` what is not the person's to do, and writes the audit log around the act.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from consolidation.rulebook import Rulebook
from dashboard.queries import doubts
from dashboard.queries.obligations import deadlines
from dashboard.queries.record import runs
from dashboard.queries.session import NotVisible, UserSession
from monitoring.access import audit
from monitoring.access.accounts import Right
from monitoring.calendar import today
from monitoring.doubt.register import NotInDoubt
from monitoring.flags import store as flag_store
from monitoring.flags.kinds.events import OBLIGATION as EVENT
from monitoring.flags.store import update_after, update_flags
from monitoring.obligations import events, register, reversals, waivers
from monitoring.obligations.catalogue import GROUP
from monitoring.obligations.losses import LossComparison
from monitoring.obligations.register import NotPossible, UnknownObligation
from monitoring.obligations.states import DONE
from monitoring.ratios import GROUP as GROUP_FIGURES
from monitoring.store.runs import RunDecisionDenied, UnknownRun, approve_run, reject_run
from monitoring.store.store import PENDING

__all__ = [
    "ActionDenied",
    "approve",
    "ask_waiver",
    "confirm_figure",
    "grant_waiver",
    "refuse_waiver",
    "reject",
    "report_event",
    "reverse",
    "submit",
    "withdraw",
]


class ActionDenied(Exception):
    """The act is not this person's, or cannot be. ``code`` is a key ``dashboard.acting.<code>`` of the table of words."""

    def __init__(self, code: str, **places: object) -> None:
        super().__init__(code)
        self.code = code
        self.places = places


def may(session: UserSession, right: Right) -> UserSession:
    """The session as it is now, if the person may.

    :raises NotVisible: if the session has ended.
    :raises ActionDenied: if the person has not the right.
    """
    now = session.refreshed()
    if not now.person.may(right):
        raise ActionDenied("not-allowed")
    return now


# --- runs -----------------------------------------------------------------------------------------------------------------


def approve(
    session: UserSession,
    number: int,
    fulfilled: Collection[str] = (),
    confirmed: Collection[str] = (),
) -> None:
    """Let a run that waits count: the second person's decision.

    :param fulfilled: references of obligations whose reports the run holds, to be written down as submitted with it.
    :param confirmed: the parts of what the run will do that the person has confirmed (``monitoring.upload_effect.PARTS``).
    :raises ActionDenied: if it is the person's own, or waits no more, or an obligation is none that it fulfils, or something that
        it will do is not confirmed.
    """
    now = may(session, Right.DECIDE)
    if runs.run(now, number)["is_own"]:
        raise ActionDenied("own-run")
    if runs.run(now, number)["status"] != PENDING:
        raise ActionDenied("run-decided", run=number)
    if runs.effect(now, number).unconfirmed(confirmed):
        raise ActionDenied("not-confirmed")
    day = today()
    offered = dict(deadlines.filed_with(now, number, day).select("reference", "filed_on").iter_rows())
    if not offered.keys() >= set(fulfilled):
        raise ActionDenied("not-allowed")
    noted = {"fulfilled": ", ".join(sorted(fulfilled))} if fulfilled else {}
    noted |= {"confirmed": ", ".join(sorted(confirmed))} if confirmed else {}
    with audit.acting(now.store, now.person.name, "run.approve", str(number), role=now.person.role, **noted):
        try:
            with now.store.writing() as connection:
                inside = now.store.inside(connection)
                approve_run(inside, number, now.person.name)
                for reference in sorted(fulfilled):
                    register.submit(
                        inside, reference, offered[reference], f"run {number}", now.person.name, day
                    )
                update_flags(inside, number)
        except (RunDecisionDenied, UnknownRun) as reason:
            raise ActionDenied("run-decided", run=number) from reason
        except NotPossible as problem:
            raise ActionDenied("not-possible", why=problem) from problem


def reject(session: UserSession, number: int, reason: str) -> None:
    """Let a run count no more, or never; what it had replaced counts again.

    :raises ActionDenied: without a reason, or if it has been rejected.
    """
    now = may(session, Right.DECIDE)
    runs.run(now, number)
    _reject(now, number, reason)


def withdraw(session: UserSession, number: int, reason: str) -> None:
    """Take back one's own run while it waits.

    :raises ActionDenied: if it is not one's own or waits no more, or without a reason.
    """
    now = may(session, Right.FILE)
    head = runs.run(now, number)
    if not head["is_own"] or head["status"] != PENDING:
        raise ActionDenied("not-allowed")
    _reject(now, number, reason)


def _reject(now: UserSession, number: int, reason: str) -> None:
    if not reason.strip():
        raise ActionDenied("no-reason")
    with audit.acting(
        now.store, now.person.name, "run.reject", str(number), role=now.person.role, reason=reason.strip()
    ):
        try:
            with now.store.writing() as connection:
                inside = now.store.inside(connection)
                reject_run(inside, number, now.person.name, reason.strip())
                update_flags(inside, number)
        except (RunDecisionDenied, UnknownRun) as problem:
            raise ActionDenied("run-decided", run=number) from problem


# --- figures in doubt -------------------------------------------------------------------------------------------------------


def confirm_figure(session: UserSession, row: Mapping[str, Any], note: str) -> None:
    """Write down that a figure in doubt is right as it was filed, and how that is known.

    :param row: the figure, as :func:`dashboard.queries.doubts.doubts` gave it.
    :raises ActionDenied: without a note, or if it is in doubt no more.
    :raises NotVisible: if it is not the person's to see.
    """
    now = may(session, Right.DECIDE)
    key = ("subject_kind", "subject_id", "period_end", "basis", "column", "filed")
    if doubts.doubts(now).filter(pl.all_horizontal(pl.col(k) == row[k] for k in key)).is_empty():
        raise ActionDenied("not-in-doubt")
    if not note.strip():
        raise ActionDenied("no-reason")
    group = row["subject_id"] if row["subject_kind"] == GROUP_FIGURES else None
    with audit.acting(
        now.store,
        now.person.name,
        "figure.confirm",
        f"{row['subject_id']} {row['period_end']} {row['column']}",
        role=now.person.role,
        group_id=group,
        note=note.strip(),
    ):
        try:
            flag_store.confirm_figure(
                now.store,
                row["subject_id"],
                row["period_end"],
                row["column"],
                row["basis"],
                now.person.name,
                note.strip(),
            )
        except NotInDoubt as problem:
            raise ActionDenied("not-in-doubt") from problem


# --- obligations ----------------------------------------------------------------------------------------------------------


def submit(session: UserSession, reference: str, on: date, receipt: str) -> None:
    """Write down that an obligation was met on a day, with the receipt that proves it.

    :raises ActionDenied: without a receipt, for a day that has not come or is too early, or what is done.
    :raises NotVisible: if there is no such obligation, or it is not the person's.
    """
    now, row = _of_obligation(session, reference)
    _refuse_done(row)
    if not receipt.strip():
        raise ActionDenied("no-receipt")
    first = register.first_day(row)
    if not first <= on <= today():
        raise ActionDenied("day-impossible", day=on, first=first)
    with _changing(now, "deadline.submit", row, on=on.isoformat(), receipt=receipt.strip()):
        register.submit(now.store, reference, on, receipt.strip(), now.person.name, today())
    update_after(now.store, reference)


def ask_waiver(session: UserSession, reference: str, reason: str) -> None:
    """Ask that an obligation need not be met; a second person decides.

    :raises ActionDenied: without a reason, for what is done, or where it is asked for already.
    :raises NotVisible: as :func:`submit`.
    """
    now, row = _of_obligation(session, reference)
    _refuse_done(row)
    if not reason.strip():
        raise ActionDenied("no-reason")
    with _changing(now, "deadline.ask_waiver", row, reason=reason.strip()):
        waivers.ask(now.store, reference, reason.strip(), now.person.name)


def grant_waiver(session: UserSession, reference: str) -> None:
    """Waive what somebody else asked for.

    :raises ActionDenied: where nothing is asked for, or by oneself.
    :raises NotVisible: as :func:`submit`.
    """
    now, row = _of_waiver(session, reference)
    with _changing(now, "deadline.waive", row):
        waivers.grant(now.store, reference, now.person.name)
    update_after(now.store, reference)


def refuse_waiver(session: UserSession, reference: str, reason: str) -> None:
    """Refuse a waiver that somebody asked for. Raises as :func:`grant_waiver`, and without a reason."""
    now, row = _of_waiver(session, reference)
    if not reason.strip():
        raise ActionDenied("no-reason")
    with _changing(now, "deadline.refuse_waiver", row, reason=reason.strip()):
        waivers.refuse(now.store, reference, reason.strip(), now.person.name)


def _of_waiver(session: UserSession, reference: str) -> tuple[UserSession, Mapping[str, Any]]:
    now = may(session, Right.DECIDE)
    row = deadlines.obligation(now, reference, today())
    asked = waivers.asked_waiver(deadlines.history(now, reference, today()))
    if asked is None:
        raise ActionDenied("no-waiver")
    if asked.who == now.person.name:
        raise ActionDenied("own-waiver")
    return now, row


def reverse(session: UserSession, reference: str, reason: str) -> None:
    """Take back the latest entry about an obligation: a submission, a waiver, a notice of delay or an event.

    :raises ActionDenied: without a reason, or where there is nothing to take back.
    :raises NotVisible: as :func:`submit`.
    """
    now, row = _of_obligation(session, reference)
    if not reason.strip():
        raise ActionDenied("no-reason")
    with _changing(now, "deadline.take_back", row, reason=reason.strip()):
        reversals.reverse(now.store, reference, reason.strip(), now.person.name, today())
    update_after(now.store, reference)


def report_event(
    session: UserSession, group: str, occasion: str, on: date, amount: Decimal | None, what: str
) -> LossComparison | None:
    """Write down an event that a group must report.

    Gives the comparison of a loss, also where no report is due by it and nothing was written down.

    :raises ActionDenied: without a word on what happened, for a day that has not come, or where the amount is needed.
    :raises NotVisible: if the group owes nothing that the person sees.
    """
    now = may(session, Right.FILE)
    own = deadlines.obligations(now, today()).filter(who=GROUP, party_id=group)
    if own.is_empty():
        raise NotVisible(group)
    if not what.strip():
        raise ActionDenied("no-event")
    book = Rulebook.load()
    row = {"reference": f"{EVENT}/{group}/{on}", "party_id": group, "who": GROUP}
    said = {"occasion": occasion, "what": what.strip()} | (
        {} if amount is None else {"amount": f"{amount:f}"}
    )
    try:
        loss = events.loss_of(now.store, book, EVENT, group, occasion, on, amount)
    except NotPossible as problem:
        raise ActionDenied("not-possible", why=problem) from problem
    if loss is not None and not loss.is_due:
        return loss
    with _changing(now, "deadline.event", row, **said):
        events.report_event(
            now.store, book, EVENT, group, occasion, on, what.strip(), now.person.name, today(), amount=amount
        )
    update_flags(now.store)
    return loss


def _of_obligation(session: UserSession, reference: str) -> tuple[UserSession, Mapping[str, Any]]:
    now = may(session, Right.FILE)
    return now, deadlines.obligation(now, reference, today())


def _refuse_done(row: Mapping[str, Any]) -> None:
    if row["state"] in DONE:
        raise ActionDenied("obligation-done")


@contextmanager
def _changing(now: UserSession, action: str, row: Mapping[str, Any], **detail: Any) -> Iterator[None]:
    """Around a change: the audit log, and what the register refuses in our words."""
    group = row["party_id"] if row["who"] == GROUP else None
    try:
        with audit.acting(
            now.store,
            now.person.name,
            action,
            row["reference"],
            role=now.person.role,
            group_id=group,
            **detail,
        ):
            yield
    except (NotPossible, UnknownObligation) as problem:
        raise ActionDenied("not-possible", why=problem) from problem
