"""Filings as vintages: which figures enter, and from which period each was known.

A filing counts from its own period on. Where the audited year-end stands beside the unaudited one, the unaudited is what was
known first; the audited one, due by the end of April, counts from the next period on. A figure that was in doubt counts from
when it was confirmed.
"""

from __future__ import annotations

import polars as pl

from monitoring.doubt.figures import CONFIRMED_AT
from monitoring.outlook.forecasting.panel import Versions, Vintages, versions, vintages
from monitoring.ratios import solo_figures

_RECORDED = "recorded_at"
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
    "minimum_capital",
    "core_solvency_ratio",
    "comprehensive_solvency_ratio",
)
"""The columns of ``solo_filings`` that are looked at."""


def company_vintages(solo_filings: pl.DataFrame) -> Vintages | None:
    """The insurers' ratios as they came to be known; None where nobody has filed any.

    :param solo_filings: the table of the filing set without figures in doubt; of a store with ``recorded_at``, every version
        of every filing.
    """
    looked_at = [name for name in (*COLUMNS, _RECORDED, CONFIRMED_AT) if name in solo_filings.columns]
    found = [versions(solo_figures(part), part) for part in _layers(solo_filings.select(looked_at))]
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
    later, and one whose figures were confirmed later: the last period of which anybody's first filing had come by then; of what
    was loaded at once and never in doubt that says nothing.

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
    later = pl.when(is_first).then(own).otherwise(pl.max_horizontal(own, _last_begun("known_at", begun)))
    return (
        pl.max_horizontal(later, _last_begun(CONFIRMED_AT, begun)) if CONFIRMED_AT in dated.columns else later
    )


def _last_begun(moment: str, begun: pl.DataFrame) -> pl.Expr:
    """The last period of which anybody's first filing had come by a moment; null where there is no moment.

    :param begun: period_end, known_at: when the first filing of each period came.
    """
    return pl.max_horizontal(
        pl.when(pl.col(moment) >= came).then(pl.lit(day)) for day, came in begun.iter_rows()
    )


def group_vintages(groups: pl.DataFrame, source: str) -> Vintages | None:
    """The groups' ratios by half-year, of one source (statement or published).

    :param groups: the groups' figures (:data:`~monitoring.ratios.FIGURE_SCHEMA`).
    """
    return vintages(versions(groups.filter(pl.col("source") == source)), step=2)
