"""The life of an obligation and the schedule of reminders, day by day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from consolidation.rulebook import Rulebook
from monitoring.obligations.states import ObligationState, ReminderSchedule, state

SCHEDULE = ReminderSchedule.of(Rulebook.load().on(date(2026, 5, 31)))
SUNDAY = date(2026, 5, 31)


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def test_the_schedule_is_that_of_the_rulebook() -> None:
    assert (SCHEDULE.days_before, SCHEDULE.escalate_from) == ((30, 14, 7, 3, 1, 0), 3)


@pytest.mark.parametrize(
    ("today", "facts", "expected"),
    [
        (date(2026, 4, 30), {}, ObligationState.UPCOMING),
        (date(2026, 5, 1), {}, ObligationState.DUE_SOON),
        (SUNDAY, {}, ObligationState.DUE_SOON),
        (date(2026, 6, 1), {}, ObligationState.OVERDUE),
        (date(2026, 6, 1), {"submitted_on": SUNDAY}, ObligationState.SUBMITTED),
        (date(2026, 6, 1), {"submitted_on": date(2026, 6, 1)}, ObligationState.SUBMITTED_LATE),
        (date(2026, 6, 1), {"waived": True}, ObligationState.WAIVED),
        (date(2026, 6, 1), {"lapsed": True}, ObligationState.LAPSED),
        (date(2026, 6, 1), {"lapsed": True, "submitted_on": SUNDAY}, ObligationState.SUBMITTED),
    ],
)
def test_the_state_follows_from_the_facts_and_the_day(
    today: date, facts: dict[str, object], expected: ObligationState
) -> None:
    assert state(today, SUNDAY, SCHEDULE, **facts) == expected  # type: ignore[arg-type]


def test_reminders_go_out_on_their_days_across_a_weekend_and_daily_once_overdue() -> None:
    sent, next_on = [], SCHEDULE.first_on(SUNDAY)
    for today in days(date(2026, 4, 1), date(2026, 6, 3)):
        if next_on <= today:
            sent.append((f"{today:%a %m-%d}", SCHEDULE.step(today, SUNDAY)))
            next_on = SCHEDULE.next_on(today, SUNDAY)
    assert sent == [
        ("Fri 05-01", 30),
        ("Sun 05-17", 14),
        ("Sun 05-24", 7),
        ("Thu 05-28", 3),
        ("Sat 05-30", 1),
        ("Sun 05-31", 0),
        ("Mon 06-01", -1),
        ("Tue 06-02", -2),
        ("Wed 06-03", -3),
    ]


def test_a_step_that_was_missed_is_replaced_by_the_one_that_holds() -> None:
    # nobody ran from the 15th to the 25th: of the steps 14 and 7 only the latter is still of use
    assert SCHEDULE.step(date(2026, 5, 26), SUNDAY) == 7
    assert SCHEDULE.next_on(date(2026, 5, 26), SUNDAY) == date(2026, 5, 28)


def test_the_next_level_up_is_told_from_three_days_before() -> None:
    told = {
        day: SCHEDULE.escalates(SCHEDULE.step(day, SUNDAY) or 0)
        for day in days(date(2026, 5, 24), date(2026, 6, 2))
    }
    assert [day for day, up in told.items() if up] == days(date(2026, 5, 28), date(2026, 6, 2))


def test_before_the_first_step_there_is_none() -> None:
    assert SCHEDULE.step(date(2026, 4, 30), SUNDAY) is None
