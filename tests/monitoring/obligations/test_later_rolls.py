"""What everybody owes when it is written anew: time passes, a notice, the list or the calendar changes."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
import pytest
from sqlalchemy import select

from consolidation.rulebook import Rulebook
from monitoring.alerts import outbox
from monitoring.calendar import WorkingDays
from monitoring.obligations import events, register
from monitoring.obligations.generation import GenerationResult, generate_obligations
from monitoring.obligations.parties import GroupSettings
from monitoring.obligations.presentation.feed import calendar_feed
from monitoring.scheduling.lease import FencedStore, Lease, LeaseLost
from monitoring.store.store import Store, record_run
from tests.monitoring.obligations.companies import (
    BOOK,
    LIFE,
    LISTED_GROUP,
    NEW_YEAR_2024,
    an_industry,
    generated,
    owed,
    tracked_from,
    updated,
)
from tests.monitoring.store.records import a_run, solo_filings


def test_a_second_roll_has_nothing_to_do(store: Store) -> None:
    an_industry(store)
    assert (
        generated(store).added == 2 * 18 + 12 + 7
    )  # two insurers, the group, the supervisor: until February 2025
    assert generated(store) == GenerationResult()
    assert generated(store, date(2024, 1, 30)) == GenerationResult()


def test_time_passing_adds_the_next_months(store: Store) -> None:
    an_industry(store)
    generated(store)
    before = owed(store, LIFE, until=date(2030, 1, 1))
    assert generated(store, date(2024, 3, 1)).added == 2 * 4 + 2 + 1  # 30 April 2025: the stress test's data
    after = owed(store, LIFE, until=date(2030, 1, 1))
    assert after[: len(before)] == before
    assert after[-1] == "2025-04-30 solo-quarterly-disclosure 2025-03-31"


def test_a_new_company_owes_from_the_next_roll_on(store: Store) -> None:

    an_industry(store)
    generated(store)
    record_run(store, a_run("new", filings=solo_filings(("新公司", date(2024, 3, 31), 100))))
    assert generated(store).added > 0
    assert owed(store, "新公司")[0] == "2024-04-12 solo-flash 2024-03-31"


def a_later_notice(due_on: str) -> Rulebook:
    value = BOOK.history("obligations.group-semiannual-report")[0].value
    month, day = due_on.split("-")
    due = {**value["rules"][0]["due"], "month": int(month), "day": int(day)}
    changed = {**value, "rules": [{**value["rules"][0], "due": due}]}
    return BOOK.overlay({"obligations.group-semiannual-report": {"from": NEW_YEAR_2024, "value": changed}})


def test_a_later_notice_moves_open_obligations_and_says_so_in_their_history(store: Store) -> None:
    an_industry(store)
    generated(store)
    moved = generate_obligations(store, a_later_notice("08-20"), tracked_from(NEW_YEAR_2024), NEW_YEAR_2024)
    assert moved == GenerationResult(moved=2)  # the report, and the members' accounts that go with it
    which = f"group-semiannual-report/{LISTED_GROUP}/2024-06-30"
    row = register.obligations(store, NEW_YEAR_2024, ids=["group-semiannual-report"]).row(0, named=True)
    assert (row["reference"], row["due_on"], row["last_day"], row["version"]) == (
        which,
        date(2024, 8, 20),
        date(2024, 8, 20),
        2,
    )
    told = register.history(store, which).row(0, named=True)
    assert (told["what"], told["detail"]) == ("moved", '{"due_on": ["2024-09-15", "2024-08-20"]}')


def test_what_was_submitted_or_waived_does_not_move(store: Store) -> None:
    an_industry(store)
    generated(store)
    report = f"group-semiannual-report/{LISTED_GROUP}/2024-06-30"
    accounts = f"group-member-accounts/{LISTED_GROUP}/2024-06-30"
    register.submit(store, report, date(2024, 8, 30), "R-1", "李明", date(2024, 9, 1))
    register.waive(store, accounts, "no unregulated members", "李明")
    generate_obligations(store, a_later_notice("08-20"), tracked_from(NEW_YEAR_2024), date(2024, 9, 1))
    kept = [line for line in owed(store, LISTED_GROUP) if "2024-06-30" in line][:2]
    assert kept == [
        "2024-09-15 group-member-accounts 2024-06-30",
        "2024-09-15 group-semiannual-report 2024-06-30",
    ]


def test_who_leaves_the_list_owes_nothing_open_any_more_and_who_returns_owes_it_again(store: Store) -> None:
    an_industry(store)
    generated(store)
    updated(store, date(2024, 5, 20))
    released = tracked_from(NEW_YEAR_2024, groups={LISTED_GROUP: GroupSettings(must_file=False)})
    assert generated(store, date(2024, 5, 20), released).lapsed == 12
    states = register.obligations(store, date(2024, 5, 20), parties=[LISTED_GROUP])["state"].unique()
    assert states.to_list() == ["lapsed"]
    assert updated(store, date(2024, 6, 1)).reminders == reminders_without(store)
    back = generated(store, date(2024, 5, 21))
    assert (back.revived, back.added, back.lapsed) == (12, 9, 0)  # and nine until June 2025
    report = register.obligations(store, date(2024, 5, 21), ids=["group-annual-report"]).row(0, named=True)
    assert (report["state"], report["last_day"]) == ("due_soon", date(2024, 5, 31))


def reminders_without(store: Store) -> int:
    """Of the group nothing is reminded; of the insurers each obligation that is due within a month or overdue, and not filed."""
    frame = register.obligations(store, date(2024, 6, 1), until=date(2024, 7, 1), only_open=True)
    return frame.filter(frame["party_id"] != LISTED_GROUP, frame["state"] != "filed").height


def known_until(year: int) -> WorkingDays:
    def announced(day: date) -> bool:
        if day.year > year:
            raise NotImplementedError
        return WorkingDays().is_working_day(day)

    return WorkingDays(announced, "test")


def test_a_provisional_date_is_settled_when_the_calendar_knows_more(store: Store) -> None:
    an_industry(store)
    generated(store, days=known_until(2023))
    flash = f"solo-flash/{LIFE}/2024-09-30"
    before = register.obligations(store, NEW_YEAR_2024, parties=[LIFE], ids=["solo-flash"])
    row = before.filter(before["reference"] == flash).row(0, named=True)
    assert (row["provisional"], row["due_on"], row["working_day"]) == (
        True,
        date(2024, 10, 12),
        date(2024, 10, 11),  # the Saturday looks like a day off
    )
    generated(store, days=known_until(2024))
    after = register.obligations(store, NEW_YEAR_2024, parties=[LIFE], ids=["solo-flash"])
    row = after.filter(after["reference"] == flash).row(0, named=True)
    assert (row["provisional"], row["due_on"], row["working_day"]) == (False,) + (date(2024, 10, 12),) * 2
    assert register.history(store, flash)["what"].to_list() == ["settled"]


def test_the_date_of_an_events_report_is_counted_anew_when_the_calendar_knows_more(store: Store) -> None:
    an_industry(store)
    generated(store, days=known_until(2023))
    today = date(2024, 10, 4)
    made = events.report_event(
        store,
        BOOK,
        "solo-shortfall-report",
        LIFE,
        "insolvency",
        date(2024, 9, 30),
        "found at month's end",
        "李明",
        today,
        days=known_until(2023),
    )
    assert made.last_day == date(2024, 10, 7)  # five weekdays
    generated(store, today, days=known_until(2024))
    row = register.obligations(store, today, ids=["solo-shortfall-report"]).row(0, named=True)
    # National Day until the 7th, then 8, 9, 10, 11 and the make-up Saturday
    assert (row["last_day"], row["provisional"]) == (date(2024, 10, 12), False)


def test_a_holiday_that_is_moved_after_it_was_announced_moves_the_reports_of_events(store: Store) -> None:
    an_industry(store)
    generated(store)
    today = date(2024, 4, 26)
    made = events.report_event(
        store, BOOK, "solo-shortfall-report", LIFE, "insolvency", today, "found", "李明", today
    )
    assert made.last_day == date(2024, 5, 7)  # a make-up Sunday, two days, the holiday, two days

    def longer(day: date) -> bool:
        return day != date(2024, 5, 6) and chinese_calendar.is_workday(day)

    generated(store, today, days=WorkingDays(longer, "a State Council notice of 27 April"))
    row = register.obligations(store, today, ids=["solo-shortfall-report"]).row(0, named=True)
    assert (row["last_day"], row["working_day"]) == (date(2024, 5, 8), date(2024, 5, 8))


def test_when_an_events_date_is_settled_its_reminders_follow_the_new_day(store: Store) -> None:
    an_industry(store)
    generated(store, days=known_until(2023))
    today = date(2024, 9, 30)
    which = events.report_event(
        store,
        BOOK,
        "solo-shortfall-report",
        LIFE,
        "insolvency",
        today,
        "found",
        "李明",
        today,
        days=known_until(2023),
    ).reference
    number = register.obligations(store, today, ids=["solo-shortfall-report"])["id"][0]
    uid = feed_of(store, which)
    generated(store, today, days=known_until(2024))
    for n in range(13):
        updated(store, today + timedelta(days=n))
    with store.reading() as connection:
        query = select(outbox.ALERT.c.key).where(outbox.ALERT.c.obligation_id == number)
        keys = [
            key.split("/")[-2:] for key in connection.execute(query.order_by(outbox.ALERT.c.id)).scalars()
        ]
    steps = [("2024-10-07", "7")] + [("2024-10-12", step) for step in ("14", "7", "3", "1", "0")]
    assert keys == [list(step) for step in steps]
    assert feed_of(store, which) == uid


def feed_of(store: Store, which: str) -> str:
    frame = register.obligations(store, NEW_YEAR_2024)
    feed = calendar_feed(frame.filter(frame["reference"] == which), "x", "en").decode()
    return next(line for line in feed.splitlines() if line.startswith("UID"))


def test_a_due_date_that_moves_beyond_an_announced_day_takes_it_along(store: Store) -> None:
    an_industry(store)
    generated(store)
    which = f"group-semiannual-disclosure/{LISTED_GROUP}/2024-06-30"
    today = date(2024, 9, 20)
    events.announce_delay(store, BOOK, which, today, date(2024, 10, 5), "home page", "李明", today)
    value = BOOK.history("obligations.group-semiannual-disclosure")[0].value
    due = {**value["rules"][0]["due"], "month": 10, "day": 31}
    later = {"from": NEW_YEAR_2024, "value": {**value, "rules": [{**value["rules"][0], "due": due}]}}
    book = BOOK.overlay({"obligations.group-semiannual-disclosure": later})
    generate_obligations(store, book, tracked_from(NEW_YEAR_2024), today)
    row = register.obligations(store, today, ids=["group-semiannual-disclosure"]).row(0, named=True)
    assert (row["due_on"], row["last_day"]) == (date(2024, 10, 31), date(2024, 10, 31))


def test_a_roll_that_may_not_write_changes_nothing(store: Store) -> None:
    an_industry(store)
    with pytest.raises(LeaseLost):
        generated(FencedStore(Lease(store, "one that was replaced")))
    assert register.obligations(store, NEW_YEAR_2024).is_empty()
