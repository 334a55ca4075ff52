"""Ranges that hold the next ratio with the wanted frequency: pooled past errors in units of each subject's volatility.

The range is the point times the exponential of the volatility times a quantile of all past errors in such units. A
quarter hits everybody at once: ten quarters of two hundred companies are ten observations of what a quarter can do and not
two thousand. So the errors count in both directions (that most quarters so far went down says little about the next), the
quantile is widened as Student's is against the normal one, with a degree of freedom a period, and the width is steered by what happened (adaptive conformal inference, Gibbs and Candès 2021, on the width and not on the tail,
whose quantiles are far apart): more misses than wanted make the next range wider, fewer make it narrower.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from monitoring.outlook.forecasting.panel import Matrix

GAIN = 1.75
"""By how much the logarithm of the width grows for each unit by which the share of misses was above the wanted one. About
normal errors a range of 80% needs 2.2 to make up for a period at once; somewhat less leaves chance alone.
"""

KEPT = 0.8
"""How much of the logarithm of the width is carried on to the next period: what was out of the ordinary does not last."""

_NARROWEST, _WIDEST = 0.5, 2.0

MEMORY = 16
"""Periods whose errors count: four years."""

MIN_ERRORS = 20
_MOST_ERRORS = 1_000


@dataclass
class Band:
    """The quantiles of one measure and horizon.

    :param tail: the share of forecasts that is to fall outside.
    """

    tail: float
    _width: float = field(init=False, default=1.0)
    _errors: deque[Matrix] = field(init=False, default_factory=lambda: deque(maxlen=MEMORY))

    def learn(self, errors: Matrix, missed: Matrix) -> None:
        """Take in a period that has come.

        :param errors: log of filed ÷ point, in units of volatility.
        :param missed: 1 where the filed ratio was outside its range, 0 inside; of those that had one.
        """
        if len(errors):
            self._errors.append(thinned(np.sort(errors)))
        if len(missed):
            moved = self._width**KEPT * float(np.exp(GAIN * (missed.mean() - self.tail)))
            self._width = min(max(moved, _NARROWEST), _WIDEST)

    def quantiles(self, start: tuple[float, float] | None) -> tuple[float, float] | None:
        """Lower and upper, in units of volatility; None where nothing is known yet.

        :param start: the quantiles to use while there are too few errors; None: there are none then.
        """
        errors = np.concatenate(self._errors) if self._errors else np.empty(0)
        if len(errors) < MIN_ERRORS:
            return None if start is None else (start[0] * self._width, start[1] * self._width)
        from scipy.special import ndtri, stdtrit

        both_ways = np.concatenate([errors, -errors])
        low, high = np.quantile(both_ways, [self.tail / 2, 1 - self.tail / 2])
        few_periods = stdtrit(len(self._errors), 1 - self.tail / 2) / ndtri(1 - self.tail / 2)
        width = self._width * float(few_periods)
        return float(low) * width, float(high) * width

    def errors(self) -> tuple[Matrix, ...]:
        """The past errors that count, by period."""
        return tuple(self._errors)


def share_below(errors: Sequence[Matrix], levels: Matrix) -> Matrix:
    """The share of the errors of :meth:`Band.errors` that are below each level."""
    ordered = np.sort(np.concatenate(errors))
    return np.interp(levels, ordered, np.linspace(0, 1, len(ordered)))


def thinned(values: Matrix) -> Matrix:
    """Every n-th of very many: enough for a quantile."""
    return values[:: -(-len(values) // _MOST_ERRORS) or 1]
