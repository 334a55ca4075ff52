"""Read the forms of a member's own stress test into rows of ``stress_results``.

Sheets 2.3 and 3 of Annex 11-1 and 11-2 and sheet ST01 of Annex 9 give capital and requirement under each scenario, sheet 2.2 the
quantifiable requirement. As with Annex 9 what the workbook does not say is never guessed, and a workbook with any error gives
no row. A scenario whose column is empty was not tested and gives none either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl

from consolidation.annex9 import NOTHING_TOLD, ToldIdentity
from consolidation.annex9.filled_sheet import FilledSheet
from consolidation.annex9.form import form
from consolidation.annex9.form_figures import FormFigure
from consolidation.annex9.identity import SuppliedIdentity, entity_of, period_of, stated_identity
from consolidation.annex9.log import ImportLog
from consolidation.annex11.filled import (
    ColumnKey,
    FilledStressSheet,
    filled_stress_sheet,
    headed_sheet,
    is_blank,
    is_given,
)
from consolidation.annex11.form import StressSheetForm, sheets_called, stress_form
from consolidation.cell_text.typed_numbers import closed_up, plain
from consolidation.filing_set.absences import filed_as
from consolidation.filing_set.entities.known_entities import NOTHING_KNOWN, KnownFilings
from consolidation.filing_set.schemas.traced import FILED_AS
from consolidation.findings import Finding, error, info, warning
from consolidation.inspection.process import Question, look
from consolidation.money import AMOUNT, line_amount, ratio
from consolidation.rulebook.periods import months_before
from consolidation.workbook.cells import UnreadableWorkbook, Workbook, WorkbookCell, open_workbook

_MOST_NAMED = 10
_NEEDED = ("actual_capital", "core_capital", "minimum_capital")
_COLUMNS = (*_NEEDED, "quantifiable_risk_minimum_capital")
_RATIOS = {"core_solvency_ratio": "core_capital", "comprehensive_solvency_ratio": "actual_capital"}
SCHEMA: Mapping[str, pl.DataType | type[pl.DataType]] = (
    {
        "entity_id": pl.String,
        "report_date": pl.Date,
        "scenario": pl.String,
        "horizon_end": pl.Date,
    }
    | dict.fromkeys(_COLUMNS, AMOUNT)
    | {FILED_AS: pl.String}
)


@dataclass(frozen=True)
class StressReading:
    """What a workbook gave: rows for ``stress_results`` in 万元, findings, and the cell of every figure.

    ``cells``: by scenario, the date that the figure is for, and column.
    """

    rows: pl.DataFrame
    findings: tuple[Finding, ...]
    cells: Mapping[tuple[str, date, str], FormFigure] = field(default_factory=dict)


def is_stress_form(path: Path) -> bool:
    """Whether a workbook holds a stress test form. Never raises for what is in the file."""
    if look(Question(path, "form"), file=path.name):
        return False
    try:
        book = open_workbook(path)
        with book.archive:
            return any(_visible(book, sheet) for sheet in stress_form().sheets)
    except UnreadableWorkbook:
        return False


def read_stress_form(
    path: Path | str, told: ToldIdentity = NOTHING_TOLD, known: KnownFilings = NOTHING_KNOWN
) -> StressReading:
    """Read every stress test form of a workbook.

    :param told: what the caller says of the workbook: entity, period (the report date) and unit.
    :param known: the entities that give ids.
    :returns: one row a scenario and date, or none, and everything found. Never raises for what is in the file.
    """
    path = Path(path)
    log = ImportLog(path.name)
    cells: dict[tuple[str, date, str], FormFigure] = {}
    rows: list[dict[str, object]] = []
    try:
        refused = look(Question(path, "form"), file=path.name)
        if refused:
            return StressReading(_frame([]), (refused,))
        book = open_workbook(path)
        with book.archive:
            supplied = SuppliedIdentity(told.entity, told.kind, told.period, told.unit, known.entities)
            rows = _read(book, path, log, supplied, cells)
    except OSError as reason:
        log.report(error("workbook-not-readable", file=path.name, value=reason.strerror or str(reason)))
    except UnreadableWorkbook:
        log.report(error("workbook-truncated", file=path.name, expected=".xlsx"))
    return StressReading(_frame([] if log.failed else rows), tuple(log.findings), cells)


def _read(
    book: Workbook,
    path: Path,
    log: ImportLog,
    supplied: SuppliedIdentity,
    cells: dict[tuple[str, date, str], FormFigure],
) -> list[dict[str, object]]:
    headed = [(sheet, one) for sheet in stress_form().sheets if (one := _headed(book, sheet, log))]
    if not headed:
        return []
    cover = [book.sheet(name).rows() for name in book.sheet_names if closed_up(name) in form().cover_sheets]
    first, *others = (one for _, one in headed)
    identity = stated_identity(path, [row for rows in cover for row in rows], first, others)
    entity = entity_of(identity, log, supplied)[0]
    day = period_of(identity, log, supplied)
    if day is None or entity is None:
        return []
    cover_cells = [cell for row in identity.cover for cell in row]
    sheets = _filled(headed, cover_cells, day, log, supplied.unit)
    figures = _together(sheets, log)
    for (scenario, months), of_column in figures.items():
        _check(scenario, months, of_column, sheets, log)
        horizon = months_before(day, -months)
        cells |= {(scenario, horizon, column): figure for column, figure in of_column.items()}
    if log.failed:
        return []
    if not figures:
        log.report(info("annex11-blank", file=log.file, value=", ".join(sheet.name for sheet in sheets)))
        return []
    read = ", ".join(f"{scenario} {months_before(day, -m)}" for scenario, m in figures)
    log.report(info("annex11-read", file=log.file, value=str(len(figures)), expected=read, period_end=day))
    return [
        {"entity_id": entity, "report_date": day, "scenario": scenario, "horizon_end": months_before(day, -m)}
        | {c: figure.value if (figure := of_column.get(c)) else None for c in _COLUMNS}
        | {FILED_AS: filed_as((c, of_column[c].absence) for c in _COLUMNS if c in of_column)}
        for (scenario, m), of_column in figures.items()
    ]


def _visible(book: Workbook, sheet: StressSheetForm) -> list[str]:
    named = sheets_called(book, sheet)
    return [name for name in named if name not in book.hidden_sheets] or named


def _headed(book: Workbook, sheet: StressSheetForm, log: ImportLog) -> FilledSheet | None:
    """The workbook's sheet of the form with its headings; what keeps it from being read is said."""
    named = _visible(book, sheet)
    if not named:
        return None
    if len(named) > 1:
        log.report(
            error(
                "annex9-sheet-twice",
                file=log.file,
                table=sheet.title,
                expected=sheet.title,
                value=", ".join(named),
            )
        )
        return None
    headed = headed_sheet(sheet, book.sheet(named[0]))
    hidden = book.sheet(named[0]).hidden_rows
    if named[0] in book.hidden_sheets or hidden:
        rows = ", ".join(map(str, sorted(hidden)[:_MOST_NAMED])) or named[0]
        log.report(warning("annex9-hidden", file=log.file, table=named[0], value=rows))
    if headed is None:
        expected = "基本情景, 必测情景一, …"
        log.report(error("annex11-no-scenarios", file=log.file, table=named[0], expected=expected))
    return headed


def _filled(
    headed: Sequence[tuple[StressSheetForm, FilledSheet]],
    cover: Sequence[WorkbookCell],
    day: date,
    log: ImportLog,
    unit: str | None,
) -> list[FilledStressSheet]:
    """The sheets with their figures; the annual forms are of a year-end."""
    is_year_end = (day.month, day.day) == (12, 31)
    found = []
    for sheet, one in headed:
        if sheet.test != "quarterly" and not is_year_end:
            log.report(
                error(
                    "annex11-not-a-year-end",
                    file=log.file,
                    table=one.name,
                    column="report_date",
                    value=day.isoformat(),
                    expected="--period",
                )
            )
            return []
        found.append(filled_stress_sheet(sheet, one, cover, day.year, log, unit))
    return found


def _together(sheets: Sequence[FilledStressSheet], log: ImportLog) -> dict[ColumnKey, dict[str, FormFigure]]:
    """The figures by scenario and date: where two sheets say one the finer counts, where they differ both are named."""
    chosen: dict[ColumnKey, dict[str, FormFigure]] = {}
    for sheet in sheets:
        for key, of_column in sheet.figures.items():
            if is_blank(of_column) or key == ("quarter_base", 0):
                continue
            there = chosen.setdefault(key, {})
            for column, figure in of_column.items():
                first = there.setdefault(column, figure)
                if first is figure or not is_given(figure):
                    continue
                if not is_given(first) or (first.agrees(figure) and figure.step < first.step):
                    there[column] = figure
                elif not first.agrees(figure) and column not in _RATIOS:
                    log.report(_sheets_differ(column, first, figure, log.file))
    return chosen


def _sheets_differ(column: str, first: FormFigure, other: FormFigure, file: str) -> Finding:
    return error(
        "annex11-sheets-differ",
        file=file,
        table=other.sheet,
        row=other.row,
        column=column,
        value=f"{other.value:f}",
        expected=f"{first.value:f}",
        detail={"cell": other.reference, "other": first.place},
    )


def _check(
    scenario: str,
    months: int,
    figures: Mapping[str, FormFigure],
    sheets: Sequence[FilledStressSheet],
    log: ImportLog,
) -> None:
    """Hold a column against what the table needs and against its own ratios."""
    for column in _NEEDED:
        figure = figures.get(column)
        if is_given(figure) or (figure is not None and not figure.readable):
            continue
        if figure is None:
            log.report(_column_missing(scenario, months, column, sheets, log.file))
            continue
        log.report(
            error(
                "annex11-figure-missing",
                file=log.file,
                table=figure.sheet,
                row=figure.row,
                column=column,
                value=scenario,
                detail={"cell": figure.reference},
            )
        )
    minimum = figures.get("minimum_capital")
    for name, of in _RATIOS.items():
        stated, capital = figures.get(name), figures.get(of)
        if stated is None or not is_given(stated) or minimum is None or capital is None:
            continue
        made = ratio(capital.value, minimum.value) if capital.value is not None and minimum.value else None
        if made is not None and not _shows(stated, made):
            log.report(
                warning(
                    "annex11-ratio-differs",
                    file=log.file,
                    table=stated.sheet,
                    row=stated.row,
                    column=name,
                    value=f"{stated.value:f}",
                    expected=f"{made:.4f}",
                    detail={"cell": stated.reference},
                )
            )


def _column_missing(
    scenario: str, months: int, column: str, sheets: Sequence[FilledStressSheet], file: str
) -> Finding:
    """A scenario without a row or column for the figure: the cell of its heading, headings not understood, else the sheet to look on."""
    has, at = next((s, c) for s in sheets for c in s.columns if (c.scenario, c.months) == (scenario, months))
    of_test = [s for s in sheets if s.form.test == has.form.test]
    unread = [f"{s.name}!{cell.reference}: {plain(cell.text)}" for s in of_test for cell in s.unread]
    lacking = next(
        form.title
        for form in (has.form, *stress_form().sheets)
        if form.test == has.form.test and any(item.column == column for item in form.items.values())
    )
    return error(
        "annex11-scenario-without",
        file=file,
        table=has.name,
        column=column,
        value=scenario,
        expected=", ".join(unread) or lacking,
        detail={"cell": at.reference},
    )


def _shows(stated: FormFigure, made: Decimal) -> bool:
    """Whether the ratio is what the amounts make, as a fraction or, without a sign that says so, in percent."""
    assert stated.value is not None
    scales = (Decimal(1),) if stated.scale_declared else (Decimal(1), Decimal(100))
    return any(abs(stated.value / s - made) <= max(stated.step / s, Decimal("0.0001")) for s in scales)


def _frame(rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    exact = [{n: line_amount(v) if isinstance(v, Decimal) else v for n, v in row.items()} for row in rows]
    return pl.DataFrame(exact, schema=dict(SCHEMA))
