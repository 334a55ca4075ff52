"""The tables in the sheets of one workbook that the guard has let in.

The values come from calamine, which is fast, but hands out the error of a formula and a formula that was never
calculated as empty cells, and lays out every shared text once for each cell that shows it. Both are looked for in the
packed sheets first: an error must not become "not published", and a small file must not become all of the memory.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path

from consolidation.filing_set.readers.csv_and_parquet import MOST_TABLE_BYTES
from consolidation.filing_set.readers.raw_tables import NOT_CALCULATED, RawTable, UnreadableFile, from_rows
from consolidation.filing_set.schemas.tables import Table
from consolidation.findings import Finding, error
from consolidation.workbook.cells import CellKind, UnreadableWorkbook, open_workbook

_SHEET = re.compile(r"worksheets/[^/]+\.xml$")
_FORMULA_OR_ERROR = re.compile(rb"""<(?:\w+:)?f[\s>/]|\st=["']e["']""")
_SHARED_TEXT = re.compile(rb"<(?:\w+:)?si[\s>].*?</(?:\w+:)?si>", re.DOTALL)
_SHOWS_SHARED = re.compile(rb"""\st=["']s["'][^>]*>\s*<(?:\w+:)?v>(\d{1,9})<""")

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


def read_sheets(path: Path, tables: Mapping[str, Table]) -> Iterator[tuple[str, RawTable | UnreadableFile]]:
    """Each of the named sheets as a raw table, or why it cannot be one.

    :raises UnreadableFile: if the workbook as a whole cannot be read.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        patches = _look_inside(path, list(tables))
        with CalamineWorkbook.from_path(path) as book:
            for sheet, table in tables.items():
                file = f"{path.name}[{sheet}]"
                grid = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
                try:
                    yield sheet, from_rows(table, file, _rows(grid, patches[sheet]))
                except UnreadableFile as refusal:
                    yield sheet, refusal
    except (CalamineError, UnreadableWorkbook, zipfile.BadZipFile, OSError, ValueError):
        raise UnreadableFile(_damaged(path.name)) from None


def _damaged(file: str) -> Finding:
    return error("workbook-truncated", file=file, expected=".xlsx")


def _rows(grid: Sequence[Sequence[object]], patches: _Patches) -> Iterator[tuple[int, list[str]]]:
    for number, row in enumerate(grid, 1):
        texts = [cell_text(cell) for cell in row]
        if patches:
            texts = [patches.get((number, column), text) for column, text in enumerate(texts, 1)]
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


def _look_inside(path: Path, sheets: list[str]) -> dict[str, _Patches]:
    """What calamine would not show: by sheet, the cells (row and column from 1) that are errors or not calculated."""
    formulas = False
    with zipfile.ZipFile(path) as archive:
        shared = [name for name in archive.namelist() if name.endswith("sharedStrings.xml")]
        lengths = [len(text) for name in shared for text in _SHARED_TEXT.findall(archive.read(name))]
        spread = 0
        for part in filter(_SHEET.search, archive.namelist()):
            data = archive.read(part)
            formulas = formulas or _FORMULA_OR_ERROR.search(data) is not None
            if lengths and max(lengths) * data.count(b"<v>") > MOST_TABLE_BYTES:
                spread += sum(lengths[i] for i in map(int, _SHOWS_SHARED.findall(data)) if i < len(lengths))
    if spread > MOST_TABLE_BYTES:
        sizes = {"value": f"{spread:,} bytes", "expected": f"{MOST_TABLE_BYTES:,} bytes"}
        raise UnreadableFile(error("workbook-too-large", file=path.name, **sizes))
    if not formulas:
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
