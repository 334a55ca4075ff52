"""One sheet of a workbook: the cells that are written, what they hold, which are merged and which are hidden."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum, auto

_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})$")


def place_of(reference: str) -> tuple[int, int] | None:
    """Row and column of a cell, from 1: C12 is (12, 3); None for what names no cell."""
    match = _REFERENCE.match(reference)
    if not match:
        return None
    column = 0
    for letter in match.group(1):
        column = column * 26 + ord(letter) - 64
    return int(match.group(2)), column


class CellKind(Enum):
    """What a cell of a workbook holds."""

    TEXT = auto()
    NUMBER = auto()
    DATE = auto()
    BOOLEAN = auto()
    ERROR = auto()
    UNCALCULATED = auto()


@dataclass(frozen=True, slots=True)
class WorkbookCell:
    """One written cell. ``row`` and ``column`` count from 1; ``number`` and ``day`` are set for their kinds only."""

    row: int
    column: int
    kind: CellKind
    text: str
    number: Decimal | None = None
    day: date | None = None
    number_format: str = ""

    @property
    def reference(self) -> str:
        """The cell as a person names it: ``C12``."""
        letters, number = "", self.column
        while number:
            number, rest = divmod(number - 1, 26)
            letters = chr(65 + rest) + letters
        return f"{letters}{self.row}"


@dataclass(frozen=True)
class WorkbookSheet:
    """The cells of one sheet by row and column, and the merged ranges (first row, first column, last row, last column).

    ``hidden_rows`` and ``hidden_columns`` are those that nobody sees who opens the sheet.
    """

    name: str
    cells: Mapping[tuple[int, int], WorkbookCell]
    merged: tuple[tuple[int, int, int, int], ...] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()

    def rows(self) -> list[list[WorkbookCell]]:
        """The rows that hold anything, top to bottom, each left to right."""
        by_row: dict[int, list[WorkbookCell]] = {}
        for key in sorted(self.cells):
            by_row.setdefault(key[0], []).append(self.cells[key])
        return list(by_row.values())

    def row_cells(self, number: int) -> list[WorkbookCell]:
        """The cells of one row, left to right."""
        return [self.cells[key] for key in sorted(self.cells) if key[0] == number]

    def span(self, cell: WorkbookCell) -> tuple[int, int]:
        """First and last column of the merged range that begins at the cell, or its own column twice."""
        for top, left, _, right in self.merged:
            if (top, left) == (cell.row, cell.column):
                return left, right
        return cell.column, cell.column
