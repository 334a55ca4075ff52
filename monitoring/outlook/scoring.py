"""The back-test: every past forecast against what was filed, beside the baselines that a person could use instead.

Errors are those of the point; a limit's rows count forecasts of companies at or above it, and an event is a ratio below it
at the next filing (horizon 1) or at one of the next two (horizon 2). A forecast counts once all filings of its horizon are
there, or the fall has come; of the last periods, whose filings are still to come, none does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import dataframely as dy
import numpy as np
import polars as pl

from monitoring.outlook.forecasting.candidates import LINE_OF_FOUR, OWN_FORECAST, SAME_AS_NOW
from monitoring.outlook.forecasting.evidence import area_under_curve
from monitoring.outlook.forecasting.panel import Mask, Matrix, Panel, Rows
from monitoring.outlook.forecasting.replay import PeriodForecast, outcome_of
from monitoring.outlook.forecasting.settings import HORIZONS
from monitoring.outlook.schema import PLACES, BackTests, Reliability
from monitoring.ratios import COMPREHENSIVE, CORE

RULE19, LEVEL = "rule19", "level"


@dataclass
class _Errors:
    """Absolute errors of a model's points, and which filed ratios were inside its range."""

    errors: list[Matrix] = field(default_factory=list)
    inside: list[Mask] = field(default_factory=list)

    def row(self) -> dict[str, Any]:
        errors = np.concatenate(self.errors) if self.errors else np.empty(0)
        inside = np.concatenate(self.inside) if self.inside else np.empty(0, bool)
        return {
            "n": len(errors),
            "median_error": _rounded(np.median(errors)) if len(errors) else None,
            "p90_error": _rounded(np.quantile(errors, 0.9)) if len(errors) else None,
            "coverage_80": _rounded(inside.mean()) if len(inside) else None,
        }


@dataclass(frozen=True)
class Case:
    """One forecast about a limit: who, from which column, at which ratio, and how many columns on it fell (0: not)."""

    subject: str
    column: int
    ratio: float
    fell_after: int


@dataclass
class _Ranking:
    """Scores of a model about a limit; the higher, the sooner an alarm. probabilities: empty where it gives none."""

    cases: list[Case] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    probabilities: list[float] = field(default_factory=list)

    def row(self) -> dict[str, Any]:
        scores = np.array(self.scores)
        happened = np.array([case.fell_after > 0 for case in self.cases], dtype=bool)
        events = int(happened.sum())
        # Of equal scores the lower ratio first; then an order that does not depend on that of the rows.
        order = sorted(
            range(len(scores)),
            key=lambda i: (-scores[i], self.cases[i].ratio, self.cases[i].subject, self.cases[i].column),
        )
        alarms = [self.cases[i] for i in order[: 2 * events]]
        brier = None
        if self.probabilities:
            brier = _rounded(np.mean((np.array(self.probabilities) - happened) ** 2))
        auc = area_under_curve(scores, happened)
        return {
            "n": len(scores),
            "events": events,
            "auc": None if np.isnan(auc) else _rounded(auc),
            "brier": brier,
            "hits_1x": sum(case.fell_after > 0 for case in alarms[:events]),
            "hits_2x": sum(case.fell_after > 0 for case in alarms),
            "lead": mean_lead(alarms),
        }


def mean_lead(alarms: Sequence[Case]) -> float | None:
    """The mean, over falls that an alarm went before, of columns from the first alarm of an unbroken row to the fall."""
    raised = {(case.subject, case.column) for case in alarms}
    leads: dict[tuple[str, int], int] = {}
    for case in alarms:
        if not case.fell_after:
            continue
        first = case.column
        while (case.subject, first - 1) in raised:
            first -= 1
        fall = case.column + case.fell_after
        leads[case.subject, fall] = max(fall - first, leads.get((case.subject, fall), 0))
    return _rounded(np.mean(list(leads.values()))) if leads else None


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
    logs = truth.log_ratio(forecast.measure)[:, forecast.column + 1 : end + 1]
    filed, _, all_filed = outcome_of(forecast.features, truth.rows, logs, forecast.horizon)
    came = logs[np.searchsorted(truth.rows, forecast.features.rows)]
    fell_after = np.zeros((len(filed), len(forecast.limits)), dtype=np.int64)
    for number, limit in enumerate(forecast.limits):
        below = came < np.log(limit)
        fell_after[:, number] = np.where(below.any(axis=1), below.argmax(axis=1) + 1, 0)
    return Scored(forecast, np.exp(filed), fell_after, all_filed[:, None] | (fell_after > 0))


def back_test(forecasts: Iterable[PeriodForecast], truth: Panel) -> dy.DataFrame[BackTests]:
    """The table of :class:`BackTests` over some forecasts.

    :param truth: first filings, of the vintages that the forecasts were made from.
    """
    tally = _Tally()
    for forecast in forecasts:
        scored = score(forecast, truth)
        if scored is not None:
            tally.add(scored)
    return tally.table()


CLASSES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
"""Classes of probabilities: most forecasts are near nought, so they are finer there."""


def reliability(forecasts: Iterable[PeriodForecast], truth: Panel) -> dy.DataFrame[Reliability]:
    """What probabilities said beside what came, by class (:class:`~monitoring.outlook.schema.Reliability`)."""
    said: dict[tuple[str, int], list[tuple[Matrix, Mask]]] = {}
    for forecast in forecasts:
        scored = score(forecast, truth)
        if scored is None:
            continue
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
                means = (_rounded(chances[here].mean()), _rounded(fell[here].mean()))
                rows.append((measure, horizon, *ends, int(here.sum()), *means))
    table = pl.DataFrame(rows, schema=Reliability.polars_schema(), orient="row")
    return Reliability.typed(table.sort("measure", "horizon", "low"))


class _Tally:
    """Scores as they come, by measure and horizon."""

    def __init__(self) -> None:
        self._errors: dict[tuple[str, int, str], _Errors] = {}
        self._rankings: dict[tuple[str, int, int, str], _Ranking] = {}

    def add(self, scored: Scored) -> None:
        """Count a forecast in every row that it belongs to."""
        forecast = scored.forecast
        key = (forecast.measure, forecast.horizon)
        for name, point in (*forecast.candidates.items(), (RULE19, forecast.point)):
            both = ~np.isnan(point) & ~np.isnan(scored.filed)
            mine = self._errors.setdefault((*key, name), _Errors())
            mine.errors.append(np.abs(point - scored.filed)[both])
            if name == RULE19:
                ranged = both & ~np.isnan(forecast.low)
                inside = (scored.filed >= forecast.low) & (scored.filed <= forecast.high)
                mine.inside.append(inside[ranged])
        for number in range(len(forecast.limits)):
            self._add_ranking(scored, number)

    def _add_ranking(self, scored: Scored, number: int) -> None:
        forecast = scored.forecast
        chosen = scored.about(number)
        limit = round(forecast.limits[number] * 100)
        level = forecast.fitted.level
        ratio = np.exp(forecast.features.now)
        inputs = forecast.features.towards(float(np.log(forecast.limits[number])))
        scores: dict[str, tuple[Matrix, Matrix | None]] = {
            RULE19: (forecast.probabilities[:, number], forecast.probabilities[:, number]),
            LEVEL: (-ratio, None if level is None else level.probability(inputs)),
            LINE_OF_FOUR: (-forecast.candidates[LINE_OF_FOUR], None),
            OWN_FORECAST: (-forecast.candidates[OWN_FORECAST], None),
        }
        for name, (score_of, probability) in scores.items():
            at = np.flatnonzero(chosen & ~np.isnan(score_of))
            key = (forecast.measure, forecast.horizon, limit, name)
            mine = self._rankings.setdefault(key, _Ranking())
            mine.cases += [
                Case(
                    forecast.features.subjects[i],
                    forecast.column,
                    float(ratio[i]),
                    int(scored.fell_after[i, number]),
                )
                for i in at
            ]
            mine.scores += score_of[at].tolist()
            if probability is not None:
                mine.probabilities += probability[at].tolist()

    def table(self) -> dy.DataFrame[BackTests]:
        """Every row that has been counted in."""
        rows = []
        for measure in (COMPREHENSIVE, CORE):
            for horizon in HORIZONS:
                rows += self._rows(measure, horizon)
        return BackTests.typed(pl.DataFrame(rows, schema=BackTests.polars_schema()))

    def _rows(self, measure: str, horizon: int) -> list[dict[str, Any]]:
        said = {"measure": measure, "horizon": horizon}
        rows = [
            {**said, "model": name, **self._errors[measure, horizon, name].row()}
            for name in (SAME_AS_NOW, LINE_OF_FOUR, OWN_FORECAST, RULE19)
            if (measure, horizon, name) in self._errors
        ]
        limits = sorted({k[2] for k in self._rankings if k[:2] == (measure, horizon)}, reverse=True)
        rows += [
            {**said, "model": name, "limit": limit, **self._rankings[measure, horizon, limit, name].row()}
            for limit in limits
            for name in (LEVEL, LINE_OF_FOUR, OWN_FORECAST, RULE19)
        ]
        return [row for row in rows if row["n"]]


def _rounded(value: Any) -> float:
    return round(float(value), PLACES)
