"""The unit of the amounts on a sheet of the insurer's form: what its labels, its headings, its own lines and the cover say.

A label's unit, or that in a column of units, is that of its row; what stands over the columns, over or below the table or on the
cover is the whole sheet's. Where two of them disagree neither is taken: the finding names both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from consolidation.annex9 import text
from consolidation.annex9.filled_sheet import FilledSheet
from consolidation.annex9.form import form
from consolidation.annex9.log import ImportLog
from consolidation.cell_text.typed_numbers import closed_up, plain
from consolidation.findings import Finding, error, warning
from consolidation.workbook.cells import CellKind, WorkbookCell


@dataclass
class SheetUnit:
    """The unit that a sheet declares, empty where only its labels may; ``missing`` is the fault of a row without one.

    ``of_rows`` are the units in a column of them, by row.
    """

    name: str
    missing: Finding
    of_rows: Mapping[int, str] = field(default_factory=dict)
    _reported: set[str] = field(default_factory=set)

    def of_row(self, label: WorkbookCell, sheet: str, log: ImportLog) -> Decimal | None:
        """How many 万元 the unit of a row is; None, and a finding, where that is not certain."""
        own = text.unit_in_brackets(label.text) or self.of_rows.get(label.row)
        place = {"file": log.file, "table": sheet, "row": label.row, "column": plain(label.text)}
        if own is not None and own not in form().units:
            self._once(
                error("annex9-unit-unknown", **place, value=own, expected=", ".join(form().units)), log
            )
            return None
        if own and self.name and own != self.name:
            cell = {"cell": label.reference}
            self._once(
                error("annex9-unit-in-label-differs", **place, value=own, expected=self.name, detail=cell),
                log,
            )
            return None
        if not own and not self.name:
            self._once(self.missing, log)
            return None
        return form().units[own or self.name]

    def _once(self, fault: Finding, log: ImportLog) -> None:
        if fault.code not in self._reported:
            self._reported.add(fault.code)
            log.report(fault)


def sheet_unit(
    filled: FilledSheet, cover: Sequence[WorkbookCell], log: ImportLog, supplied: str | None
) -> SheetUnit | None:
    """The unit of a sheet; None, and a finding, where what declares it is unknown or contradicts itself.

    :param cover: the cells of the cover, which speaks where the sheet does not.
    :param supplied: the unit that the caller says.
    """
    units = form().units
    names = ", ".join(units)
    place = {"file": log.file, "table": filled.name}
    heading_rows = {cell.row for cell in filled.headings}
    over_columns = [*filled.headings, *(cell for cell in filled.head if cell.row in heading_rows)]
    of_rows, head = _column_of_units(filled)
    declared = set(_declared(head)) | {
        unit for cell in over_columns if (unit := text.unit_in_brackets(cell.text))
    }
    last_head = max(heading_rows, default=0)
    below = [cell for row in filled.sheet.rows() if row[0].row > last_head for cell in row]
    declared |= {unit for unit in _declared(below) if unit in units}
    bare = [
        text.bare_unit(cell.text) for cell in (*head, *_row_of_units(filled)) if cell.kind is CellKind.TEXT
    ]
    declared |= {unit for unit in bare if unit}
    on_cover = {unit for unit in _declared(cover) if unit in units}
    if declared and len(on_cover) == 1 and on_cover.isdisjoint(declared):
        both = f"{', '.join(sorted(declared))} / {', '.join(on_cover)}"
        log.report(warning("annex9-unit-on-cover-differs", **place, value=both, expected="1"))
    declared = declared or set(_declared(cover))
    if currency := next(filter(None, (text.foreign_currency(cell.text) for cell in (*head, *cover))), ""):
        log.report(error("annex9-currency", **place, value=currency, expected="CNY"))
        return None
    optional = filled.code in form().titles and filled.code not in form().required
    unsaid = warning if optional else error
    missing = unsaid("annex9-unit-missing", **place, expected=f"--unit ({names})")
    if supplied and supplied not in units:
        log.report(error("annex9-unit-unknown", **place, value=supplied, expected=names))
    elif unknown := sorted(declared - set(units)):
        log.report(error("annex9-unit-unknown", **place, value=", ".join(unknown), expected=names))
    elif len(declared) > 1:
        log.report(error("annex9-unit-twice", **place, value=", ".join(sorted(declared)), expected="1"))
    elif supplied and declared and supplied not in declared:
        log.report(error("annex9-unit-differs", **place, value=", ".join(declared), expected=supplied))
    else:
        return SheetUnit(supplied or next(iter(declared), ""), missing, of_rows)
    return None


def _row_of_units(filled: FilledSheet) -> list[WorkbookCell]:
    """The row right below the headings, where it has nothing but units."""
    last = max((cell.row for cell in filled.headings), default=0)
    row = filled.sheet.row_cells(last + 1)
    return row if all(text.bare_unit(cell.text) or closed_up(cell.text) == "%" for cell in row) else []


def _column_of_units(filled: FilledSheet) -> tuple[Mapping[int, str], list[WorkbookCell]]:
    """The units in a column that is headed so, by row, and the cells over the table without that heading."""
    heading_rows = {cell.row for cell in filled.headings}
    headed = [
        cell
        for cell in filled.head
        if cell.row in heading_rows and closed_up(cell.text) in form().unit_headings
    ]
    if len(headed) != 1:
        return {}, filled.head
    column = headed[0].column
    of_rows = {
        row: re.sub("^(?:人民币|RMB|CNY)", "", closed_up(cell.text))
        for (row, at), cell in filled.sheet.cells.items()
        if at == column and row > headed[0].row
    }
    return of_rows, [cell for cell in filled.head if cell is not headed[0]]


def _declared(cells: Sequence[WorkbookCell]) -> Iterator[str]:
    for index, cell in enumerate(cells):
        if cell.kind is not CellKind.TEXT:
            continue
        unit = text.declared_unit(cell.text, form().units)
        if unit == "" and index + 1 < len(cells) and cells[index + 1].row == cell.row:
            unit = text.declared_unit(f"单位：{cells[index + 1].text}", form().units)
        if unit:
            yield unit
