"""Whether the model has ranked companies better than their present ratio does, on periods that it did not know."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from monitoring.outlook.forecasting.bands import MEMORY
from monitoring.outlook.forecasting.panel import Mask, Matrix
from monitoring.ratios import COMPREHENSIVE, CORE

SMALLEST_GAIN = 0.005
"""By how much the area under the curve must be larger for a model to be worth showing in place of the ratio itself."""

NEIGHBOURS = (0.92, 1.0, 1.08)
"""Limits, as multiples of the one in question, on which the two are compared: one limit alone has too few events."""

START_EVENTS = 100.0
"""How many events the rulebook's start weighs: about those on which it rests, neighbouring limits counted."""

PRESUMED_GAINS = {COMPREHENSIVE: (0.01, 0.0, 0.0), CORE: (0.0, 0.0, 0.0)}
PRESUMED_EVENTS = 20.0
"""What is presumed where there is no start, the highest limit first: far above the lower limits, and all of the core ratio's, the
ratio itself says what can be said, and too few companies fall below them to learn more.
"""


def area_under_curve(scores: Matrix, happened: Mask) -> float:
    """The chance that a case that happened has a higher score than one that did not; ties count half. NaN without both."""
    positive, negative = scores[happened], np.sort(scores[~happened])
    if not len(positive) or not len(negative):
        return float("nan")
    lower = np.searchsorted(negative, positive, side="left")
    not_higher = np.searchsorted(negative, positive, side="right")
    return float((lower + not_higher).mean() / 2 / len(negative))


@dataclass
class Evidence:
    """Gains of one measure, horizon and limit, by period; ``presumed``: where nothing is known."""

    presumed: float
    _gains: deque[tuple[int, float]] = field(default_factory=lambda: deque(maxlen=MEMORY * len(NEIGHBOURS)))

    def learn(self, cases: Sequence[tuple[Matrix, Matrix, Mask]]) -> None:
        """Take in a period that has come.

        :param cases: for each neighbouring limit the model's score, the level's score and what happened.
        """
        for model, level, happened in cases:
            gain = area_under_curve(model, happened) - area_under_curve(level, happened)
            if not np.isnan(gain):
                self._gains.append((int(happened.sum()), gain))

    def gain(self, start: float | None) -> float:
        """The mean gain by events, with where it starts from.

        :param start: the gain that earlier filings showed, None: unknown.
        """
        presumed = (PRESUMED_EVENTS, self.presumed) if start is None else (START_EVENTS, start)
        pairs = [*self._gains, presumed]
        return sum(count * gain for count, gain in pairs) / sum(count for count, _ in pairs)

    def is_worth_it(self, start: float | None) -> bool:
        """Whether the model is to be shown, not the ratio itself."""
        return self.gain(start) >= SMALLEST_GAIN
