"""The figures on one filled-in sheet of a stress test form, by scenario, date and item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from consolidation.annex9 import text
from consolidation.annex9.filled_sheet import FilledSheet
from consolidation.annex9.form_figures import FormFigure, figure_of
from consolidation.annex9.log import ImportLog
from consolidation.annex9.units import SheetUnit, sheet_unit
from consolidation.annex11.columns import ScenarioColumn, heading_rows, scenario_columns
from consolidation.annex11.form import StressSheetForm, stress_form
from consolidation.cell_text.typed_numbers import closed_up, plain
from consolidation.filing_set.absences import Absence
from consolidation.findings import error, warning
from consolidation.workbook.cells import CellKind, WorkbookCell, WorkbookSheet

ColumnKey = tuple[str, int]
"""Scenario of ``stress_results``, and months from the report date to the date that the column is for."""


@dataclass
class FilledStressSheet:
    """A sheet and what is on it: columns, and figures by scenario and date and then by column of ``stress_results``.

    ``unread`` are the headings over figures that name no scenario.
    """

    form: StressSheetForm
    sheet: WorkbookSheet
    headed: FilledSheet
    columns: list[ScenarioColumn] = field(default_factory=list)
    figures: dict[ColumnKey, dict[str, FormFigure]] = field(default_factory=dict)
    unread: list[WorkbookCell] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The sheet's name in the workbook."""
        return self.sheet.name


def headed_sheet(sheet_form: StressSheetForm, sheet: WorkbookSheet) -> FilledSheet | None:
    """The texts over the first table and its headings, as :mod:`consolidation.annex9.identity` reads them; None without."""
    rows = heading_rows(sheet)
    if not rows:
        return None
    head = [cell for row in sheet.rows() if row[0].row <= rows[0] + 1 for cell in row]
    headings = [cell for cell in sheet.row_cells(rows[0]) if cell.kind is CellKind.TEXT]
    return FilledSheet(sheet_form.code, sheet, head=head, headings=headings)


def filled_stress_sheet(
    sheet_form: StressSheetForm,
    headed: FilledSheet,
    cover: Sequence[WorkbookCell],
    report_year: int,
    log: ImportLog,
    supplied_unit: str | None,
) -> FilledStressSheet:
    """Read the sheet: every figure under a heading of a scenario, beside an item of the form."""
    sheet = headed.sheet
    filled = FilledStressSheet(sheet_form, sheet, headed)
    unit = sheet_unit(headed, cover, log, supplied_unit)
    if unit is None:
        return filled
    tops = heading_rows(sheet)
    for top, until in zip(tops, [*tops[1:], None], strict=True):
        columns = scenario_columns(sheet, top, sheet_form, report_year, log)
        filled.columns += columns
        if not columns:
            continue
        first = min(column.first for column in columns)
        rows = [row for row in sheet.rows() if row[0].row > top and (until is None or row[0].row < until)]
        for row in rows:
            _row(filled, row, columns, first, unit, log)
        _tell_unread(filled, top, rows, columns, report_year, log)
    return filled


def _tell_unread(
    filled: FilledStressSheet,
    top: int,
    rows: Sequence[Sequence[WorkbookCell]],
    columns: Sequence[ScenarioColumn],
    report_year: int,
    log: ImportLog,
) -> None:
    """Tell the headings over figures of items that say no scenario, or no date: a column under another name would be lost."""
    headed = (cell for cell in filled.sheet.row_cells(top) if stress_form().heading(cell.text))
    first = min(filled.sheet.span(cell)[0] for cell in headed)
    figures = {
        cell.column
        for row in rows
        for cell in row
        if cell.number is not None and cell.column >= first and _has_item(filled, row, first)
    }
    unread = {
        heading.reference: heading
        for at in sorted(figures)
        if not any(column.first <= at <= column.last for column in columns)
        and (heading := _not_understood(filled.sheet, top, at, report_year)) is not None
    }
    for heading in unread.values():
        filled.unread.append(heading)
        log.report(
            warning(
                "annex11-heading-unknown",
                file=log.file,
                table=filled.name,
                row=heading.row,
                value=plain(heading.text),
                expected="基本情景（报告年度、后第一年、后第二年）, 必测情景一, 自测情景, 反向压力情景",
                detail={"cell": heading.reference},
            )
        )


def _has_item(filled: FilledStressSheet, row: Sequence[WorkbookCell], first: int) -> bool:
    labels = (cell for cell in row if cell.kind is CellKind.TEXT and cell.column < first)
    return any(text.item_key(cell.text) in filled.form.items for cell in labels)


def _not_understood(sheet: WorkbookSheet, top: int, column: int, report_year: int) -> WorkbookCell | None:
    """The heading, or the date below it, for which a column was not read; None where what is wrong with it has been said."""
    over, below = (
        next((c for c in sheet.row_cells(row) if sheet.span(c)[0] <= column <= sheet.span(c)[1]), None)
        for row in (top, top + 1)
    )
    if over is not None and not stress_form().heading(over.text):
        return None if stress_form().other_columns.search(closed_up(over.text)) else over
    if below is not None and stress_form().months(below.text, report_year) is None:
        return below
    return None


def _row(
    filled: FilledStressSheet,
    row: list[WorkbookCell],
    columns: Sequence[ScenarioColumn],
    first: int,
    unit: SheetUnit,
    log: ImportLog,
) -> None:
    labels = [cell for cell in row if cell.kind is CellKind.TEXT and cell.column < first]
    known = [
        (cell, item)
        for cell in labels
        if (item := filled.form.items.get(text.item_key(cell.text))) is not None
    ]
    if not known:
        return
    label, item = known[-1]
    for column in columns:
        under = [cell for cell in row if column.first <= cell.column <= column.last]
        if len(under) > 1:
            _two_figures(filled, under, column, log)
            continue
        to = ImportLog(log.file) if item.is_ratio else log  # ratios are checked and never kept
        figure = figure_of(item, label, under[0] if under else None, filled.name, unit, to)
        if not under:
            blank = WorkbookCell(label.row, column.first, CellKind.TEXT, "")
            figure = replace(figure, reference=blank.reference)
        of_column = filled.figures.setdefault((column.scenario, column.months), {})
        before = of_column.setdefault(item.column, figure)
        if before is not figure and before.value != figure.value:
            _item_twice(filled, before, figure, plain(label.text), log)


def _two_figures(
    filled: FilledStressSheet, under: Sequence[WorkbookCell], column: ScenarioColumn, log: ImportLog
) -> None:
    seen = ", ".join(f"{cell.reference}: {plain(cell.text)}" for cell in under)
    log.report(
        error(
            "annex11-two-figures",
            file=log.file,
            table=filled.name,
            row=under[0].row,
            column=column.scenario,
            value=seen,
            expected="1",
            detail={"cell": column.reference},
        )
    )


def _item_twice(
    filled: FilledStressSheet, one: FormFigure, other: FormFigure, name: str, log: ImportLog
) -> None:
    if one.value is None or other.value is None:
        return
    places = f"{one.reference}: {one.value:f}, {other.reference}: {other.value:f}"
    log.report(
        error(
            "annex9-item-twice",
            file=log.file,
            table=filled.name,
            row=other.row,
            column=name,
            value=places,
            expected="1",
        )
    )


def is_blank(figures: Mapping[str, FormFigure]) -> bool:
    """Whether a column was left empty: nothing, a dash, or the zero of a formula over empty cells in every cell."""
    amounts = [figure for column, figure in figures.items() if not column.endswith("_ratio")]
    return all(not figure.value and figure.readable for figure in amounts) and not any(
        figure.absence is None and not figure.readable for figure in amounts
    )


def is_given(figure: FormFigure | None) -> bool:
    """Whether there is an amount; a nil is none of capital, and none of a requirement."""
    return figure is not None and figure.value is not None and figure.absence is not Absence.NIL
