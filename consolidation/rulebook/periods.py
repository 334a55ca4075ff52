"""Which day a period ends on, by the calendar and by what the law wants reported."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from datetime import date

from consolidation.rulebook import Rulebook

GROUP_REPORTS = ("obligations.group-semiannual-report", "obligations.group-annual-report")
"""The solvency reports of a group (Rule 19 A133, A140)."""

AUDITED_REPORT = "obligations.solo-audited-q4"
"""The one report of an insurer that is audited (Rule 18 A76, A78)."""


def is_reported(period_end: date, obligations: Iterable[str], rulebook: Rulebook) -> bool:
    """Whether one of these obligations is owed for a period that ends on this day.

    Before an obligation came into force its first version says which periods it is about.

    :param obligations: ids of rulebook entries whose rules name their ``period_ends``.
    """
    month_and_day = f"{period_end:%m-%d}"
    return any(
        month_and_day in rule["period_ends"]
        for id in obligations
        for rule in rulebook.in_force_or_first(id, period_end).value["rules"]
    )


def last_year_end(period_end: date) -> date:
    """The 31 December before a period's end; for a 31 December, the one a year earlier."""
    return date(period_end.year - 1, 12, 31)


def months_before(day: date, months: int) -> date:
    """The same date so many months earlier; the last day of a month goes with the last day of a month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    ends_month = day.day == calendar.monthrange(day.year, day.month)[1]
    return date(year, month + 1, last if ends_month else min(day.day, last))
