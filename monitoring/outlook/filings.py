"""Filings as vintages: which figures enter, and from which period each was known.

A filing counts from its own period on. Where the audited year-end stands beside the unaudited one, the unaudited is what was
known first; the audited one, due by the end of April, counts from the next period on.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from consolidation.filing_set.companies import Companies
from consolidation.money import AMOUNT
from monitoring.outlook.forecasting.panel import Vintages, versions, vintages
from monitoring.ratios import solo_figures

DOUBTFUL_SCHEMA: dict[str, Any] = {"entity_id": pl.String, "period_end": pl.Date, "basis": pl.String}
"""Filings none of whose figures enter."""

_APART = 0.02
"""Two figures agree where they are less than this share apart."""

_TIERS = (
    "core_tier1_capital",
    "core_tier2_capital",
    "supplementary_tier1_capital",
    "supplementary_tier2_capital",
)
_ANNUAL = "annual"


def going_on(solo_filings: pl.DataFrame, companies: Companies) -> pl.DataFrame:
    """The filings in one history a company, without those of companies that had ended by the last period."""
    newest = solo_filings["period_end"].max()
    if not isinstance(newest, date):
        return solo_filings
    ended = companies.ended(newest)
    current = companies.under_current_names(solo_filings)
    return current.filter(~pl.col("entity_id").is_in(ended)) if ended else current


def company_vintages(solo_filings: pl.DataFrame, doubtful: pl.DataFrame | None = None) -> Vintages | None:
    """The insurers' ratios as they came to be known; None where nobody has filed any.

    :param solo_filings: the table of the filing set, of companies that go on (:func:`going_on`).
    :param doubtful: filings to leave out (:data:`DOUBTFUL_SCHEMA`); None: those that contradict themselves.
    """
    out = doubtful_filings(solo_filings) if doubtful is None else doubtful
    filings = solo_filings.join(
        out, on=list(DOUBTFUL_SCHEMA), how="anti", nulls_equal=True, maintain_order="left"
    )
    is_annual = pl.col("basis").eq_missing(_ANNUAL)
    twice = pl.struct("entity_id", "period_end").is_duplicated() & is_annual
    first, audited = filings.filter(~twice), filings.filter(twice)
    later = pl.col("period_end").dt.offset_by("1q").dt.month_end()
    return vintages(
        pl.concat([versions(solo_figures(first)), versions(solo_figures(audited), known_from=later)])
    )


def group_vintages(groups: pl.DataFrame, source: str) -> Vintages | None:
    """The groups' ratios by half-year, of one source (statement or published).

    :param groups: the groups' figures (:data:`~monitoring.ratios.FIGURE_SCHEMA`).
    """
    return vintages(versions(groups.filter(pl.col("source") == source)), step=2)


def doubtful_filings(solo_filings: pl.DataFrame) -> pl.DataFrame:
    """Filings whose tiers, surplus and ratio agree with each other while the actual capital, or what it is measured by, does not.

    :returns: a frame of :data:`DOUBTFUL_SCHEMA`.
    """

    def amount(name: str) -> pl.Expr:
        return pl.col(name).cast(AMOUNT).cast(pl.Float64)

    tiers = pl.sum_horizontal(*(amount(t).fill_null(0) for t in _TIERS), ignore_nulls=False)
    actual, minimum = amount("actual_capital"), amount("minimum_capital")
    by_ratio = pl.col("comprehensive_solvency_ratio").cast(pl.Float64) * minimum
    by_surplus = amount("comprehensive_surplus") + minimum

    def agree(a: pl.Expr, b: pl.Expr) -> pl.Expr:
        return (a - b).abs() <= _APART * pl.max_horizontal(a.abs(), b.abs())

    tiers_given = pl.col("core_tier1_capital").is_not_null()
    contradicted = tiers_given & agree(tiers, by_ratio) & agree(tiers, by_surplus) & ~agree(tiers, actual)
    return solo_filings.filter(contradicted.fill_null(False)).select(DOUBTFUL_SCHEMA.keys())
