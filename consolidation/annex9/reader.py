"""Annex 9: the insurer's own workbook, read into rows of ``solo_filings`` without retyping.

Of the workbook's sheets three are read: S01 偿付能力状况表 (the row), S02 实际资本表 and S05 最低资本表 (which must say
the same, and fill in what S01 leaves out). What the workbook does not say – unit, company, period, kind – is never
guessed: the finding names the option that says it. A workbook with any error gives no row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import polars as pl

from consolidation.annex9 import text
from consolidation.annex9.checks.add_on_sheet import check_add_on
from consolidation.annex9.checks.capital_sheet import check_capital_sheet
from consolidation.annex9.checks.opening import OpeningBalances, opening_balances
from consolidation.annex9.checks.sheets_together import together
from consolidation.annex9.filled_sheet import (
    FilledSheet,
    fill,
    heading_row,
    headings_seen,
    later_headings,
    picture,
)
from consolidation.annex9.form import form, sheets_beside, sheets_named
from consolidation.annex9.form_figures import FormFigure, figures, one_scale
from consolidation.annex9.identity import (
    SuppliedIdentity,
    entity_of,
    kind_of,
    period_of,
    report_day,
    stated_identity,
)
from consolidation.annex9.log import ImportLog
from consolidation.annex9.units import sheet_unit
from consolidation.cell_text.typed_numbers import closed_up, plain
from consolidation.filing_set.absences import filed_as
from consolidation.filing_set.entities.known_entities import NOTHING_KNOWN, KnownFilings, known_in
from consolidation.filing_set.merging import merge_into_set
from consolidation.filing_set.schemas.traced import FILED_AS
from consolidation.findings import Finding, error, info, warning
from consolidation.inspection.process import Question, look
from consolidation.money import AMOUNT, EXACT, RATE
from consolidation.money import plain as written_plainly
from consolidation.rulebook import Rulebook
from consolidation.rulebook.periods import AUDITED_REPORT, is_reported
from consolidation.workbook.cells import UnreadableWorkbook, Workbook, WorkbookCell, open_workbook

__all__ = [
    "FormReading",
    "ToldIdentity",
    "is_form",
    "merge_into_set",
    "read_form",
    "read_workbook",
    "row_schema",
]

_SHOWN_ITEMS = 3

PolarsType = pl.DataType | type[pl.DataType]


def row_schema() -> dict[str, PolarsType]:
    """The columns of the rows that :func:`read_workbook` gives.

    Behind them come ``add_on_capital`` where it is not zero and ``filed_as`` where cells have words for figures.
    """
    amounts_first = sorted(form().items["S01"], key=lambda item: item.is_ratio)
    figure_columns: dict[str, PolarsType] = {
        item.column: RATE if item.is_ratio else AMOUNT for item in amounts_first
    }
    del figure_columns["add_on_capital"]
    return {
        "entity_id": pl.String,
        "kind": pl.String,
        "period_end": pl.Date,
        "basis": pl.String,
    } | figure_columns


def read_workbook(
    path: Path | str,
    *,
    entity: str | None = None,
    kind: str | None = None,
    period: date | None = None,
    unit: str | None = None,
    opening_basis: str | None = None,
    into: Path | None = None,
) -> tuple[pl.DataFrame, tuple[Finding, ...]]:
    """Read an insurer's Annex 9 workbook: the closing balances of S01, S02 and S05.

    :param entity: the ``entity_id`` to file under; else the company named on the cover, in S01 or in the file's name.
    :param kind: life, property or reinsurance; else what the set ``into`` has for the entity.
    :param period: the quarter's last day; else as on the cover, in S01 or in the file's name.
    :param unit: 元, 万元 or 亿元, where the sheets do not declare one; it may not contradict one that does.
    :param opening_basis: ``annual`` where the opening column holds the audited year-end, to be filed as a row of its own.
    :param into: the filing set that the row is meant for: its entities give ids and kinds, its filings what the opening
        balances are compared with.
    :returns: one row of :func:`row_schema` in 万元 (ratios as fractions; two with ``opening_basis``), or none, and everything
        found. Never raises for what is in the file.
    """
    told = ToldIdentity(entity, kind, period, unit, opening_basis)
    reading = read_form(path, told, known_in(into))
    return reading.rows, reading.findings


@dataclass(frozen=True, slots=True)
class ToldIdentity:
    """What a caller says of a workbook; None where the workbook is to say it."""

    entity: str | None = None
    kind: str | None = None
    period: date | None = None
    unit: str | None = None
    opening_basis: str | None = None


NOTHING_TOLD = ToldIdentity()


@dataclass(frozen=True)
class FormReading:
    """What a workbook gave: rows for ``solo_filings``, findings, and the cell of every figure by its column."""

    rows: pl.DataFrame
    findings: tuple[Finding, ...]
    cells: Mapping[str, FormFigure] = field(default_factory=dict)
    capital_items: Mapping[str, FormFigure] = field(default_factory=dict)
    add_on_items: Mapping[str, FormFigure] = field(default_factory=dict)


def read_form(
    path: Path | str, told: ToldIdentity = NOTHING_TOLD, known: KnownFilings = NOTHING_KNOWN
) -> FormReading:
    """As :func:`read_workbook`, with the cell of every figure; ``capital_items`` are S02's, ``add_on_items`` S05's, by the form's line.

    :param told: what the caller says of the workbook.
    :param known: the entities that give ids and kinds, and the filings that opening balances are compared with.
    """
    path = Path(path)
    try:
        refused = look(Question(path, "form"), file=path.name)
    except OSError as reason:
        refused = error("workbook-not-readable", file=path.name, value=reason.strerror or str(reason))
    if refused:
        return FormReading(_rows([]), (refused,))
    log = ImportLog(path.name)
    supplied = SuppliedIdentity(told.entity, told.kind, told.period, told.unit, known.entities)
    try:
        book = open_workbook(path)
        with book.archive:
            read = _read(book, path, log, supplied)
    except UnreadableWorkbook:
        log.report(error("workbook-truncated", file=path.name, expected=".xlsx"))
        read = None
    if read is None:
        return FormReading(_rows([]), tuple(log.findings))
    rows = [read.row]
    if read.opening is not None:
        if told.opening_basis:
            rows.append(read.row | read.opening.as_row(told.opening_basis, log))
        else:
            read.opening.compare(known.filings_of(str(read.row["entity_id"])), log)
    return FormReading(
        _rows([] if log.failed else rows),
        tuple(log.findings),
        read.amounts,
        read.capital_items,
        read.add_on_items,
    )


def is_form(path: Path) -> bool:
    """Whether a workbook is an insurer's own: one of its sheets is S01. Never raises for what is in the file."""
    if look(Question(path, "form"), file=path.name):
        return False
    try:
        book = open_workbook(path)
        with book.archive:
            return bool(sheets_named(book, "S01"))
    except UnreadableWorkbook:
        return False


@dataclass(frozen=True)
class _Read:
    row: dict[str, object]
    amounts: Mapping[str, FormFigure]
    capital_items: Mapping[str, FormFigure]
    add_on_items: Mapping[str, FormFigure]
    opening: OpeningBalances | None


def _read(book: Workbook, path: Path, log: ImportLog, supplied: SuppliedIdentity) -> _Read | None:
    cover = [
        row
        for name in book.sheet_names
        if closed_up(name) in form().cover_sheets
        for row in book.sheet(name).rows()
    ]
    day = report_day(path, cover, _heads(book), supplied)
    sheets = {code: filled for code in form().titles if (filled := _sheet(book, code, day, log))}
    if "S01" not in sheets:
        return None
    first = sheets["S01"]
    identity = stated_identity(path, cover, first, [sheets[code] for code in sheets if code != "S01"])
    entity, known = entity_of(identity, log, supplied)
    kind = kind_of(known, log, supplied)
    period = period_of(identity, log, supplied)
    cover_cells = [cell for row in identity.cover for cell in row]
    units = {
        code: unit
        for code, filled in sheets.items()
        if (unit := sheet_unit(filled, cover_cells, log, supplied.unit))
    }
    if "S01" not in units:
        return None
    read = {code: figures(sheets[code], unit, log) for code, unit in units.items()}
    amounts = together(sheets, read, log)
    amounts |= one_scale(amounts, first, log.findings, log.file)
    stated = [f for of in read.values() for column, f in of.items() if not column.endswith("_ratio")]
    if stated and not any(figure.value or not figure.readable for figure in stated):
        log.report(error("annex9-all-zero", file=log.file, table=first.name, value="0"))
    capital_items = (
        check_capital_sheet(sheets["S02"], units["S02"], read["S02"], log) if "S02" in read else {}
    )
    add_on_items = check_add_on(sheets["S05"], units["S05"], read["S05"], log) if "S05" in read else {}
    may_be_audited = period is not None and is_reported(period, (AUDITED_REPORT,), Rulebook.load())
    audited = may_be_audited and text.says_audited(identity.texts)
    row: dict[str, object] = {
        "entity_id": entity,
        "kind": kind,
        "period_end": period,
        "basis": "annual" if audited else "quarterly",
    }
    row |= {
        item.column: figure.value if (figure := amounts.get(item.column)) else None
        for item in form().items["S01"]
    }
    row[FILED_AS] = filed_as((column, figure.absence) for column, figure in amounts.items() if column in row)
    opening = opening_balances(sheets, units, period, log.file) if period else None
    return _Read(row, amounts, capital_items, add_on_items, opening)


def _heads(book: Workbook) -> list[list[WorkbookCell]]:
    """The rows over the headings of the form's sheets, as far as each has one sheet."""
    found = []
    for code in form().titles:
        named = sheets_named(book, code)
        if len(named) == 1:
            sheet = book.sheet(named[0])
            headings = heading_row(code, sheet)
            until = headings[0].row if headings else 0
            found += [row for row in sheet.rows() if row[0].row < until]
    return found


def _sheet(book: Workbook, code: str, day: date | None, log: ImportLog) -> FilledSheet | None:
    """The form's sheet, filled in; what keeps it from being read is said.

    :param day: the day of the report, as far as the workbook says it beside the headings.
    """
    named = sheets_named(book, code)
    named = [name for name in named if name not in book.hidden_sheets] or named
    official = f"{code}-{form().titles[code]}"
    missing = error if code in form().required else warning
    if beside := sheets_beside(book, code, named):
        log.report(
            warning(
                "annex9-sheet-beside",
                file=log.file,
                table=official,
                expected=official,
                value=", ".join(beside),
            )
        )
    if not named:
        log.report(
            missing(
                "annex9-sheet-missing",
                file=log.file,
                table=official,
                expected=official,
                value=", ".join(book.sheet_names),
            )
        )
        return None
    if len(named) > 1:
        log.report(
            missing(
                "annex9-sheet-twice",
                file=log.file,
                table=official,
                expected=official,
                value=", ".join(named),
            )
        )
        return None
    sheet = book.sheet(named[0])
    filled = fill(code, sheet)
    if day is not None and (later := later_headings(code, sheet, day)):
        log.report(
            missing(
                "annex9-later-heading",
                file=log.file,
                table=filled.name,
                row=later[0].row,
                value=plain(later[0].text),
                expected=day.isoformat(),
                detail={"cell": later[0].reference},
            )
        )
        return None
    if not filled.headings and day is not None:
        filled = fill(code, sheet, day)
        for heading in filled.headings:
            cell = sheet.cells[heading.row, heading.column]
            written = cell.text if cell.number is None else written_plainly(cell.number)
            log.report(
                info(
                    "annex9-dated-heading",
                    file=log.file,
                    table=filled.name,
                    row=heading.row,
                    value=written,
                    expected=day.isoformat(),
                    detail={"cell": heading.reference},
                )
            )
    if not filled.headings and filled.kept_out:
        seen = ", ".join(f"{cell.reference}: {plain(cell.text)}" for cell in filled.kept_out)
        log.report(missing("annex9-closing-kept-out", file=log.file, table=filled.name, value=seen))
        return None
    if not filled.headings:
        log.report(
            missing(
                "annex9-no-closing-column",
                file=log.file,
                table=filled.name,
                value=headings_seen(filled),
                expected="期末数",
            )
        )
        return None
    if filled.unclear:
        log.report(missing("annex9-unclear-layout", file=log.file, table=filled.name, value=filled.unclear))
        return None
    if not filled.labels or not (filled.found or filled.group_label):
        seen = picture(row for row in sheet.rows() if row[0].row >= filled.headings[0].row)
        items = ", ".join(item.name for item in form().items[code][:_SHOWN_ITEMS])
        log.report(
            missing("annex9-no-items", file=log.file, table=filled.name, value=seen, expected=f"{items}, …")
        )
        return None
    if told := _forecast_title(filled):
        log.report(
            missing("annex9-forecast", file=log.file, table=filled.name, row=told.row, value=plain(told.text))
        )
        return None
    if (label := filled.group_label) is not None:
        log.report(
            error(
                "annex9-group-form",
                file=log.file,
                table=filled.name,
                row=label.row,
                value=plain(label.text),
                expected="rule19 import",
            )
        )
        return None
    hidden = sorted({found.label.row for found in filled.labels} & sheet.hidden_rows)
    if hidden or filled.name in book.hidden_sheets:
        rows = ", ".join(str(row) for row in hidden)
        log.report(warning("annex9-hidden", file=log.file, table=filled.name, value=rows or filled.name))
    return filled


def _forecast_title(filled: FilledSheet) -> WorkbookCell | None:
    """What stands over the table, or before its columns of figures, and says that they are a forecast."""
    first = filled.headings[0]
    over = [cell for cell in filled.head if cell.row < first.row]
    titled = (c for c in over if form().titles[filled.code] in closed_up(c.text) or c.column < first.column)
    return next((c for c in titled if text.names_a_forecast(c.text, form().forecast)), None)


def _rows(rows: list[dict[str, object]]) -> pl.DataFrame:
    schema = row_schema()
    if any(row["add_on_capital"] for row in rows):
        schema["add_on_capital"] = AMOUNT
    if any(row[FILED_AS] for row in rows):
        schema[FILED_AS] = pl.String
    exact = [{name: _fitted(row[name], kind) for name, kind in schema.items()} for row in rows]
    return pl.DataFrame(exact, schema=schema)


def _fitted(value: object, kind: PolarsType) -> object:
    """A figure at the places that its column keeps."""
    if isinstance(value, Decimal) and isinstance(kind, pl.Decimal):
        return value.quantize(Decimal(1).scaleb(-kind.scale), rounding=ROUND_HALF_EVEN, context=EXACT)
    return value
