"""Deadlines as a calendar: a month, a week a row, each day with what is due on it."""

from __future__ import annotations

import calendar
from collections import Counter
from datetime import date, timedelta
from typing import Any

import polars as pl

from consolidation.words import say
from dashboard.components.links import link
from dashboard.components.markup import Column, Html, TableCell, join, show, table, tag
from dashboard.components.sections import section
from dashboard.components.view import View
from dashboard.pages.deadlines import words
from dashboard.pages.deadlines.words import MARKS
from monitoring.calendar import WorkingDays
from monitoring.obligations.states import ObligationState

_MOST_A_DAY = 6
_SATURDAY = 5
_ORDER = list(MARKS)


def month_of(text: str, today: date) -> date:
    """The first day of the month of the address (2026-05), else of today's."""
    try:
        return date.fromisoformat(f"{text[:7]}-01")
    except ValueError:
        return today.replace(day=1)


def month(view: View, rows: pl.DataFrame, first: date, today: date, chosen: dict[str, str]) -> None:
    """One month, a week a row; days off are shaded, and each day says what is due on it."""
    before, after = (first - timedelta(days=1)).replace(day=1), (first + timedelta(days=32)).replace(day=1)
    ways = join(
        [
            link("deadlines", f"← {before:%Y-%m}", **{**chosen, "month": f"{before:%Y-%m}"}),
            " · ",
            link("deadlines", f"{after:%Y-%m} →", **{**chosen, "month": f"{after:%Y-%m}"}),
        ]
    )
    section(f"{first:%Y-%m}", ways)
    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    due = _by_day(rows.filter(pl.col("last_day").is_between(weeks[0][0], weeks[-1][-1])))
    days = WorkingDays()
    head = [Column(say(f"deadlines.weekday.{n}", view.language)) for n in range(1, 8)]
    cells = [
        [_day(view, day, due.get(day, []), first, today, days, chosen) for day in week] for week in weeks
    ]
    show(table(head, cells, css="calendar", caption=view.say("deadlines.calendar-note")))


def _by_day(rows: pl.DataFrame) -> dict[date, list[dict[str, Any]]]:
    found: dict[date, list[dict[str, Any]]] = {}
    for row in rows.iter_rows(named=True):
        found.setdefault(row["last_day"], []).append(row)
    return found


def _day(
    view: View,
    day: date,
    due: list[dict[str, Any]],
    first: date,
    today: date,
    days: WorkingDays,
    chosen: dict[str, str],
) -> TableCell:
    works, weekend = days.is_working_day(day), day.weekday() >= _SATURDAY
    css = [
        "" if works else "off",
        "today" if day == today else "",
        "" if day.month == first.month else "outside",
    ]
    number = f"{day.day}{'*' if days.is_provisional(day) else ''}"
    if works is weekend:  # a holiday within the week, or a weekend worked for one
        number += " " + view.say("deadlines.works" if works else "deadlines.off")
    lines = _lines(view, day, due, chosen)
    more = len(lines) - _MOST_A_DAY
    rest = (
        tag("span", view.say("deadlines.more-that-day", count=more), css="quiet small") if more > 0 else None
    )
    content = join([tag("span", number, css="day"), *lines[:_MOST_A_DAY], rest])
    return TableCell(content, " ".join(filter(None, css)) or None, day.isoformat())


def _lines(view: View, day: date, due: list[dict[str, Any]], chosen: dict[str, str]) -> list[Html]:
    """One line an obligation: alone by its party, several by their number; the gravest state marks it."""
    by_obligation: dict[str, list[dict[str, Any]]] = {}
    for row in due:
        by_obligation.setdefault(row["obligation"], []).append(row)
    lines = []
    for obligation, rows in sorted(by_obligation.items()):
        states = Counter(ObligationState(r["state"]) for r in rows)
        gravest = min(states, key=_ORDER.index)
        owed = words.name(view, rows[0])
        if len(rows) == 1:
            told = f"{words.party_name(view, rows[0])} {owed}"
            to = link("deadlines", told, hint=told, obligation=rows[0]["reference"], view="list")
        else:
            told = view.say("deadlines.many", obligation=owed, count=len(rows))
            hint = ", ".join(f"{view.label(f'deadlines.state.{s.value}')} {n}" for s, n in states.items())
            asked = {**chosen, "view": "list", "what": obligation, "day": day.isoformat(), "show": "all"}
            to = link(
                "deadlines", told, hint=f"{told}: {hint}", **{k: x for k, x in asked.items() if k != "month"}
            )
        lines.append(tag("div", view.symbol(MARKS[gravest]), " ", to, css="due"))
    return lines
