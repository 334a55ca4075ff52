"""Who is compared with whom: insurers with their figures, size class and whether an unweighted mean may count them.

Every number of the scan starts from this one frame, so that two of them never speak of different companies.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import dataframely as dy
import polars as pl

from consolidation.money import RATE
from consolidation.results.schemas import FiguresInDoubt
from consolidation.rulebook import Rulebook
from consolidation.structure.membership import INSURERS
from monitoring.doubt.figures import with_doubt
from monitoring.flags.schema import first_of, rate_units
from monitoring.ratios import COMPREHENSIVE, MEASURES, solo_figures, units
from monitoring.trend import quarter_number

SERIES = ("measure", "subject_id")
AMOUNT_PLACES = 10**6

PEER_COLUMNS = (
    "subject_id",
    "kind",
    "band",
    "period_end",
    "quarter",
    "filing_basis",
    "measure",
    "capital",
    "required",
    "ratio",
    "figure_basis",
    "beyond",
    "first",
    "in_doubt",
)
"""The columns of :func:`peers`: figures as in ``monitoring.ratios``, the size band, the number of the quarter, whether the
comprehensive ratio is beyond the ceiling of unweighted means, whether the row is its company's first, and whether its ratio
rests on a figure in doubt."""


def peers(
    solo_filings: pl.DataFrame, rulebook: Rulebook, doubts: dy.DataFrame[FiguresInDoubt] | None = None
) -> pl.DataFrame:
    """One row a measure, insurer and period, sorted so. Of two filings for one date the audited one.

    :param solo_filings: the ``solo_filings`` table.
    :param doubts: the figures in doubt (:mod:`monitoring.doubt`); None: none.
    """
    insurers = pl.col("kind").is_in(INSURERS)
    others = solo_filings.select((~insurers).fill_null(True).any()).item()
    figures = solo_figures(solo_filings.filter(insurers) if others else solo_filings)
    ceiling = rate_units(rulebook.history("industry.mean_ratio_ceiling")[-1].value)
    # One block of rows a measure, each with the same companies and periods in the same order.
    one_block = figures.filter(pl.col("measure") == COMPREHENSIVE).select(
        (units(pl.col("ratio")) > ceiling).fill_null(False)
    )
    beyond = pl.concat([one_block.to_series()] * len(MEASURES))
    marked = with_doubt(figures, FiguresInDoubt.without_rows() if doubts is None else doubts)
    return marked.select(
        *(c for c in PEER_COLUMNS if c in marked.columns),
        quarter_number(pl.col("period_end")),
        beyond.alias("beyond"),
        _band(rulebook).alias("band"),
        first_of(SERIES).alias("first"),
    ).select(PEER_COLUMNS)


def certain(peers: pl.DataFrame) -> pl.DataFrame:
    """The same rows; where a ratio rests on a figure in doubt there is none, so that no mean or quantile counts it."""
    if not peers["in_doubt"].any():
        return peers
    figures = ("capital", "required", "ratio", "figure_basis")
    return peers.with_columns(pl.when(~pl.col("in_doubt")).then(pl.col(name)).alias(name) for name in figures)


def _band(rulebook: Rulebook) -> pl.Expr:
    """The size class by assets; empty where a filing gives none. The first class whose ``below`` is above the assets."""
    chosen: Any = pl.when(pl.col("assets").is_null()).then(pl.lit(None, pl.String))
    for entry in rulebook.history("industry.size_bands"):
        in_force = pl.col("period_end") >= entry.valid_from
        if entry.valid_to is not None:
            in_force &= pl.col("period_end") <= entry.valid_to
        for kind, classes in entry.value.items():
            for size in classes:
                fits = in_force & (pl.col("kind") == kind)
                if "below" in size:
                    fits &= units(pl.col("assets")) < pl.lit(
                        int(size["below"] * AMOUNT_PLACES), dtype=pl.Int128
                    )
                chosen = chosen.when(fits).then(pl.lit(size["band"]))
    return chosen.otherwise(pl.lit(None, pl.String))


def earlier(column: str) -> pl.Expr:
    """The value of the same company one quarter earlier; null where it did not file then."""
    follows = ~pl.col("first") & (pl.col("quarter") - pl.col("quarter").shift(1) == 1)
    return pl.when(follows).then(pl.col(column).shift(1))


def bases(before: str, now: str) -> pl.Expr:
    """The filing bases of a comparison, both where they differ."""
    return (
        pl.when(pl.col(before) == pl.col(now))
        .then(pl.col(now))
        .otherwise(pl.concat_str(pl.col(before), pl.lit(" – "), pl.col(now)))
    )


def step_lines(rulebook: Rulebook, periods: Iterable[date], measure: str) -> list[tuple[date, list[int]]]:
    """For each period the lines between the steps as integers of ``figures.units``, the highest first."""
    found = []
    for day in sorted(set(periods)):
        lines = rulebook.on(day).value(f"industry.ladder_{measure}")
        found.append((day, sorted((rate_units(line) for line in lines), reverse=True)))
    return found


def as_rate(column: pl.Expr) -> pl.Expr:
    """A float ratio (a quantile) as a decimal of twelve places."""
    return column.cast(RATE)
