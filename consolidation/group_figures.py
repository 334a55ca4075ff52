"""The consolidated figures that group-specific risk is measured against (``group_financials``), and where they stand.

Net assets for contagion, total assets for counterparties and sectors, income for customers. A figure that is absent
leaves a charge without data; one at or below zero is no measure of anything, and an error for that group and period.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from consolidation.explanation import Cell
from consolidation.filed import cell
from consolidation.findings import Finding, error, warning
from consolidation.intake import FilingSet
from consolidation.measured import GroupPeriod

TABLE = "group_financials"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure in 万元, above zero, and the cell it was read from."""

    amount: Decimal
    cell: Cell


class Unusable(Exception):
    """A figure cannot serve; ``finding`` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """``group_financials`` by group and day."""

    rows: Mapping[GroupPeriod, dict[str, Any]]

    @classmethod
    def of(cls, filing_set: FilingSet) -> GroupFigures:
        rows = filing_set.tables[TABLE].iter_rows(named=True)
        return cls({(row["group_id"], row["period_end"]): row for row in rows})

    def figure(self, group_id: str, column: str, day: date, period_end: date, article: str) -> Figure:
        """One figure of a group on a day.

        :param period_end: the statement's own period, which the finding touches (``day`` may be last year-end).
        :raises Unusable: where there is none (a warning) or it is not above zero (an error).
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
            raise Unusable(warning("group-figure-missing", expected=column, **where))
        if amount <= 0:
            raise Unusable(error("group-figure-not-positive", value=f"{amount:f}", expected="> 0", **where))
        return Figure(amount, cell(TABLE, row, column, "group_id", "period_end"))
