"""Where the industry is going: level, change since last quarter, a projection, and the largest falls of single companies.

The level is the weighted mean. Its change is given twice: of all who filed, and of the companies that filed both times,
since who files changes from quarter to quarter. The outlook is a projection and nothing more: the least-squares line
through the last periods, led on for as many periods as the falling flag looks ahead.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from consolidation.money import RATE
from consolidation.rulebook import Rulebook
from monitoring.flags.schema import first_of
from monitoring.industry.levels import ALL
from monitoring.industry.peers import bases, earlier
from monitoring.ratios import AMOUNTS, exact_ratio, units
from monitoring.trend import projection, quarter_number

POINTS = 100


def trends(levels: pl.DataFrame, same: pl.DataFrame, rulebook: Rulebook) -> pl.DataFrame:
    """kind, measure, period_end, level, bases, change, change_same_companies, same_companies, outlook_1 … .

    change in percentage points against the quarter before; outlook_k the projection k quarters on, as a fraction. Empty
    where the quarters before are not there.

    :param levels: as ``levels.distributions`` gives them; its segments other than *all* are left out.
    :param same: as :func:`same_companies` gives it.
    """
    keys = ("kind", "measure")
    last = levels["period_end"].max()
    law = rulebook.on(last if isinstance(last, date) else date.max)
    periods, horizon = int(law.number("industry.trend_periods")), int(law.number("industry.trend_horizon"))
    series = (
        levels.filter(pl.col("segment") == ALL)
        .sort(*keys, "period_end")
        .with_columns(
            quarter_number(pl.col("period_end")),
            first=first_of(keys),
            basis=_basis(),
        )
    )
    unbroken = pl.all_horizontal(
        ~pl.col("first").shift(k, fill_value=True)
        & (pl.col("quarter").shift(k) - pl.col("quarter").shift(k + 1) == 1)
        for k in range(periods - 1)
    )
    values = [units(pl.col("weighted_mean").shift(k)) for k in range(periods - 1, -1, -1)]
    led_on = [
        pl.when(unbroken)
        .then(projection(periods, ahead).value(values))
        .reinterpret(dtype=RATE)
        .alias(f"outlook_{ahead}")
        for ahead in range(1, horizon + 1)
    ]
    changes = series.with_columns(
        *led_on,
        change=(pl.col("weighted_mean") - earlier("weighted_mean")) * POINTS,
        before_basis=pl.coalesce(earlier("basis"), "basis"),
    ).with_columns(bases=bases("before_basis", "basis"))
    return changes.join(same, on=["kind", "measure", "period_end"], how="left").select(
        *keys,
        "period_end",
        level="weighted_mean",
        companies="by_amounts",
        bases="bases",
        change="change",
        change_same_companies="change_same_companies",
        same_companies=pl.col("same_companies").fill_null(0),
        **{f"outlook_{k}": f"outlook_{k}" for k in range(1, horizon + 1)},
    )


def _basis() -> pl.Expr:
    """What the filings behind a level are: annual, quarterly, or both with their numbers."""
    both = pl.concat_str(
        pl.lit("annual "), pl.col("annual"), pl.lit(" + quarterly "), pl.col("quarterly"), separator=""
    )
    return (
        pl.when(pl.col("quarterly") == 0)
        .then(pl.lit("annual"))
        .when(pl.col("annual") == 0)
        .then(pl.lit("quarterly"))
        .otherwise(both)
    )


def same_companies(peers: pl.DataFrame) -> pl.DataFrame:
    """kind, measure, period_end, change_same_companies, same_companies: of those that filed amounts in both quarters.

    The change of their weighted mean in percentage points, and how many they are; kind is also *all*.
    """
    amounts = pl.col("figure_basis") == AMOUNTS
    both = peers.with_columns(
        was_basis=earlier("figure_basis"), was_capital=earlier("capital"), was_required=earlier("required")
    ).filter(amounts & (pl.col("was_basis") == AMOUNTS))
    kinds = [both, both.with_columns(kind=pl.lit(ALL))]
    summed = pl.concat(
        part.group_by("kind", "measure", "period_end").agg(
            pl.col("capital", "required", "was_capital", "was_required").sum(), same_companies=pl.len()
        )
        for part in kinds
    )
    now = exact_ratio(pl.col("capital"), pl.col("required"))
    before = exact_ratio(pl.col("was_capital"), pl.col("was_required"))
    return summed.select(
        "kind",
        "measure",
        "period_end",
        change_same_companies=(now - before) * POINTS,
        same_companies=pl.col("same_companies").cast(pl.Int64),
    )


def largest_falls(peers: pl.DataFrame, rulebook: Rulebook) -> pl.DataFrame:
    """The largest falls of single companies in a quarter, by kind, measure and period.

    entity_id, kind, measure, period_end, before, after, fall (percentage points), bases, beyond (the comprehensive ratio
    before was beyond the ceiling of unweighted means: such a company is listed apart, since its points say little), place.
    """
    last = peers["period_end"].max()
    law = rulebook.on(last if isinstance(last, date) else date.max)
    most = int(law.number("industry.largest_falls"))
    keys = ["kind", "measure", "period_end", "beyond"]
    fell = (
        peers.lazy()
        .select(
            "kind",
            "measure",
            "period_end",
            beyond=earlier("beyond"),
            entity_id="subject_id",
            before=earlier("ratio"),
            after="ratio",
            before_basis=earlier("filing_basis"),
            filing_basis="filing_basis",
        )
        .filter(pl.col("before") > pl.col("after"))
        .with_columns(fall=(pl.col("before") - pl.col("after")) * POINTS)
        .sort(*keys, "fall", "entity_id", descending=[False] * len(keys) + [True, False])
        .collect()
    )
    starts = fell.group_by(keys, maintain_order=True).agg(size=pl.len())
    place = starts.select(place=pl.int_ranges(1, pl.col("size") + 1)).explode("place").to_series()
    return (
        fell.with_columns(place.cast(pl.Int64))
        .filter(pl.col("place") <= most)
        .select(
            "entity_id",
            "kind",
            "measure",
            "period_end",
            "before",
            "after",
            "fall",
            bases("before_basis", "filing_basis").alias("bases"),
            "beyond",
            "place",
        )
    )
