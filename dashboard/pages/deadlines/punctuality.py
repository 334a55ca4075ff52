"""Deadlines, how punctual people are: who is late, and what came in when against its last day."""

from __future__ import annotations

from collections import Counter
from datetime import date

from dashboard.components import formatting
from dashboard.components.chart.chart_frame import DrawnChart, show_chart
from dashboard.components.links import link
from dashboard.components.markup import Child, Column, Html, TableCell, show, table, tag
from dashboard.components.sections import section
from dashboard.components.view import View
from dashboard.pages.deadlines import words
from dashboard.queries.obligations import deadlines


def late(view: View, today: date) -> None:
    """Who is late, the worst first."""
    frame = deadlines.late(view.session, today)
    section(view.say("deadlines.late"), view.say("deadlines.late-note"))
    if frame.is_empty():
        show(tag("p", view.say("deadlines.nobody-late"), css="quiet"))
        return
    columns = [
        Column(view.say("deadlines.party")),
        Column(view.say("deadlines.overdue-now"), figures=True),
        Column(view.say("deadlines.oldest"), css="nowrap"),
        Column(view.say("deadlines.days-overdue"), figures=True),
        Column(view.say("deadlines.late-before"), figures=True),
    ]
    rows: list[list[Child | TableCell]] = [
        [
            words.party(view, r),
            link("deadlines", str(r["overdue"]), view="list", party=r["party_id"], show="overdue")
            if r["overdue"]
            else "0",
            view.day(r["oldest"]),
            formatting.NONE if r["days_overdue"] is None else str(r["days_overdue"]),
            str(r["late_before"]),
        ]
        for r in frame.iter_rows(named=True)
    ]
    show(table(columns, rows, css="narrow"))


def arrivals(view: View, today: date) -> None:
    """What came in, against its last day: a strip of days for each obligation."""
    frame = deadlines.arrivals(view.session, today)
    section(view.say("deadlines.arrivals"), view.say("deadlines.arrivals-note"))
    if frame.is_empty():
        show(tag("p", view.say("deadlines.no-arrivals"), css="quiet"))
        return
    ends = [abs(d) for name in ("earliest", "latest") for d in frame[name].drop_nulls().to_list()]
    reach = max([7, *(min(e, 45) for e in ends)])
    columns = [
        Column(view.say("deadlines.obligation")),
        Column(view.say("deadlines.strip", days=reach), css="bars"),
        Column(view.say("deadlines.came-in"), figures=True),
        Column(view.say("deadlines.on-time"), figures=True),
        Column(view.say("deadlines.came-late"), figures=True),
        Column(view.say("deadlines.overdue-now"), figures=True),
        Column(view.say("deadlines.median"), figures=True),
    ]
    rows: list[list[Child | TableCell]] = [
        [
            words.name(view, {**r, "period_end": today}),
            TableCell(_strip(r["days"], reach)),
            r["submitted"],
            formatting.ratio(r["on_time"] / r["submitted"], 0) if r["submitted"] else formatting.NONE,
            str(r["late"]) if r["late"] else formatting.NONE,
            str(r["overdue"]) if r["overdue"] else formatting.NONE,
            formatting.NONE if r["median"] is None else _days(view, r["median"]),
        ]
        for r in frame.iter_rows(named=True)
    ]
    show_chart(view, view.say("deadlines.arrivals"), DrawnChart(table(columns, rows, css="boxes")))


def _days(view: View, days: float) -> str:
    if not days:
        return view.say("deadlines.on-the-day")
    return view.say("deadlines.days-before" if days < 0 else "deadlines.days-after", days=f"{abs(days):g}")


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
