"""The supervisor's published average against the companies that publish: who is silent, and what that implies of them.

The identity behind it: if the published average P is Σ capital ÷ Σ minimum capital over all companies of a kind, and those
who publish have F = A ÷ M, then the silent ones with requirement S have the ratio P − (F − P) × M ÷ S. Their size S is not
published. What is known of it is the last requirement of those who published earlier; the rest of them can only add to S.
The gap that is shown is of the amounts alone; for the bound a company that published a ratio and a requirement but no
capital counts with ratio × requirement, since it is not silent.

Assumptions, all stated with every figure (``assumptions``): P is weighted by minimum capital; it covers exactly those who
publish and the silent; it was rounded as printed; a company that stopped publishing has the requirement it published last;
a silent company's requirement is not negative. Then, if the size of all silent companies is known, their ratio is the
value for it; if of some, it lies between that value and P (above the value where F is above P, else below it); if of none,
only P itself is a bound. Rounding of P widens each by what it may hide.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import dataframely as dy
import polars as pl

from consolidation.filing_set.entities.companies import Companies
from consolidation.money import AMOUNT, EXACT, ZERO, add, less, line_amount, line_rate, times
from consolidation.results import columns as c
from consolidation.rulebook import Rulebook, RulesInForce
from consolidation.structure.membership import INSURERS
from monitoring.ratios import (
    AMOUNTS,
    COMPREHENSIVE,
    FILED_RATIO,
    MEASURES,
    PER_UNIT,
    exact_ratio,
    rounded_quotient,
    units,
    whole,
)

STOPPED, NEVER, LATER = "stopped", "never", "later"
BY_FILINGS, BY_ENTITIES, BY_LIST = "filings", "entities", "list"
ASSUMPTIONS = ("weighted", "complete", "rounded", "size_kept", "size_not_negative")
"""Keys ``gap_assumption.<key>`` of the table of words."""

NEGATIVE, BEYOND, SIZE = "negative", "beyond", "size"
"""Why a gap disproves the size that it assumes of the silent."""
_PERCENT = Decimal(100)
_PRINTED = Decimal("0.05")
"""Half of the last place of a published average, in percentage points."""


class DisclosureGaps(c.ResultSchema):
    """One row a kind, period and measure: the published average beside that of the companies that publish."""

    kind = c.text("life, property or reinsurance")
    period_end = c.day("the period's last day")
    measure = c.text("core or comprehensive")
    published = c.rate("P, the published average, a fraction")
    filers = c.rate("F, the average of those who publish, a fraction")
    gap = c.rate("F − P, percentage points")
    companies = c.number("those who publish amounts")
    required = c.amount("their minimum capital, 万元")
    by_ratio = c.number("those who publish a ratio only")
    by_ratio_required = c.amount("the minimum capital of those of them that have one, 万元")
    silent = c.number("companies known not to have published")
    silent_sized = c.number("those of them whose size is known")
    silent_required = c.amount("their last minimum capital, 万元")
    bound_low = c.rate("the ratio of the silent is at least this; empty: no bound on that side")
    bound_high = c.rate("the ratio of the silent is at most this; empty: no bound on that side")
    least_required_at_zero = c.amount(
        "what the silent must have together as minimum capital for the gap if their ratio is zero, 万元; "
        "empty where F is not above P or none does it"
    )
    least_required_at_limit = c.amount("the same if their ratio is exactly the lowest allowed, 万元")
    disproved = c.text_or_none(
        "why the silent cannot be of the size that they last published: negative (their ratio would be), "
        "beyond (above industry.mean_ratio_ceiling) or size (industry.gap_size_times their size would be needed)"
    )
    bases = c.text_or_none("the filing bases in the average")


class SilentCompanies(c.ResultSchema):
    """One row a silent company and period."""

    kind = c.text("life, property or reinsurance")
    period_end = c.day("the period's last day")
    entity_id = c.text("the company")
    status = c.text("stopped (published before), later (published only after) or never")
    since = c.day_or_none("the first period of its silence; empty for never")
    last_period = c.day_or_none("the last period that it published for")
    last_required = c.amount("its minimum capital then, 万元")
    last_ratio = c.rate("its ratio then")
    known_from = c.text("filings, entities or list (the rulebook's list)")


def silent_companies(
    peers: pl.DataFrame, entities: pl.DataFrame, rulebook: Rulebook, periods: list[date]
) -> dy.DataFrame[SilentCompanies]:
    """Who is known to have published nothing for a period: a frame of :class:`SilentCompanies`.

    Known are all who publish in another period, the insurers of ``entities``, and, where the set has no such table, the
    rulebook's list. A company that only begins to publish later may not have been licensed before: *later*, and not
    counted in a gap. A filing without figures (neither amounts nor ratio) is not a publication.

    :param peers: as ``peers.peers`` gives them.
    """
    figures = peers.filter((pl.col("measure") == COMPREHENSIVE) & pl.col("ratio").is_not_null()).select(
        "kind", "period_end", "required", "ratio", entity_id="subject_id"
    )
    named = entities.filter(
        pl.col("kind").is_in(INSURERS) & (pl.col("jurisdiction").fill_null("CN") == "CN")
    ).select("entity_id", "kind", known_from=pl.lit(BY_ENTITIES))
    known = pl.concat(
        [
            figures.sort("period_end")
            .unique("entity_id", keep="last")
            .select("entity_id", "kind", known_from=pl.lit(BY_FILINGS)),
            named,
        ]
    ).unique("entity_id", keep="first", maintain_order=True)
    days = pl.DataFrame({"period_end": sorted(periods)}, schema={"period_end": pl.Date})
    expected = known.join(days, how="cross")
    if entities.is_empty():
        listed = _listed(rulebook, periods).join(known, on="entity_id", how="anti")
        expected = pl.concat([expected, listed.select(expected.columns)])
    expected = Companies(entities).until_their_end(expected, "period_end")
    silent = expected.join(figures, on=["entity_id", "period_end"], how="anti")
    return SilentCompanies.typed(_histories(silent, figures, days))


def _listed(rulebook: Rulebook, periods: list[date]) -> pl.DataFrame:
    rows = [
        (str(company["name"]), str(company["kind"]), BY_LIST, day)
        for day in periods
        for company in rulebook.on(day).value("industry.publishing_nothing")
    ]
    schema = {"entity_id": pl.String, "kind": pl.String, "known_from": pl.String, "period_end": pl.Date}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _histories(silent: pl.DataFrame, figures: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Status, beginning and last figures of every silence."""
    last = (
        silent.sort("period_end")
        .join_asof(
            figures.select(
                "entity_id",
                "period_end",
                last_period="period_end",
                last_required="required",
                last_ratio="ratio",
            ).sort("period_end"),
            on="period_end",
            by="entity_id",
            check_sortedness=False,
        )
        .join(figures.select("entity_id").unique().with_columns(published=True), on="entity_id", how="left")
    )
    following = days.with_columns(since=pl.col("period_end").shift(-1)).rename({"period_end": "last_period"})
    status = (
        pl.when(pl.col("last_period").is_not_null())
        .then(pl.lit(STOPPED))
        .when(pl.col("published"))
        .then(pl.lit(LATER))
        .otherwise(pl.lit(NEVER))
    )
    return (
        last.with_columns(status=status)
        .join(following, on="last_period", how="left")
        .select(SilentCompanies.column_names())
        .sort("kind", "period_end", "status", "entity_id")
    )


def disclosure_gaps(
    peers: pl.DataFrame, averages: pl.DataFrame, silent: pl.DataFrame, rulebook: Rulebook
) -> dy.DataFrame[DisclosureGaps]:
    """Published average, average of those who publish, and the bound on the silent: a frame of :class:`DisclosureGaps`.

    :param averages: the ``industry_averages`` table, in percent as published.
    """
    published = averages.unpivot(
        [f"{m}_solvency_ratio_pct" for m in MEASURES],
        index=["kind", "period_end"],
        variable_name="measure",
        value_name="percent",
    ).with_columns(pl.col("measure").str.strip_suffix("_solvency_ratio_pct"))
    filers = _filers(peers)
    counted = (
        silent.filter(pl.col("status") != LATER)
        .group_by("kind", "period_end")
        .agg(
            silent=pl.len().cast(pl.Int64),
            silent_sized=pl.col("last_required").count().cast(pl.Int64),
            silent_required=pl.col("last_required").sum(),
        )
    )
    both = (
        filers.join(published.filter(pl.col("percent").is_not_null()), on=["kind", "period_end", "measure"])
        .join(counted, on=["kind", "period_end"], how="left")
        .with_columns(pl.col("silent", "silent_sized", "silent_required").fill_null(0))
        .sort("kind", "measure", "period_end")
    )
    rows = [_with_bounds(row, rulebook) for row in both.iter_rows(named=True)]
    return DisclosureGaps.of_rows(rows)


def _filers(peers: pl.DataFrame) -> pl.DataFrame:
    """Sums over those who publish, by kind, period and measure; ``by_ratio_capital`` is ratio × requirement."""
    amounts = pl.col("figure_basis") == AMOUNTS
    by_ratio = pl.col("figure_basis") == FILED_RATIO
    implied = rounded_quotient(units(pl.col("ratio")) * units(pl.col("required")), whole(PER_UNIT))
    return (
        peers.group_by("kind", "period_end", "measure")
        .agg(
            capital=pl.col("capital").filter(amounts).sum(),
            required=pl.col("required").filter(amounts).sum(),
            companies=amounts.sum().cast(pl.Int64),
            by_ratio=by_ratio.sum().cast(pl.Int64),
            by_ratio_required=pl.col("required").filter(by_ratio).sum(),
            by_ratio_capital=implied.filter(by_ratio).sum().reinterpret(dtype=AMOUNT),
            bases=pl.col("filing_basis").unique().sort().str.join(" + "),
        )
        .filter(pl.col("companies") > 0)
        .with_columns(filers=exact_ratio(pl.col("capital"), pl.col("required")))
    )


def _with_bounds(row: dict[str, Any], rulebook: Rulebook) -> tuple[Any, ...]:
    """One row of the result. The rounding of the published average widens the bound to its two ends."""
    average = EXACT.divide(row["percent"], _PERCENT)
    half = EXACT.divide(_PRINTED, _PERCENT)
    ends = [less(average, half), add([average, half])]
    capital = add([row["capital"], row["by_ratio_capital"]])
    required = add([row["required"], row["by_ratio_required"]])
    size = row["silent_required"]
    above = capital > times(average, required)
    low = high = None
    if row["silent"]:
        values = [implied_ratio(capital, required, size, end) for end in ends] if size > 0 else []
        known = [v for v in values if v is not None]
        low, high = min(known, default=None), max(known, default=None)
        if row["silent_sized"] < row["silent"]:
            low, high = (low, max(ends)) if above else (min(ends), high)
    law = rulebook.on(row["period_end"])
    lowest = law.number(f"solvency.{row['measure']}_minimum_ratio")
    needed = _least_required(capital, required, average, lowest)
    return (
        row["kind"],
        row["period_end"],
        row["measure"],
        line_rate(average),
        row["filers"],
        line_rate(times(less(row["filers"], average), _PERCENT)),
        row["companies"],
        row["required"],
        row["by_ratio"],
        row["by_ratio_required"],
        row["silent"],
        row["silent_sized"],
        size,
        None if low is None else line_rate(low),
        None if high is None else line_rate(high),
        _least_required(capital, required, average, ZERO),
        needed,
        _disproved(low, high, size, needed, law),
        row["bases"],
    )


def _disproved(
    low: Decimal | None, high: Decimal | None, size: Decimal, needed: Decimal | None, law: RulesInForce
) -> str | None:
    """Why the assumption that the silent kept their last published size cannot hold; None where it can, or none is known."""
    ends = [end for end in (low, high) if end is not None]
    if size <= 0 or not ends:
        return None
    if min(ends) < 0:
        return NEGATIVE
    if max(ends) > law.number("industry.mean_ratio_ceiling"):
        return BEYOND
    return (
        SIZE if needed is not None and needed > times(law.number("industry.gap_size_times"), size) else None
    )


def implied_ratio(capital: Decimal, required: Decimal, size: Decimal, average: Decimal) -> Decimal | None:
    """The ratio that companies of a requirement ``size`` must have for the average of all to be ``average``.

    (average × (required + size) − capital) ÷ size; None where the size is not positive.
    """
    if size <= 0:
        return None
    return EXACT.divide(less(times(average, add([required, size])), capital), size)


def _least_required(capital: Decimal, required: Decimal, average: Decimal, at: Decimal) -> Decimal | None:
    """The requirement with which companies at the ratio ``at`` bring the average down to ``average``; None if none does."""
    lifted = less(capital, times(average, required))
    if lifted <= 0 or average <= at:
        return None
    return line_amount(EXACT.divide(lifted, less(average, at)))
