"""The columns of a stress test form: which scenario and which date each is for.

A heading may span several columns, with the dates below it; it may be repeated; filers number the mandatory scenarios or do not.
What could be two scenarios or two dates is refused with the cells that say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from consolidation.annex9.log import ImportLog
from consolidation.annex11.form import BASE, MANDATORY, Heading, StressSheetForm, stress_form
from consolidation.cell_text.typed_numbers import plain
from consolidation.findings import error, warning
from consolidation.workbook.cells import CellKind, WorkbookCell, WorkbookSheet


@dataclass(frozen=True, slots=True)
class ScenarioColumn:
    """A column: the scenario of ``stress_results``, months from the report date to what it is for, and its range."""

    scenario: str
    months: int
    first: int
    last: int
    reference: str


@dataclass(frozen=True, slots=True)
class _Headed:
    """A heading, its range, and the cells below it that name dates."""

    cell: WorkbookCell
    says: Heading
    first: int
    last: int
    dates: tuple[tuple[WorkbookCell, int], ...]


def heading_rows(sheet: WorkbookSheet) -> list[int]:
    """The rows that head scenarios: two or more cells of a row do."""
    return [
        row[0].row
        for row in sheet.rows()
        if sum(cell.kind is CellKind.TEXT and bool(stress_form().heading(cell.text)) for cell in row) > 1
    ]


def scenario_columns(
    sheet: WorkbookSheet, row: int, form: StressSheetForm, report_year: int, log: ImportLog
) -> tuple[ScenarioColumn, ...]:
    """The columns under one row of headings; what has no or more than one meaning is reported and left out."""
    headed = _headed(sheet, row, report_year)
    found: list[ScenarioColumn] = []
    for kind, scenarios in stress_form().scenarios[form.test].items():
        of_kind = [one for one in headed if one.says.kind == kind]
        if kind == BASE:
            found += _bases(of_kind, scenarios[0], form, report_year, log, sheet.name)
            continue
        for one, scenario in _numbered(of_kind, scenarios, kind, log, sheet.name):
            found += _of_shock(one, scenario, form, report_year)
    return tuple(sorted(_once(found, log, sheet.name), key=lambda column: column.first))


def _headed(sheet: WorkbookSheet, row: int, report_year: int) -> list[_Headed]:
    cells = [c for c in sheet.row_cells(row) if c.kind is CellKind.TEXT and stress_form().heading(c.text)]
    below = [c for c in sheet.row_cells(row + 1) if c.kind is not CellKind.ERROR]
    dates = [(c, months) for c in below if (months := stress_form().months(c.text, report_year)) is not None]
    found = []
    for index, cell in enumerate(cells):
        first, last = sheet.span(cell)
        until = cells[index + 1].column - 1 if index + 1 < len(cells) else max(last, cell.column)
        under = tuple((c, months) for c, months in dates if first <= c.column <= until)
        says = stress_form().heading(cell.text)
        assert says is not None
        found.append(_Headed(cell, says, first, last, under))
    return found


def _columns_of(one: _Headed, scenario: str) -> list[ScenarioColumn]:
    """A column for each date below the heading."""
    return [ScenarioColumn(scenario, months, c.column, c.column, c.reference) for c, months in one.dates]


def _bases(
    headed: Sequence[_Headed],
    scenario: str,
    form: StressSheetForm,
    report_year: int,
    log: ImportLog,
    name: str,
) -> list[ScenarioColumn]:
    found: list[ScenarioColumn] = []
    unsaid: list[_Headed] = []
    for one in headed:
        months = stress_form().months(one.says.rest, report_year)
        if one.dates:
            found += _columns_of(one, scenario)
        elif months is not None:
            found.append(ScenarioColumn(scenario, months, one.first, one.last, one.cell.reference))
        else:
            unsaid.append(one)
    in_order = stress_form().base_in_order[form.test]
    if unsaid and (found or len(unsaid) != len(in_order)):
        log.report(
            error(
                "annex11-date-missing",
                file=log.file,
                table=name,
                row=unsaid[0].cell.row,
                column=plain(unsaid[0].cell.text),
                expected=", ".join(("报告年度", "后第一年", "后第二年")[: len(in_order)]),
                detail={"cell": unsaid[0].cell.reference},
            )
        )
        return found
    return found + [
        ScenarioColumn(scenario, months, one.first, one.last, one.cell.reference)
        for one, months in zip(unsaid, in_order, strict=False)
    ]


def _numbered(
    headed: Sequence[_Headed], scenarios: Sequence[str], kind: str, log: ImportLog, name: str
) -> list[tuple[_Headed, str]]:
    """Each heading with its scenario: by its number, in order where numbers repeat or there are none."""
    numbers = [one.says.number for one in headed]
    all_differ = None not in numbers and len(set(numbers)) == len(numbers)
    by_number = kind == MANDATORY and all_differ
    pairs = []
    for place, one in enumerate(headed):
        number = (one.says.number or 0) - 1 if by_number else place
        if number < len(scenarios):
            pairs.append((one, scenarios[number]))
            continue
        told = error if kind == MANDATORY else warning
        log.report(
            told(
                "annex11-scenario-too-many",
                file=log.file,
                table=name,
                row=one.cell.row,
                column=plain(one.cell.text),
                value=str(len(headed)),
                expected=str(len(scenarios)),
                detail={"cell": one.cell.reference},
            )
        )
    return pairs


def _of_shock(one: _Headed, scenario: str, form: StressSheetForm, report_year: int) -> list[ScenarioColumn]:
    if one.dates:
        return _columns_of(one, scenario)
    months = stress_form().months(one.says.rest, report_year)
    months = stress_form().of_shocks[form.test] if months is None else months
    return [ScenarioColumn(scenario, months, one.first, one.last, one.cell.reference)]


def _once(columns: Sequence[ScenarioColumn], log: ImportLog, name: str) -> list[ScenarioColumn]:
    """Without those for which a scenario and date stand over two columns."""
    by_key: dict[tuple[str, int], list[ScenarioColumn]] = {}
    for column in columns:
        by_key.setdefault((column.scenario, column.months), []).append(column)
    for (scenario, _), same in by_key.items():
        if len(same) > 1:
            cells = ", ".join(column.reference for column in same)
            log.report(
                error("annex11-scenario-twice", file=log.file, table=name, column=scenario, value=cells)
            )
    return [same[0] for same in by_key.values() if len(same) == 1]
