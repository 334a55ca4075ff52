"""A straight line through the last periods, and where it leads: the projection of the scan, and what the outlook is measured by.

The least-squares line through n equally spaced values is a weighted sum of them, and the weights are fractions with a
small denominator; so a projection of exact ratios is exact, and there is no floating point in a flag.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import polars as pl

from monitoring.ratios import rounded_quotient, whole


@dataclass(frozen=True, slots=True)
class Weights:
    """``value = Σ weights × values ÷ denominator``, the oldest value first."""

    weights: tuple[int, ...]
    denominator: int

    def sum(self, values: Sequence[pl.Expr]) -> pl.Expr:
        """The weighted sum of integer columns, the oldest first, still to be divided by the denominator."""
        return pl.sum_horizontal(
            [v * whole(w) for v, w in zip(values, self.weights, strict=True)], ignore_nulls=False
        )

    def value(self, values: Sequence[pl.Expr]) -> pl.Expr:
        """The same divided, rounded half to even."""
        return rounded_quotient(self.sum(values), whole(self.denominator))


def projection(periods: int, ahead: int) -> Weights:
    """The value of the line through ``periods`` values, ``ahead`` steps after the last (0: at the last)."""
    mean = Fraction(periods - 1, 2)
    spread = sum((x - mean) ** 2 for x in range(periods))
    at = periods - 1 + ahead - mean
    return _whole_numbers([Fraction(1, periods) + at * (x - mean) / spread for x in range(periods)])


def _whole_numbers(fractions: Sequence[Fraction]) -> Weights:
    denominator = lcm(*(f.denominator for f in fractions))
    return Weights(tuple(int(f * denominator) for f in fractions), denominator)


def quarter_number(day: pl.Expr) -> pl.Expr:
    """A count of quarters that goes up by one from each quarter to the next."""
    return (day.dt.year().cast(pl.Int32) * 4 + day.dt.quarter().cast(pl.Int32)).alias("quarter")
