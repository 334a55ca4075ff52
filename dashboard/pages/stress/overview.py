"""Groups × scenarios as a heat map: the ratio at the report date, in the base and under each scenario, limits as steps."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from dashboard.components import formatting, states
from dashboard.components.chart.chart_frame import DrawnChart
from dashboard.components.links import link
from dashboard.components.markup import Child, Column, Html, TableCell, join, table, tag
from dashboard.components.states import SolvencyState
from dashboard.components.subject.scenarios import scenario_name
from dashboard.components.view import View
from dashboard.pages.group.summary_strip import incomplete_words
from dashboard.pages.stress.words import BASES, state_under
from dashboard.queries import headlines

_RATIO = {states.COMPREHENSIVE: "comprehensive_solvency_ratio", states.CORE: "core_solvency_ratio"}
_PARTIAL = "partial"
_MARKS = {"*": "stress.partial", "†": "stress.outdated"}

ColumnKey = tuple[str, date]
"""Scenario, and the date that its figures are for."""


def last_stages(solvency: pl.DataFrame) -> pl.DataFrame:
    """The rows after the last stage of each scenario, before actions."""
    before = solvency.filter(actions="before")
    key = ["group_id", "entity_id", "scenario", "horizon_end"]
    return before.filter(pl.col("stage") == pl.col("stage").max().over(key))


def heat_map(
    view: View, solvency: pl.DataFrame, which: str, day: date, outdated: Collection[tuple[str, str]]
) -> DrawnChart:
    """One row a group, the worst first; a cell leads to the group under that scenario.

    :param solvency: as :func:`dashboard.queries.scenario.stress.group_solvency` gives it.
    :param outdated: groups and scenarios that were tested on earlier data or rules.
    """
    rows = last_stages(solvency).rows(named=True)
    by_group: dict[str, dict[ColumnKey, Mapping[str, Any]]] = {}
    keys: dict[ColumnKey, None] = {}
    for row in rows:
        key = (row["scenario"], row["horizon_end"])
        by_group.setdefault(row["group_id"], {})[key] = row
        keys.setdefault(key)
    shown = [key for key in keys if key[0] not in BASES or key[1] != day]
    ordered = sorted(shown, key=lambda key: key[0] not in BASES)
    columns = [
        Column(view.say("group")),
        Column(view.say("stress.filed"), True, day.isoformat(), css="nowrap"),
        *(_column(view, key) for key in ordered),
    ]

    filed = headlines.by_group(view.session)

    def worst(group: str) -> tuple[int, str]:
        own = by_group[group].values()
        return min(state_under(row, which, day).rank for row in own), view.name(group)

    body: list[list[Child | TableCell]] = [
        [
            link("group", view.short_name(group), hint=view.name(group), group=group, period=day),
            _filed(view, by_group[group], which, day, filed.get(group, {}).get(day)),
            *(
                _cell(view, by_group[group].get(key), which, day, is_outdated=(group, key[0]) in outdated)
                for key in ordered
            ),
        ]
        for group in sorted(by_group, key=worst)
    ]
    return DrawnChart(table(columns, body, css="heat"))


def _column(view: View, key: ColumnKey) -> Column:
    scenario, horizon = key
    head = tag(
        "span",
        scenario_name(view, scenario),
        tag("br"),
        tag("span", formatting.quarter(horizon), css="quiet"),
    )
    return Column(head, True, f"{scenario_name(view, scenario)} {horizon.isoformat()}")


def _filed(
    view: View,
    own: Mapping[ColumnKey, Mapping[str, Any]],
    which: str,
    day: date,
    headline: headlines.Headline | None,
) -> TableCell:
    """The ratio at the report date: what the base starts from. Of a group that lacks members it has no state."""
    row = min(own.items(), key=lambda one: one[0][0] not in BASES)[1]
    if headline is not None and not headline.is_complete:
        hint = f"{formatting.ratio(row[f'base_{_RATIO[which]}'])} · {incomplete_words(view, headline)}"
        return TableCell(f"{formatting.ratio(row[f'base_{_RATIO[which]}'], 0)}*", "quiet", hint)
    state = state_under(row, which, day, "base_")
    below = _line_below(state, which, day)
    return TableCell(*_shown(view, row[f"base_{_RATIO[which]}"], state, below))


def _cell(
    view: View, row: Mapping[str, Any] | None, which: str, day: date, *, is_outdated: bool
) -> TableCell:
    if row is None:
        return TableCell("·", "none", view.say("stress.not-tested"))
    marks = [
        *(["*"] if row["status"] == _PARTIAL else []),
        *(["†"] if is_outdated else []),
    ]
    state = state_under(row, which, day)
    below = _line_below(state, which, day)
    content, css, hint = _shown(view, row[_RATIO[which]], state, below, marks)
    to = link("stress", content, show="one", group=row["group_id"], date=day, stress=row["scenario"])
    return TableCell(to, css, hint)


def _line_below(state: SolvencyState, which: str, day: date) -> Decimal | None:
    """The line that a figure in this state is below: no figure is shown as the line that it is not."""
    lines = states.limits(which, day)
    return lines.line_of(state) if lines else None


def _shown(
    view: View, ratio: Any, state: SolvencyState, below: Decimal | None, marks: Collection[str] = ()
) -> tuple[Html, str, str]:
    lines: list[Child] = []
    if state not in (SolvencyState.FINE, SolvencyState.UNKNOWN):
        lines.append(tag("b", state.symbol))
    lines.append(formatting.ratio(ratio, 0, below))
    hint = f"{view.state(state)} {formatting.ratio(ratio)}"
    lines += marks
    hint = " · ".join([hint, *(view.say(_MARKS[mark]) for mark in marks)])
    return join(lines), f"tint {state.css}", hint


def legend(view: View) -> Html:
    """What symbols and colours mean, the star of figures that lack a member, and the dagger of those on earlier data."""
    told = [tag("span", view.mark(state)) for state in SolvencyState if state is not SolvencyState.UNKNOWN]
    words = (f"* {view.say('stress.partial')}", view.say("stress.outdated"), view.say("stress.not-tested"))
    more = tag("span", " · ".join(words), css="quiet")
    return tag("div", *told, more, css="legend")
