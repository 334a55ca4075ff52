"""The tables in the sheets of one workbook that another process has read to its end.

The values come from calamine, which is fast, but hands out the error of a formula and a formula that was never
calculated as empty cells. Both are looked for in the packed sheets first: an error must not become "not published".
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from consolidation.filing_set.readers.raw_tables import NOT_CALCULATED, RawTable, UnreadableFile
from consolidation.filing_set.readers.sheet_layout import SheetLayout, sheet_layout
from consolidation.filing_set.readers.text_rows import from_rows
from consolidation.filing_set.readers.words.headings import NO_HOUSE_HEADINGS, HouseHeadings
from consolidation.filing_set.schemas.tables import Table
from consolidation.findings import Finding, error
from consolidation.workbook.cells import CellKind, UnreadableWorkbook, open_workbook

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

_SHEET = re.compile(r"worksheets/[^/]+\.xml$")
_FORMULA_OR_ERROR = re.compile(rb"""<(?:\w+:)?f[\s>/]|\st=["']e["']""")

_Patches = dict[tuple[int, int], str]


def sheet_names(path: Path) -> list[str]:
    """The names of a workbook's sheets, in order.

    :raises UnreadableFile: if it cannot be opened.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with CalamineWorkbook.from_path(path) as book:
            return list(book.sheet_names)
    except (CalamineError, OSError, ValueError):
        raise UnreadableFile(_damaged(path.name)) from None


def read_sheets(
    path: Path, tables: Mapping[str, Table], house: HouseHeadings = NO_HOUSE_HEADINGS
) -> Iterator[tuple[str, RawTable | UnreadableFile]]:
    """Each of the named sheets as a raw table, or why it cannot be one.

    :raises UnreadableFile: if the workbook as a whole cannot be read.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        patches = _unshown(path, list(tables))
        layouts = _layouts(path, list(tables))
        with CalamineWorkbook.from_path(path) as book:
            for sheet, table in tables.items():
                file = f"{path.name}[{sheet}]"
                try:
                    layout = layouts[sheet]
                    rows = _rows(book.get_sheet_by_name(sheet), {**layout.shown, **patches[sheet]})
                    raw = from_rows(table, file, rows, house)
                    seen = tuple(layout.check(file, raw))
                    yield sheet, replace(raw, findings=(*raw.findings, *seen))
                except UnreadableFile as refusal:
                    yield sheet, refusal
    except (CalamineError, UnreadableWorkbook, zipfile.BadZipFile, OSError, ValueError):
        raise UnreadableFile(_damaged(path.name)) from None


def _layouts(path: Path, sheets: list[str]) -> dict[str, SheetLayout]:
    book = open_workbook(path)
    with book.archive:
        return {
            sheet: sheet_layout(book, sheet) if sheet in book.parts else SheetLayout() for sheet in sheets
        }


def _damaged(file: str) -> Finding:
    return error("workbook-truncated", file=file, expected=".xlsx")


def _rows(sheet: CalamineSheet, patches: _Patches) -> Iterator[tuple[int, list[str]]]:
    """The rows from the first of the sheet on, the cells from the first column that holds anything."""
    first_column = sheet.start[1] + 1 if sheet.start else 1
    for number, row in enumerate(sheet.iter_rows(), 1):
        texts = [cell_text(cell) for cell in row]
        if patches:
            texts = [patches.get((number, column), text) for column, text in enumerate(texts, first_column)]
        yield number, texts


def cell_text(cell: object) -> str:
    """A workbook's cell as the text that a CSV would have: shortest digits of a number, ISO dates, true and false."""
    match cell:
        case str():
            return cell
        case bool():
            return "true" if cell else "false"
        case float():
            return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
        case datetime():
            return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
        case date():
            return cell.isoformat()
        case _:
            return str(cell)


def _unshown(path: Path, sheets: list[str]) -> dict[str, _Patches]:
    """What calamine would not show: by sheet, the cells (row and column from 1) that are errors or not calculated."""
    with zipfile.ZipFile(path) as archive:
        parts = filter(_SHEET.search, archive.namelist())
        if not any(_FORMULA_OR_ERROR.search(archive.read(part)) for part in parts):
            return {sheet: {} for sheet in sheets}
    book = open_workbook(path)
    with book.archive:
        return {
            sheet: {
                place: NOT_CALCULATED if cell.kind is CellKind.UNCALCULATED else cell.text
                for place, cell in book.sheet(sheet).cells.items()
                if cell.kind in (CellKind.UNCALCULATED, CellKind.ERROR)
            }
            for sheet in sheets
        }
