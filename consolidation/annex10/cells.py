"""What every cell of the official Annex 10 sheets holds: a live formula, a number, a word, or nothing.

A total is a formula where its own terms, worked out from the engine's amounts, give the engine's amount; where they do
not – a published total beside published parts that do not add up – it is the engine's number with a remark. Where an
operand is missing the formula waits behind a guard, so that it computes as soon as a person fills the gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from consolidation.annex10.layout import Fills, LayoutRow, Terms
from consolidation.money import QUANTUM, add, less
from consolidation.provenance import Status
from consolidation.rulebook import RulesInForce
from consolidation.statement import Statement

FIRST_ROW = 4
"""Rows above the first official row: title, what the sheet is about, a remark, and the headings."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many times the minimum capital a surplus is measured against."""

    core: Decimal
    comprehensive: Decimal

    @classmethod
    def in_force(cls, law: RulesInForce) -> Limits:
        """The minimum ratios of a day (Rule 19 A12)."""
        return cls(
            law.number("solvency.core_minimum_ratio"), law.number("solvency.comprehensive_minimum_ratio")
        )

    def of(self, row: LayoutRow) -> Decimal:
        """Give the column's amount for a row: core, or comprehensive."""
        return self.core if row.is_core else self.comprehensive


@dataclass(frozen=True)
class Balance:
    """One balance of one official sheet as the engine has it: amounts and statuses by line number, in the sheet's order."""

    amounts: Mapping[int, Decimal | None]
    statuses: Mapping[int, Status]

    def shows(self, line: int, value: Decimal | None) -> bool:
        """Whether a value is the line's amount, to the six places that a line keeps."""
        amount = self.amounts.get(line)
        return amount is not None and value is not None and abs(less(value, amount)) <= QUANTUM

    def row_of(self, line: int) -> int:
        """The spreadsheet row of a line: rows follow each other, whatever numbers the form leaves out."""
        return FIRST_ROW + 1 + list(self.amounts).index(line)


def solvency_balance(statement: Statement, rows: Iterable[LayoutRow]) -> Balance:
    """The solvency sheet's amounts: the statement's lines, and the items of the second method."""
    amounts: dict[int, Decimal | None] = {}
    statuses: dict[int, Status] = {}
    for row in rows:
        lines = [statement.lines[name] for name in row.names if name in statement.lines]
        items = [statement.capital_items[name] for name in row.names if name in statement.capital_items]
        known = [*(line.amount for line in lines if line.amount is not None), *items]
        amounts[row.line] = add(known) if known else None
        told = {line.status for line in lines} or {Status.COMPUTED if items else Status.NO_DATA}
        statuses[row.line] = told.pop() if len(told) == 1 else Status.COMPUTED
    return Balance(amounts, statuses)


def capital_balance(statement: Statement, rows: Iterable[LayoutRow]) -> Balance:
    """The holding group's actual-capital sheet: its own lines where they are given, else the four tiers alone."""
    amounts: dict[int, Decimal | None] = {}
    statuses: dict[int, Status] = {}
    for row in rows:
        if row.names:
            amounts[row.line] = statement.lines[row.names[0]].amount
            statuses[row.line] = statement.lines[row.names[0]].status
        else:
            amounts[row.line] = statement.capital_lines.get(row.line)
            statuses[row.line] = Status.COMPUTED if statement.capital_lines else Status.NO_DATA
    return Balance(amounts, statuses)


@dataclass(frozen=True, slots=True)
class Content:
    """What goes into one cell.

    ``formula`` is an Excel expression without its equals sign, computed only where ``guard`` holds if there is one;
    ``amount`` the engine's number; ``word`` what stands there instead of a number (a key of the table of words);
    ``remark`` what the note says of the cell (another key).
    """

    formula: str = ""
    guard: str = ""
    amount: Decimal | None = None
    word: str = ""
    remark: str = ""


NOT_GIVEN, NOT_COMPUTABLE = "annex10.not_given", "annex10.not_computable"


def content(
    row: LayoutRow, balance: Balance, column: str, limits: Limits, linked: tuple[str, Balance] | None
) -> Content:
    """What a cell of an official sheet holds.

    :param column: the sheet's column, for the formulas.
    :param linked: name and balance of the actual-capital sheet, for the lines that show what stands there.
    """
    if row.fills is Fills.INPUT:
        return _input(row, balance, column, linked)
    amount = balance.amounts[row.line]
    word = NOT_GIVEN if balance.statuses[row.line] is Status.NO_DATA else NOT_COMPUTABLE
    for terms in row.terms:
        value = row.value(terms, balance.amounts, limits.of(row))
        if amount is None and value is None and row.names:
            return _formula(row, terms, balance, column, limits, word=word, guarded=True)
        if balance.shows(row.line, value):
            return _formula(
                row, terms, balance, column, limits, word=NOT_COMPUTABLE, guarded=row.fills is Fills.RATIO
            )
    if amount is None:
        return Content(word=word if row.names else "")
    parts = [balance.amounts.get(line) for line in row.operands(row.terms[0])]
    unknown = None in parts or not any(parts)
    return Content(amount=amount, remark="annex10.parts_not_given" if unknown else "annex10.as_stated")


def _formula(
    row: LayoutRow, terms: Terms, balance: Balance, column: str, limits: Limits, *, word: str, guarded: bool
) -> Content:
    def cell(line: int) -> str:
        return f"{column}{balance.row_of(line)}"

    guard = ""
    if guarded:
        operands = [cell(line) for line in row.operands(terms)]
        guard = f"COUNT({','.join(operands)})={len(operands)}"
        if row.fills is Fills.RATIO and row.base is not None:
            guard = f"AND({guard},{cell(row.base)}>0)"
    formula = row.formula(terms, cell, limits.of(row))
    return Content(formula, guard, balance.amounts[row.line], word if guarded else "")


def _input(row: LayoutRow, balance: Balance, column: str, linked: tuple[str, Balance] | None) -> Content:
    amount = balance.amounts[row.line]
    if amount is None:
        return Content(remark=NOT_GIVEN)
    if (
        row.link is not None
        and linked is not None
        and balance.shows(row.line, linked[1].amounts.get(row.link))
    ):
        return Content(formula=f"'{linked[0]}'!{column}{linked[1].row_of(row.link)}", amount=amount)
    return Content(amount=amount)
