"""The unit of the amounts on a sheet of the insurer's form: what its labels, its headings, its own lines and the cover say.

A label's unit is that of its row; what stands over the columns, over the table or on the cover is the whole sheet's. Where two
of them disagree neither is taken: the finding names both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from consolidation.annex9 import text
from consolidation.annex9.filled_sheet import FilledSheet
from consolidation.annex9.form import form
from consolidation.annex9.log import ImportLog
from consolidation.findings import Finding, error, warning
from consolidation.typed_numbers import plain
from consolidation.workbook.cells import CellKind, WorkbookCell


@dataclass
class SheetUnit:
    """The unit that a sheet declares, empty where only its labels may; ``missing`` is the fault of a row without one."""

    name: str
    missing: Finding
    _reported: set[str] = field(default_factory=set)

    def of_row(self, label: WorkbookCell, sheet: str, log: ImportLog) -> Decimal | None:
        """How many 万元 the unit of a row is; None, and a finding, where that is not certain."""
        own = text.unit_in_brackets(label.text)
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
    declared = set(_declared(filled.head)) | {
        unit for cell in over_columns if (unit := text.unit_in_brackets(cell.text))
    }
    declared = declared or set(_declared(cover))
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
        return SheetUnit(supplied or next(iter(declared), ""), missing)
    return None


def _declared(cells: Sequence[WorkbookCell]) -> Iterator[str]:
    for index, cell in enumerate(cells):
        if cell.kind is not CellKind.TEXT:
            continue
        unit = text.declared_unit(cell.text, form().units)
        if unit == "" and index + 1 < len(cells) and cells[index + 1].row == cell.row:
            unit = text.declared_unit(f"单位：{cells[index + 1].text}", form().units)
        if unit:
            yield unit
