"""Dates as people type them: read where only one day is possible.

A form's heading or label may name a period by words (:func:`day`); a cell of a table holds a day, in one of the ways that
people and spreadsheets write one (:func:`typed_day`).
"""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from decimal import Decimal

from consolidation.cell_text.typed_numbers import closed_up, plain

_NUMERALS = str.maketrans("〇零一二三四五六七八九", "00123456789")
_SEPARATOR = r"[-./年]"
_FULL_DATE = re.compile(rf"(?<!\d)(\d{{4}}){_SEPARATOR}(\d{{1,2}})[-./月](\d{{1,2}})日?(?!\d)")
_COMPACT_DATE = re.compile(r"(?<!\d)(20\d{2})(\d{2})(\d{2})(?!\d)")
_QUARTER = re.compile(r"(?<!\d)(\d{4})(?:年度?)?[-_./]?(?:第?([1-4一二三四])季度?|[Qq]([1-4]))")
_HALF_YEAR = re.compile(r"(?<!\d)(\d{4})年?(?:上半年|半年度?|中期)")
_MONTH = re.compile(r"(?<!\d)(\d{4})年(?:1(?:月)?[-~至])?(\d{1,2})月末?(?!\d)")
_UNTIL = re.compile(r"(?:至|到|~|—|--)(?=\d{4})")
_YEAR = re.compile(r"(?<!\d)(\d{4})(?:年度|年末|年底|年报|年年度)")


def day(text: str) -> date | None:
    """The day or the last day of the period that a text names, or None: 2023-12-31, 二〇二三年十二月三十一日, 2023年第4季度, 2023Q4, 2023年度.

    Of a span from day to day it is the last one.
    """
    written = _UNTIL.split(_western(closed_up(text)))[-1]
    for pattern in (_FULL_DATE, _COMPACT_DATE):
        if match := pattern.search(written):
            return _day(*(int(part) for part in match.groups()))
    if match := _QUARTER.search(written):
        quarter = int((match.group(2) or match.group(3)).translate(_NUMERALS))
        return _month_end(int(match.group(1)), quarter * 3)
    if match := _HALF_YEAR.search(written):
        return _month_end(int(match.group(1)), 6)
    if match := _MONTH.search(written):
        return _month_end(int(match.group(1)), int(match.group(2)))
    if match := _YEAR.search(written):
        return _month_end(int(match.group(1)), 12)
    return None


_WITH_TIME = re.compile(r"[ T]00:00(?::00(?:\.0+)?)?$")
_YEAR_FIRST = re.compile(r"(\d{4})([-./年])(\d{1,2})([-./月])(\d{1,2})日?", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})([-./])(\d{1,2})\2(\d{4})", re.ASCII)
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})(?:\.0+)?", re.ASCII)
_COUNTED = re.compile(r"\d{5}(?:\.0+)?", re.ASCII)
_MONTHS = 12


def typed_day(text: str) -> date | None:
    """The day that a cell of a table holds; None if it is none, or could be two.

    2024年6月30日, 2024/6/30, 2024.06.30, 20240630, 二〇二四年六月三十日, 45473 as Excel counts, and 6/30/2024, which no other order of
    day and month allows; 6/7/2024 is two days.
    """
    written = _WITH_TIME.sub("", plain(text))
    if match := _COMPACT.fullmatch(written):
        return _day(*map(int, match.groups()))
    if _COUNTED.fullmatch(written):
        return counted_day(Decimal(written))
    written = _western(written.replace(" ", ""))
    if match := _YEAR_FIRST.fullmatch(written):
        year, one, month, other, day_of_month = match.groups()
        alike = one == other or (one, other) == ("年", "月")
        return _day(int(year), int(month), int(day_of_month)) if alike else None
    if match := _YEAR_LAST.fullmatch(written):
        one, _, other, year = match.groups()
        return _either_order(int(year), int(one), int(other))
    return None


def typed_period(text: str) -> date | None:
    """The last day of the period that a cell of a table holds: as :func:`typed_day`, or 2024Q2, 2024年二季度, 2024年6月, 2024年度."""
    names_a_period = any(p.fullmatch(closed_up(text)) for p in (_QUARTER, _HALF_YEAR, _MONTH, _YEAR))
    return day(text) if names_a_period else typed_day(text)


def _either_order(year: int, one: int, other: int) -> date | None:
    """The day of a month and a day of it in an order that is not known, where only one is possible."""
    if one != other and max(one, other) <= _MONTHS:
        return None
    return _day(year, min(one, other), max(one, other))


_COUNTED_DAYS = range(36526, 73051)
"""Days as Excel counts them, of this century."""


def counted_day(number: Decimal) -> date | None:
    """The day that a number is as Excel counts them, of this century; None for any other number."""
    is_counted = number == number.to_integral_value() and int(number) in _COUNTED_DAYS
    return date(1899, 12, 30) + timedelta(days=int(number)) if is_counted else None


def without_period(text: str) -> str:
    """The text with every naming of a period taken out: what is left of a file's name is the company."""
    for pattern in (_FULL_DATE, _COMPACT_DATE, _QUARTER, _HALF_YEAR, _MONTH, _YEAR):
        text = pattern.sub(" ", text)
    return text


def _western(text: str) -> str:
    """Dates in Chinese numerals with Western digits: 二〇二三年十二月三十一日 → 2023年12月31日."""

    def year(match: re.Match[str]) -> str:
        return match.group(0).translate(_NUMERALS)

    def tens(match: re.Match[str]) -> str:
        left, _, right = match.group(1).partition("十")
        if "十" not in match.group(1):
            return match.group(1).translate(_NUMERALS) + match.group(2)
        return f"{left.translate(_NUMERALS) or '1'}{right.translate(_NUMERALS) or '0'}{match.group(2)}"

    text = re.sub(r"[〇零一二三四五六七八九]{4}(?=年)", year, text)
    return re.sub(r"([一二三四五六七八九十]{1,3})([月日])", tens, text)


_YEARS = range(1900, 2200)


def _day(year: int, month: int, day_of_month: int) -> date | None:
    if year not in _YEARS:
        return None
    try:
        return date(year, month, day_of_month)
    except ValueError:
        return None


def _month_end(year: int, month: int) -> date | None:
    if not (1 <= month <= 12 and 1 <= year <= 9999):
        return None
    return date(year, month, calendar.monthrange(year, month)[1])
