"""What insurers themselves forecast, and how it came out: the base case of their quarterly and annual stress tests.

Rule 18 A22 has every quarterly report print the next quarter (sheet ST01, 基本情景: scenario ``quarter_base``); the annual
stress test gives the year after (``base``). Bias and spread of an insurer are those of all its forecasts whose outcome was
known by then: who forecasts honestly.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import dataframely as dy
import polars as pl

from monitoring.outlook.forecasting.panel import Panel
from monitoring.outlook.forecasting.replay import OwnForecasts as OwnForecastsOf
from monitoring.outlook.schema import PLACES, OwnForecasts
from monitoring.ratios import COMPREHENSIVE, CORE
from monitoring.trend import quarter_number

_CAPITAL = {COMPREHENSIVE: "actual_capital", CORE: "core_capital"}
_SCENARIOS = {"quarter_base": 1, "base": 4}
"""Scenario → quarters from the report date to the period that the forecast is about."""


def own_points(stress_results: pl.DataFrame) -> OwnForecastsOf:
    """The insurers' forecasts by period, horizon and measure, for the candidates.

    :param stress_results: the table of the filing set.
    """
    found: dict[tuple[date, int, str], dict[str, float]] = {}
    for measure in _CAPITAL:
        for row in _forecasts(stress_results, measure).iter_rows(named=True):
            if row["ahead"] == _SCENARIOS["quarter_base"]:
                of_period = found.setdefault((row["made_from"], row["ahead"], measure), {})
                of_period[row["entity_id"]] = row["forecast"]

    def points(day: date, horizon: int, measure: str) -> Mapping[str, float]:
        return found.get((day, horizon, measure), {})

    return points


def own_forecasts(stress_results: pl.DataFrame, filed: Panel) -> dy.DataFrame[OwnForecasts]:
    """Every forecast that an insurer filed beside what came, with its bias, spread and rank so far (:class:`OwnForecasts`).

    :param filed: the insurers' ratios.
    """
    ratios = pl.DataFrame(
        {
            "entity_id": [s for s in filed.subjects for _ in filed.periods],
            "for_period": list(filed.periods) * len(filed.subjects),
            "filed": filed.values[COMPREHENSIVE].ravel(),
        },
        schema={"entity_id": pl.String, "for_period": pl.Date, "filed": pl.Float64},
    ).filter(pl.col("filed").is_not_nan())
    kinds = pl.DataFrame(
        {"entity_id": filed.subjects, "kind": filed.kinds}, schema={"entity_id": pl.String, "kind": pl.String}
    )
    forecasts = (
        _forecasts(stress_results, COMPREHENSIVE)
        .join(ratios, on=["entity_id", "for_period"], how="left")
        .join(kinds, on="entity_id", how="left")
        .with_columns(error=pl.col("forecast") - pl.col("filed"))
        .sort("entity_id", "for_period", "made_from")
    )
    so_far = forecasts.with_columns(
        count=pl.col("error").is_not_null().cum_sum().over("entity_id"),
        total=pl.col("error").fill_null(0).cum_sum().over("entity_id"),
        squares=(pl.col("error").fill_null(0) ** 2).cum_sum().over("entity_id"),
    ).with_columns(
        bias=pl.when(pl.col("count") > 0).then(pl.col("total") / pl.col("count")),
        mean_square=pl.when(pl.col("count") > 0).then(pl.col("squares") / pl.col("count")),
    )
    # The spread of a sample; the rank among those of the kind that forecast the same period.
    spread = (pl.col("mean_square") - pl.col("bias") ** 2).clip(0) * pl.col("count") / (pl.col("count") - 1)
    table = (
        so_far.with_columns(
            spread=pl.when(pl.col("count") > 1).then(spread.sqrt()),
            rank=pl.when(pl.col("error").is_not_null()).then(
                pl.col("mean_square").rank("min").over("kind", "for_period")
            ),
        )
        .with_columns(pl.col("forecast", "filed", "error", "bias", "spread").round(PLACES))
        .select(pl.col(name).cast(kind) for name, kind in OwnForecasts.polars_schema().items())
    )
    return OwnForecasts.typed(table)


def _forecasts(stress_results: pl.DataFrame, measure: str) -> pl.DataFrame:
    """entity_id, made_from, for_period, ahead (quarters), forecast: of both scenarios, the quarterly one where both are given."""
    ahead = quarter_number(pl.col("horizon_end")) - quarter_number(pl.col("report_date"))
    return (
        stress_results.with_columns(ahead=ahead)
        .filter(
            pl.col("ahead")
            == pl.col("scenario").replace_strict(_SCENARIOS, default=None, return_dtype=pl.Int32),
            pl.col("minimum_capital") > 0,
            pl.col(_CAPITAL[measure]).is_not_null(),
        )
        .sort("scenario", descending=True)
        .unique(["entity_id", "report_date", "horizon_end"], keep="first", maintain_order=True)
        .select(
            "entity_id",
            pl.col("ahead").cast(pl.Int64),
            made_from="report_date",
            for_period="horizon_end",
            forecast=pl.col(_CAPITAL[measure]).cast(pl.Float64) / pl.col("minimum_capital").cast(pl.Float64),
        )
        .sort("entity_id", "made_from", "for_period")
    )
