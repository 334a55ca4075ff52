"""Who is nearest to a line and falling: the companies that lost on the quarter and stand closest above a line of the steps.

Largest falls alone name new companies whose hundreds of percent come down; what matters first is how far it still is.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from consolidation.money import RATE

POINTS = 100


def nearing(ranks: pl.DataFrame, bounds: pl.DataFrame, day: date) -> pl.DataFrame:
    """entity_id, kind, measure, before, ratio, line, distance, fall: the nearest first, then the larger fall.

    ``before`` is the ratio a quarter earlier, ``line`` the highest line that the ratio is not below; all three are fractions, ``distance``
    (ratio − line) and ``fall`` (before − ratio) percentage points. Who did not fall, or is below every line, is left out.

    :param ranks: as ``levels.ranks`` gives them; figures in doubt are not among them.
    :param bounds: as ``bands.step_bounds`` gives them.
    """
    lines = (
        bounds.filter(pl.col("period_end") == day)
        .drop_nulls("at_least")
        .select("measure", line=pl.col("at_least").cast(RATE))
    )
    quarter_before = pl.lit(day).dt.month_start().dt.offset_by("-3mo").dt.month_end()
    keys = ["entity_id", "measure"]
    before = ranks.filter(pl.col("period_end") == quarter_before).select(*keys, before="ratio")
    return (
        ranks.filter(pl.col("period_end") == day)
        .join(before, on=keys)
        .filter(pl.col("ratio") < pl.col("before"))
        .join(lines, on="measure")
        .filter(pl.col("line") <= pl.col("ratio"))
        .sort("line")
        .unique(keys, keep="last", maintain_order=True)
        .select(
            "entity_id",
            "kind",
            "measure",
            "before",
            "ratio",
            "line",
            distance=(pl.col("ratio") - pl.col("line")) * POINTS,
            fall=(pl.col("before") - pl.col("ratio")) * POINTS,
        )
        .sort("distance", "fall", "entity_id", descending=[False, True, False])
    )
