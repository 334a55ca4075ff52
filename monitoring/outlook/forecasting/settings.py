"""What the rulebook says about forecasts made from a period: limits, the width of the range, where to start from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from consolidation.rulebook import NotInForce, Rulebook, RulesInForce
from monitoring.limits import THRESHOLDS
from monitoring.outlook.forecasting.panel import Matrix
from monitoring.ratios import MEASURES

HORIZONS = (1, 2)
"""Filings ahead: the next one, and within two."""

CODES = ("watch", "key_check", "breach")
"""The limits of a measure by the flag that falling below them raises, the highest first: 150, 120, 100; core 75, 60, 50."""

ABOVE, BELOW, LEVEL = "above", "below", "level"
"""The models: of who falls below a limit, of who stays below it, and of the first by the ratio's distance to it alone."""


@dataclass(frozen=True)
class Settings:
    """In force at a period's end. limits: by measure, as :data:`CODES`. start: ``outlook.start``, None where there is none."""

    limits: dict[str, tuple[float, ...]]
    tail: float
    start: Any

    def coefficients(self, measure: str, side: str, horizon: int) -> Matrix | None:
        """Towards which a fit is pulled; None where earlier filings have said nothing."""
        if self.start is None:
            return None
        return np.array([float(c) for c in self.start[measure][f"{side}_{horizon}"]])

    def at_limits(self, measure: str, side: str, horizon: int) -> Matrix | None:
        """Shift and stretch of the log odds at the law's limits, towards which these are pulled."""
        if self.start is None:
            return None
        return np.array([float(c) for c in self.start[measure][f"{side}_at_limits_{horizon}"]])

    def quantiles(self, measure: str, horizon: int) -> tuple[float, float] | None:
        """Of past errors, in units of volatility."""
        if self.start is None:
            return None
        low, high = self.start[measure][f"quantiles_{horizon}"]
        return float(low), float(high)

    def gain(self, measure: str, horizon: int, code: str) -> float | None:
        """How much better than the ratio itself the model has ranked."""
        if self.start is None:
            return None
        return float(self.start[measure][f"gain_{horizon}"][CODES.index(code)])


def settings_on(rulebook: Rulebook, day: date) -> Settings | None:
    """The settings in force on a day; None before the limits are."""
    law = rulebook.on(day)
    try:
        limits = {m: tuple(float(law.number(THRESHOLDS[code][m])) for code in CODES) for m in MEASURES}
        band = float(law.number("outlook.band"))
    except NotInForce:
        return None
    return Settings(limits, 1 - band, _start(law))


def _start(law: RulesInForce) -> Any:
    try:
        return law.value("outlook.start")
    except NotInForce:
        return None
