"""The currency and unit that a table says its amounts are in: yuan by the ten thousand, or converted, or refused.

A filing of an overseas member in another currency is converted at the closing rate of its period's end (``exchange_rates``);
each row converted is a finding that ``explain`` shows beside the figures of the row. Whatever else a row says its amounts are,
it is an error and the row is set aside: an amount is never taken for 万元 in silence.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import polars as pl

from consolidation.filing_set.faults import Faults
from consolidation.filing_set.readers.words.headings import CURRENCY, UNIT, declarations_of, is_amount
from consolidation.findings import Severity
from consolidation.money import RATE, line_amount, times
from consolidation.rulebook import Rulebook

CONVERTED = "currency-converted"
"""The code of the finding of a row that was converted."""

YUAN = ("CNY", "RMB", "人民币", "人民币元", "元", "CN¥", "¥")
WAN = ("万元", "人民币万元", "万元人民币", "人民币:万元", "CNY万元", "RMB万元", "万")
CODES = {
    "港元": "HKD", "港币": "HKD", "美元": "USD", "欧元": "EUR", "英镑": "GBP", "日元": "JPY", "澳门元": "MOP",
    "澳门币": "MOP", "新加坡元": "SGD", "新台币": "TWD", "澳大利亚元": "AUD", "澳元": "AUD", "加拿大元": "CAD",
    "加元": "CAD", "瑞士法郎": "CHF",
}  # fmt: skip
"""ISO codes of currencies by their Chinese names."""

_TIMES = 10
"""So far outside of where a currency has been a rate is for a hundred units, or the other way round."""
_SAME = Decimal("0.05")
"""Two rates whose product is so near to 1 are one the other's inverse."""
_APART = Decimal("1.1")
"""A currency near to the yuan: from here on its rate and the inverse of it are told apart."""

OLDEST_RATE = timedelta(days=10)
"""The closing rate of a period's end is the last one before it where that day had none: a holiday is no longer."""


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """Yuan for one unit of a currency, on which day and by whom, and where it stands."""

    on: date
    rate: Decimal
    source: str
    place: str


RATE_COLUMNS: Mapping[str, Any] = {
    "currency": pl.String,
    "on": pl.Date,
    "rate": RATE,
    "source": pl.String,
    "source_file": pl.String,
    "source_row": pl.Int64,
}
"""What is needed of ``exchange_rates``."""


class ClosingRates:
    """The rates of a filing set by currency and day."""

    def __init__(self, exchange_rates: pl.DataFrame) -> None:
        """Take the rows of ``exchange_rates`` that passed their checks."""
        self._of: dict[str, list[ExchangeRate]] = {}
        for row in exchange_rates.sort("currency", "on").iter_rows(named=True):
            place = f"{row['source_file']} row {row['source_row']}"
            rate = ExchangeRate(row["on"], row["rate"], row["source"], place)
            self._of.setdefault(code_of(row["currency"]), []).append(rate)

    @classmethod
    @cache
    def of_rows(cls, rows: tuple[tuple[str, date, Decimal, str, str, int], ...]) -> ClosingRates:
        """The same from rows of :data:`RATE_COLUMNS`."""
        return cls(pl.DataFrame(rows, schema=RATE_COLUMNS, orient="row"))

    def at(self, currency: str, day: date) -> ExchangeRate | None:
        """The rate of the day, else the last before it that is not older than :data:`OLDEST_RATE`."""
        rates = self._of.get(currency, [])
        place = bisect_right([rate.on for rate in rates], day)
        found = rates[place - 1] if place else None
        return found if found is not None and found.rate and day - found.on <= OLDEST_RATE else None


def code_of(text: str) -> str:
    """A currency's ISO code as far as its name is known, else the name in capitals."""
    plain = _plain(text)
    return CODES.get(plain, plain)


def check_rates(faults: Faults) -> None:
    """Set aside rates that are none, and those ten times where the currency has been, or a tenth; ask about others outside of it."""
    usual = Rulebook.load().in_force_or_first("plausibility.exchange_rates", date.max).value
    none, unlikely = [], []
    unusual: dict[int, tuple[str, str]] = {}
    rates = faults.typed.select("currency", "rate").rows()
    for row, (currency, rate) in enumerate(rates):
        within = usual.get(code_of(currency or ""))
        if rate is not None and rate <= 0:
            none.append(row)
        elif rate is None or within is None or within["low"] <= rate <= within["high"]:
            continue
        elif not within["low"] / _TIMES < rate < within["high"] * _TIMES:
            unlikely.append(row)
        else:
            is_inverse = within["low"] <= 1 / rate <= within["high"]
            said = "exchange-rate-inverse" if is_inverse else "exchange-rate-unusual"
            unusual[row] = (said, f"{within['low']}–{within['high']}")
    faults.add("out-of-range", none, "rate", expected="> 0")
    faults.add("exchange-rate-unlikely", unlikely, "rate", expected="CNY / 1")
    for code in ("exchange-rate-inverse", "exchange-rate-unusual"):
        of_code = {row: expected for row, (said, expected) in unusual.items() if said == code}
        faults.add(code, list(of_code), "rate", severity=Severity.WARNING, expected=list(of_code.values()))
    faults.bad_rows.update([*none, *unlikely])
    _ask_of_inverses(faults, set(usual))


def _ask_of_inverses(faults: Faults, known: set[str]) -> None:
    """Ask about two rates of a currency that the rulebook does not know of which one is about the inverse of the other."""
    first: dict[str, tuple[Decimal, int]] = {}
    found: dict[int, str] = {}
    for row, (currency, rate) in enumerate(faults.typed.select("currency", "rate").rows()):
        if row in faults.bad_rows or not rate or not currency or code_of(currency) in known:
            continue
        one, at = first.setdefault(code_of(currency), (rate, row))
        if at != row and abs(one * rate - 1) < _SAME and max(one / rate, rate / one) > _APART:
            found[row] = f"{one.normalize():f}"
    faults.add(
        "exchange-rates-inverse",
        list(found),
        "rate",
        severity=Severity.WARNING,
        expected=list(found.values()),
    )


def settle_amounts(
    faults: Faults, rates: ClosingRates | None = None, jurisdictions: Mapping[str, str | None] | None = None
) -> None:
    """Look at what each row says of its currency and unit; convert its amounts, or set it aside.

    :param rates: the rates of the set; without them nothing is converted.
    :param jurisdictions: company → country, where the set lists companies.
    """
    declared = [name for name in declarations_of(faults.table) if name in faults.text.columns]
    if UNIT in declared:
        _refuse_units(faults)
    if CURRENCY not in declared:
        return
    cells = faults.text[CURRENCY].to_list()
    foreign = [row for row, cell in enumerate(cells) if cell and _plain(cell) not in YUAN]
    if not foreign:
        return
    table = faults.table
    convertible = bool(rates and table.period and table.entities)
    days = faults.typed[table.period].to_list() if table.period else [None] * len(cells)
    converted: dict[int, ExchangeRate] = {}
    for row in foreign:
        day = days[row]
        if rates is None or not convertible or day is None:
            continue
        if (rate := rates.at(code_of(cells[row]), day)) is not None:
            converted[row] = rate
    refused = [row for row in foreign if row not in converted]
    converted = {row: rate for row, rate in converted.items() if row not in faults.bad_rows}
    expected = "CNY / exchange_rates" if table.period and table.entities else "CNY"
    details = [{"day": str(days[row] or "?")} for row in refused]
    faults.add("currency-not-yuan", refused, CURRENCY, expected=expected, details=details)
    faults.bad_rows.update(refused)
    _convert(faults, converted)
    _tell(faults, converted, cells)
    _ask_of_domestic(faults, list(converted), jurisdictions or {})


def _refuse_units(faults: Faults) -> None:
    currencies = faults.text[CURRENCY].to_list() if CURRENCY in faults.text.columns else None
    wrong = []
    for row, cell in enumerate(faults.text[UNIT].to_list()):
        of_row = currencies[row] if currencies else None
        if cell and not _is_wan(cell, of_row):
            wrong.append(row)
    faults.add("unit-not-wan-yuan", wrong, UNIT, expected="万元")
    faults.bad_rows.update(wrong)


def _is_wan(cell: str, currency: str | None) -> bool:
    """Whether a unit is ten thousand of the row's currency: 万元, or 万港元 where that is HKD."""
    plain = _plain(cell)
    if plain in WAN:
        return True
    named = plain.removeprefix("万")
    return bool(currency) and plain.startswith("万") and code_of(named) == code_of(currency or "")


def _convert(faults: Faults, converted: Mapping[int, ExchangeRate]) -> None:
    """Multiply every amount of the rows, each rounded once to the places of an amount."""
    if not converted:
        return
    at = list(converted)
    for name, column in faults.table.columns.items():
        if not is_amount(column):
            continue
        series = faults.typed[name]
        amounts = [
            None if value is None else line_amount(times(value, converted[row].rate))
            for row, value in zip(at, series[at].to_list(), strict=True)
        ]
        faults.typed = faults.typed.with_columns(series.scatter(at, pl.Series(amounts, dtype=series.dtype)))


def _tell(faults: Faults, converted: Mapping[int, ExchangeRate], cells: list[str | None]) -> None:
    details = [
        {
            "rate": f"{rate.rate.normalize():f}",
            "day": str(rate.on),
            "source": rate.source,
            "place": rate.place,
        }
        for rate in converted.values()
    ]
    values = [code_of(cells[row] or "") for row in converted]
    expected = [f"{rate.rate.normalize():f}" for rate in converted.values()]
    faults.add(
        CONVERTED,
        list(converted),
        CURRENCY,
        severity=Severity.INFO,
        expected=expected,
        values=values,
        details=details,
    )


def _ask_of_domestic(faults: Faults, rows: list[int], jurisdictions: Mapping[str, str | None]) -> None:
    """Who files abroad has a jurisdiction abroad; a company of the mainland files in yuan."""
    entities = faults.typed[faults.table.entities[0]].to_list() if rows else []
    domestic = [
        row for row in rows if jurisdictions and (jurisdictions.get(entities[row]) or "CN").upper() == "CN"
    ]
    faults.add(
        "currency-of-domestic",
        domestic,
        CURRENCY,
        severity=Severity.WARNING,
        expected="entities.jurisdiction",
    )


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).upper().split())
