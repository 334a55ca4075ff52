"""The outlook in words, Chinese and English. Every figure is an estimate and says so."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from consolidation.words import label, say
from monitoring.outlook.forecasting.evidence import SMALLEST_GAIN
from monitoring.outlook.schema import BackTests
from monitoring.outlook.scoring.back_test import LEVEL, RULE19


def estimated(value: float | None) -> str:
    """A ratio or probability in per cent with one place: an estimate has no more."""
    return "" if value is None else f"{value * 100:.1f}%"


def comparisons(scores: dy.DataFrame[BackTests], language: str) -> list[str]:
    """For each measure, horizon and limit whether the model has ranked better than the ratio itself.

    :param scores: rows of :class:`~monitoring.outlook.schema.BackTests`.
    """
    about_limits = scores.filter(pl.col("limit").is_not_null() & (pl.col("events") > 0))
    said = []
    for _, part in about_limits.group_by("measure", "horizon", "limit", maintain_order=True):
        rows = {row["model"]: row for row in part.iter_rows(named=True)}
        model, level = rows[RULE19], rows[LEVEL]
        if model["auc"] is None or level["auc"] is None:
            continue
        better = model["auc"] - level["auc"] >= SMALLEST_GAIN
        said.append(
            say(
                "outlook.model_is_better" if better else "outlook.level_is_as_good",
                language,
                measure=label(f"flag_item.{model['measure']}", language),
                horizon=label(f"outlook.within.{model['horizon']}", language),
                limit=model["limit"],
                events=model["events"],
                model=f"{model['auc']:.3f}",
                level=f"{level['auc']:.3f}",
            )
        )
    return said
