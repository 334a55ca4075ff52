"""Numbers of a report as they are shown: amounts in 万元 (English: in millions), ratios in per cent, differences with their sign.

Only what is shown is rounded, half to even; a ratio shows as many places as tell it from the limit beside it.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

from consolidation.money import plain, times
from consolidation.words import in_unit_of
from monitoring.formatting import percent
from monitoring.reports.content import Figure

NONE = "–"
"""What stands where nothing is known."""

_CENT = Decimal("0.01")
_HUNDRED = Decimal(100)


def amount(source: str, value: Decimal | None, language: str) -> Figure | str:
    """An amount given in 万元, in the language's unit with two places and thousands marks."""
    return NONE if value is None else Figure(source, value, f"{_rounded(in_unit_of(language, value)):,}")


def ratio(source: str, value: Decimal | None, against: Decimal | None = None) -> Figure | str:
    """A fraction in per cent."""
    return NONE if value is None else Figure(source, value, percent(value, against))


def change(source: str, value: Decimal | None, language: str) -> Figure | str:
    """The change of an amount given in 万元, in the language's unit with its sign; nought has none."""
    return NONE if value is None else Figure(source, value, _signed(in_unit_of(language, value)))


def points(source: str, value: Decimal | None) -> Figure | str:
    """A difference of two fractions in percentage points, with its sign; nought has none."""
    return NONE if value is None else Figure(source, value, _signed(times(value, _HUNDRED)))


def share(source: str, value: Decimal | None) -> Figure | str:
    """A stake in per cent, with as many places as it has."""
    return NONE if value is None else Figure(source, value, f"{plain(times(value, _HUNDRED))}%")


def number(source: str, value: Decimal | int | None) -> Figure | str:
    """A number as it is: a score, a count, a factor."""
    return NONE if value is None else Figure(source, Decimal(value), plain(Decimal(value)))


def _signed(value: Decimal) -> str:
    """Nought has no sign."""
    rounded = _rounded(value)
    return f"{rounded:+,}" if rounded else f"{rounded}"


def _rounded(value: Decimal) -> Decimal:
    rounded = value.quantize(_CENT, ROUND_HALF_EVEN)
    return rounded if rounded else abs(rounded)
