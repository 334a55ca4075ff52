"""What the groups hold in common, and how concentrated each of them is: from what the engine measured.

Both start from the ``concentration`` rows of a run: all parties above their limit and the largest below it.
"""

from __future__ import annotations

import polars as pl

SHARED_TESTS = ("counterparty", "sector")
_INDEXED = ("counterparty", "sector", "customer")


def common_exposures(concentration: pl.DataFrame) -> pl.DataFrame:
    """Parties and sectors by how many groups hold them.

    period_end, test, party, groups, exposure (万元, all groups), share (of all that the test measured), largest_holder,
    largest_holding, hhi_of_holders (1: one group holds it all), over_limit (groups above their limit).

    :param concentration: rows of ``results.schemas.ConcentrationMeasures``.
    """
    rows = concentration.filter(pl.col("test").is_in(SHARED_TESTS) & (pl.col("exposure") > 0))
    ordered = rows.sort(
        "period_end", "test", "party", "exposure", "group_id", descending=[False] * 3 + [True, False]
    )
    share = pl.col("exposure").cast(pl.Float64)
    grouped = ordered.group_by("period_end", "test", "party", maintain_order=True).agg(
        groups=pl.len().cast(pl.Int64),
        total=pl.col("exposure").sum(),
        largest_holder=pl.col("group_id").first(),
        largest_holding=pl.col("exposure").first(),
        hhi_of_holders=(share.pow(2).sum() / share.sum().pow(2)).round(6),
        over_limit=(pl.col("exposure") > pl.col("limit")).sum().cast(pl.Int64),
    )
    whole = grouped.group_by("period_end", "test").agg(all=pl.col("total").sum())
    return (
        grouped.join(whole, on=["period_end", "test"])
        .with_columns(share=(pl.col("total").cast(pl.Float64) / pl.col("all").cast(pl.Float64)).round(6))
        .rename({"total": "exposure"})
        .select(
            "period_end",
            "test",
            "party",
            "groups",
            "exposure",
            "share",
            "largest_holder",
            "largest_holding",
            "hhi_of_holders",
            "over_limit",
        )
        .sort(
            "period_end", "test", "groups", "exposure", "party", descending=[False, False, True, True, False]
        )
    )


def concentration_index(concentration: pl.DataFrame) -> pl.DataFrame:
    """The Herfindahl–Hirschman index of what was measured, for each group and for all together (group_id empty).

    period_end, test, group_id, parties, exposure, hhi (Σ of squared shares: 1 for a single party), largest_party,
    largest_share.
    """
    rows = concentration.filter(pl.col("test").is_in(_INDEXED) & (pl.col("exposure") > 0))
    together = rows.group_by("period_end", "test", "party").agg(pl.col("exposure").sum())
    columns = ["period_end", "test", "group_id", "party", "exposure"]
    both = pl.concat([rows.select(columns), together.with_columns(group_id=pl.lit("")).select(columns)])
    ordered = both.sort(
        "period_end", "test", "group_id", "exposure", "party", descending=[False, False, False, True, False]
    )
    share = pl.col("exposure").cast(pl.Float64)
    return ordered.group_by("period_end", "test", "group_id", maintain_order=True).agg(
        parties=pl.len().cast(pl.Int64),
        exposure=pl.col("exposure").sum(),
        hhi=(share.pow(2).sum() / share.sum().pow(2)).round(6),
        largest_party=pl.col("party").first(),
        largest_share=(share.first() / share.sum()).round(6),
    )
