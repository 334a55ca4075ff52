"""What was written down by mistake is taken back: dates and states return, people hear of it, the history keeps it all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from monitoring.alerts import messages, outbox
from monitoring.alerts.content import MessageItem, Page
from monitoring.alerts.outbox import Addressee
from monitoring.clock import database_time
from monitoring.obligations import events, register, reversals
from monitoring.obligations.parties import GroupSettings
from monitoring.obligations.presentation.feed import calendar_feed
from monitoring.obligations.register import NotPossible, UnknownObligation
from monitoring.store.store import Store
from tests.monitoring.obligations.companies import (
    BOOK,
    LIFE,
    LISTED_GROUP,
    NEW_YEAR_2024,
    an_industry,
    generated,
    tracked_from,
    updated,
    what_happened,
)

REPORT = f"group-annual-report/{LISTED_GROUP}/2023-12-31"
DISCLOSURE = f"group-annual-disclosure/{LISTED_GROUP}/2023-12-31"
NOTICE = f"disclosure-delay/{LISTED_GROUP}/2023-12-31"
DUE = date(2024, 6, 15)
TODAY = date(2024, 6, 10)


@pytest.fixture(autouse=True)
def industry(store: Store) -> None:
    an_industry(store)
    generated(store)


def row(store: Store, which: str, today: date = TODAY) -> dict[str, Any]:
    frame = register.obligations(store, today)
    return frame.filter(frame["reference"] == which).row(0, named=True)


def announce(store: Store, until: date, today: date = TODAY, which: str = DISCLOSURE) -> register.Recorded:
    return events.announce_delay(store, BOOK, which, today, until, "home page", "李明", today)


def reverse(store: Store, which: str, today: date = TODAY, reason: str = "a mistake") -> register.Recorded:
    return reversals.reverse(store, which, reason, "王芳", today)


def reminders(store: Store, which: str) -> list[str]:
    """The steps that were reminded of, with the last day that each was about."""
    about = outbox.ALERT.c.obligation_id == row(store, which)["id"]
    with store.reading() as connection:
        query = select(outbox.ALERT.c.key, outbox.ALERT.c.words).where(about).order_by(outbox.ALERT.c.id)
        return [
            " ".join(key.split("/")[2:]) for key, words in connection.execute(query) if words == "reminder"
        ]


# --- a notice of late disclosure ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", [DISCLOSURE, NOTICE])
def test_a_notice_is_taken_back_by_the_disclosures_name_or_its_own(store: Store, which: str) -> None:
    updated(store, TODAY)
    before = row(store, DISCLOSURE)
    announce(store, date(2024, 6, 30))
    done = reverse(store, which, reason="it was another group's notice")
    assert (done.reference, done.state, done.last_day) == (DISCLOSURE, "due_soon", DUE)
    after = row(store, DISCLOSURE)
    changing = ("version", "changed_at")
    assert {k: x for k, x in after.items() if k not in changing} == {
        k: x for k, x in before.items() if k not in changing
    }
    assert what_happened(store, DISCLOSURE)[1:] == [
        ("李明", "delay_announced", "due_soon"),
        ("王芳", "delay_announced_taken_back", "due_soon"),
    ]
    assert json.loads(register.history(store, DISCLOSURE)["detail"][-1]) == {
        "reason": "it was another group's notice"
    }
    notice = row(store, NOTICE)
    assert (notice["state"], notice["submitted_on"], notice["receipt"]) == ("lapsed", None, None)
    assert what_happened(store, NOTICE) == [
        ("李明", "submitted", "submitted"),
        ("王芳", "submitted_taken_back", "lapsed"),
    ]


def test_a_notice_that_replaced_another_gives_way_to_it(store: Store) -> None:
    announce(store, date(2024, 6, 20))
    announce(store, date(2024, 6, 28))
    with pytest.raises(NotPossible, match=f"was replaced by {NOTICE}#2; take that back first"):
        reverse(store, NOTICE)
    assert reverse(store, DISCLOSURE).last_day == date(2024, 6, 20)
    assert (row(store, NOTICE)["state"], row(store, f"{NOTICE}#2")["state"]) == ("submitted", "lapsed")
    with pytest.raises(NotPossible, match="is no longer owed: there is nothing to take back"):
        reverse(store, f"{NOTICE}#2")
    assert reverse(store, NOTICE).last_day == DUE
    with pytest.raises(NotPossible, match="nothing was written down about"):
        reverse(store, DISCLOSURE)


def test_what_came_after_the_notice_is_taken_back_first(store: Store) -> None:
    announce(store, date(2024, 6, 30))
    later = date(2024, 6, 20)
    register.submit(store, DISCLOSURE, later, "home page", "李明", later)
    with pytest.raises(NotPossible, match="is submitted under this notice; take that back first"):
        reverse(store, NOTICE, later)
    assert reverse(store, DISCLOSURE, later).last_day == date(2024, 6, 30)
    assert reverse(store, NOTICE, later).state == "overdue"
    late = register.submit(store, DISCLOSURE, later, "home page", "李明", later)
    assert late.state == "submitted_late"


def test_another_notice_may_follow_one_that_was_taken_back(store: Store) -> None:
    announce(store, date(2024, 6, 30))
    reverse(store, DISCLOSURE)
    assert announce(store, date(2024, 6, 18)).last_day == date(2024, 6, 18)
    assert row(store, f"{NOTICE}#2")["state"] == "submitted"
    assert reverse(store, DISCLOSURE).last_day == DUE


def test_a_notice_is_taken_back_to_the_date_that_a_later_law_gives(store: Store) -> None:
    announce(store, date(2024, 6, 20))
    value = BOOK.history("obligations.group-annual-disclosure")[0].value
    due = {**value["rules"][0]["due"], "day": 12}
    law = {"from": date(2023, 7, 1), "value": {**value, "rules": [{**value["rules"][0], "due": due}]}}
    from monitoring.obligations.generation import generate_obligations

    generate_obligations(
        store,
        BOOK.overlay({"obligations.group-annual-disclosure": law}),
        tracked_from(NEW_YEAR_2024),
        TODAY,
    )
    assert row(store, DISCLOSURE)["last_day"] == date(2024, 6, 20)
    assert reverse(store, DISCLOSURE).last_day == date(2024, 6, 12)


def test_the_reminders_go_on_as_if_the_notice_had_not_been(store: Store) -> None:
    for day in (8, 9, 10):
        updated(store, date(2024, 6, day))
    announce(store, date(2024, 6, 30))
    updated(store, TODAY)
    reverse(store, DISCLOSURE)
    for day in range(10, 17):
        updated(store, date(2024, 6, day))
    assert reminders(store, DISCLOSURE) == [
        "2024-06-15 7",
        "2024-06-30 30",
        "2024-06-15 7",  # at once, for whoever rests on the later day
        "2024-06-15 3",
        "2024-06-15 1",
        "2024-06-15 0",
        "2024-06-15 -1",
    ]


def test_one_message_tells_what_holds_after_a_notice_came_and_went(store: Store) -> None:
    updated(store, TODAY)
    announce(store, date(2024, 6, 30))
    updated(store, TODAY)
    reverse(store, DISCLOSURE)
    told = claimed(store, TODAY)
    mine = [
        t.obligation["last_day"]
        for t in told
        if t.obligation and t.obligation["obligation"] == "group-annual-disclosure"
    ]
    assert mine == [DUE]


def test_a_calendar_program_moves_the_same_event_back(store: Store) -> None:
    def event() -> list[str]:
        frame = register.obligations(store, TODAY)
        feed = calendar_feed(frame.filter(frame["reference"] == DISCLOSURE), "x", "en").decode()
        return [line for line in feed.splitlines() if line.startswith(("UID", "DTSTART", "SEQUENCE"))]

    before = event()
    announce(store, date(2024, 6, 30))
    delayed = event()
    reverse(store, DISCLOSURE)
    after = event()
    assert len({line for line in (*before, *delayed, *after) if line.startswith("UID")}) == 1
    assert [x.partition(":")[2] for x in (*before, *delayed, *after) if x.startswith("DTSTART")] == [
        "20240615",
        "20240630",
        "20240615",
    ]
    sequences = [int(x.partition(":")[2]) for x in (*before, *delayed, *after) if x.startswith("SEQUENCE")]
    assert sequences == sorted(set(sequences))


# --- submissions and waivers --------------------------------------------------------------------------------------------


def test_a_submission_and_a_waiver_are_taken_back_with_what_they_said(store: Store) -> None:
    register.submit(store, REPORT, date(2024, 6, 3), "R-1", "李明", TODAY)
    assert reverse(store, REPORT).state == "overdue"
    register.waive(store, REPORT, "released", "李明")
    assert reverse(store, REPORT).state == "overdue"
    found = row(store, REPORT)
    assert (found["submitted_on"], found["receipt"], found["reason"]) == (None, None, None)
    assert [what for _, what, _ in what_happened(store, REPORT)] == [
        "submitted",
        "submitted_taken_back",
        "waived",
        "waived_taken_back",
    ]


def test_whoever_lost_a_reminder_to_a_mistaken_submission_gets_it(store: Store) -> None:
    day = date(2024, 6, 12)
    updated(store, day)
    register.submit(store, DISCLOSURE, day, "R", "李明", day)
    assert "group-annual-disclosure" not in topics(
        claimed(store, day)
    )  # it was done when the message was made
    reverse(store, DISCLOSURE, day)
    assert "group-annual-disclosure" in topics(claimed(store, day))
    updated(store, day)
    assert "group-annual-disclosure" not in topics(claimed(store, day))


def test_what_is_open_again_follows_the_law_and_the_list_as_they_are_now(store: Store) -> None:
    register.submit(store, REPORT, date(2024, 6, 3), "R-1", "李明", TODAY)
    released = tracked_from(NEW_YEAR_2024, groups={LISTED_GROUP: GroupSettings(must_file=False)})
    generated(store, TODAY, released)
    assert row(store, REPORT)["state"] == "submitted_late"
    reverse(store, REPORT)
    assert generated(store, TODAY, released).lapsed == 1
    assert row(store, REPORT)["state"] == "lapsed"
    with pytest.raises(NotPossible, match="is no longer owed: there is nothing to take back"):
        reverse(store, REPORT)


def test_what_an_earlier_edition_had_opened_again_is_not_taken_back_twice(store: Store) -> None:
    register.submit(store, REPORT, date(2024, 6, 3), "R-1", "李明", TODAY)
    with store.writing() as connection:
        number = row(store, REPORT)["id"]
        now = database_time(connection)
        said = {"at": now, "who": "李明", "what": "reopened", "state": "overdue", "detail": '{"reason": "x"}'}
        connection.execute(insert(register.HISTORY).values(obligation_id=number, **said))
        open_again = {"state": "overdue", "submitted_on": None, "receipt": None}
        connection.execute(
            update(register.OBLIGATION).where(register.OBLIGATION.c.id == number).values(open_again)
        )
    with pytest.raises(NotPossible, match="nothing was written down"):
        reverse(store, REPORT)


@pytest.mark.parametrize(
    ("which", "reason", "why"),
    [
        (REPORT, "x", "nothing was written down about"),
        (REPORT, "  ", "say why it is taken back"),
    ],
)
def test_what_cannot_be_taken_back_is_refused_in_words(
    store: Store, which: str, reason: str, why: str
) -> None:
    with pytest.raises(NotPossible, match=why):
        reverse(store, which, reason=reason)
    assert what_happened(store, REPORT) == []


def test_an_obligation_that_is_not_there_is_named(store: Store) -> None:
    with pytest.raises(UnknownObligation, match="there is no obligation"):
        reverse(store, "nothing")


def test_of_many_who_take_back_at_once_one_does(store: Store) -> None:
    announce(store, date(2024, 6, 20))
    register.submit(store, REPORT, date(2024, 6, 3), "R-1", "李明", TODAY)

    def attempt(which: str) -> bool:
        try:
            reverse(store, which)
        except NotPossible:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(attempt, [DISCLOSURE, NOTICE, REPORT] * 4))
    assert (sum(done[0::3]) + sum(done[1::3]), sum(done[2::3])) == (1, 1)
    assert (row(store, DISCLOSURE)["last_day"], row(store, NOTICE)["state"]) == (DUE, "lapsed")
    assert len([what for _, what, _ in what_happened(store, DISCLOSURE) if "taken_back" in what]) == 1


# --- events -------------------------------------------------------------------------------------------------------------


def happened(store: Store, cause: str | None = None) -> str:
    with store.writing() as connection:
        return events.event_report(
            connection,
            BOOK,
            "solo-shortfall-report",
            LIFE,
            "insolvency",
            TODAY,
            "comprehensive 98%",
            "李明",
            TODAY,
            cause=cause,
        ).reference


def claimed(store: Store, today: date) -> list[MessageItem]:
    """What a message that is made now would tell the one reader of everything; it counts as sent."""
    to, kept = Addressee("reader", "files"), list[MessageItem]()

    def render(told: Sequence[MessageItem], _most: int | None) -> list[Page]:
        kept.extend(told)
        return [Page("subject", "body", tuple(item.alert for item in told))]

    with store.writing() as connection:
        outbox.copy(connection, {a.id: [to] for a in outbox.not_copied(connection, 1000)})
        message = messages.claim_new(connection, to, "sender", today, render, register.open_obligations)
        if message is not None:
            messages.mark_in_flight(connection, message, "sender", datetime.now(UTC))
            messages.answered(connection, message.id, "sender", messages.Sent())
    return kept


def topics(told: list[MessageItem]) -> list[str]:
    return [t.obligation["obligation"] for t in told if t.obligation]


def test_a_report_of_an_event_that_did_not_happen_is_not_owed(store: Store) -> None:
    which = happened(store)
    register.waive(store, which, "told by telephone", "李明")
    assert reverse(store, which).state == "due_soon"
    assert reverse(store, which).state == "lapsed"
    assert [what for _, what, _ in what_happened(store, which)] == [
        "event",
        "waived",
        "waived_taken_back",
        "event_taken_back",
    ]
    with pytest.raises(NotPossible, match="is no longer owed"):
        reverse(store, which)
    assert happened(store) == f"{which}#2"
    feed = calendar_feed(register.obligations(store, TODAY, ids=["solo-shortfall-report"]), "x", "en")
    assert feed.count(b"STATUS:CANCELLED") == 1


def test_nobody_hears_of_an_event_that_was_taken_back_before_it_was_told(store: Store) -> None:
    which = happened(store)
    reverse(store, which)
    assert claimed(store, TODAY) == []


def test_whoever_heard_of_an_event_hears_that_it_was_a_mistake(store: Store) -> None:
    which = happened(store)
    assert topics(claimed(store, TODAY)) == ["solo-shortfall-report"]
    reverse(store, which, reason="it was 198%")
    (told,) = claimed(store, TODAY)
    assert (told.words, told.urgent, told.places["reason"]) == ("withdrawn", True, "it was 198%")
    assert "阳光人寿" in told.places["title"]["en"]
    updated(store, TODAY)
    assert "solo-shortfall-report" not in topics(claimed(store, TODAY))


def test_a_breach_that_is_found_again_makes_a_report_again(store: Store) -> None:
    first = happened(store, cause="flags/solo-shortfall-report/阳光人寿/2024-03-31")
    reverse(store, first, reason="the filing was wrong")
    second = happened(store, cause="flags/solo-shortfall-report/阳光人寿/2024-03-31")
    assert (row(store, first)["state"], second, row(store, second)["state"]) == (
        "lapsed",
        f"{first}#2",
        "due_soon",
    )


def test_what_would_be_taken_back_can_be_shown_beforehand(store: Store) -> None:
    def next_one(which: str) -> str | None:
        return reversals.latest_entry(register.history(store, which))

    assert next_one(DISCLOSURE) is None
    announce(store, date(2024, 6, 30))
    assert next_one(DISCLOSURE) == "delay_announced"
    register.submit(store, DISCLOSURE, TODAY, "R", "李明", TODAY)
    assert next_one(DISCLOSURE) == "submitted"
    reverse(store, DISCLOSURE)
    assert next_one(DISCLOSURE) == "delay_announced"
    assert next_one(happened(store)) == "event"
