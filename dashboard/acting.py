"""What people change from the dashboard: the right and the scope are checked here, at the moment of the act.

Every function looks at the session again first (:meth:`Desk.again`), so that nobody acts by a page that was drawn before the
account was closed, refuses with :class:`Refused` what is not the person's to do, and writes the audit log around the act.
"""

from __future__ import annotations

from dashboard.reading import runs
from dashboard.reading.desk import Desk
from monitoring import audit
from monitoring.accounts import Right
from monitoring.flag_store import update_flags
from monitoring.runs import NotAllowed, UnknownRun, approve_run, reject_run
from monitoring.store import PENDING

__all__ = ["Refused", "approve", "reject", "withdraw"]


class Refused(Exception):
    """The act is not this person's, or cannot be. ``code`` is a key ``dashboard.acting.<code>`` of the table of words."""

    def __init__(self, code: str, **places: object) -> None:
        super().__init__(code)
        self.code = code
        self.places = places


def may(desk: Desk, right: Right) -> Desk:
    """The desk as it is now, if the person may.

    :raises NotVisible: if the session has ended.
    :raises Refused: if the person has not the right.
    """
    now = desk.again()
    if not now.person.may(right):
        raise Refused("not-allowed")
    return now


# --- runs -----------------------------------------------------------------------------------------------------------------


def approve(desk: Desk, number: int) -> None:
    """Let a run that waits count: the second person's decision.

    :raises Refused: if it is the person's own, or waits no more.
    """
    now = may(desk, Right.DECIDE)
    if runs.run(now, number)["is_own"]:
        raise Refused("own-run")
    with audit.acting(now.store, now.person.name, "run.approve", str(number), role=now.person.role):
        try:
            approve_run(now.store, number, now.person.name)
        except (NotAllowed, UnknownRun) as reason:
            raise Refused("run-decided", run=number) from reason
    update_flags(now.store, number)


def reject(desk: Desk, number: int, reason: str) -> None:
    """Let a run count no more, or never; what it had replaced counts again.

    :raises Refused: without a reason, or if it has been rejected.
    """
    now = may(desk, Right.DECIDE)
    runs.run(now, number)
    _reject(now, number, reason)


def withdraw(desk: Desk, number: int, reason: str) -> None:
    """Take back one's own run while it waits.

    :raises Refused: if it is not one's own or waits no more, or without a reason.
    """
    now = may(desk, Right.FILE)
    head = runs.run(now, number)
    if not head["is_own"] or head["status"] != PENDING:
        raise Refused("not-allowed")
    _reject(now, number, reason)


def _reject(now: Desk, number: int, reason: str) -> None:
    if not reason.strip():
        raise Refused("no-reason")
    with audit.acting(
        now.store, now.person.name, "run.reject", str(number), role=now.person.role, reason=reason.strip()
    ):
        try:
            reject_run(now.store, number, now.person.name, reason.strip())
        except (NotAllowed, UnknownRun) as problem:
            raise Refused("run-decided", run=number) from problem
    update_flags(now.store, number)
