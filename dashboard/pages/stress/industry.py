"""One scenario over all groups and insurers: who breaks, ranked by the capital that is missing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from dashboard.components import formatting
from dashboard.components.links import link
from dashboard.components.markup import Child, Column, Row, TableCell, show, table, tag
from dashboard.components.sections import section
from dashboard.components.states import COMPREHENSIVE, CORE, SolvencyState, worst
from dashboard.components.subject.scenarios import scenario_name
from dashboard.components.view import View
from dashboard.pages.stress.overview import last_stages
from dashboard.pages.stress.words import capital_short, state_under

_MOST = 200


def ranking(view: View, solvency: pl.DataFrame, scenario: str, day: date) -> None:
    """Who is below a limit under the scenario, the most capital short first; then who comes nearest to one.

    :param solvency: groups and companies, as :mod:`dashboard.queries.scenario.stress` gives them.
    """
    rows = last_stages(solvency.filter(scenario=scenario)).rows(named=True)
    short = [(capital_short(row, day), row) for row in rows]
    known = [(amount, row) for amount, row in short if amount is not None]
    known.sort(key=lambda one: (-one[0], _ratio(one[1]), str(one[1]["group_id"] or one[1]["entity_id"])))
    broken = [one for one in known if one[0] > 0]
    section(
        view.say("stress.who-breaks", scenario=scenario_name(view, scenario)),
        view.say("stress.count", broken=len(broken), all=len(rows)),
    )
    if len(known) < len(rows):
        show(tag("p", view.say("stress.without-figure", count=len(rows) - len(known)), css="quiet"))
    columns = [
        Column(view.say("stress.who")),
        Column(view.say("stress.kind")),
        Column(view.say("stress.capital-short", unit=view.unit_name), figures=True),
        *(
            Column(f"{view.say(f'ratio.{which}')} {view.say(when)}", figures=True)
            for which in (COMPREHENSIVE, CORE)
            for when in ("stress.base", "stress.stressed")
        ),
        Column(view.say("stress.broken-in-base")),
    ]
    show(table(columns, [_row(view, row, amount, day) for amount, row in known[:_MOST]]))


def _ratio(row: Mapping[str, Any]) -> Decimal:
    found: Decimal | None = row["comprehensive_solvency_ratio"]
    return Decimal("Infinity") if found is None else found


def _row(view: View, row: Mapping[str, Any], short: Decimal, day: date) -> Row:
    group = row["group_id"]
    if group:
        to = link("stress", view.short_name(group), show="one", group=group, date=day, stress=row["scenario"])
    else:
        to = link("entities", view.short_name(row["entity_id"]), company=row["entity_id"], period=day)
    star = " *" if row["status"] == "partial" else ""
    cells: list[Child | TableCell] = [
        tag("span", to, star),
        view.say("stress.kind.group" if group else "stress.kind.company"),
        view.amount_cell(short) if short else TableCell(formatting.NONE),
    ]
    for which in (COMPREHENSIVE, CORE):
        for prefix in ("base_", ""):
            state = state_under(row, which, day, prefix)
            ratio = row[f"{prefix}{which}_solvency_ratio"]
            mark = "" if state in (SolvencyState.FINE, SolvencyState.UNKNOWN) else view.symbol(state)
            cells.append(
                TableCell(tag("span", mark, " ", formatting.ratio(ratio)), hint=formatting.exact(ratio, ""))
            )
    base = worst(state_under(row, which, day, "base_") for which in (COMPREHENSIVE, CORE))
    broken = base is SolvencyState.BREACH and short
    return Row([*cells, view.say("stress.already") if broken else ""])
