"""What drives a probability, kept beside a flag and told in words: level, volatility, change."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from consolidation.words import say
from monitoring.formatting import clauses
from monitoring.series_breaks import breaks_in_words

_STEADY = 0.03
"""A change of less than this against the year before is no driver."""


@dataclass(frozen=True)
class Drivers:
    """A forecast's probability, the record of such alarms, and what it was made from; as JSON in a flag's ``value``.

    volatility: usual change from filing to filing, change: against the mean of the year before, both of the ratio's
    logarithm; None where the members' forecasts were added up. speaks: model, or level: the ratio itself. breaks: between the last
    two filings (:mod:`monitoring.series_breaks`), where the ratio fell.
    """

    probability: float
    alarms: int
    came_true: int
    volatility: float | None
    change: float | None
    speaks: str
    breaks: str | None = None

    @staticmethod
    def packed() -> pl.Expr:
        """The JSON of every row that has these columns."""
        names = list(Drivers.__dataclass_fields__)
        return pl.when(pl.col("probability").is_not_null()).then(pl.struct(names).struct.json_encode())

    @classmethod
    def unpacked(cls, value: str) -> Drivers:
        """Read what :meth:`packed` wrote."""
        return cls(**json.loads(value))


def drivers_in_words(drivers: Drivers, points: Decimal | None, language: str) -> str:
    """The drivers in one phrase.

    :param points: from the limit, in percentage points.
    """
    said = [] if points is None else [say("outlook.driver.level", language, points=f"{points:.1f}")]
    if drivers.volatility is not None:
        said.append(say("outlook.driver.volatility", language, usual=f"{drivers.volatility * 100:.0f}"))
    if drivers.change is not None and abs(drivers.change) >= _STEADY:
        way = "fell" if drivers.change < 0 else "rose"
        said.append(say(f"outlook.driver.{way}", language, change=f"{abs(drivers.change) * 100:.0f}"))
    if drivers.speaks == "level":
        said.append(say("outlook.driver.level_alone", language))
    if drivers.breaks:
        said.append(breaks_in_words(drivers.breaks, language))
    return clauses(said, language)
