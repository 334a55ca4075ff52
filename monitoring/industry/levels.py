"""How the ratios of an industry are distributed, and where one company stands among its peers.

The weighted mean is Σ capital ÷ Σ minimum capital over those who filed both; the unweighted mean leaves companies beyond
the rulebook's ceiling out (a new company's ratio may be in the hundreds); median, quartiles and tails take every ratio. A ratio
that rests on a figure in doubt counts in none of them, and how many there are is said.
How many of the figures are audited (annual) and how many are not, and how many rest on a filed ratio, stands beside them.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from consolidation.money import RATE
from consolidation.rulebook import Rulebook
from monitoring.industry.peers import as_rate
from monitoring.ratios import AMOUNTS, FILED_RATIO, exact_ratio, rounded_quotient, units

ALL = "all"

_COUNTS: dict[str, Any] = {
    "companies": pl.col("ratio").count(),
    "by_amounts": (pl.col("figure_basis") == AMOUNTS).sum(),
    "by_filed_ratio": (pl.col("figure_basis") == FILED_RATIO).sum(),
    "not_computable": (pl.col("ratio").is_null() & ~pl.col("in_doubt")).sum(),
    "in_doubt": pl.col("in_doubt").sum(),
    "annual": ((pl.col("filing_basis") == "annual") & pl.col("ratio").is_not_null()).sum(),
    "quarterly": ((pl.col("filing_basis") == "quarterly") & pl.col("ratio").is_not_null()).sum(),
    "left_out_of_mean": (pl.col("beyond") & pl.col("ratio").is_not_null()).sum(),
}


def distributions(
    peers: pl.DataFrame, rulebook: Rulebook, classes: pl.DataFrame | None = None
) -> pl.DataFrame:
    """One row a kind, segment, period and measure.

    kind: life, property, reinsurance, or all. segment: all, a size band, or a class. Then counts, capital and required
    (万元, of those with both), weighted_mean, mean, minimum, the rulebook's quantiles (q05 …), maximum, all as fractions.

    :param classes: entity_id, class – where it is known who is listed, bank-owned, foreign; one company may be in several.
    """
    amounts = pl.col("figure_basis") == AMOUNTS
    weighed = peers.with_columns(
        capital=pl.when(amounts).then("capital"), required=pl.when(amounts).then("required")
    )
    counted = [
        _segment(weighed, rulebook, [], kind=pl.lit(ALL), segment=pl.lit(ALL)),
        _segment(weighed, rulebook, ["kind"], segment=pl.lit(ALL)),
        _segment(
            weighed.filter(pl.col("band").is_not_null()), rulebook, ["kind", "band"], segment=pl.col("band")
        ),
    ]
    if classes is not None and classes.height:
        known = weighed.join(classes.select(subject_id="entity_id", segment="class"), on="subject_id")
        counted.append(_segment(known, rulebook, ["kind", "segment"], segment=pl.col("segment")))
    return pl.concat(counted).sort("kind", "segment", "measure", "period_end")


def quantile_name(quantile: float) -> str:
    """Name the column of a quantile: 0.05 → q05."""
    return f"q{round(quantile * 100):02d}"


def _segment(rows: pl.DataFrame, rulebook: Rulebook, by: list[str], **same: pl.Expr) -> pl.DataFrame:
    last = rows["period_end"].max()
    law = rulebook.on(last if isinstance(last, date) else date.max)
    quantiles = [float(q) for q in law.value("industry.tails")]
    ratio = pl.col("ratio").cast(pl.Float64)
    counted = pl.col("ratio").filter(~pl.col("beyond"))
    grouped = rows.group_by([*by, "period_end", "measure"]).agg(
        **_COUNTS,
        capital=pl.col("capital").sum(),
        required=pl.col("required").sum(),
        total=counted.sum(),
        number=counted.count().cast(pl.Int128),
        minimum=pl.col("ratio").min(),
        **{quantile_name(q): as_rate(ratio.quantile(q, "linear")) for q in quantiles},
        maximum=pl.col("ratio").max(),
    )
    number = pl.when(pl.col("number") > 0).then("number")
    return grouped.with_columns(
        **same,
        weighted_mean=exact_ratio(pl.col("capital"), pl.col("required")),
        mean=rounded_quotient(units(pl.col("total")), number).reinterpret(dtype=RATE),
    ).select(
        "kind",
        "segment",
        "period_end",
        "measure",
        *_COUNTS,
        "capital",
        "required",
        "weighted_mean",
        "mean",
        "minimum",
        *(quantile_name(q) for q in quantiles),
        "maximum",
    )


def ranks(peers: pl.DataFrame) -> pl.DataFrame:
    """Where every company stands among those of its kind, and among those of its kind and size.

    entity_id, kind, band, period_end, measure, ratio, rank (1: the highest ratio; equal ratios share the better), of,
    percentile (the share of peers, itself included, whose ratio is not higher), band_rank, band_of.
    """
    known = peers.filter(pl.col("ratio").is_not_null())
    kind, band = ["measure", "kind", "period_end"], ["measure", "kind", "band", "period_end"]
    has_band = pl.col("band").is_not_null()
    place = pl.col("ratio").rank("min", descending=True).cast(pl.Int64)
    return known.select(
        pl.col("subject_id").alias("entity_id"),
        "kind",
        "band",
        "period_end",
        "measure",
        "ratio",
        rank=place.over(kind),
        of=pl.len().over(kind).cast(pl.Int64),
        band_rank=pl.when(has_band).then(place.over(band)),
        band_of=pl.when(has_band).then(pl.len().over(band).cast(pl.Int64)),
    ).with_columns(percentile=(pl.col("of") - pl.col("rank") + 1) / pl.col("of"))
