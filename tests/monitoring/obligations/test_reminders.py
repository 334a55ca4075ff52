"""The daily update: states move with the day, reminders are written once, nothing is made up for twice."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from sqlalchemy import select

from monitoring.alerts import outbox
from monitoring.obligations import events, register
from monitoring.obligations.reminders import StateUpdate
from monitoring.scheduling.lease import FencedStore, Lease, LeaseLost
from monitoring.store import frames
from monitoring.store.store import Store
from tests.monitoring.obligations.companies import (
    BOOK,
    LISTED_GROUP,
    an_industry,
    generated,
    tracked_from,
    updated,
)

REPORT = f"group-annual-report/{LISTED_GROUP}/2023-12-31"
DISCLOSURE = f"group-annual-disclosure/{LISTED_GROUP}/2023-12-31"


@pytest.fixture(autouse=True)
def industry(store: Store) -> None:
    an_industry(store)
    generated(store)


def reminders(store: Store, obligation: str = "group-annual-report") -> list[str]:
    """The steps that were reminded of, with + where the next level up hears it too and ! where it is urgent."""
    columns = [outbox.ALERT.c[name] for name in ("id", "key", "topic", "escalated", "urgent")]
    with store.reading() as connection:
        frame = frames.read(connection, select(*columns)).sort("id")
    return [
        key.rpartition("/")[2] + "+" * escalated + "!" * urgent
        for key, escalated, urgent in frame.filter(pl.col("topic") == obligation)
        .select("key", "escalated", "urgent")
        .rows()
    ]


def update_daily(store: Store, first: date, last: date) -> None:
    for n in range((last - first).days + 1):
        updated(store, first + timedelta(days=n))


def test_reminders_follow_the_schedule_then_come_daily(store: Store) -> None:
    update_daily(store, date(2024, 4, 1), date(2024, 6, 3))
    assert reminders(store) == ["30", "14", "7", "3+", "1+", "0+!", "-1+", "-2+", "-3+"]


def test_updating_the_same_day_again_writes_nothing(store: Store) -> None:
    updated(store, date(2024, 5, 24))
    assert updated(store, date(2024, 5, 24)) == StateUpdate()


def test_days_without_an_update_are_not_made_up_for(store: Store) -> None:
    updated(store, date(2024, 5, 1))
    updated(store, date(2024, 5, 27))  # the steps of the 17th and the 24th were missed
    updated(store, date(2024, 6, 4))  # and the last days, and three overdue
    assert reminders(store) == ["30", "7", "-4+"]


def test_a_clock_that_jumps_ahead_and_back_reminds_of_nothing_twice(store: Store) -> None:
    for day in (24, 28, 24, 25, 28, 28, 30):
        updated(store, date(2024, 5, day))
    assert reminders(store) == ["7", "3+", "1+"]


def test_a_day_taken_back_takes_back_the_state(store: Store) -> None:
    for day in (date(2024, 5, 31), date(2024, 6, 1), date(2024, 5, 31)):
        updated(store, day)
    assert register.history(store, REPORT)["state"].to_list() == ["due_soon", "overdue", "due_soon"]


def test_what_is_submitted_or_waived_is_not_reminded_of_again(store: Store) -> None:
    updated(store, date(2024, 5, 24))
    register.submit(store, REPORT, date(2024, 5, 25), "R", "李明", date(2024, 5, 25))
    register.waive(store, DISCLOSURE, "released", "李明")
    update_daily(store, date(2024, 5, 25), date(2024, 6, 20))
    assert (reminders(store), reminders(store, "group-annual-disclosure")) == (["7"], ["30"])


def test_an_announced_delay_has_a_schedule_of_its_own(store: Store) -> None:
    update_daily(store, date(2024, 5, 16), date(2024, 6, 10))
    events.announce_delay(
        store, BOOK, DISCLOSURE, date(2024, 6, 11), date(2024, 6, 30), "site", "李明", date(2024, 6, 11)
    )
    update_daily(store, date(2024, 6, 11), date(2024, 7, 1))
    assert reminders(store, "group-annual-disclosure") == (
        ["30", "14", "7"] + ["30", "14", "7", "3+", "1+", "0+!", "-1+"]
    )


def test_an_event_is_reminded_of_at_once(store: Store) -> None:
    day = date(2024, 6, 20)
    events.report_event(
        store, BOOK, "group-event-report", LISTED_GROUP, "member_in_crisis", day, "taken over", "李明", day
    )
    assert reminders(store, "group-event-report") == ["7!"]
    updated(store, day)
    assert reminders(store, "group-event-report") == ["7!"]


def test_an_update_that_fails_leaves_neither_state_nor_reminder(store: Store) -> None:
    with pytest.raises(LeaseLost):
        updated(FencedStore(Lease(store, "one that was replaced")), date(2024, 5, 24))
    assert (reminders(store), register.history(store, REPORT).height) == ([], 0)


def test_the_first_update_of_an_old_industry_tells_of_each_overdue_obligation_once(store: Store) -> None:
    updated(store, date(2024, 12, 31))
    assert reminders(store) == [str((date(2024, 5, 31) - date(2024, 12, 31)).days) + "+"]


def test_a_company_that_comes_late_is_overdue_from_the_start(store: Store) -> None:
    from monitoring.store.store import record_run
    from tests.monitoring.store.records import a_run, solo_filings

    record_run(store, a_run("new", filings=solo_filings(("新公司", date(2024, 3, 31), 100))))
    generated(store, date(2024, 4, 20), tracked_from(date(2024, 1, 1)))
    states = register.obligations(store, date(2024, 4, 20), parties=["新公司"], until=date(2024, 4, 30))[
        "state"
    ]
    assert states.to_list() == ["overdue", "filed", "due_soon"]
