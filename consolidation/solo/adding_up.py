"""Filings whose figures are far from each other although nobody can say which is wrong: a row that slipped, two figures changed over.

Where one figure alone can be meant it is in doubt (:mod:`consolidation.solo.contradictions`) and the filing is not told again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import dataframely as dy
import polars as pl

from consolidation.findings import Finding, warning
from consolidation.results.schemas import FiguresInDoubt
from consolidation.rulebook import Rulebook
from consolidation.solo.contradictions import TABLES

_TIERS = (
    "core_tier1_capital",
    "core_tier2_capital",
    "supplementary_tier1_capital",
    "supplementary_tier2_capital",
)


def filings_far_apart(
    filings: pl.DataFrame, subject_kind: str, doubts: dy.DataFrame[FiguresInDoubt], rulebook: Rulebook
) -> list[Finding]:
    """One warning a filing of which an identity fails by more than ``plausibility.filing_apart`` and no figure is in doubt.

    :param filings: the table ``solo_filings`` or ``group_filings``.
    :param subject_kind: whose filings they are.
    """
    table, id = TABLES[subject_kind]
    apart = float(rulebook.in_force_or_first("plausibility.filing_apart", date.max).value)
    sides = _sides(filings.columns)
    known = doubts.filter(subject_kind=subject_kind).select(
        "period_end", "basis", pl.col("subject_id").alias(id)
    )
    of_sides = (
        pl.struct(pl.lit(column).alias("column"), filed.alias("filed"), made.alias("made"))
        for column, (filed, made) in sides.items()
    )
    far = (
        filings.select(id, "period_end", "basis", "source_file", "source_row", sides=pl.concat_list(of_sides))
        .explode("sides")
        .unnest("sides")
        .filter(_apart(pl.col("filed"), pl.col("made")) > apart)
        .join(known, on=known.columns, how="anti", maintain_order="left")
        .unique([id, "period_end", "basis"], keep="first", maintain_order=True)
    )
    return [
        warning(
            "filing-far-apart",
            table=table,
            file=row["source_file"],
            row=row["source_row"],
            column=row["column"],
            value=f"{row['filed']:,.4g}",
            expected=f"{row['made']:,.4g}",
            period_end=row["period_end"],
            **{id: row[id]},
        )
        for row in far.iter_rows(named=True)
    ]


def _apart(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    """The difference as a share of the larger; infinite and missing figures are none."""
    larger = pl.max_horizontal(one.abs(), other.abs())
    return pl.when(larger > 0).then((one - other).abs() / larger)


def _sides(present: list[str]) -> Mapping[str, tuple[pl.Expr, pl.Expr]]:
    """Of each figure that the others make: as filed and as made, estimates in floating point."""

    def figure(name: str) -> pl.Expr:
        return pl.col(name).cast(pl.Float64) if name in present else pl.lit(None, pl.Float64)

    core = figure(_TIERS[0]) + figure(_TIERS[1]).fill_null(0)
    actual, minimum = figure("actual_capital"), figure("minimum_capital")

    def ratio_of(capital: pl.Expr) -> pl.Expr:
        """Nothing where there is no requirement to make one of."""
        return pl.when(minimum > 0).then(capital / minimum).when(minimum <= 0).then(0.0)

    return {
        "comprehensive_solvency_ratio": (figure("comprehensive_solvency_ratio"), ratio_of(actual)),
        "core_solvency_ratio": (figure("core_solvency_ratio"), ratio_of(core)),
        "actual_capital": (actual, sum((figure(tier) for tier in _TIERS[1:]), figure(_TIERS[0]))),
    }
