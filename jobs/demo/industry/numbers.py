"""Small number tools of the demo industry: random streams, paths over time, amounts to the cent.

Randomness decides magnitudes only; every amount becomes a ``Decimal`` with two places before anything is added up, so
what the files say adds up exactly. Each stream has its own name: one company more leaves the others' figures alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from random import Random

from consolidation.money import EXACT

QUARTERS = tuple(
    date(year, month, 31 if month in (3, 12) else 30) for year in range(2022, 2026) for month in (3, 6, 9, 12)
)
"""The sixteen quarter ends of the solo filings."""

HALF_YEARS = tuple(day for day in QUARTERS if day.month in (6, 12))
"""The eight period ends of the group statements."""

OPENING = date(2021, 12, 31)
LAST = QUARTERS[-1]

CENT = Decimal("0.01")
FOUR_PLACES = Decimal("0.0001")


def stream(seed: int, *name: object) -> Random:
    """A random stream of its own for one purpose."""
    return Random(":".join(map(str, (seed, *name))))


def cents(value: float | Decimal) -> Decimal:
    """An amount in 万元 with two places, as insurers file it."""
    exact = value if isinstance(value, Decimal) else Decimal(value)
    return exact.quantize(CENT, rounding=ROUND_HALF_EVEN, context=EXACT)


def four_places(value: Decimal | None) -> Decimal | None:
    """A ratio as insurers file it: 1.8734 for 187.34%."""
    return None if value is None else value.quantize(FOUR_PLACES, rounding=ROUND_HALF_EVEN, context=EXACT)


def years_since_opening(day: date) -> float:
    """Quarters since 31 December 2021, in years."""
    return (day.year - OPENING.year - 1) + day.month / 12


def on_path(knots: Sequence[float], day: date) -> float:
    """The value on ``day`` of a line through year-end values, the first of them for 31 December 2021."""
    years = min(max(years_since_opening(day), 0.0), len(knots) - 1.0)
    before = min(int(years), len(knots) - 2)
    return knots[before] + (knots[before + 1] - knots[before]) * (years - before)


def tiers_of(row: Mapping[str, object]) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """The four tiers of a filed row, an empty cell as zero."""
    found = [
        row[c]
        for c in (
            "core_tier1_capital",
            "core_tier2_capital",
            "supplementary_tier1_capital",
            "supplementary_tier2_capital",
        )
    ]
    one, two, three, four = (value if isinstance(value, Decimal) else Decimal(0) for value in found)
    return one, two, three, four
