"""Working days in China, and what day it is there.

Working days follow the State Council's yearly arrangement (make-up Saturdays included), as the package chinesecalendar
has it. The arrangement of a year is announced in the autumn before; until then weekends stand in and everything that
rests on such a day is *provisional*: it says so wherever it is shown and is worked out anew once the package knows better.
Days are counted in Asia/Shanghai, whatever zone the machine is set to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from importlib.metadata import version
from zoneinfo import ZoneInfo

import chinese_calendar

CHINA = ZoneInfo("Asia/Shanghai")

_SATURDAY = 5
_FIRST_RULEBOOK_YEAR = 2022
_NEW_YEAR_REACHES_BACK_TO = (12, 28)
"""The New Year's arrangement of a year may move days from here on in the year before, as in 2018 and 2022."""


@dataclass(frozen=True, slots=True)
class WorkingDay:
    """A day that was found by counting working days; ``provisional`` where an unannounced day was counted."""

    day: date
    provisional: bool


@cache
def _announced(day: date) -> bool:
    """Whether people work on this day; asked of the same few hundred days some ten thousand times in a run."""
    return chinese_calendar.is_workday(day)


@cache
def _source() -> str:
    return f"chinesecalendar {version('chinesecalendar')}"


class WorkingDays:
    """The working days as far as they are announced, weekends beyond.

    :param announced: says whether a day is a working day; raises NotImplementedError for a year it does not know.
    """

    def __init__(self, announced: Callable[[date], bool] = _announced, source: str | None = None) -> None:
        self._announced = announced
        self._source = source

    def is_working_day(self, day: date) -> bool:
        """Whether people work on this day, by arrangement or, where there is none yet, by weekday."""
        try:
            return self._announced(day)
        except NotImplementedError:
            return day.weekday() < _SATURDAY

    def is_provisional(self, day: date) -> bool:
        """Whether the arrangement that decides on this day is still to come."""
        if not self._is_announced(day):
            return True
        is_new_year = (day.month, day.day) >= _NEW_YEAR_REACHES_BACK_TO
        return is_new_year and not self._is_announced(date(day.year + 1, 1, 1))

    def on_or_before(self, day: date) -> WorkingDay:
        """The day itself, or the last working day before it."""
        provisional = self.is_provisional(day)
        while not self.is_working_day(day):
            day -= timedelta(days=1)
            provisional |= self.is_provisional(day)
        return WorkingDay(day, provisional)

    def after(self, day: date, count: int) -> WorkingDay:
        """The ``count``-th working day after ``day``, which is itself not counted."""
        provisional = False
        while count:
            day += timedelta(days=1)
            provisional |= self.is_provisional(day)
            count -= self.is_working_day(day)
        return WorkingDay(day, provisional)

    @cached_property
    def edition(self) -> str:
        """What this calendar knows, in a few words that change when it knows more: its source and its last year."""
        year = _FIRST_RULEBOOK_YEAR
        while self._is_announced(date(year, 6, 30)):
            year += 1
        return f"{self._source or _source()}, {year - 1}"

    def _is_announced(self, day: date) -> bool:
        try:
            self._announced(day)
        except NotImplementedError:
            return False
        return True


def day_in_china(moment: datetime) -> date:
    """The date in China at a moment.

    :raises ValueError: for a moment without a time zone (a fault of this program).
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return moment.astimezone(CHINA).date()


def today() -> date:
    """The date in China now, by this machine's clock."""
    return day_in_china(datetime.now(UTC))
