"""The consolidated figures that group-specific risk is measured against (``group_financials``), and where they stand.

Net assets for contagion, total assets for counterparties and sectors, income for customers. A figure that is not given
leaves a charge without data. One at or below zero is a figure like any other: the group is in trouble, not absent. The
limit is then ``max(share × figure, 0)`` – our reading, switchable – and a warning says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from consolidation.filing_set import FilingSet
from consolidation.filing_set.filing_basis import cell
from consolidation.findings import Finding, warning
from consolidation.money import ZERO, times
from consolidation.provenance import Cell, Input, Rule
from consolidation.rulebook import RulesInForce
from consolidation.structure.membership import GroupPeriod

TABLE = "group_financials"
NOT_POSITIVE = "specific_risk.figure_not_positive"


@dataclass(frozen=True, slots=True)
class GroupFigure:
    """One figure in 万元, of any sign, the cell it was read from, and what is to be said of it."""

    amount: Decimal
    cell: Cell
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Limit:
    """A share of a figure in 万元, and how it came about."""

    amount: Decimal
    formula: str
    inputs: tuple[Input, ...]


class FigureNotGiven(Exception):
    """There is no such figure; ``finding`` says which."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """``group_financials`` by group and day."""

    rows: Mapping[GroupPeriod, dict[str, Any]]

    @classmethod
    def of(cls, filing_set: FilingSet) -> GroupFigures:
        """Take ``group_financials`` of the filing set, by group and period."""
        rows = filing_set.tables[TABLE].iter_rows(named=True)
        return cls({(row["group_id"], row["period_end"]): row for row in rows})

    def figure(self, group_id: str, column: str, day: date, period_end: date, article: str) -> GroupFigure:
        """One figure of a group on a day.

        :param period_end: the statement's own period, which the findings touch (``day`` may be last year-end).
        :raises FigureNotGiven: where there is none.
        """
        row = self.rows.get((group_id, day))
        amount = None if row is None else row[column]
        where: dict[str, Any] = {
            "table": TABLE,
            "column": column,
            "group_id": group_id,
            "period_end": period_end,
            "article": article,
            "detail": {"day": day.isoformat()},
        }
        if row is not None:
            where |= {"file": row["source_file"], "row": row["source_row"]}
        if row is None or amount is None:
            raise FigureNotGiven(warning("group-figure-missing", expected=column, **where))
        read = cell(TABLE, row, column, "group_id", "period_end")
        if amount > 0:
            return GroupFigure(amount, read)
        code = "group-figure-not-positive" if day == period_end else "last-year-figure-not-positive"
        return GroupFigure(amount, read, (warning(code, value=f"{amount:f}", expected="> 0", **where),))


def limit_of(share: Decimal, rule: Rule, figure: GroupFigure, what: str, law: RulesInForce) -> Limit:
    """Share × figure, where the figure is positive; else as the rulebook has it.

    :param rule: the entry that the share comes from.
    :param what: the figure's name in the formula.
    """
    product, formula = times(share, figure.amount), f"share × {what}"
    if figure.amount > 0:
        return Limit(product, formula, (rule, figure.cell))
    inputs = (rule, figure.cell, law.rule(NOT_POSITIVE))
    if law.value(NOT_POSITIVE) == "as_computed":
        return Limit(product, formula, inputs)
    return Limit(max(product, ZERO), f"max({formula}, 0)", inputs)
