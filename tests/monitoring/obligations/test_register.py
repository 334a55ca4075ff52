"""What is written down about an obligation: submission, waiver, event, notice of delay; and its history."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from monitoring.obligations import events, register, reversals
from monitoring.obligations.parties import GroupSettings
from monitoring.obligations.register import NotPossible, UnknownObligation
from monitoring.store.store import Store
from tests.monitoring.obligations.companies import (
    BOOK,
    LIFE,
    LISTED_GROUP,
    NEW_YEAR_2024,
    OTHER_GROUP,
    an_industry,
    generated,
    tracked_from,
    updated,
    what_happened,
)

REPORT = f"group-annual-report/{LISTED_GROUP}/2023-12-31"
DISCLOSURE = f"group-annual-disclosure/{LISTED_GROUP}/2023-12-31"
DUE, DISCLOSED_BY = date(2024, 5, 31), date(2024, 6, 15)
TODAY = date(2024, 6, 20)


@pytest.fixture(autouse=True)
def industry(store: Store) -> None:
    an_industry(store)
    generated(store)


def row(store: Store, which: str, today: date = TODAY) -> dict[str, Any]:
    frame = register.obligations(store, today)
    return frame.filter(frame["reference"] == which).row(0, named=True)


def test_submitted_by_the_due_day_is_submitted_the_day_after_is_late(store: Store) -> None:
    on_time = register.submit(store, REPORT, DUE, "NFRA 2024-0531", "李明", TODAY)
    plan = f"group-capital-plan/{LISTED_GROUP}/2023-12-31"
    late = register.submit(store, plan, DUE + timedelta(days=1), "R-2", "李明", TODAY)
    assert (on_time.state, late.state) == ("submitted", "submitted_late")
    found = row(store, REPORT)
    assert (found["submitted_on"], found["receipt"], found["state"], found["days_left"]) == (
        DUE,
        "NFRA 2024-0531",
        "submitted",
        None,
    )


def test_the_whole_life_stands_in_the_history(store: Store) -> None:
    for day in (date(2024, 5, 1), date(2024, 6, 1)):
        updated(store, day)
    register.submit(store, REPORT, date(2024, 6, 3), "wrong one", "李明", TODAY)
    reversals.reverse(store, REPORT, "that was the stress test", "王芳", TODAY)
    register.waive(store, REPORT, "the supervisor released the group (letter 17)", "王芳")
    assert what_happened(store, REPORT) == [
        ("rule19", "day", "due_soon"),
        ("rule19", "day", "overdue"),
        ("李明", "submitted", "submitted_late"),
        ("王芳", "submitted_taken_back", "overdue"),
        ("王芳", "waived", "waived"),
    ]
    details = [json.loads(d) for d in register.history(store, REPORT)["detail"].to_list() if d]
    assert details[-1] == {"reason": "the supervisor released the group (letter 17)"}


def test_an_obligation_may_be_called_by_its_number(store: Store) -> None:
    number = row(store, REPORT)["id"]
    assert register.submit(store, str(number), DUE, "R", "李明", TODAY).reference == REPORT


@pytest.mark.parametrize(
    ("on", "receipt", "why"),
    [
        (date(2024, 6, 21), "R", "2024-06-21 has not come yet"),
        (date(2023, 12, 30), "R", "is before 2023-12-31"),
        (DUE, "  ", "say what proves the submission"),
    ],
)
def test_a_submission_that_cannot_be_is_refused(store: Store, on: date, receipt: str, why: str) -> None:
    with pytest.raises(NotPossible, match=why):
        register.submit(store, REPORT, on, receipt, "李明", TODAY)
    assert what_happened(store, REPORT) == []


@pytest.mark.parametrize(
    "which",
    [
        "group-annual-report",
        f"group-annual-report/{LISTED_GROUP}",
        f"group-annual-report/{LISTED_GROUP}/2023-12-31#2",
        f"group-annual-report/{OTHER_GROUP}/2023-12-31",
        f"group-annual-report/{LISTED_GROUP}/2023-13-31",
        "0",
        "99999999999999999999",
        "' OR 1=1 --",
    ],
)
def test_an_obligation_that_is_not_there_is_named(store: Store, which: str) -> None:
    with pytest.raises(UnknownObligation, match="there is no obligation"):
        register.submit(store, which, DUE, "R", "李明", TODAY)
    with pytest.raises(UnknownObligation, match="there is no obligation"):
        register.history(store, which)


def test_what_is_done_is_done_until_it_is_taken_back(store: Store) -> None:
    register.waive(store, REPORT, "released", "李明")
    with pytest.raises(NotPossible, match="is waived; if that is a mistake, take it back first"):
        register.submit(store, REPORT, DUE, "R", "李明", TODAY)
    with pytest.raises(NotPossible, match="is waived"):
        register.waive(store, REPORT, "again", "李明")
    reversals.reverse(store, REPORT, "not released after all", "李明", TODAY)
    with pytest.raises(NotPossible, match="nothing was written down about"):
        reversals.reverse(store, REPORT, "again", "李明", TODAY)


def test_waiving_and_taking_back_need_a_reason(store: Store) -> None:
    with pytest.raises(NotPossible, match="say why it is waived"):
        register.waive(store, REPORT, " ", "李明")
    with pytest.raises(NotPossible, match="say why it is taken back"):
        reversals.reverse(store, REPORT, "", "李明", TODAY)


def test_the_state_is_that_of_the_day_asked_for_without_an_update(store: Store) -> None:
    states = {
        day: row(store, REPORT, day)["state"] for day in (date(2024, 4, 30), date(2024, 5, 1), DUE, TODAY)
    }
    assert list(states.values()) == ["upcoming", "due_soon", "due_soon", "overdue"]
    assert row(store, REPORT, TODAY)["days_left"] == -20


# Late disclosures


def announce(store: Store, announced: date, expected: date, which: str = DISCLOSURE) -> register.Recorded:
    return events.announce_delay(store, BOOK, which, announced, expected, "home page", "李明", TODAY)


def test_a_notice_before_the_due_day_moves_the_last_day_at_most_fifteen_days(store: Store) -> None:
    moved = announce(store, date(2024, 6, 14), date(2024, 6, 30))
    assert (moved.state, moved.last_day) == ("due_soon", date(2024, 6, 30))
    found = row(store, DISCLOSURE)
    assert (found["due_on"], found["last_day"], found["state"]) == (
        DISCLOSED_BY,
        date(2024, 6, 30),
        "due_soon",
    )
    submitted = register.submit(store, DISCLOSURE, TODAY, "home page", "李明", TODAY)
    assert submitted.state == "submitted"


def test_the_notice_itself_stands_in_the_register(store: Store) -> None:
    announce(store, date(2024, 6, 14), date(2024, 6, 30))
    notice = row(store, f"disclosure-delay/{LISTED_GROUP}/2023-12-31")
    assert (notice["state"], notice["submitted_on"], notice["due_on"], notice["note"]) == (
        "submitted",
        date(2024, 6, 14),
        date(2024, 6, 14),
        DISCLOSURE,
    )


@pytest.mark.parametrize(
    ("announced", "expected", "which", "why"),
    [
        (DISCLOSED_BY, date(2024, 6, 30), DISCLOSURE, "had to be published by 2024-06-14"),
        (date(2024, 6, 14), date(2024, 7, 1), DISCLOSURE, "until 2024-06-30"),
        (date(2024, 6, 14), DISCLOSED_BY, DISCLOSURE, "for a day after 2024-06-15"),
        (date(2024, 5, 30), date(2024, 6, 10), REPORT, "is not a disclosure"),
        (date(2024, 6, 21), date(2024, 6, 30), DISCLOSURE, "has not come yet"),
        (date(2023, 6, 14), date(2024, 6, 30), DISCLOSURE, "is before 2023-12-31"),
    ],
)
def test_a_notice_that_the_law_does_not_allow_changes_nothing(
    store: Store, announced: date, expected: date, which: str, why: str
) -> None:
    with pytest.raises(NotPossible, match=why):
        announce(store, announced, expected, which)
    assert row(store, which)["last_day"] == row(store, which)["due_on"]


def test_a_notice_says_where_it_stands_and_an_event_what_happened(store: Store) -> None:
    with pytest.raises(NotPossible, match="say where the notice stands"):
        events.announce_delay(
            store, BOOK, DISCLOSURE, date(2024, 6, 14), date(2024, 6, 30), " ", "李明", TODAY
        )
    with pytest.raises(NotPossible, match="say what happened"):
        events.report_event(
            store, BOOK, "group-event-report", LISTED_GROUP, "investment_loss", TODAY, " ", "李明", TODAY
        )


def test_a_plan_for_the_years_ahead_may_be_submitted_before_they_begin(store: Store) -> None:
    early = date(2023, 12, 20)
    plan = f"group-capital-plan/{LISTED_GROUP}/2023-12-31"
    assert register.submit(store, plan, early, "R", "李明", TODAY).state == "submitted"
    reversals.reverse(store, plan, "an older one", "李明", TODAY)
    with pytest.raises(NotPossible, match="2022-12-31 is before 2023-01-01"):
        register.submit(store, plan, date(2022, 12, 31), "R", "李明", TODAY)


# Events


def event(store: Store, party: str, on: date, **more: Any) -> register.Recorded:
    given = {"obligation": "group-event-report", "occasion": "member_in_crisis", **more}
    return events.report_event(
        store, BOOK, given["obligation"], party, given["occasion"], on, "taken over", "李明", TODAY
    )


def test_a_groups_event_is_due_two_working_days_later(store: Store) -> None:
    made = event(store, LISTED_GROUP, date(2024, 6, 7))  # Friday; Monday the 10th is Dragon Boat Festival
    assert (made.reference, made.last_day, made.state) == (
        f"group-event-report/{LISTED_GROUP}/2024-06-07",
        date(2024, 6, 12),
        "overdue",
    )
    assert what_happened(store, made.reference) == [("李明", "event", "overdue")]


def test_two_events_of_one_day_are_two_reports(store: Store) -> None:
    first, second = event(store, LISTED_GROUP, TODAY), event(store, LISTED_GROUP, TODAY)
    assert second.reference == first.reference + "#2"
    assert register.submit(store, second.reference, TODAY, "R", "李明", TODAY).reference == second.reference
    assert row(store, first.reference)["state"] == "due_soon"


def test_a_flag_makes_one_report_however_often_it_is_found(store: Store) -> None:
    made = []
    for _ in range(2):
        with store.writing() as connection:
            made.append(
                events.event_report(
                    connection,
                    BOOK,
                    "solo-shortfall-report",
                    LIFE,
                    "insolvency",
                    TODAY,
                    "comprehensive 98%",
                    "rule19",
                    TODAY,
                    cause="flag/17",
                )
            )
    assert made[0] == made[1]
    assert register.obligations(store, TODAY, ids=["solo-shortfall-report"]).height == 1


def test_a_party_that_owes_nothing_any_more_reports_no_events(store: Store) -> None:
    register.submit(store, REPORT, DUE, "R", "李明", TODAY)
    released = {LISTED_GROUP: GroupSettings(must_file=False)}
    generated(store, TODAY, tracked_from(NEW_YEAR_2024, groups=released))
    with pytest.raises(NotPossible, match="there is no group '阳光集团' that owes anything"):
        event(store, LISTED_GROUP, TODAY)
    generated(store, TODAY)
    assert event(store, LISTED_GROUP, TODAY).state == "due_soon"


def test_other_grounds_of_the_supervisor_change_an_audited_quarter_too(store: Store) -> None:
    """Rule 15 A13 (5)."""
    made = event(store, LIFE, TODAY, obligation="solo-audit-change", occasion="other")
    assert made.last_day == date(2024, 6, 30)


@pytest.mark.parametrize(
    ("party", "on", "more", "why"),
    [
        (OTHER_GROUP, TODAY, {}, "there is no group '某某集团' that owes anything"),
        (LIFE, TODAY, {}, "there is no group '阳光人寿' that owes anything"),
        (LISTED_GROUP, date(2024, 6, 21), {}, "has not come yet"),
        (LISTED_GROUP, TODAY, {"occasion": "bad_weather"}, "has no occasion 'bad_weather'"),
        (
            LISTED_GROUP,
            TODAY,
            {"obligation": "group-annual-report"},
            "not an obligation that arises from an event",
        ),
        (
            LISTED_GROUP,
            TODAY,
            {"obligation": "disclosure-delay", "occasion": "disclosure_will_be_late"},
            "is announced for a disclosure",
        ),
    ],
)
def test_an_event_that_cannot_be_is_refused(
    store: Store, party: str, on: date, more: dict[str, str], why: str
) -> None:
    with pytest.raises(NotPossible, match=why):
        event(store, party, on, **more)
