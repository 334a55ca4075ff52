"""Working days in China and the date there, whatever the machine thinks."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from monitoring.calendar import WorkingDay, WorkingDays, day_in_china, today

DAYS = WorkingDays()


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2024, 10, 12), True),  # a Saturday that makes up for National Day
        (date(2024, 9, 14), True),  # a Saturday that makes up for Mid-Autumn
        (date(2025, 10, 8), False),  # a Wednesday, last day of National Day and Mid-Autumn together
        (date(2025, 9, 30), True),
        (date(2026, 5, 31), False),  # a Sunday
        (date(2026, 5, 29), True),
        (date(2024, 2, 29), True),
    ],
)
def test_a_day_works_as_the_state_council_arranged_it(day: date, works: bool) -> None:
    assert (DAYS.is_working_day(day), DAYS.is_provisional(day)) == (works, False)


@pytest.mark.parametrize(
    ("day", "last"),
    [
        (date(2024, 10, 12), date(2024, 10, 12)),
        (date(2025, 10, 8), date(2025, 9, 30)),
        (date(2026, 5, 31), date(2026, 5, 29)),
        (date(2024, 9, 15), date(2024, 9, 14)),
        (date(2025, 1, 30), date(2025, 1, 27)),  # Spring Festival from the 28th
    ],
)
def test_the_last_working_day_before_a_day_off_is_named(day: date, last: date) -> None:
    assert DAYS.on_or_before(day) == WorkingDay(last, provisional=False)


@pytest.mark.parametrize(
    ("event", "count", "due"),
    [
        (date(2025, 9, 29), 2, date(2025, 10, 9)),
        (date(2025, 9, 30), 2, date(2025, 10, 10)),  # eight days off between
        (date(2025, 10, 4), 2, date(2025, 10, 10)),  # an event in the holiday itself
        (date(2024, 9, 13), 2, date(2024, 9, 18)),  # Saturday the 14th works, then Mid-Autumn
        (date(2024, 2, 28), 2, date(2024, 3, 1)),
        (date(2023, 2, 27), 2, date(2023, 3, 1)),
        (date(2026, 5, 29), 5, date(2026, 6, 5)),
    ],
)
def test_working_days_are_counted_from_the_day_after_the_event(event: date, count: int, due: date) -> None:
    assert DAYS.after(event, count) == WorkingDay(due, provisional=False)


def test_in_a_year_not_announced_weekends_stand_in_and_the_date_is_provisional() -> None:
    assert DAYS.is_provisional(date(2035, 6, 1))
    assert DAYS.on_or_before(date(2035, 10, 1)) == WorkingDay(date(2035, 10, 1), provisional=True)
    assert DAYS.on_or_before(date(2035, 9, 30)) == WorkingDay(date(2035, 9, 28), provisional=True)
    assert DAYS.after(date(2035, 9, 28), 1) == WorkingDay(date(2035, 10, 1), provisional=True)


def known_until(year: int, holidays: frozenset[date] = frozenset()) -> WorkingDays:
    def announced(day: date) -> bool:
        if day.year > year:
            raise NotImplementedError
        return day.weekday() < 5 and day not in holidays

    return WorkingDays(announced, "test")


def test_counting_into_a_year_not_announced_makes_the_count_provisional() -> None:
    days = known_until(2030)
    assert days.after(date(2030, 12, 20), 3) == WorkingDay(date(2030, 12, 25), provisional=False)
    assert days.after(date(2030, 12, 31), 1) == WorkingDay(date(2031, 1, 1), provisional=True)


def test_the_last_days_of_december_wait_for_the_next_years_new_year() -> None:
    assert not known_until(2030).is_provisional(date(2030, 12, 27))
    assert known_until(2030).is_provisional(date(2030, 12, 28))
    assert not known_until(2031).is_provisional(date(2030, 12, 28))


def test_the_edition_changes_when_the_calendar_knows_another_year() -> None:
    assert (known_until(2030).edition, known_until(2031).edition) == ("test, 2030", "test, 2031")


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 9, 15, 15, 59, 59, tzinfo=UTC), date(2026, 9, 15)),
        (datetime(2026, 9, 15, 16, 0, tzinfo=UTC), date(2026, 9, 16)),
        # 11:30 in New York is before midnight in China in summer, after it in winter
        (datetime(2026, 7, 15, 11, 30, tzinfo=ZoneInfo("America/New_York")), date(2026, 7, 15)),
        (datetime(2026, 1, 15, 11, 30, tzinfo=ZoneInfo("America/New_York")), date(2026, 1, 16)),
        # the hour that New York has twice
        (datetime(2026, 11, 1, 1, 30, fold=1, tzinfo=ZoneInfo("America/New_York")), date(2026, 11, 1)),
        (datetime(2026, 5, 31, 23, 0, tzinfo=timezone(timedelta(hours=14))), date(2026, 5, 31)),
        (datetime(2026, 5, 31, 0, 0, tzinfo=ZoneInfo("Asia/Shanghai")), date(2026, 5, 31)),
    ],
)
def test_the_day_is_the_day_in_china(moment: datetime, day: date) -> None:
    assert day_in_china(moment) == day


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        day_in_china(datetime(2026, 1, 1))


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York"])
def test_today_does_not_depend_on_the_machines_zone(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        before = datetime.now(UTC)
        assert today() in {day_in_china(before), day_in_china(datetime.now(UTC))}
    finally:
        monkeypatch.undo()
        time.tzset()
