"""Names of scenarios and shocks, and in which state solvency is under one; shared by the parts of the page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from consolidation.money import add, less, times
from consolidation.rulebook import NotInForce, Rulebook
from consolidation.scenario.attribution import STEP_WORDS
from consolidation.words import first_label
from dashboard.components import states
from dashboard.components.states import COMPREHENSIVE, CORE, SolvencyState
from dashboard.components.subject.scenarios import scenario_name
from dashboard.components.view import View

BASES = ("base", "quarter_base")
_CORE_LIMIT, _OWN_CORE = "solvency.core_minimum_ratio", "solo.core_surplus_share"


def shock_name(view: View, shock: str) -> str:
    """A step of the attribution: a member's own scenario, a kind of shock, or the id that a file gives it."""
    return first_label(STEP_WORDS, shock, view.language)


def core_capital(row: Mapping[str, Any], day: date, prefix: str = "") -> Decimal | None:
    """The core capital that a row of solvency has: its surplus and the share of the requirement that it is over."""
    surplus, minimum = row[f"{prefix}core_solvency_surplus"], row[f"{prefix}minimum_capital"]
    if surplus is None or minimum is None:
        return None
    try:
        share = Rulebook.load().on(day).number(_CORE_LIMIT if row["group_id"] else _OWN_CORE)
    except NotInForce:
        return None
    return add([surplus, times(share, minimum)])


def capital_of(row: Mapping[str, Any], which: str, day: date, prefix: str = "") -> Decimal | None:
    """Actual or core capital of a row of solvency."""
    if which == CORE:
        return core_capital(row, day, prefix)
    amount: Decimal | None = row[f"{prefix}actual_capital"]
    return amount


def state_under(row: Mapping[str, Any], which: str, day: date, prefix: str = "") -> SolvencyState:
    """The state of the comprehensive or core ratio of a row of solvency, by the amounts.

    :param prefix: ``base_`` for the base.
    """
    return states.state_of(which, capital_of(row, which, day, prefix), row[f"{prefix}minimum_capital"], day)


def capital_short(row: Mapping[str, Any], day: date) -> Decimal | None:
    """How much capital is missing until both ratios are at their limits, 万元; zero where none is; None: not computable."""
    minimum = row["minimum_capital"]
    found = []
    for which in (COMPREHENSIVE, CORE):
        lines, held = states.limits(which, day), capital_of(row, which, day)
        if lines is None or held is None or minimum is None:
            return None
        found.append(less(times(lines.minimum, minimum), held))
    return max(*found, Decimal(0))


def variant_in_words(view: View, one: tuple[int, date, str]) -> str:
    """Stage, horizon and whether management actions count."""
    stage, horizon, actions = one
    return view.say(
        "stress.variant.words",
        stage=stage,
        horizon=horizon.isoformat(),
        actions=view.say(f"stress.actions.{actions}"),
    )


def with_scenario_names(view: View, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with the scenarios by their names."""
    names = {scenario: scenario_name(view, scenario) for scenario in rows["scenario"].unique()}
    return rows.with_columns(pl.col("scenario").replace(names))
