"""Points: what the next ratios could be taken to be, and which of the candidates has earned it.

"Same as now" stands until another candidate has been clearly better on what was known then: a smaller median error on the
same filings by :data:`MARGIN`, over all past periods together and in most of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from monitoring.outlook.forecasting.bands import MEMORY, thinned
from monitoring.outlook.forecasting.panel import Matrix, Panel
from monitoring.trend import Weights, projection

SAME_AS_NOW, LINE_OF_FOUR, OWN_FORECAST = "same_as_now", "line_of_four", "own_forecast"
MARGIN = 0.95
"""A candidate's median error must be at most this share of that of "same as now"."""

_MIN_PERIODS = 4
_MIN_FORECASTS = 30
_MOST_WINS = 2 / 3
_LINE = 4


def same_as_now(panel: Panel, measure: str) -> Matrix:
    """The last ratio."""
    return panel.values[measure][:, -1].copy()


def line_of_four(panel: Panel, measure: str, horizon: int) -> Matrix:
    """The least-squares line through the last four periods; NaN where one of them was not filed."""
    ratios = panel.values[measure]
    if ratios.shape[1] < _LINE:
        return np.full(ratios.shape[0], np.nan)
    line: Weights = projection(_LINE, horizon)
    return ratios[:, -_LINE:] @ np.array(line.weights, dtype=float) / line.denominator


@dataclass(frozen=True)
class _Contest:
    """A candidate's errors of a period beside those of "same as now" about the same filings, and whether its median was smaller."""

    own: Matrix
    same: Matrix
    won: bool


@dataclass
class Choice:
    """Past errors of the candidates of one measure and horizon, and what they say."""

    _periods: deque[Mapping[str, _Contest]] = field(default_factory=lambda: deque(maxlen=MEMORY))

    def learn(self, points: Mapping[str, Matrix], filed: Matrix) -> None:
        """Take in a period that has come: its candidates' points, one entry a subject, and what was filed."""
        contests = {}
        for name, point in points.items():
            both = ~np.isnan(point) & ~np.isnan(filed) & ~np.isnan(points[SAME_AS_NOW])
            if name != SAME_AS_NOW and both.any():
                own, same = np.abs(point - filed)[both], np.abs(points[SAME_AS_NOW] - filed)[both]
                won = bool(np.median(own) < np.median(same))
                contests[name] = _Contest(thinned(own), thinned(same), won)
        self._periods.append(contests)

    def best(self) -> str:
        """The candidate to use."""
        found, smallest = SAME_AS_NOW, MARGIN
        for name in (OWN_FORECAST, LINE_OF_FOUR):
            contests = [period[name] for period in self._periods if name in period]
            if len(contests) < _MIN_PERIODS or sum(len(c.own) for c in contests) < _MIN_FORECASTS:
                continue
            if np.mean([c.won for c in contests]) < _MOST_WINS:
                continue
            own, same = (
                float(np.median(np.concatenate(errors)))
                for errors in zip(*((c.own, c.same) for c in contests), strict=True)
            )
            share = own / same if same > 0 else 1.0
            if share < smallest:
                found, smallest = name, share
        return found
