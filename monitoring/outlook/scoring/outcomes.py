"""What came of a forecast, once all filings of its horizon are there or the fall has come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitoring.outlook.forecasting.panel import Mask, Matrix, Panel, Rows
from monitoring.outlook.forecasting.replay import PeriodForecast, outcome_of


@dataclass(frozen=True)
class Scored:
    """A forecast with what came of it; arrays as the forecast's. fell_after: by limit, columns until the fall, 0: none."""

    forecast: PeriodForecast
    filed: Matrix
    fell_after: Rows
    known: Mask

    def about(self, limit: int) -> Mask:
        """The subjects whose forecast about a limit can be scored: not below it, and the outcome known."""
        forecast = self.forecast
        above = forecast.features.now >= np.log(forecast.limits[limit])
        has_probability = np.isfinite(forecast.probabilities[:, limit])
        return above & self.known[:, limit] & has_probability


def score(forecast: PeriodForecast, truth: Panel) -> Scored | None:
    """What came of a forecast; None where its horizon is not over.

    :param truth: the panel to score against, of the same vintages.
    """
    end = forecast.column + forecast.horizon
    if end >= len(truth.periods):
        return None
    columns = slice(forecast.column + 1, end + 1)
    logs = truth.log_ratio(forecast.measure, columns)[np.searchsorted(truth.rows, forecast.features.rows)]
    filed, _, all_filed = outcome_of(logs)
    fell_after = np.zeros((len(filed), len(forecast.limits)), dtype=np.int64)
    for number, limit in enumerate(forecast.limits):
        below = logs < np.log(limit)
        fell_after[:, number] = np.where(below.any(axis=1), below.argmax(axis=1) + 1, 0)
    return Scored(forecast, np.exp(filed), fell_after, all_filed[:, None] | (fell_after > 0))
