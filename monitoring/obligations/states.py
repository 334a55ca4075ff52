"""The life of one obligation, and when it is reminded of.

Upcoming → due soon → submitted, or overdue → submitted late; waived with a reason. The state is always worked out from
facts (what was submitted when, what was waived) and the day; nothing can set it. Reminders are due on the days
before the last day that the schedule names, on the day itself, and then daily; from some step on the next level up gets
them too. The schedule is a rulebook entry (``reminders.*``). A step that was missed (nobody ran) is not made up for: only
the step that holds today is still useful.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from consolidation.rulebook import RulesInForce


class ObligationState(StrEnum):
    """The states of an obligation, from its creation to its end."""

    UPCOMING = "upcoming"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    FILED = "filed"
    """Its filing is in the store and counts; nobody has written the submission down."""
    SUBMITTED = "submitted"
    SUBMITTED_LATE = "submitted_late"
    WAIVED = "waived"
    LAPSED = "lapsed"
    """No longer owed: the law, the list or the company changed before anything was done."""


OPEN = (ObligationState.UPCOMING, ObligationState.DUE_SOON, ObligationState.OVERDUE)
"""What the store keeps of an obligation that nobody has done anything about; of these a filing makes what people see "filed"."""
TO_DO = (*OPEN, ObligationState.FILED)
"""What people still have to do, or to write down."""
DONE = (
    ObligationState.SUBMITTED,
    ObligationState.SUBMITTED_LATE,
    ObligationState.WAIVED,
    ObligationState.LAPSED,
)


@dataclass(frozen=True, slots=True)
class ReminderSchedule:
    """``days_before``: the steps, largest first, ending with 0 (the day itself)."""

    days_before: tuple[int, ...]
    escalate_from: int

    @classmethod
    def of(cls, law: RulesInForce) -> ReminderSchedule:
        """The ladder in force."""
        steps = {int(step) for step in law.value("reminders.days_before")}
        return cls(tuple(sorted(steps | {0}, reverse=True)), int(law.number("reminders.escalate_from_days")))

    def step(self, today: date, last_day: date) -> int | None:
        """The step that holds today: days before, or minus the days overdue; None while it is too early for any."""
        left = (last_day - today).days
        if left < 0:
            return left
        return min((step for step in self.days_before if left <= step), default=None)

    def first_on(self, last_day: date) -> date:
        """The day of the first reminder."""
        return last_day - timedelta(days=self.days_before[0])

    def next_on(self, today: date, last_day: date) -> date:
        """The day of the next reminder after today's."""
        left = (last_day - today).days
        coming = [step for step in self.days_before if step < left]
        return last_day - timedelta(days=coming[0]) if coming else max(today, last_day) + timedelta(days=1)

    def escalates(self, step: int) -> bool:
        """Whether a reminder of this step also goes to the next level up."""
        return step <= self.escalate_from


def state(
    today: date,
    last_day: date,
    schedule: ReminderSchedule,
    *,
    submitted_on: date | None = None,
    waived: bool = False,
    lapsed: bool = False,
) -> ObligationState:
    """The state on a day.

    :param last_day: the due date, or the announced date of a disclosure that may be late.
    """
    if submitted_on is not None:
        return ObligationState.SUBMITTED if submitted_on <= last_day else ObligationState.SUBMITTED_LATE
    if waived or lapsed:
        return ObligationState.WAIVED if waived else ObligationState.LAPSED
    if today > last_day:
        return ObligationState.OVERDUE
    return ObligationState.DUE_SOON if today >= schedule.first_on(last_day) else ObligationState.UPCOMING
