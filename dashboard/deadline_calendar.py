"""Deadlines, the other ways to look: a month as a calendar, who is late, and what came in when against its last day."""

from __future__ import annotations

import calendar
from collections import Counter
from datetime import date, timedelta
from typing import Any

import polars as pl

from consolidation.words import say
from dashboard import deadline_words, figures
from dashboard.deadline_words import MARKS
from dashboard.links import link
from dashboard.markup import Cell, Child, Column, Html, join, show, table, tag
from dashboard.reading import deadlines
from dashboard.sections import section
from dashboard.view import View
from monitoring.calendar import WorkingDays
from monitoring.obligations.states import State

_MOST_A_DAY = 6
_ORDER = list(MARKS)


def month_of(text: str, today: date) -> date:
    """The first day of the month of the address (2026-05), else of today's."""
    try:
        return date.fromisoformat(f"{text[:7]}-01")
    except ValueError:
        return today.replace(day=1)


def month(v: View, rows: pl.DataFrame, first: date, today: date, chosen: dict[str, str]) -> None:
    """One month, a week a row; days off are shaded, and each day says what is due on it."""
    before, after = (first - timedelta(days=1)).replace(day=1), (first + timedelta(days=32)).replace(day=1)
    ways = join(
        [
            link("deadlines", f"← {before:%Y-%m}", **{**chosen, "month": f"{before:%Y-%m}"}),
            "   ",
            link("deadlines", f"{after:%Y-%m} →", **{**chosen, "month": f"{after:%Y-%m}"}),
        ]
    )
    section(f"{first:%Y-%m}", ways)
    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    due = _by_day(rows.filter(pl.col("last_day").is_between(weeks[0][0], weeks[-1][-1])))
    days = WorkingDays()
    head = [Column(say(f"deadlines.weekday.{n}", v.language)) for n in range(1, 8)]
    cells = [[_day(v, day, due.get(day, []), first, today, days, chosen) for day in week] for week in weeks]
    show(table(head, cells, css="calendar", caption=v.say("deadlines.calendar-note")))


def _by_day(rows: pl.DataFrame) -> dict[date, list[dict[str, Any]]]:
    found: dict[date, list[dict[str, Any]]] = {}
    for row in rows.iter_rows(named=True):
        found.setdefault(row["last_day"], []).append(row)
    return found


def _day(
    v: View,
    day: date,
    due: list[dict[str, Any]],
    first: date,
    today: date,
    days: WorkingDays,
    chosen: dict[str, str],
) -> Cell:
    css = [
        "" if days.is_working_day(day) else "off",
        "today" if day == today else "",
        "" if day.month == first.month else "outside",
    ]
    number = f"{day.day}{'*' if days.is_provisional(day) else ''}"
    lines = _lines(v, day, due, chosen)
    more = len(lines) - _MOST_A_DAY
    rest = tag("span", v.say("deadlines.more-that-day", count=more), css="quiet small") if more > 0 else None
    content = join([tag("span", number, css="day"), *lines[:_MOST_A_DAY], rest])
    return Cell(content, " ".join(filter(None, css)) or None, day.isoformat())


def _lines(v: View, day: date, due: list[dict[str, Any]], chosen: dict[str, str]) -> list[Html]:
    """One line an obligation: alone by its party, several by their number; the gravest state marks it."""
    by_obligation: dict[str, list[dict[str, Any]]] = {}
    for row in due:
        by_obligation.setdefault(row["obligation"], []).append(row)
    lines = []
    for obligation, rows in sorted(by_obligation.items()):
        states = Counter(State(r["state"]) for r in rows)
        gravest = min(states, key=_ORDER.index)
        words = deadline_words.name(v, rows[0])
        if len(rows) == 1:
            told = f"{v.name(rows[0]['party_id']) or rows[0]['party_name']} {words}"
            to = link("deadlines", told, hint=told, obligation=rows[0]["reference"], view="list")
        else:
            told = v.say("deadlines.many", obligation=words, count=len(rows))
            hint = ", ".join(f"{v.label(f'deadlines.state.{s.value}')} {n}" for s, n in states.items())
            asked = {**chosen, "view": "list", "what": obligation, "day": day.isoformat(), "show": "all"}
            to = link(
                "deadlines", told, hint=f"{told}: {hint}", **{k: x for k, x in asked.items() if k != "month"}
            )
        lines.append(tag("div", v.symbol(MARKS[gravest]), " ", to, css="due"))
    return lines


def late(v: View, today: date) -> None:
    """Who is late, the worst first."""
    frame = deadlines.late(v.desk, today)
    section(v.say("deadlines.late"), v.say("deadlines.late-note"))
    if frame.is_empty():
        show(tag("p", v.say("deadlines.nobody-late"), css="quiet"))
        return
    columns = [
        Column(v.say("deadlines.party")),
        Column(v.say("deadlines.overdue-now"), figures=True),
        Column(v.say("deadlines.oldest"), css="nowrap"),
        Column(v.say("deadlines.days-overdue"), figures=True),
        Column(v.say("deadlines.late-before"), figures=True),
    ]
    rows: list[list[Child | Cell]] = [
        [
            deadline_words.party(v, r),
            link("deadlines", str(r["overdue"]), view="list", party=r["party_id"], show="overdue")
            if r["overdue"]
            else "0",
            v.day(r["oldest"]),
            figures.NONE if r["days_overdue"] is None else str(r["days_overdue"]),
            str(r["late_before"]),
        ]
        for r in frame.iter_rows(named=True)
    ]
    show(table(columns, rows, css="narrow"))


def arrivals(v: View, today: date) -> None:
    """What came in, against its last day: a strip of days for each obligation."""
    frame = deadlines.arrivals(v.desk, today)
    section(v.say("deadlines.arrivals"), v.say("deadlines.arrivals-note"))
    if frame.is_empty():
        show(tag("p", v.say("deadlines.no-arrivals"), css="quiet"))
        return
    ends = [abs(d) for name in ("earliest", "latest") for d in frame[name].drop_nulls().to_list()]
    reach = max([7, *(min(e, 45) for e in ends)])
    columns = [
        Column(v.say("deadlines.obligation")),
        Column(v.say("deadlines.strip", days=reach), css="bars"),
        Column(v.say("deadlines.came-in"), figures=True),
        Column(v.say("deadlines.on-time"), figures=True),
        Column(v.say("deadlines.came-late"), figures=True),
        Column(v.say("deadlines.overdue-now"), figures=True),
        Column(v.say("deadlines.median"), figures=True),
    ]
    rows: list[list[Child | Cell]] = [
        [
            deadline_words.name(v, {**r, "period_end": today}),
            Cell(_strip(r["days"], reach)),
            r["submitted"],
            figures.ratio(r["on_time"] / r["submitted"], 0) if r["submitted"] else figures.NONE,
            str(r["late"]) if r["late"] else figures.NONE,
            str(r["overdue"]) if r["overdue"] else figures.NONE,
            figures.NONE if r["median"] is None else _days(v, r["median"]),
        ]
        for r in frame.iter_rows(named=True)
    ]
    show(table(columns, rows, css="boxes"))


def _days(v: View, days: float) -> str:
    if not days:
        return v.say("deadlines.on-the-day")
    return v.say("deadlines.days-before" if days < 0 else "deadlines.days-after", days=f"{abs(days):g}")


def _strip(days: list[int], reach: int) -> Html:
    """A tick a day on which something came in, the stronger the more; the dashed line is the last day."""
    counts = Counter(max(-reach, min(reach, d)) for d in days)
    most = max(counts.values(), default=1)
    ticks = [
        tag(
            "span",
            css=f"tick {'late' if day > 0 else 'fine'}",
            style=f"left:{(day + reach) / (2 * reach) * 100:.1f}%;height:{25 + 75 * count / most:.0f}%",
            title=f"{day:+d}: {count}",
        )
        for day, count in sorted(counts.items())
    ]
    return tag("div", tag("span", css="line", style="left:50%"), *ticks, css="box-room strip")
