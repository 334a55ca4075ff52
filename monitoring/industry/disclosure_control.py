"""What of a scan may be told to somebody who does not see every company: no figure of a few, and none that gives one away.

A figure of fewer than ``fewest`` companies tells theirs, and is withheld. That alone is not enough, for a mean is a sum:
where all companies but a few stand in parts that are shown, the total less its parts is the mean of the few. Then one
figure more is withheld. Of an industry it is the mean of all kinds together, since the kinds say more; of a kind it is the
mean of the smallest size class shown. Medians and quantiles are no sums and stay; so do counts of companies.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from consolidation.rulebook import Rulebook
from monitoring.industry.levels import ALL
from monitoring.industry.scan import IndustryScan
from monitoring.industry.trends import trends

_PLACE = ["kind", "segment", "period_end", "measure"]
_SERIES = ["kind", "period_end", "measure"]
_MEANS = {
    "weighted_mean": pl.col("by_amounts"),
    "mean": pl.col("companies") - pl.col("left_out_of_mean"),
}
"""Each mean with the number of companies that it is the mean of."""

_OF_ONE = {
    "levels": ("capital", "required", "minimum", "maximum"),
    "gaps": (
        "required",
        "by_ratio_required",
        "silent_required",
        "bound_low",
        "bound_high",
        "least_required_at_zero",
        "least_required_at_limit",
    ),
}
"""By frame, the columns that could tell a single company's figure however many there are."""


def of_many(scan: IndustryScan, fewest: int, rulebook: Rulebook) -> IndustryScan:
    """The scan with nothing in its sums and counts that tells the figure of fewer than ``fewest`` companies.

    The frames that name companies are as they were: whose names somebody may see is for the caller to say.

    :param scan: made without classes, which overlap.
    """
    levels = _levels(scan.levels, fewest)
    known = levels.filter(pl.col("segment") == ALL).select(_SERIES)
    kept = {
        name: getattr(scan, name).join(known, on=_SERIES, how="semi", maintain_order="left")
        for name in ("ladder", "migration", "gaps")
    }
    gaps = kept["gaps"].filter(pl.col("companies") >= fewest)
    return replace(
        scan,
        **kept | {"gaps": _without(gaps, _OF_ONE["gaps"])},
        levels=levels,
        course=_shown_trends(scan.course, levels, fewest, rulebook),
    )


def _without(frame: pl.DataFrame, columns: tuple[str, ...]) -> pl.DataFrame:
    return frame.with_columns(pl.lit(None, frame.schema[c]).alias(c) for c in columns)


def _levels(levels: pl.DataFrame, fewest: int) -> pl.DataFrame:
    """The rows of at least ``fewest`` companies, each mean only where it may be shown."""
    shown = levels.filter(pl.col("companies") >= fewest)
    for mean, number in _MEANS.items():
        may = _shown_means(levels.select(*_PLACE, number=number), fewest).with_columns(may=True)
        shown = (
            shown.join(may, on=_PLACE, how="left", maintain_order="left")
            .with_columns(pl.when("may").then(mean).alias(mean))
            .drop("may")
        )
    return _without(shown, _OF_ONE["levels"])


def _shown_means(counted: pl.DataFrame, fewest: int) -> pl.DataFrame:
    """Kind, segment, period and measure of the means from which no mean of fewer can be worked out.

    :param counted: the places of ``levels`` with ``number``, how many companies the mean there is of.
    """
    whole = pl.col("segment") == ALL
    many = counted.filter(pl.col("number") >= fewest)
    industry = many.filter(whole & (pl.col("kind") == ALL))
    kinds = many.filter(whole & (pl.col("kind") != ALL))
    bands = many.filter(~whole)
    together = industry.join(
        _leaving_few(industry, kinds, ["period_end", "measure"], fewest), on=_PLACE, how="anti"
    )
    bare = _leaving_few(kinds, bands, _SERIES, fewest)
    smallest = (
        bands.join(bare, on=_SERIES, how="semi")
        .sort("number", "segment")
        .unique(_SERIES, keep="first", maintain_order=True)
    )
    return pl.concat([together, kinds, bands.join(smallest, on=_PLACE, how="anti")]).select(_PLACE)


def _leaving_few(totals: pl.DataFrame, parts: pl.DataFrame, on: list[str], fewest: int) -> pl.DataFrame:
    """The totals that hold a few companies more than the parts shown of them."""
    in_parts = parts.group_by(on).agg(shown=pl.col("number").sum())
    rest = pl.col("number") - pl.col("shown").fill_null(0)
    return totals.join(in_parts, on=on, how="left").filter((rest > 0) & (rest < fewest)).select(_PLACE)


def _shown_trends(whole: pl.DataFrame, levels: pl.DataFrame, fewest: int, rulebook: Rulebook) -> pl.DataFrame:
    """Trends of the levels that are shown, computed from these alone: a change or an outlook would tell a level that is withheld."""
    enough = pl.col("same_companies") >= fewest
    same = whole.select(
        *_SERIES,
        pl.when(enough).then("change_same_companies").alias("change_same_companies"),
        "same_companies",
    )
    recomputed = trends(levels, same, rulebook)
    level_shown = pl.col("level").is_not_null()
    return recomputed.with_columns(
        pl.when(level_shown).then("change_same_companies").alias("change_same_companies")
    )
