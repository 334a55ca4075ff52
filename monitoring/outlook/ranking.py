"""Who is next: subjects in the order of their probability of falling below a limit that they are not below."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from monitoring.outlook.schema import Outlooks
from monitoring.ratios import COMPREHENSIVE, CORE

PROBABILITIES = ("p_150", "p_120", "p_100")
LIMITS = {COMPREHENSIVE: (150, 120, 100), CORE: (75, 60, 50)}
"""The limits, in percent, that the columns of :data:`PROBABILITIES` are about."""


def who_is_next(forecasts: dy.DataFrame[Outlooks]) -> pl.DataFrame:
    """subject_kind, subject_id, made_from, measure, limit (percent), ratio, low, high, next, within_two: the most probable first.

    Of each subject and measure the highest limit that it is not below already.

    :param forecasts: rows of :class:`~monitoring.outlook.schema.Outlooks`.
    """
    parts = []
    for measure, limits in LIMITS.items():
        for name, limit in zip(PROBABILITIES, limits, strict=True):
            here = forecasts.filter((pl.col("measure") == measure) & (pl.col("ratio") >= limit / 100))
            parts.append(here.with_columns(limit=pl.lit(limit), p=pl.col(name)))
    key = ["subject_kind", "subject_id", "made_from", "measure", "basis"]
    highest = pl.concat(parts).filter(pl.col("limit") == pl.col("limit").max().over(key))
    wide = highest.filter(pl.col("horizon") == 2).join(
        highest.filter(pl.col("horizon") == 1).select(*key, next="p"), on=key, how="left"
    )
    return wide.select(
        "subject_kind",
        "subject_id",
        "made_from",
        "measure",
        "limit",
        "ratio",
        "low",
        "high",
        "next",
        within_two="p",
    ).sort("within_two", "ratio", "subject_id", descending=[True, False, False], nulls_last=True)
