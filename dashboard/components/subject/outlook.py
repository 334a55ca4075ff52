"""Where a ratio goes, for a company and for a group: its history with the range, the probabilities, and what drives them.

Every figure is an estimate and says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import dataframely as dy
import polars as pl
import streamlit as st

from dashboard.components import formatting
from dashboard.components.chart import charts
from dashboard.components.chart.chart_frame import show_chart
from dashboard.components.chart.charts import RangeBand, Series
from dashboard.components.chart.limit_lines import every_line
from dashboard.components.markup import Child, Column, TableCell, show, table, tag
from dashboard.components.sections import section
from dashboard.components.states import COMPREHENSIVE, CORE
from dashboard.components.view import View
from monitoring.outlook.drivers import Drivers, drivers_in_words
from monitoring.outlook.ranking import LIMITS, PROBABILITIES
from monitoring.outlook.schema import AlarmRecords, Outlooks
from monitoring.ratios import GROUP

History = Mapping[str, Mapping[date, Decimal | None]]
"""By measure the ratios that were filed."""

_PERIODS_SHOWN = 12
_MEMBERS = "members"


def outlook_section(
    view: View,
    forecasts: dy.DataFrame[Outlooks],
    alarms: dy.DataFrame[AlarmRecords],
    history: History,
    breaks: Mapping[str, str],
) -> None:
    """The section of one subject; nothing where there is no forecast of it.

    :param breaks: by measure what else changed where the latest ratio fell (:mod:`monitoring.series_breaks`).
    """
    if forecasts.is_empty():
        return
    made_from = max(forecasts["made_from"].to_list())
    section(view.say("outlook.title"), view.say("outlook.title-note", day=made_from.isoformat()))
    for column, measure in zip(st.columns(2, gap="medium"), (COMPREHENSIVE, CORE), strict=True):
        mine = forecasts.filter(pl.col("measure") == measure).sort("basis", "horizon").to_dicts()
        if not mine:
            continue
        with column:
            _chart(view, measure, [r for r in mine if r["basis"] != _MEMBERS], history[measure])
            _table(view, measure, mine)
            _words(view, measure, mine, alarms, breaks.get(measure))


def _chart(
    view: View, measure: str, mine: Sequence[Mapping[str, Any]], filed: Mapping[date, Decimal | None]
) -> None:
    """The filed ratios, and from the last one on the estimate with its range."""
    known = {day: filed[day] for day in sorted(filed)[-_PERIODS_SHOWN:]}
    points: dict[date, Decimal] = {}
    ranges: dict[date, tuple[Decimal, Decimal]] = {}
    for row in mine:
        day, now = row["made_from"], _decimal(row["ratio"])
        points[day], ranges[day] = now, (now, now)
        ahead = _ahead(row)
        if row["point"] is not None:
            points[ahead] = _decimal(row["point"])
        if row["low"] is not None:
            ranges[ahead] = (_decimal(row["low"]), _decimal(row["high"]))
    days = sorted({*known, *points})
    name = view.say(f"ratio.{measure}")
    series = [
        Series(name, measure, [known.get(d) for d in days]),
        Series(view.say("outlook.estimate"), f"{measure} estimate", [points.get(d) for d in days]),
    ]
    band = RangeBand(view.say("outlook.range"), measure, [ranges.get(d) for d in days])
    title = view.say("outlook.chart", ratio=name)
    limits = every_line(measure, days[-1])
    show_chart(
        view, title, charts.ratio_lines(days, series, limits, title, view.say("period"), ranges=[band])
    )


def _ahead(row: Mapping[str, Any]) -> date:
    """The period that a forecast is about: quarters of a company, half-years of a group."""
    months = row["horizon"] * (6 if row["subject_kind"] == GROUP else 3)
    day = pl.Series([row["made_from"]]).dt.offset_by(f"{months}mo").dt.month_end()
    found: date = day[0]
    return found


def _table(view: View, measure: str, mine: Sequence[Mapping[str, Any]]) -> None:
    limits = LIMITS[measure]
    columns = [
        Column(view.say("outlook.for")),
        Column(view.say("outlook.point"), figures=True),
        Column(view.say("outlook.range"), figures=True),
        *(Column(view.say("outlook.below", limit=limit), figures=True) for limit in limits),
        Column(view.say("outlook.basis")),
    ]
    rows: list[list[Child | TableCell]] = []
    for row in mine:
        chances = [
            TableCell(chance(row[name], row["ratio"], limit), hint=_whose(view, row["model"], limit))
            for name, limit in zip(PROBABILITIES, limits, strict=True)
        ]
        rows.append(
            [
                TableCell(view.label(f"outlook.within.{row['horizon']}"), hint=_ahead(row).isoformat()),
                formatting.ratio(row["point"], 1),
                span(row["low"], row["high"]),
                *chances,
                TableCell(view.say(f"outlook.basis.{row['basis']}"), "quiet small"),
            ]
        )
    show(table(columns, rows, css="tight", caption=view.say("outlook.caption")))


def _whose(view: View, model: str, limit: int) -> str | None:
    """Whether the model or the ratio itself speaks about a limit."""
    for word in ("model", "level"):
        if f"{limit}={word}" in model.split():
            return view.say(f"outlook.speaks.{word}")
    return None


def _words(
    view: View,
    measure: str,
    mine: Sequence[Mapping[str, Any]],
    alarms: dy.DataFrame[AlarmRecords],
    breaks: str | None,
) -> None:
    """The highest limit that is not passed: how probable it is, what drives that, and how often such alarms were right."""
    two_quarters = 1 if mine[0]["subject_kind"] == GROUP else 2
    row = next((r for r in mine if r["horizon"] == two_quarters and r["basis"] != _MEMBERS), None)
    if row is None:
        return
    for name, limit in zip(PROBABILITIES, LIMITS[measure], strict=True):
        if row["ratio"] * 100 >= limit and row[name] is not None:
            break
    else:
        return
    known = alarms.filter(
        pl.col("measure") == measure, pl.col("limit") == limit, pl.col("made_from") <= row["made_from"]
    ).sort("made_from")
    count, right = (known["alarms"][-1], known["came_true"][-1]) if known.height else (0, 0)
    speaks = "model" if f"{limit}=model" in row["model"].split() else "level"
    drivers = Drivers(row[name], count, right, row["volatility"], row["change"], speaks, breaks)
    points = (_decimal(row["ratio"]) * 100 - limit).quantize(Decimal("0.1"))
    told = view.say(
        "outlook.words",
        limit=limit,
        probability=formatting.ratio(row[name], 0),
        drivers=drivers_in_words(drivers, points, view.language),
    )
    kept = view.say("outlook.words-record", alarms=count, right=right) if count else ""
    show(tag("p", told, " ", tag("span", kept, css="quiet"), css="small"))


def chance(probability: float | None, ratio: float | None, limit: int) -> str:
    """A probability in per cent; a dash where the ratio is below the limit already or nothing can be said."""
    if probability is None or (ratio is not None and ratio * 100 < limit):
        return formatting.NONE
    return "<1%" if probability < _LEAST else formatting.ratio(probability, 0)


_LEAST = 0.005


def span(low: float | None, high: float | None) -> str:
    """A range of ratios."""
    if low is None or high is None:
        return formatting.NONE
    return f"{formatting.ratio(low, 1)} – {formatting.ratio(high, 1)}"


def _decimal(value: float) -> Decimal:
    return Decimal(str(value))
