"""Filings as vintages: which figures enter, and from which period each was known.

A filing counts from its own period on. Where the audited year-end stands beside the unaudited one, the unaudited is what was
known first; the audited one, due by the end of April, counts from the next period on.
"""

from __future__ import annotations

import dataframely as dy
import polars as pl

from consolidation import result_columns as c
from consolidation.money import AMOUNT
from monitoring.outlook.forecasting.panel import Versions, Vintages, versions, vintages
from monitoring.ratios import solo_figures


class DoubtfulFilings(c.ResultSchema):
    """Filings none of whose figures enter."""

    entity_id = c.text("the insurer")
    period_end = c.day("the period's last day")
    basis = c.text_or_none("quarterly, or annual (audited)")


_RECORDED = "recorded_at"
_APART = 0.02
"""Two figures agree where they are less than this share apart."""

_TIERS = (
    "core_tier1_capital",
    "core_tier2_capital",
    "supplementary_tier1_capital",
    "supplementary_tier2_capital",
)
_ANNUAL = "annual"

COLUMNS = (
    "entity_id",
    "period_end",
    "basis",
    "kind",
    "admitted_assets",
    "total_assets",
    "actual_capital",
    "core_tier1_capital",
    "core_tier2_capital",
    "supplementary_tier1_capital",
    "supplementary_tier2_capital",
    "minimum_capital",
    "comprehensive_surplus",
    "core_solvency_ratio",
    "comprehensive_solvency_ratio",
)
"""The columns of ``solo_filings`` that are looked at."""


def company_vintages(
    solo_filings: pl.DataFrame, doubtful: dy.DataFrame[DoubtfulFilings] | None = None
) -> Vintages | None:
    """The insurers' ratios as they came to be known; None where nobody has filed any.

    :param solo_filings: the table of the filing set; of a store with ``recorded_at``, every version of every filing.
    :param doubtful: filings to leave out; None: those that contradict themselves.
    """
    looked_at = [name for name in (*COLUMNS, _RECORDED) if name in solo_filings.columns]
    filings = solo_filings.select(looked_at)
    out = doubtful_filings(filings) if doubtful is None else doubtful
    if out.height:
        keys = out.columns
        filings = filings.join(out, on=keys, how="anti", nulls_equal=True, maintain_order="left")
    found = [versions(solo_figures(part), part) for part in _layers(filings)]
    return vintages(Versions.typed(pl.concat(found)))


def _layers(filings: pl.DataFrame) -> list[pl.DataFrame]:
    """The versions in parts of which each has one row a company and date, the earliest version first, with ``known_from``.

    Of two versions that were known from the same period on the later one stands for both; an unaudited one that comes after
    the audited one changes nothing.
    """
    key = ["entity_id", "period_end"]
    if _RECORDED not in filings.columns and not filings.select(key).is_duplicated().any():
        return [filings.with_columns(known_from="period_end")]
    known_at = pl.col(_RECORDED) if _RECORDED in filings.columns else pl.lit(None, pl.Datetime)
    dated = filings.with_columns(known_at=known_at, is_annual=pl.col("basis").eq_missing(_ANNUAL))
    audited_at = pl.col("known_at").filter("is_annual").min().over(key)
    dated = dated.filter(pl.col("is_annual") | (pl.col("known_at") <= audited_at).fill_null(True))
    ordered = dated.with_columns(known_from=_known_from(dated)).sort(
        *key, "known_from", "known_at", "is_annual", maintain_order=True
    )
    last = ordered.unique([*key, "known_from"], keep="last", maintain_order=True)
    numbered = last.with_columns(version=pl.int_range(pl.len()).over(key))
    return numbered.partition_by("version", maintain_order=True) or [numbered]


def _known_from(dated: pl.DataFrame) -> pl.Expr:
    """The period with whose filings each version was known.

    The first one: its own. An audited year-end beside the unaudited one: the next. A version that the store came to know
    later: the last period of which anybody's first filing had come by then; of what was loaded at once that says nothing.

    :param dated: filings with ``known_at`` (null throughout: one version of each) and ``is_annual``.
    """
    key = ["entity_id", "period_end"]
    beside = pl.col("is_annual") & ~pl.col("is_annual").all().over(key)
    next_period = pl.col("period_end").dt.offset_by("1q").dt.month_end()
    own = pl.when(beside).then(next_period).otherwise("period_end")
    if dated["known_at"].null_count() == dated.height:
        return own
    begun = dated.group_by("period_end").agg(pl.col("known_at").min()).sort("period_end")
    is_first = pl.col("known_at") == pl.col("known_at").min().over(key)
    by_then = pl.max_horizontal(
        pl.when(pl.col("known_at") >= moment).then(pl.lit(day)) for day, moment in begun.iter_rows()
    )
    return pl.when(is_first).then(own).otherwise(pl.max_horizontal(own, by_then))


def group_vintages(groups: pl.DataFrame, source: str) -> Vintages | None:
    """The groups' ratios by half-year, of one source (statement or published).

    :param groups: the groups' figures (:data:`~monitoring.ratios.FIGURE_SCHEMA`).
    """
    return vintages(versions(groups.filter(pl.col("source") == source)), step=2)


def doubtful_filings(solo_filings: pl.DataFrame) -> dy.DataFrame[DoubtfulFilings]:
    """Filings whose tiers, surplus and ratio agree with each other while the actual capital, or what it is measured by, does not."""

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
    return DoubtfulFilings.typed(
        solo_filings.filter(contradicted.fill_null(False)).select(DoubtfulFilings.column_names())
    )
