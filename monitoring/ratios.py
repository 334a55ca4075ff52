"""The figures that flags and the scan look at: capital, requirement and ratio of every company and group, one row each.

A ratio is taken from the amounts wherever both were filed; where one is blank (some year-ends give audited ratios only)
the filed ratio stands in, and ``figure_basis`` says so. A minimum capital that is zero, negative or absent without a
filed ratio gives no ratio: such a row has an empty ``figure_basis``.

Exactness: an amount is an integer of 10⁻⁶ 万元 and a ratio one of 10⁻¹². Their products fit 128 bits up to 10¹³ 万元, so a
threshold is tested by comparing two integers, never a rounded quotient (``units``, ``PER_UNIT``).
"""

from __future__ import annotations

from typing import Any

import dataframely as dy
import polars as pl

from consolidation.filing_set.filing_basis import prefer_audited
from consolidation.money import AMOUNT, RATE
from consolidation.results import columns as c
from consolidation.results.schemas import StatementLines

CORE, COMPREHENSIVE = "core", "comprehensive"
MEASURES = (CORE, COMPREHENSIVE)
ENTITY, GROUP = "entity", "group"
AMOUNTS, FILED_RATIO = "amounts", "filed_ratio"
FILED, STATEMENT, PUBLISHED = "solo_filings", "statement", "published"

PER_UNIT = 10**12
"""A ratio of 1 in the integers of :func:`units` of a ``RATE`` column."""


class CapitalFigures(c.ResultSchema):
    """One row a subject, period, source and measure; rows of one measure, source and subject stand together, by period."""

    subject_kind = c.text("entity or group")
    subject_id = c.text("the company or group")
    kind = c.text_or_none("what the company is")
    period_end = c.day("the period's last day")
    source = c.text("solo_filings, statement or published")
    filing_basis = c.text_or_none("quarterly, or annual (audited)")
    measure = c.text("core (core tier 1 and 2) or comprehensive (actual capital)")
    capital = c.amount("the measure's capital, 万元")
    required = c.amount("minimum capital, 万元")
    ratio = c.rate("the solvency ratio as a fraction")
    figure_basis = c.text_or_none("amounts or filed_ratio; empty: not computable")
    assets = c.amount("total assets, else admitted assets, 万元")


class BankItems(c.ResultSchema):
    """One row a statement whose group gave its capital sheet: what banks bring into core tier 2 (Annex 10 lines 24 and 25)."""

    group_id = c.text("the group")
    period_end = c.day("the period's last day")
    bank_items = c.amount("万元")


SERIES = ("measure", "source", "subject_id")
"""What tells the series of figures apart."""

STATEMENT_LINES = ("core_tier1_capital", "core_tier2_capital", "actual_capital", "minimum_capital")


def units(column: pl.Expr) -> pl.Expr:
    """A decimal column as the 128-bit integers that it consists of."""
    return column.reinterpret(dtype=pl.Int128)


def whole(value: int) -> pl.Expr:
    """An integer that stays one: Polars would make a large literal a float."""
    return pl.lit(value, dtype=pl.Int128)


def rounded_quotient(dividend: pl.Expr, divisor: pl.Expr) -> pl.Expr:
    """Integers divided and rounded half to even; the divisor must be positive."""
    quotient = dividend // divisor
    twice = (dividend - quotient * divisor) * 2
    up = (twice > divisor) | ((twice == divisor) & (quotient % 2 == 1))
    return quotient + up.cast(pl.Int128)


def excess(amount: pl.Expr, share: pl.Expr, base: pl.Expr) -> pl.Expr:
    """Amount − share × base, exact, in units of 10⁻¹⁸ 万元: negative where the amount is below its share of the base.

    The one comparison of an amount with a limit; of single amounts it is :func:`consolidation.money.is_below`.

    :param share: integers of :func:`units` of a ``RATE`` column.
    """
    return units(amount) * whole(PER_UNIT) - share * units(base)


def exact_ratio(capital: pl.Expr, required: pl.Expr) -> pl.Expr:
    """Capital ÷ required to twelve places, half to even; null where the requirement is not positive."""
    divisor = pl.when(units(required) > 0).then(units(required))
    return rounded_quotient(units(capital) * whole(PER_UNIT), divisor).reinterpret(dtype=RATE)


def core_capital() -> pl.Expr:
    """Core tier 1 and core tier 2; a blank tier 2 is none (most insurers have no such capital and leave the cell)."""
    return pl.col("core_tier1_capital") + pl.col("core_tier2_capital").fill_null(0)


def solo_figures(filings: pl.DataFrame) -> dy.DataFrame[CapitalFigures]:
    """The insurers' figures, of the filing that counts for each date (audited before unaudited).

    :param filings: the ``solo_filings`` table.
    :returns: a frame of :class:`CapitalFigures`.
    """
    needed = filings.select(
        subject_kind=pl.lit(ENTITY),
        subject_id="entity_id",
        kind="kind",
        period_end="period_end",
        source=pl.lit(FILED),
        basis="basis",
        core=core_capital(),
        comprehensive="actual_capital",
        required="minimum_capital",
        filed_core="core_solvency_ratio",
        filed_comprehensive="comprehensive_solvency_ratio",
        assets=pl.coalesce(
            optional(filings, "total_assets", AMOUNT), optional(filings, "admitted_assets", AMOUNT)
        ),
    )
    return _figures(one_filing(needed, "subject_id", "period_end"))


def computable(figures: pl.DataFrame) -> pl.DataFrame:
    """The figures that have a ratio, without a copy where all have one."""
    known = pl.col("figure_basis").is_not_null()
    return figures.filter(known) if figures["figure_basis"].null_count() else figures


def one_filing(filings: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """The filing that counts for each of ``keys``, without the cost of choosing where nobody filed twice."""
    return prefer_audited(filings, *keys) if filings.select(keys).is_duplicated().any() else filings


def optional(frame: pl.DataFrame, column: str, kind: Any) -> pl.Expr:
    """A column that a frame may lack: then all of it is null."""
    return pl.col(column).cast(kind) if column in frame.columns else pl.lit(None, kind)


def statement_figures(lines: dy.DataFrame[StatementLines]) -> dy.DataFrame[CapitalFigures]:
    """The groups' figures from their computed statements.

    :param lines: group_id, period_end, line, amount, … as ``Consolidation.lines()`` gives them.
    """
    wide = (
        lines.filter(pl.col("line").is_in(STATEMENT_LINES))
        .group_by("group_id", "period_end")
        .agg(pl.col("amount").filter(pl.col("line") == name).first().alias(name) for name in STATEMENT_LINES)
    )
    return _figures(
        wide.select(
            subject_kind=pl.lit(GROUP),
            subject_id="group_id",
            kind=pl.lit("group"),
            period_end="period_end",
            source=pl.lit(STATEMENT),
            basis=pl.lit(STATEMENT),
            # A statement says of a tier that it has none; an empty one is unknown.
            core=pl.col("core_tier1_capital") + pl.col("core_tier2_capital"),
            comprehensive="actual_capital",
            required="minimum_capital",
            filed_core=pl.lit(None, RATE),
            filed_comprehensive=pl.lit(None, RATE),
            assets=pl.lit(None, AMOUNT),
        )
    )


def published_figures(filings: pl.DataFrame) -> dy.DataFrame[CapitalFigures]:
    """The groups' figures from their own published statements (``group_filings``)."""
    needed = filings.select(
        subject_kind=pl.lit(GROUP),
        subject_id="group_id",
        kind=pl.lit("group"),
        period_end="period_end",
        source=pl.lit(PUBLISHED),
        basis="basis",
        core=core_capital(),
        comprehensive="actual_capital",
        required="minimum_capital",
        filed_core="core_solvency_ratio",
        filed_comprehensive="comprehensive_solvency_ratio",
        assets=pl.lit(None, AMOUNT),
    )
    return _figures(one_filing(needed, "subject_id", "period_end"))


def one_source(groups: pl.DataFrame) -> pl.DataFrame:
    """The groups' figures of one source each, ratios only: of a group the statement if it has one as new as it published."""
    known = computable(groups)
    stated = known.filter(pl.col("source") == STATEMENT)
    published = known.filter(pl.col("source") == PUBLISHED)
    newest = known.group_by("subject_id").agg(pl.col("period_end").max())
    up_to_date = (
        stated.join(newest, on=["subject_id", "period_end"], how="semi").select("subject_id").unique()
    )
    rest = (
        stated.join(published.select("subject_id"), on="subject_id", how="anti").select("subject_id").unique()
    )
    by_statement = pl.concat([up_to_date, rest]).unique()
    return pl.concat(
        [
            stated.join(by_statement, on="subject_id", how="semi", maintain_order="left"),
            published.join(by_statement, on="subject_id", how="anti", maintain_order="left"),
        ]
    )


def _figures(wide: pl.DataFrame) -> dy.DataFrame[CapitalFigures]:
    """One row a measure from one row a filing."""
    if wide.is_empty():
        return CapitalFigures.without_rows()
    required = pl.col("required").cast(AMOUNT)
    ordered = wide.sort("subject_id", "period_end")
    long = pl.concat(
        [
            ordered.select(
                "subject_kind",
                "subject_id",
                "kind",
                "period_end",
                "source",
                filing_basis="basis",
                measure=pl.lit(measure),
                capital=pl.col(measure).cast(AMOUNT),
                required=required,
                filed=pl.col(f"filed_{measure}").cast(RATE),
                assets=pl.col("assets").cast(AMOUNT),
            )
            for measure in MEASURES
        ],
        rechunk=False,
    )
    return CapitalFigures.typed(_with_ratio(long))


def _with_ratio(long: pl.DataFrame) -> pl.DataFrame:
    both = pl.col("capital").is_not_null() & pl.col("required").is_not_null()
    return (
        long.with_columns(
            figure_basis=pl.when(both & (pl.col("required") > 0))
            .then(pl.lit(AMOUNTS))
            # A requirement of zero or less makes no ratio, whatever the filing prints.
            .when(
                ~both
                & (pl.col("required").is_null() | (pl.col("required") > 0))
                & pl.col("filed").is_not_null()
            )
            .then(pl.lit(FILED_RATIO))
        )
        .with_columns(
            ratio=pl.when(pl.col("figure_basis") == AMOUNTS)
            .then(exact_ratio(pl.col("capital"), pl.col("required")))
            .when(pl.col("figure_basis") == FILED_RATIO)
            .then(pl.col("filed"))
        )
        .select(CapitalFigures.column_names())
    )
