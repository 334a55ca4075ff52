"""What weighs on an industry: by family of risk its indicator, quarter by quarter, its level and where it goes.

The indicator of a family is the median over the companies of a share that is the larger the more of that risk there is: of an amount in
minimum capital, of supplementary in actual capital, of minimum in actual capital; of ratings the share of companies with one that fails.
Its *level* is its place among all quarters of the same kind: *high* in the upper third, *low* in the lower, else *middle*; with fewer
than four quarters there is none. It says nothing of whether a level is much in itself, for which the law has no line.
"""

from __future__ import annotations

import polars as pl

from consolidation.money import RATE
from consolidation.rulebook import Rulebook
from consolidation.structure.membership import INSURERS
from monitoring.flags.kinds.thresholds import failing_ratings
from monitoring.industry.levels import ALL
from monitoring.industry.peers import as_rate
from monitoring.industry.scan import since_the_rules
from monitoring.ratios import exact_ratio, one_filing

LOW, MIDDLE, HIGH = "low", "middle", "high"
_RATED = "integrated_risk_rating"
_FEWEST_QUARTERS = 4


def _sum(*columns: str) -> pl.Expr:
    """The sum of what was filed of several items; null where none was."""
    return pl.when(pl.any_horizontal(pl.col(c).is_not_null() for c in columns)).then(
        pl.sum_horizontal(pl.col(c).fill_null(0) for c in columns)
    )


_SHARES = {
    "solvency": (pl.col("minimum_capital"), "actual_capital"),
    "capital_quality": (_sum("supplementary_tier1_capital", "supplementary_tier2_capital"), "actual_capital"),
    "insurance": (
        _sum("life_insurance_risk_minimum_capital", "non_life_insurance_risk_minimum_capital"),
        "minimum_capital",
    ),
    "market": (pl.col("market_risk_minimum_capital"), "minimum_capital"),
    "credit": (pl.col("credit_risk_minimum_capital"), "minimum_capital"),
    "control": (pl.col("control_risk_minimum_capital"), "minimum_capital"),
}
"""Family → the amount, and what it is a share of."""

FAMILIES = (*_SHARES, "rating")


def risk_families(solo_filings: pl.DataFrame, rulebook: Rulebook) -> pl.DataFrame:
    """One row a kind (all too), family and period: companies, value (a fraction), change (points on the quarter before), level.

    Of two filings for one date the audited one. Sorted by kind, family and period; change and level are null where there is nothing to
    hold against.
    """
    insurers = since_the_rules(solo_filings.filter(pl.col("kind").is_in(INSURERS)), rulebook)
    filed = one_filing(insurers, "entity_id", "period_end")
    long = pl.concat(_indicators(filed, rulebook))
    both = pl.concat([long, long.with_columns(kind=pl.lit(ALL))])
    is_rating = pl.col("family") == "rating"
    number = pl.col("share").cast(pl.Float64)
    summed = (
        both.drop_nulls("share")
        .group_by("kind", "family", "period_end")
        .agg(
            companies=pl.len().cast(pl.Int64),
            value=as_rate(pl.when(is_rating.first()).then(number.mean()).otherwise(number.median())),
        )
        .sort("kind", "family", "period_end")
    )
    of_series = ["kind", "family"]
    return summed.with_columns(
        change=(pl.col("value") - pl.col("value").shift(1).over(of_series)) * 100,
        level=_level().over(of_series),
    )


def _indicators(filed: pl.DataFrame, rulebook: Rulebook) -> list[pl.DataFrame]:
    """kind, family, period_end, share: one row a company; a sum that is not positive makes no share."""
    shares = [
        filed.select("kind", "period_end", family=pl.lit(name), share=exact_ratio(part, pl.col(whole)))
        for name, (part, whole) in _SHARES.items()
    ]
    failing = failing_ratings(filed["period_end"], rulebook).rename({"rating": _RATED}).with_columns(fails=1)
    rated = (
        filed.drop_nulls(_RATED)
        .join(failing, on=["period_end", _RATED], how="left")
        .select("kind", "period_end", family=pl.lit("rating"), share=pl.col("fails").fill_null(0).cast(RATE))
    )
    return [*shares, rated]


def _level() -> pl.Expr:
    """The place of each value among all of its series, in thirds."""
    place = (pl.col("value").rank("average") - 0.5) / pl.len()
    return (
        pl.when(pl.len() < _FEWEST_QUARTERS)
        .then(pl.lit(None, pl.String))
        .when(place > 2 / 3)
        .then(pl.lit(HIGH))
        .when(place < 1 / 3)
        .then(pl.lit(LOW))
        .otherwise(pl.lit(MIDDLE))
    )
