"""What probabilities said beside what came, by class of probability."""

from __future__ import annotations

from collections.abc import Iterable

import dataframely as dy
import numpy as np
import polars as pl

from monitoring.outlook.forecasting.panel import Mask, Matrix
from monitoring.outlook.schema import Reliability
from monitoring.outlook.scoring.outcomes import Scored
from monitoring.outlook.scoring.rankings import rounded

CLASSES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
"""Classes of probabilities: most forecasts are near nought, so they are finer there."""


def reliability(scored_forecasts: Iterable[Scored]) -> dy.DataFrame[Reliability]:
    """What probabilities said beside what came, by class (:class:`~monitoring.outlook.schema.Reliability`)."""
    said: dict[tuple[str, int], list[tuple[Matrix, Mask]]] = {}
    for scored in scored_forecasts:
        forecast = scored.forecast
        for number in range(len(forecast.limits)):
            about = scored.about(number)
            pair = (forecast.probabilities[about, number], scored.fell_after[about, number] > 0)
            said.setdefault((forecast.measure, forecast.horizon), []).append(pair)
    rows = []
    for (measure, horizon), pairs in said.items():
        chances, fell = (np.concatenate(column) for column in zip(*pairs, strict=True))
        classes = np.clip(np.digitize(chances, CLASSES) - 1, 0, len(CLASSES) - 2)
        for number in range(len(CLASSES) - 1):
            here = classes == number
            if here.any():
                ends = (CLASSES[number], CLASSES[number + 1])
                means = (rounded(chances[here].mean()), rounded(fell[here].mean()))
                rows.append((measure, horizon, *ends, int(here.sum()), *means))
    table = pl.DataFrame(rows, schema=Reliability.polars_schema(), orient="row")
    return Reliability.typed(table.sort("measure", "horizon", "low"))
