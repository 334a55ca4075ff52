"""The back-test: every past forecast against what was filed, beside the baselines that a person could use instead.

Errors are those of the point; a limit's rows count forecasts of companies at or above it, and an event is a ratio below it
at the next filing (horizon 1) or at one of the next two (horizon 2). A forecast counts once all filings of its horizon are
there, or the fall has come; of the last periods, whose filings are still to come, none does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import dataframely as dy
import numpy as np
import polars as pl

from monitoring.outlook.forecasting.candidates import LINE_OF_FOUR, OWN_FORECAST, SAME_AS_NOW
from monitoring.outlook.forecasting.panel import Mask, Matrix
from monitoring.outlook.forecasting.settings import HORIZONS
from monitoring.outlook.schema import BackTests
from monitoring.outlook.scoring.outcomes import Scored
from monitoring.outlook.scoring.rankings import Ranking, rounded
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
            "median_error": rounded(np.median(errors)) if len(errors) else None,
            "p90_error": rounded(np.quantile(errors, 0.9)) if len(errors) else None,
            "coverage_80": rounded(inside.mean()) if len(inside) else None,
        }


def back_test(scored_forecasts: Iterable[Scored]) -> dy.DataFrame[BackTests]:
    """The table of :class:`BackTests` over some forecasts and what came of them."""
    tally = _Tally()
    for scored in scored_forecasts:
        tally.add(scored)
    return tally.table()


class _Tally:
    """Scores as they come, by measure and horizon."""

    def __init__(self) -> None:
        self._errors: dict[tuple[str, int, str], _Errors] = {}
        self._rankings: dict[tuple[str, int, int, str], Ranking] = {}
        self._with_model: set[tuple[str, int, int]] = set()

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
            self._add_rankings(scored, number)

    def _add_rankings(self, scored: Scored, number: int) -> None:
        forecast = scored.forecast
        features, level = forecast.features, forecast.fitted.level
        chosen = scored.about(number)
        limit = round(forecast.limits[number] * 100)
        ratio = np.exp(features.now)
        by_level = None
        if level is not None:
            by_level = np.full(len(ratio), np.nan)
            by_level[chosen] = level.probability(
                features.towards(float(np.log(forecast.limits[number])), chosen)
            )
        said = forecast.probabilities[:, number]
        if forecast.fitted.use_model[number] and chosen.any():
            self._with_model.add((forecast.measure, forecast.horizon, limit))
        scores: dict[str, tuple[Matrix, Matrix | None]] = {
            RULE19: (said, said),
            LEVEL: (-ratio, by_level),
            LINE_OF_FOUR: (-forecast.candidates[LINE_OF_FOUR], None),
            OWN_FORECAST: (-forecast.candidates[OWN_FORECAST], None),
        }
        for name, (score_of, probability) in scores.items():
            at = np.flatnonzero(chosen & ~np.isnan(score_of))
            if len(at):
                mine = self._rankings.setdefault((forecast.measure, forecast.horizon, limit, name), Ranking())
                mine.add(
                    features.rows[at],
                    forecast.column,
                    ratio[at],
                    scored.fell_after[at, number],
                    score_of[at],
                    None if probability is None else probability[at],
                )

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
        for limit in limits:
            rankings = {
                name: self._rankings[measure, horizon, limit, name].row()
                for name in (LEVEL, LINE_OF_FOUR, OWN_FORECAST, RULE19)
                if (measure, horizon, limit, name) in self._rankings
            }
            if (measure, horizon, limit) not in self._with_model:
                # Whoever uses the ratio alone sorts by it, whatever the probability of a ratio was from period to period.
                rankings[RULE19] = {**rankings[LEVEL], "brier": rankings[RULE19]["brier"]}
            rows += [{**said, "model": name, "limit": limit, **row} for name, row in rankings.items()]
        return [row for row in rows if row["n"]]
