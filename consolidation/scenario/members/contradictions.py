"""Rows of ``stress_results`` that contradict themselves: named with file and row, and counted as they stand.

They are a member's own figures and no filing: nothing is set aside, and whoever reads the group's result knows what to ask.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl

from consolidation.findings import Finding, Severity, from_rows
from consolidation.rulebook import RulesInForce
from consolidation.scenario.members.own_results import TABLE
from consolidation.statement_lines import CAPITAL_TIER_LINES

_CORE = CAPITAL_TIER_LINES[:2]


def contradictions(stress_results: pl.DataFrame, report_date: date, law: RulesInForce) -> list[Finding]:
    """One finding a contradiction: core above actual capital, tiers that do not add up, a requirement of zero or none.

    :param stress_results: the table of the filing set.
    """
    rows = stress_results.filter(report_date=report_date).with_columns(period_end="report_date")
    rounding = law.number("solo.tolerance_absolute")
    tiers, core = _sum(CAPITAL_TIER_LINES), _sum(_CORE)
    actual, core_capital = pl.col("actual_capital"), pl.col("core_capital")
    found: list[Finding] = []

    def tell(code: str, where: pl.Expr, column: str, value: pl.Expr, expected: pl.Expr | str) -> None:
        told = rows.filter(where)
        found.extend(
            from_rows(
                Severity.WARNING,
                code,
                told,
                table=TABLE,
                column=column,
                value=value,
                expected=expected,
                article="Rule 10 A13, A22; form 2.3",
                detail={"scenario": pl.col("scenario"), "horizon": pl.col("horizon_end")},
            )
        )

    tell("stress-core-above-actual", core_capital > actual + rounding, "core_capital", core_capital, actual)
    tell("stress-tiers-differ", _apart(tiers, actual, rounding), "actual_capital", actual, tiers)
    tell("stress-tiers-differ", _apart(core, core_capital, rounding), "core_capital", core_capital, core)
    minimum = pl.col("minimum_capital")
    tell("stress-requirement-not-positive", minimum <= 0, "minimum_capital", minimum, "> 0")
    tell("stress-requirement-missing", minimum.is_null(), "minimum_capital", pl.lit(""), "minimum_capital")
    return found


def _sum(columns: tuple[str, ...]) -> pl.Expr:
    """The sum of tiers where any of them is given; one that is not counts as none."""
    given = pl.any_horizontal(pl.col(name).is_not_null() for name in columns)
    return pl.when(given).then(pl.sum_horizontal(pl.col(name).fill_null(0) for name in columns))


def _apart(one: pl.Expr, other: pl.Expr, rounding: Decimal) -> pl.Expr:
    return (one - other).abs() > rounding
