"""Forecasts period by period, each with only what was known then: points, ranges and probabilities.

Going through the periods in order, every period first closes the forecasts whose outcome has come with it (models, ranges
and choices learn from that), then makes its own. So the forecasts of the last period and those of a back-test are the same
ones, made by the same steps.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from monitoring.outlook.forecasting import candidates as points
from monitoring.outlook.forecasting.bands import MEMORY, Band
from monitoring.outlook.forecasting.evidence import NEIGHBOURS, PRESUMED_GAINS, Evidence
from monitoring.outlook.forecasting.features import Features, features_of
from monitoring.outlook.forecasting.panel import Mask, Matrix, Panel, Vintages
from monitoring.outlook.forecasting.probabilities import (
    ALL,
    LEVEL_ONLY,
    Ladder,
    Model,
    Sample,
    at_the_limits,
    fit,
    sample_of,
)
from monitoring.outlook.forecasting.settings import ABOVE, BELOW, CODES, HORIZONS, LEVEL, Settings
from monitoring.ratios import MEASURES

OwnForecasts = Callable[[date, int, str], Mapping[str, float]]
"""Period, horizon and measure → what insurers themselves forecast from that period, by their id."""


@dataclass(frozen=True)
class Fitted:
    """What a period's forecasts of a measure and horizon were made with.

    quantiles: of errors in units of volatility, None: no range. errors: the past ones (``Band.errors``). above, below, level: models, None: nothing to say.
    use_model: by limit, the model where it has ranked better than the ratio itself, else the ratio.
    """

    quantiles: tuple[float, float] | None
    above: Model | None
    below: Model | None
    level: Model | None
    use_model: tuple[bool, ...]
    errors: tuple[Matrix, ...]

    def probabilities(self, features: Features, limits: tuple[float, ...]) -> Matrix:
        """Subjects × limits, never higher for a lower limit; NaN where nothing can be said."""
        found = np.full((len(features.now), len(limits)), np.nan)
        for column, (limit, use_model) in enumerate(zip(limits, self.use_model, strict=True)):
            log_limit = float(np.log(limit))
            above = features.now >= log_limit
            for model, side in ((self.above if use_model else self.level, above), (self.below, ~above)):
                if model is not None and side.any():
                    found[side, column] = model.probability(features.towards(log_limit, side))
        return np.minimum.accumulate(np.where(np.isnan(found), np.inf, found), axis=1)


@dataclass(frozen=True)
class PeriodForecast:
    """The forecasts of a period for a measure and horizon; arrays with one entry a subject of ``features``.

    candidates: every point, by name; point: the one that counts, by ``point_name``. probabilities: subjects × limits,
    infinite where nothing can be said; within two filings never less than at the next.
    """

    column: int
    made_from: date
    measure: str
    horizon: int
    features: Features
    limits: tuple[float, ...]
    candidates: Mapping[str, Matrix]
    point_name: str
    point: Matrix
    low: Matrix
    high: Matrix
    probabilities: Matrix
    fitted: Fitted


@dataclass
class _Memory:
    """What has been learnt for a measure and horizon. above, below, level: the last fits, before they are held to the limits."""

    band: Band
    evidence: tuple[Evidence, ...]
    choice: points.Choice = field(default_factory=points.Choice)
    samples: dict[str, deque[Sample]] = field(
        default_factory=lambda: {side: deque(maxlen=MEMORY) for side in (ABOVE, BELOW)}
    )
    open: dict[int, PeriodForecast] = field(default_factory=dict)
    above: Model | None = None
    below: Model | None = None
    level: Model | None = None


def replay(
    found: Vintages,
    settings: Callable[[date], Settings | None],
    own: OwnForecasts | None = None,
) -> Iterator[PeriodForecast]:
    """Every period's forecasts, both measures and horizons, the earliest first.

    :param settings: what is in force on a day; None: nothing is forecast from it.
    """
    memories: dict[tuple[str, int], _Memory] = {}
    for column, day in enumerate(found.periods):
        in_force = settings(day)
        if in_force is None:
            continue
        panel = found.known(column)
        for measure in MEASURES:
            features = features_of(panel, measure)
            nearer = np.zeros((len(features.now), len(CODES)))
            for horizon in HORIZONS:
                memory = memories.get((measure, horizon)) or _Memory(
                    Band(in_force.tail), tuple(map(Evidence, PRESUMED_GAINS[measure]))
                )
                memories[measure, horizon] = memory
                closed = memory.open.pop(column - horizon, None)
                if closed is not None:
                    _learn(memory, closed, panel)
                made = _forecast(panel, features, column, day, measure, horizon, memory, in_force, own)
                made = replace(made, probabilities=np.maximum(made.probabilities, nearer))
                nearer = np.where(np.isfinite(made.probabilities), made.probabilities, 0.0)
                memory.open[column] = made
                yield made


def outcome_of(logs: Matrix) -> tuple[Matrix, Matrix, Mask]:
    """What came of forecasts: the log ratio at the horizon, the lowest within it, whether all within it were filed.

    :param logs: subjects × the periods of the horizon, log ratios; NaN where nothing was filed.
    """
    with np.errstate(invalid="ignore"):
        lowest: Matrix = np.fmin.reduce(logs, axis=1)
    missing: Mask = np.logical_or.reduce(np.isnan(logs), axis=1)
    return logs[:, -1], lowest, ~missing


def _learn(memory: _Memory, closed: PeriodForecast, panel: Panel) -> None:
    """Take in what came of a forecast, as known now."""
    features = closed.features
    logs = panel.log_ratio(closed.measure, slice(-closed.horizon, None))
    filed, lowest, all_filed = outcome_of(logs[np.searchsorted(panel.rows, features.rows)])
    known = ~np.isnan(filed)
    errors = ((filed - np.log(closed.point)) / features.volatility)[known]
    ratio = np.exp(filed)
    banded = known & ~np.isnan(closed.low)
    missed = ((ratio < closed.low) | (ratio > closed.high))[banded]
    memory.band.learn(errors, missed.astype(float))
    memory.choice.learn(closed.candidates, ratio)
    for evidence, limit in zip(memory.evidence, closed.limits, strict=True):
        evidence.learn(_cases(closed, limit, lowest, all_filed))
    rungs = Ladder.about(closed.limits)
    for side in (ABOVE, BELOW):
        memory.samples[side].append(sample_of(features, lowest, all_filed, rungs, side == ABOVE))


def _cases(
    closed: PeriodForecast, limit: float, lowest: Matrix, all_filed: Mask
) -> list[tuple[Matrix, Matrix, Mask]]:
    """Scores of the model and of the ratio itself, and what happened, about a limit."""
    if closed.fitted.above is None:
        return []
    features, cases = closed.features, []
    for multiple in NEIGHBOURS:
        log_limit = float(np.log(limit * multiple))
        fell = lowest < log_limit
        chosen = (features.now >= log_limit) & (all_filed | fell)
        scores = closed.fitted.above.probability(features.towards(log_limit, chosen))
        cases.append((scores, -features.now[chosen], fell[chosen]))
    return cases


def _forecast(
    panel: Panel,
    features: Features,
    column: int,
    day: date,
    measure: str,
    horizon: int,
    memory: _Memory,
    settings: Settings,
    own: OwnForecasts | None,
) -> PeriodForecast:
    at = np.searchsorted(panel.rows, features.rows)
    told = own(day, horizon, measure) if own is not None else {}
    found = {
        points.SAME_AS_NOW: np.exp(features.now),
        points.LINE_OF_FOUR: points.line_of_four(panel, measure, horizon)[at],
        points.OWN_FORECAST: np.array([told.get(s, np.nan) for s in features.subjects], dtype=float),
    }
    name = memory.choice.best()
    point = np.where(found[name] > 0, found[name], found[points.SAME_AS_NOW])
    fitted = _fit(memory, measure, horizon, settings)
    low, high = range_of(point, features, fitted.quantiles)
    limits = settings.limits[measure]
    return PeriodForecast(
        column,
        day,
        measure,
        horizon,
        features,
        limits,
        found,
        name,
        point,
        low,
        high,
        fitted.probabilities(features, limits),
        fitted,
    )


def _fit(memory: _Memory, measure: str, horizon: int, settings: Settings) -> Fitted:
    above, below = ([*memory.samples[side]] for side in (ABOVE, BELOW))
    memory.above = fit(above, ALL, settings.coefficients(measure, ABOVE, horizon), memory.above)
    memory.below = fit(below, ALL, settings.coefficients(measure, BELOW, horizon), memory.below)
    memory.level = fit(above, LEVEL_ONLY, settings.coefficients(measure, LEVEL, horizon), memory.level)
    return Fitted(
        memory.band.quantiles(settings.quantiles(measure, horizon)),
        at_the_limits(memory.above, above, settings.at_limits(measure, ABOVE, horizon)),
        memory.below,
        at_the_limits(memory.level, above, settings.at_limits(measure, LEVEL, horizon)),
        tuple(
            evidence.is_worth_it(settings.gain(measure, horizon, code))
            for code, evidence in zip(CODES, memory.evidence, strict=True)
        ),
        memory.band.errors(),
    )


def range_of(
    point: Matrix, features: Features, quantiles: tuple[float, float] | None
) -> tuple[Matrix, Matrix]:
    """Lower and upper ends of the ranges about the points; NaN where there are no quantiles."""
    if quantiles is None:
        nothing = np.full(len(point), np.nan)
        return nothing, nothing.copy()
    low, high = quantiles
    return (
        point * np.exp(features.volatility * min(low, 0.0)),
        point * np.exp(features.volatility * max(high, 0.0)),
    )
