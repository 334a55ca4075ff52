"""The official sheets of Annex 10 as data, and what a line is worth by its own formula.

A row of a layout (the ``*.csv`` files here) has the official item, the official formula as printed, the statement's
line that fills it, and the formula in terms of the sheet's own line numbers. The same terms are worked out here, from
the engine's amounts, and written into the workbook as a live formula; only where both agree is a cell a formula.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path

from consolidation.actual_capital.capital_sheet import FORMULAS
from consolidation.money import EXACT, add, less, ratio, times

HERE = Path(__file__).parent

HOLDING = "holding_solvency"
HOLDING_CAPITAL = "holding_actual_capital"
NON_HOLDING_AND_MIXED = "non_holding_and_mixed_solvency"


class Fills(StrEnum):
    """How a cell comes about: an amount put in, a signed sum, capital less a multiple of the requirement, a ratio."""

    INPUT = "input"
    SUM = "sum"
    SURPLUS = "surplus"
    RATIO = "ratio"


Terms = tuple[tuple[int, int], ...]
"""Signed line numbers: ((1, 15), (-1, 20)) is (15) − (20)."""


@dataclass(frozen=True, slots=True)
class LayoutRow:
    """One row of an official sheet.

    ``names`` are the statement's lines that add up to the cell; ``terms`` the ways in which the cell follows from other
    lines of its sheet (the first that holds is written); ``base`` the line of the minimum capital that a surplus or a
    ratio is measured against; ``link`` the line of the actual-capital sheet that shows the same.
    """

    line: int
    item: str
    line_formula: str
    names: tuple[str, ...]
    fills: Fills
    terms: tuple[Terms, ...]
    base: int | None
    link: int | None

    @property
    def is_core(self) -> bool:
        """Whether a surplus is measured against the core limit rather than the comprehensive one."""
        return self.names[:1] == ("core_solvency_surplus",)

    def operands(self, terms: Terms) -> tuple[int, ...]:
        """The lines that a way of computing the cell needs."""
        return (*(line for _, line in terms), *(() if self.base is None else (self.base,)))

    def value(self, terms: Terms, amounts: Mapping[int, Decimal | None], limit: Decimal) -> Decimal | None:
        """The cell by its formula, exact; None where an operand is missing or the requirement gives no ratio.

        :param limit: how many times the requirement a surplus is measured against.
        """
        needed = {line: amounts.get(line) for line in self.operands(terms)}
        if any(amount is None for amount in needed.values()):
            return None
        known = {line: amount for line, amount in needed.items() if amount is not None}
        total = add(times(Decimal(sign), known[line]) for sign, line in terms)
        if self.base is None:
            return total
        if self.fills is Fills.RATIO:
            return ratio(total, known[self.base])
        return less(total, times(limit, known[self.base]))

    def formula(self, terms: Terms, cell: Callable[[int], str], limit: Decimal) -> str:
        """The same as an Excel expression, without the equals sign; a ratio keeps the six places of a line."""
        total = "".join(f"{'+' if sign > 0 else '-'}{cell(line)}" for sign, line in terms).removeprefix("+")
        if self.base is None:
            return total
        if self.fills is Fills.RATIO:
            quotient = f"({total})" if len(terms) > 1 else total
            return f"ROUND({quotient}/{cell(self.base)},6)"
        return f"{total}-{cell(self.base)}" + ("" if limit == 1 else f"*{EXACT.plus(limit):f}")


@cache
def layout(name: str) -> tuple[LayoutRow, ...]:
    """The rows of an official sheet, in their order."""
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            LayoutRow(
                line=int(row["line"]),
                item=row["item"],
                line_formula=row["line_formula"],
                names=tuple(filter(None, row["name"].split("+"))),
                fills=Fills(row["kind"]),
                terms=_ways(name, int(row["line"]), row["terms"]),
                base=int(row["base"]) if row["base"] else None,
                link=int(row["link"]) if row["link"] else None,
            )
            for row in csv.DictReader(file)
        )


def _ways(name: str, line: int, written: str) -> tuple[Terms, ...]:
    """How a line follows from others: on the actual-capital sheet by the formulas that the engine itself computes it with."""
    if name != HOLDING_CAPITAL:
        return tuple(_terms(way) for way in written.split("|") if way)
    if line not in FORMULAS:
        return ()
    added, taken = FORMULAS[line]
    return ((*((1, each) for each in added), *((-1, each) for each in taken)),)


def _terms(written: str) -> Terms:
    return tuple((1 if sign == "+" else -1, int(line)) for sign, line in re.findall(r"([+-])(\d+)", written))
