"""Forecasts of companies from their filings: the tables that commands, pages and flags show."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import dataframely as dy
import numpy as np
import polars as pl

from consolidation.rulebook import Rulebook
from monitoring.outlook.forecasting.panel import Matrix, Vintages
from monitoring.outlook.forecasting.replay import OwnForecasts, PeriodForecast, replay
from monitoring.outlook.forecasting.settings import settings_on
from monitoring.outlook.ranking import PROBABILITIES
from monitoring.outlook.schema import PLACES, Outlooks
from monitoring.ratios import ENTITY

OWN_FILINGS = "own_filings"
MODEL, LEVEL, NOTHING = "model", "level", "none"


def company_forecasts(
    found: Vintages | None, rulebook: Rulebook, own: OwnForecasts | None = None
) -> list[PeriodForecast]:
    """The forecasts from every period, each with what was known then; the earliest first."""
    if found is None:
        return []
    return list(replay(found, cache(lambda day: settings_on(rulebook, day)), own))


def latest_of(forecasts: dy.DataFrame[Outlooks]) -> dy.DataFrame[Outlooks]:
    """Each subject's forecasts from its latest period; nothing of a subject that has not filed for a year."""
    recent = forecasts.filter(pl.col("made_from") >= pl.col("made_from").max().dt.offset_by("-12mo"))
    newest = pl.col("made_from").max().over("subject_kind", "subject_id", "basis")
    return Outlooks.typed(recent.filter(pl.col("made_from") == newest))


def outlook_table(
    forecasts: Iterable[PeriodForecast], subject_kind: str = ENTITY, basis: str = OWN_FILINGS
) -> dy.DataFrame[Outlooks]:
    """Forecasts as rows of :class:`Outlooks`, sorted."""
    parts = [_rows(forecast, subject_kind, basis) for forecast in forecasts]
    empty = pl.DataFrame(schema=Outlooks.polars_schema())
    rows = pl.concat([empty, *parts]).sort("subject_kind", "subject_id", "made_from", "measure", "horizon")
    return Outlooks.typed(rows)


def _rows(forecast: PeriodForecast, subject_kind: str, basis: str) -> pl.DataFrame:
    features, p = forecast.features, forecast.probabilities
    table = pl.DataFrame(
        {
            "subject_id": pl.Series(features.subjects, dtype=pl.String),
            "point": kept(forecast.point),
            "low": kept(forecast.low),
            "high": kept(forecast.high),
            **{name: kept(p[:, number]) for number, name in enumerate(PROBABILITIES)},
            "ratio": kept(np.exp(features.now)),
            "volatility": kept(features.volatility),
            "change": kept(features.change),
        }
    )
    return table.with_columns(
        subject_kind=pl.lit(subject_kind),
        made_from=pl.lit(forecast.made_from),
        horizon=pl.lit(forecast.horizon, pl.Int64),
        measure=pl.lit(forecast.measure),
        model=pl.lit(_model(forecast)),
        basis=pl.lit(basis),
    ).select(Outlooks.column_names())


def kept(values: Matrix) -> pl.Series:
    """Rounded; what is not finite is nothing."""
    rounded = pl.Series(np.round(values, PLACES), dtype=pl.Float64)
    return rounded.set(~rounded.is_finite(), None)


def _model(forecast: PeriodForecast) -> str:
    """The candidate of the point, and by limit what the probability comes from."""
    fitted = forecast.fitted
    said = []
    for limit, use_model in zip(forecast.limits, fitted.use_model, strict=True):
        speaks = fitted.above if use_model else fitted.level
        word = NOTHING if speaks is None else MODEL if use_model else LEVEL
        said.append(f"{round(limit * 100)}={word}")
    return " ".join([forecast.point_name, *said])
