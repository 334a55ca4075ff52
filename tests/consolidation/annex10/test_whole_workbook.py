"""Four workbooks from the first cell to the last: every word, number, formula with its stored result, and look.

``whole_workbooks.txt`` has the rows; ``python -m tests.consolidation.annex10.test_whole_workbook`` writes them anew: read the
difference before you keep it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openpyxl
from openpyxl.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from consolidation.annex9 import ToldIdentity
from consolidation.annex10 import read_group_form, write_workbook
from tests.consolidation.annex10.groups import LIMITS, cases
from tests.scenarios.told import findings_told, rows_told

RECORD = Path(__file__).with_name("whole_workbooks.txt")
WRITTEN = (
    ("own lines", "zh"),
    ("published, adding up to something else", "zh"),
    ("mixed", "en"),
    ("capital not given", "zh"),
)


def record(folder: Path) -> Iterator[str]:
    for name, language in WRITTEN:
        case, path = cases()[name], folder / f"{name}.xlsx"
        write_workbook(
            path, case.statement, case.opening, limits=LIMITS, language=language, contributions=case.run.contributions,
            eliminations=case.run.eliminations, findings=case.run.findings,
        )  # fmt: skip
        yield f"# {name}, {language}"
        yield from shown(path)
        read = read_group_form(path, ToldIdentity())
        for table, rows in read.rows.items():
            yield from rows_told(f"read back: {table.name}", rows)
        yield from findings_told(read.findings)


def shown(path: Path) -> Iterator[str]:
    written, stored = (openpyxl.load_workbook(path, data_only=how) for how in (False, True))
    for sheet in written.worksheets:
        setup = sheet.page_setup
        yield f"## {sheet.title}: {sheet.freeze_panes}, {setup.orientation}, paper {setup.paperSize}, fits {setup.fitToWidth} × {setup.fitToHeight}"
        for row in sheet.iter_rows():
            cells = [told(cell, stored[sheet.title]) for cell in row if cell.value is not None]
            if cells:
                yield f"{row[0].row}: {' | '.join(cells)}"


def told(cell: Cell | Any, stored: Worksheet) -> str:
    """The cell's column and content; bold ones between stars, those that are put in (blue) between brackets."""
    number = cell.value if cell.data_type == "f" else ""
    value = stored[cell.coordinate].value
    text = f"{cell.column_letter} {number}{' → ' if number else ''}{value!r}"
    look = {"0.00%": "%", "General": ""}.get(cell.number_format, "#")
    blue = cell.font.color is not None and cell.font.color.rgb == "FF1F3FA0"
    return f"{'*' * bool(cell.font.b)}{text}{look}{' put in' * blue}"


def test_four_workbooks_from_the_first_cell_to_the_last(tmp_path: Path) -> None:
    assert list(record(tmp_path)) == RECORD.read_text("utf-8").splitlines()


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        RECORD.write_text("".join(f"{line}\n" for line in record(Path(folder))), "utf-8")
