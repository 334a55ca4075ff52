"""Industry over time: how the ratios lie quarter by quarter, the families of risk, and who comes close to a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from dashboard.components import formatting, states
from dashboard.components.chart import charts
from dashboard.components.chart.chart_frame import show_chart
from dashboard.components.chart.charts import RangeBand, Series
from dashboard.components.chart.limit_lines import minimum_lines
from dashboard.components.markup import Child, Column, Row, TableCell, join, show, table, tag
from dashboard.components.sections import section
from dashboard.components.view import View
from dashboard.pages.entities.heat_map import ratio_history
from dashboard.pages.industry.names import ALL, KINDS, company_link, kind_name, of_kind, quiet
from dashboard.queries import industry
from monitoring.industry.risk_families import FAMILIES

_ROWS_SHOWN = 12
_STATISTICS = {
    "q75": "industry.upper-quartile",
    "q50": "industry.median",
    "q25": "industry.lower-quartile",
    "weighted_mean": "industry.weighted",
    "mean": "industry.mean",
}
_UP, _DOWN, _LEVEL = "↑", "↓", "→"
_SHOWN_PLACES = 1


def over_time(view: View, kind: str, measure: str, day: date) -> None:
    """Median, quartiles and means of every quarter until the day: as a chart, and as a table of the kind or of all kinds."""
    levels = industry.scan(view.session).levels.filter(
        pl.col("segment") == ALL, pl.col("measure") == measure, pl.col("period_end") <= day
    )
    own = levels.filter(pl.col("kind") == kind).sort("period_end")
    section(view.say("industry.course"), view.say("industry.course-note"))
    if own.height < 2:
        quiet(view, "industry.none")
        return
    days = own["period_end"].to_list()
    series = [
        Series(view.say("industry.median"), "own", own["q50"].to_list()),
        Series(view.say("industry.weighted"), "peers", own["weighted_mean"].to_list()),
    ]
    band = [
        None if low is None or high is None else (low, high)
        for low, high in own.select("q25", "q75").iter_rows()
    ]
    ranges = [RangeBand(view.say("industry.band"), "own", band)]
    title, limits = view.say("industry.course"), minimum_lines(view, measure, day=day)
    show_chart(
        view, title, charts.ratio_lines(days, series, limits, title, view.say("period"), ranges=ranges)
    )
    _course_table(view, levels, KINDS if kind == ALL else (kind,), days)


def _course_table(view: View, levels: pl.DataFrame, kinds: Sequence[str], days: Sequence[date]) -> None:
    """One row a statistic and kind, one column a quarter, the newest first."""
    newest = list(reversed(days))
    columns = [
        Column(view.say("industry.segment"), css="nowrap"),
        Column(""),
        *(Column(formatting.quarter(d), figures=True, hint=d.isoformat()) for d in newest),
    ]
    rows: list[Row | list[Child | TableCell]] = []
    for kind in kinds:
        by_day = {r["period_end"]: r for r in levels.filter(pl.col("kind") == kind).iter_rows(named=True)}
        if not by_day:
            continue
        counted = [str(by_day[d]["companies"]) if d in by_day else formatting.NONE for d in newest]
        rows.append(Row([kind_name(view, kind), view.say("industry.count"), *counted], "total"))
        rows += [_statistic(view, name, word, by_day, newest) for name, word in _STATISTICS.items()]
    show(table(columns, rows, css="tight"))


def _statistic(
    view: View, name: str, word: str, by_day: Mapping[date, Mapping[str, Any]], newest: Sequence[date]
) -> list[Child | TableCell]:
    known = [(d, by_day[d][name]) for d in reversed(newest) if d in by_day and by_day[d][name] is not None]
    label = join([view.say(word), charts.sparkline(known)])
    figures = (by_day.get(d, {}).get(name) for d in newest)
    return ["", label, *(TableCell(formatting.ratio(f, 1), hint=formatting.exact(f, "")) for f in figures)]


def nearing(view: View, kind: str, measure: str, day: date) -> None:
    """The companies that fell on the quarter, the closest above a line first."""
    section(view.say("industry.nearing"), view.say("industry.nearing-note"))
    rows = industry.nearing(view.session, day).filter(pl.col("measure") == measure, of_kind(kind))
    if rows.is_empty():
        quiet(view, "industry.no-nearing")
        return
    columns = [
        Column(view.say("company")),
        Column(view.say("industry.ratio"), figures=True),
        Column("Δ", figures=True, hint=view.say("groups.change")),
        Column(view.say("industry.next-line"), figures=True),
        Column(view.say("industry.room"), figures=True),
    ]
    shown = [_near(view, row, measure, day) for row in rows.head(_ROWS_SHOWN).iter_rows(named=True)]
    show(table(columns, shown, css="tight"))


def _near(view: View, row: Mapping[str, Any], measure: str, day: date) -> list[Child | TableCell]:
    past = ratio_history(view, row["entity_id"], measure)
    symbol = view.symbol(states.state(measure, row["ratio"], day))
    shown = join([symbol, " ", formatting.ratio(row["ratio"], against=row["line"]), past.line(day)])
    return [
        company_link(view, row["entity_id"], day),
        TableCell(shown, hint=formatting.exact(row["ratio"], "")),
        past.change(day),
        formatting.ratio(row["line"], 0),
        formatting.signed(row["distance"], 1),
    ]


def families(view: View, kind: str, day: date) -> None:
    """Each family of risk with its indicator, level, and an arrow for where it went."""
    section(view.say("industry.families"), view.say("industry.families-note"))
    every = industry.families(view.session).filter(pl.col("kind") == kind, pl.col("period_end") <= day)
    now = {r["family"]: r for r in every.filter(pl.col("period_end") == day).iter_rows(named=True)}
    if not now:
        quiet(view, "industry.none")
        return
    columns = [
        Column(view.say("industry.family")),
        Column(view.say("industry.indicator"), figures=True),
        Column(view.say("industry.level"), css="nowrap"),
        Column("Δ", figures=True, hint=view.say("groups.change")),
        Column(view.say("industry.count"), figures=True),
    ]
    rows = [
        _family(view, now[name], every.filter(pl.col("family") == name)) for name in FAMILIES if name in now
    ]
    show(table(columns, rows, css="tight"))


def _family(view: View, row: Mapping[str, Any], history: pl.DataFrame) -> list[Child | TableCell]:
    name = row["family"]
    what = tag("div", view.say(f"industry.indicator.{name}"), css="quiet small")
    known = list(history.sort("period_end").select("period_end", "value").iter_rows())
    return [
        tag("span", view.say(f"industry.family.{name}"), what),
        TableCell(join([formatting.ratio(row["value"], 1), charts.sparkline(known)])),
        formatting.NONE if row["level"] is None else view.say(f"industry.level.{row['level']}"),
        _arrow(row["change"]),
        str(row["companies"]),
    ]


def _arrow(change: Decimal | None) -> str:
    """Where it went on the quarter, by what is shown of the change."""
    if change is None:
        return formatting.NONE
    shown = round(change, _SHOWN_PLACES)
    arrow = _UP if shown > 0 else _DOWN if shown < 0 else _LEVEL
    return f"{arrow} {formatting.signed(shown, _SHOWN_PLACES)}"
