"""Rows of ``stress_results`` that contradict themselves: named with file and row, and counted as they stand.

They are a member's own figures and no filing: nothing is set aside, and whoever reads the group's result knows what to ask.
``rule19 validate`` and ``rule19 stress`` both tell what stands here.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl

from consolidation.filing_set import FilingSet
from consolidation.filing_set.filing_basis import prefer_audited
from consolidation.findings import Finding, Severity, from_rows
from consolidation.rulebook import NotInForce, Rulebook, RulesInForce
from consolidation.scenario.members.own_results import TABLE
from consolidation.statement_lines import CAPITAL_TIER_LINES

_CORE = CAPITAL_TIER_LINES[:2]
_SUBJECT = ("entity_id", "report_date", "horizon_end")
_BASES = ("base", "quarter_base")


def contradictions_of_set(filing_set: FilingSet, rulebook: Rulebook) -> list[Finding]:
    """Those of every report date for which there is law; a stress test says of which there is none."""
    found: list[Finding] = []
    for day in filing_set.tables[TABLE]["report_date"].unique().sort():
        try:
            found += contradictions(filing_set, day, rulebook.on(day))
        except NotInForce:
            continue
    return found


def contradictions(filing_set: FilingSet, report_date: date, law: RulesInForce) -> list[Finding]:
    """One finding a contradiction of a report date.

    Core above actual capital, tiers that do not add up, a requirement of zero or none, a horizon before the report date, a
    result without a base at its horizon, a loss above the company's total assets. Figures that are no numbers, companies and
    scenarios that nobody knows are told where the table is read.
    """
    tables = filing_set.tables
    rows = _with_base(tables[TABLE].filter(report_date=report_date)).with_columns(period_end="report_date")
    assets = prefer_audited(tables["solo_filings"].filter(period_end=report_date), "entity_id")
    rows = rows.join(
        assets.select("entity_id", "total_assets"), on="entity_id", how="left", maintain_order="left"
    )
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
    horizon, start = pl.col("horizon_end"), pl.col("report_date")
    tell("stress-horizon-before", horizon < start, "horizon_end", horizon, start)
    without = pl.col("needed_base").is_not_null() & ~pl.col("has_base")
    tell("stress-horizon-without-base", without, "horizon_end", horizon, pl.col("needed_base"))
    loss = pl.col("base_actual") - actual
    tell(
        "stress-loss-above-assets",
        loss > pl.col("total_assets"),
        "actual_capital",
        loss,
        pl.col("total_assets"),
    )
    return found


def _with_base(rows: pl.DataFrame) -> pl.DataFrame:
    """Each row with the base that it is held against: its name (none for a base), whether it is given, its actual capital."""
    base = rows.filter(pl.col("scenario").is_in(_BASES)).select(
        *_SUBJECT, needed_base="scenario", base_actual="actual_capital", has_base=pl.lit(True)
    )
    quarterly = pl.col("scenario").str.starts_with("quarter")
    needed = pl.when(quarterly).then(pl.lit(_BASES[1])).otherwise(pl.lit(_BASES[0]))
    wanted = rows.with_columns(needed_base=pl.when(~pl.col("scenario").is_in(_BASES)).then(needed))
    found = wanted.join(base, on=[*_SUBJECT, "needed_base"], how="left", maintain_order="left")
    return found.with_columns(pl.col("has_base").fill_null(False))


def _sum(columns: tuple[str, ...]) -> pl.Expr:
    """The sum of tiers where any of them is given; one that is not counts as none."""
    given = pl.any_horizontal(pl.col(name).is_not_null() for name in columns)
    return pl.when(given).then(pl.sum_horizontal(pl.col(name).fill_null(0) for name in columns))


def _apart(one: pl.Expr, other: pl.Expr, rounding: Decimal) -> pl.Expr:
    return (one - other).abs() > rounding
