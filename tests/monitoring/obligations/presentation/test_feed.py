"""The calendar feed: a calendar program updates what it has, and sees what is provisional, waived or late."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
from icalendar import Calendar

from monitoring.obligations.presentation.feed import calendar_feed

ROW: dict[str, Any] = {
    "reference": "group-annual-report/阳光集团/2025-12-31",
    "obligation": "group-annual-report",
    "party_name": "阳光保险集团; “A, B”\n",
    "period_end": date(2025, 12, 31),
    "occasion": None,
    "article": "Rule 19 A133",
    "due_on": date(2026, 5, 31),
    "working_day": date(2026, 5, 29),
    "last_day": date(2026, 5, 31),
    "provisional": False,
    "state": "upcoming",
    "version": 1,
    "changed_at": datetime(2026, 1, 5, 8, 0, tzinfo=UTC),
}


def events(*rows: dict[str, Any], language: str = "en") -> list[Any]:
    feed = calendar_feed(pl.DataFrame(list(rows)), "solvency", language)
    return list(Calendar.from_ical(feed).walk("VEVENT"))


def test_an_obligation_is_an_all_day_event_on_its_due_date() -> None:
    (event,) = events(ROW)
    assert event["dtstart"].to_ical() == b"20260531"
    assert (event["dtstart"].params["VALUE"], event["dtend"].to_ical()) == ("DATE", b"20260601")
    assert str(event["transp"]) == "TRANSPARENT"


def test_the_event_names_the_last_working_day_and_the_article() -> None:
    (event,) = events(ROW)
    assert str(event["description"]).split("\n") == [
        "State: upcoming",
        "due 2026-05-31 Sun, last working day before it 2026-05-29 Fri",
        "Source: Rule 19 A133",
        "group-annual-report/阳光集团/2025-12-31",
    ]
    (event,) = events(ROW, language="zh")
    assert "截止日 2026-05-31 周日，之前最后一个工作日为 2026-05-29 周五" in str(event["description"])


def test_what_is_open_leads_to_the_dashboard_and_speaks_up_before_its_day() -> None:
    done = {**ROW, "state": "submitted"}
    feed = calendar_feed(pl.DataFrame([ROW, done]), "solvency", "en", "https://rule19.example.com/")
    first, second = Calendar.from_ical(feed).walk("VEVENT")
    assert str(first["url"]).startswith(
        "https://rule19.example.com/deadlines?obligation=group-annual-report%2F"
    )
    alarms = [alarm["trigger"].dt for alarm in first.walk("VALARM")]
    assert alarms == [timedelta(days=-7, hours=9), timedelta(days=-1, hours=9)]
    assert second.walk("VALARM") == []


def test_a_change_keeps_the_id_and_raises_the_sequence() -> None:
    later = {**ROW, "version": 3, "state": "overdue", "changed_at": datetime(2026, 6, 1, tzinfo=UTC)}
    (before,), (after,) = events(ROW), events(later)
    assert before["uid"] == after["uid"]
    assert (before["sequence"], after["sequence"]) == (0, 2)
    assert str(after["summary"]).startswith("❗")


def test_different_obligations_have_different_ids() -> None:
    other = {**ROW, "reference": "group-annual-report/阳光集团/2026-12-31"}
    assert len({str(e["uid"]) for e in events(ROW, other)}) == 2


def test_status_says_provisional_and_waived() -> None:
    rows = [
        {**ROW, "reference": str(n), **more}
        for n, more in enumerate(
            [{}, {"provisional": True}, {"state": "waived"}, {"state": "lapsed"}, {"state": "submitted"}]
        )
    ]
    found = events(*rows)
    assert [str(e["status"]) for e in found] == [
        "CONFIRMED",
        "TENTATIVE",
        "CANCELLED",
        "CANCELLED",
        "CONFIRMED",
    ]
    assert "provisional" in str(found[1]["description"])


def test_the_same_obligations_make_the_same_bytes() -> None:
    frame = pl.DataFrame([ROW])
    assert calendar_feed(frame, "solvency", "zh") == calendar_feed(frame, "solvency", "zh")


def test_an_announced_delay_moves_the_event() -> None:
    (event,) = events({**ROW, "last_day": date(2026, 6, 14)})
    assert event["dtstart"].to_ical() == b"20260614"
    said = "delay announced until 2026-06-14 Sun, last working day before it 2026-06-12 Fri"
    assert said in str(event["description"])
    (event,) = events({**ROW, "last_day": date(2026, 6, 12)})
    assert "working day" not in str(event["description"])
