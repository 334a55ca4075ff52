"""Figures as they stand on screen: amounts in 万元 or 亿元 (English: in millions or billions), ratios in percent, distances with their sign, dates.

Everything starts from the exact decimals of the store; only what is shown is rounded, and :func:`exact` gives the whole
figure for whoever points at it. A figure that is not there is a dash, never a nought.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from zoneinfo import ZoneInfo

from monitoring.formatting import places_beside

NONE = "–"
MINUS = "−"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that amounts are shown in; ``wan`` is how many 万元 it is, the others are places, of a headline and of the whole."""

    name: str
    wan: Decimal
    short_places: int
    places: int
    exact_places: int


WAN, YI, MILLION, BILLION = "wan", "yi", "million", "billion"
UNITS = {
    WAN: Unit("万元", Decimal(1), 0, 2, 6),
    YI: Unit("亿元", Decimal(10_000), 2, 4, 10),
    MILLION: Unit("CNY million", Decimal(100), 0, 2, 8),
    BILLION: Unit("CNY billion", Decimal(100_000), 2, 4, 11),
}
_OF_LANGUAGE = {"zh": (WAN, YI), "en": (MILLION, BILLION)}


def unit_names(language: str) -> dict[str, str]:
    """The units that a reader of a language may choose, the smaller first."""
    return {unit: UNITS[unit].name for unit in _OF_LANGUAGE[language]}


def unit_for(unit: str | None, language: str) -> str | None:
    """The unit that stands for a chosen one in a language: the smaller for the smaller; None for none."""
    for units in _OF_LANGUAGE.values():
        if unit in units:
            return _OF_LANGUAGE[language][units.index(unit)]
    return None


_CHINA = ZoneInfo("Asia/Shanghai")


def in_unit(value: Decimal, unit: str) -> Decimal:
    """An amount given in 万元, in another unit; as it is where that is the unit."""
    return value if unit == WAN else value / UNITS[unit].wan


def amount(value: Decimal | None, unit: str = WAN, places: int | None = None) -> str:
    """An amount given in 万元, shown in ``unit``: 4,875,840.12 or 487.5840."""
    if value is None:
        return NONE
    return _number(in_unit(value, unit), UNITS[unit].places if places is None else places)


def amount_with_unit(value: Decimal | None, unit: str) -> str:
    """The same with its unit: 1,356.90 万元, CNY 13.57 million."""
    return NONE if value is None else with_unit(amount(value, unit), unit)


def with_unit(shown: str, unit: str) -> str:
    """A figure as it is shown, with its unit: the currency stands before it, the size after it."""
    _, currency, size = UNITS[unit].name.rpartition("CNY ")
    return f"{currency}{shown} {size}"


def short_amount(value: Decimal | None, unit: str = WAN) -> str:
    """An amount for a headline: whole 万元 or millions, 亿元 or billions with two places."""
    return amount(value, unit, UNITS[unit].short_places)


def signed_amount(value: Decimal, unit: str) -> str:
    """A difference of amounts given in 万元, with its sign, in ``unit``."""
    return signed(in_unit(value, unit), UNITS[unit].places)


def exact_amount(value: Decimal | None, unit: str) -> str:
    """The whole amount, given in 万元, in ``unit``."""
    found = UNITS[unit]
    return NONE if value is None else with_unit(_number(in_unit(value, unit), found.exact_places), unit)


def exact(value: Decimal | None, unit: str = "万元") -> str:
    """The whole figure as the store has it."""
    return NONE if value is None else f"{_number(value, 6)} {unit}".strip()


def ratio(value: Decimal | float | None, places: int = 2, against: Decimal | None = None) -> str:
    """A fraction in percent: 1.5 is 150.00%.

    :param against: a limit that the value is held against; more places are shown where it would look like the limit that
        it is not.
    """
    if value is None:
        return NONE
    percent = Decimal(str(value)) * 100
    limit = None if against is None else against * 100
    return f"{_number(percent, places_beside(percent, limit, places))}%"


def points(value: Decimal | float | None, places: int = 1) -> str:
    """A difference of two ratios in percentage points, with its sign: +12.3."""
    return NONE if value is None else signed(Decimal(str(value)) * 100, places)


def signed(value: Decimal | None, places: int = 2) -> str:
    """A number that always shows its sign; nought has none."""
    if value is None:
        return NONE
    shown = _number(value, places)
    return f"+{shown}" if value > 0 and shown.strip("0.,") else shown


def share(value: Decimal | None) -> str:
    """A stake in percent, as many places as it has, at least none: 80%, 33.3333%."""
    if value is None:
        return NONE
    percent = (value * 100).normalize()
    return f"{percent:f}%"


def day(value: date | None) -> str:
    """Write a date in ISO form; a dash where there is none."""
    return NONE if value is None else value.isoformat()


def quarter(value: date) -> str:
    """A period's end in four characters, for the head of a narrow column: 25Q4."""
    return f"{value.year % 100:02d}Q{(value.month + 2) // 3}"


def moment(value: datetime | None) -> str:
    """A moment as a clock in China shows it."""
    return NONE if value is None else value.astimezone(_CHINA).strftime("%Y-%m-%d %H:%M")


def _number(value: Decimal, places: int) -> str:
    rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    if not rounded:
        rounded = abs(rounded)
    return f"{rounded:,.{places}f}".replace("-", MINUS)
