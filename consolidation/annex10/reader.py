"""Annex 10 read back: a group's own workbook, of this program or another, into the tables of a group's own figures.

Rows are found by their items, as published copies of the form number them differently; an item that stands on the
actual-capital sheet more than once is told apart by its order. What was computed and never stored (a program that leaves
totals to Excel) is added up from its parts where they are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl

from consolidation.actual_capital.capital_sheet import FORMULAS
from consolidation.annex9 import ToldIdentity, text
from consolidation.annex9.checks.near_items import propose_items
from consolidation.annex9.checks.sheets_together import in_two_units
from consolidation.annex9.filled_sheet import FilledSheet, LabelledCell
from consolidation.annex9.form import Item
from consolidation.annex9.form_figures import FormFigure, figure_of
from consolidation.annex9.log import ImportLog
from consolidation.annex9.units import SheetUnit, sheet_unit
from consolidation.annex10.layout import (
    HOLDING,
    HOLDING_CAPITAL,
    NON_HOLDING_AND_MIXED,
    Fills,
    LayoutRow,
    layout,
)
from consolidation.annex10.sheets import (
    GroupSheet,
    group_named,
    group_sheets,
    head_of,
    item_keys,
    period_stated,
)
from consolidation.cell_text.typed_numbers import closed_up
from consolidation.filing_set.absences import FIGURE_NEEDED, Absence, filed_as
from consolidation.filing_set.entities.known_entities import NOTHING_KNOWN, KnownFilings
from consolidation.filing_set.merging import GROUP_CAPITAL, GROUP_FILING_LINES, GROUP_FILINGS, SetTable
from consolidation.filing_set.schemas.tables import TABLES
from consolidation.filing_set.schemas.traced import FILED_AS
from consolidation.findings import Finding, error, info, warning
from consolidation.inspection.process import Question, look
from consolidation.money import AMOUNT, RATE, ZERO, plain
from consolidation.statement_lines import LINES
from consolidation.words import LANGUAGES, say
from consolidation.workbook.cells import CellKind, UnreadableWorkbook, Workbook, open_workbook

_FILED_AS = {
    "core_solvency_surplus": "core_surplus",
    "comprehensive_solvency_surplus": "comprehensive_surplus",
}


@dataclass(frozen=True)
class GroupReading:
    """Rows for the tables of a group's own figures (without those that would have none), and what was found.

    ``cells``: by line of the statement, and of ``group_capital`` by *group_capital line*, where the figure stands.
    """

    rows: Mapping[SetTable, pl.DataFrame]
    findings: tuple[Finding, ...]
    cells: Mapping[str, FormFigure] = field(default_factory=dict)


@dataclass(frozen=True)
class _Closing:
    """Closing balances by line of a layout, and the cells that have a figure or a word for one: a nil has both."""

    amounts: dict[int, Decimal] = field(default_factory=dict)
    cells: dict[int, FormFigure] = field(default_factory=dict)

    def take(self, line: int, figure: FormFigure) -> None:
        """Take in what stands in the cell of a line."""
        if figure.value is not None:
            self.amounts[line] = figure.value
        if figure.value is not None or figure.absence is not None:
            self.cells[line] = figure

    def filed(self, line: int) -> tuple[Decimal | None, Absence | None]:
        """The amount of a line and the word for one."""
        cell = self.cells.get(line)
        return self.amounts.get(line), cell.absence if cell else None


def read_group_form(path: Path, told: ToldIdentity, known: KnownFilings = NOTHING_KNOWN) -> GroupReading:
    """Read the closing balances of a group's own workbook.

    :param told: group (as entity), period and unit where the workbook does not say them.
    :param known: the groups that give ids to names.
    :returns: rows of ``group_filings``, ``group_filing_lines`` and ``group_capital`` in 万元 (ratios as fractions), none
        with an error. Never raises for what is in the file.
    """
    log = ImportLog(path.name)
    try:
        refused = look(Question(path, "form"), file=path.name)
        if refused:
            return GroupReading({}, (refused,))
        book = open_workbook(path)
        with book.archive:
            rows, cells = _read(book, path, log, told, known)
    except OSError as reason:
        log.report(error("workbook-not-readable", file=path.name, value=reason.strerror or str(reason)))
    except UnreadableWorkbook:
        log.report(error("workbook-truncated", file=path.name, expected=".xlsx"))
    return (
        GroupReading({}, tuple(log.findings))
        if log.failed
        else GroupReading(rows, tuple(log.findings), cells)
    )


def _read(
    book: Workbook, path: Path, log: ImportLog, told: ToldIdentity, known: KnownFilings
) -> tuple[Mapping[SetTable, pl.DataFrame], Mapping[str, FormFigure]]:
    sheets = group_sheets(book, path, log, told.period)
    if not sheets:
        log.report(error("annex10-no-sheet", file=log.file, value=", ".join(book.sheet_names)))
        return {}, {}
    head = [row for sheet in sheets for row in head_of(sheet.filled)]
    group = told.entity or group_named(head, log, known.groups)
    period = told.period or period_stated(head, path)
    _check_period(told.period, period_stated(head, path), log)
    if group is None:
        log.report(error("annex10-group-missing", file=log.file, column="group_id", expected="--entity"))
    if not isinstance(period, date):
        log.report(error("annex10-period-missing", file=log.file, value=period, expected="--period"))
    read: dict[str, _Closing] = {}
    for sheet in sorted(sheets, key=lambda sheet: sheet.layout != HOLDING_CAPITAL):
        capital = read[HOLDING_CAPITAL].amounts if HOLDING_CAPITAL in read else {}
        read[sheet.layout] = _closing(sheet, capital, log, told.unit)
    by_layout = {sheet.layout: sheet.filled.name for sheet in sheets}
    if HOLDING in read and HOLDING_CAPITAL in read:
        _check_links(read[HOLDING], read[HOLDING_CAPITAL], log)
    amounts = [cell.value for closing in read.values() for cell in closing.cells.values()]
    if amounts and not any(amounts):
        log.report(error("annex9-all-zero", file=log.file, table=", ".join(by_layout.values()), value="0"))
    if group is None or not isinstance(period, date):
        return {}, {}
    texts = [cell.text for row in head for cell in row] + [path.stem]
    is_audited = (period.month, period.day) == (12, 31) and text.says_audited(texts)
    basis = "annual" if is_audited else "quarterly"
    for sheet in sheets:
        count = str(len(read[sheet.layout].amounts))
        name = sheet.filled.name
        log.report(
            info("annex10-read", file=log.file, table=name, value=count, expected=basis, period_end=period)
        )
    return _rows(group, period, basis, read), _cells(read)


def _check_period(told: date | None, stated: date | str, log: ImportLog) -> None:
    """Hold the day that the caller says against what a period ends on, and against the workbook's."""
    if told is None:
        return
    place = {"file": log.file, "column": "period_end"}
    if not text.is_quarter_end(told):
        log.report(
            error("annex9-period-not-quarter-end", **place, value=told.isoformat(), expected="--period")
        )
    elif isinstance(stated, date) and stated != told:
        shown = {"value": stated.isoformat(), "expected": told.isoformat()}
        log.report(warning("annex9-period-differs", **place, **shown))


def _check_links(solvency: _Closing, capital: _Closing, log: ImportLog) -> None:
    """Hold the capital of the solvency sheet against the actual-capital sheet, which shows the same."""
    for row in layout(HOLDING):
        one = solvency.cells.get(row.line)
        other = None if row.link is None else capital.cells.get(row.link)
        if one is None or other is None or one.value is None or other.value is None or one.agrees(other):
            continue
        in_units = in_two_units(one, other)
        report, code = (error, "annex10-units-differ") if in_units else (warning, "annex10-sheets-differ")
        log.report(
            report(
                code,
                file=log.file,
                table=other.sheet,
                row=other.row,
                column=row.item,
                value=f"{other.value:f}",
                expected=f"{one.value:f}",
                detail={"cell": other.reference, "other": one.place},
            )
        )


def _closing(
    sheet: GroupSheet, capital: Mapping[int, Decimal], log: ImportLog, told_unit: str | None
) -> _Closing:
    """The closing balances by line of the layout.

    :param capital: those of the actual-capital sheet, which the other one may only refer to.
    """
    filled = sheet.filled
    unit = sheet_unit(filled, (), log, told_unit)
    if unit is None:
        return _Closing()
    read = _Closing()
    amounts = read.amounts
    shown: dict[int, Decimal] = {}  # zeros that stand for no data: parts of totals, no figures of their own
    left_to_excel: list[tuple[LayoutRow, LabelledCell]] = []
    without: list[tuple[LayoutRow, LabelledCell]] = []
    for row in layout(sheet.layout):
        one = sheet.cells.get(row.line)
        if one is None or one.closing is None:
            continue
        if _says_no_data(filled, one):
            shown[row.line] = one.closing.number or Decimal(0)
        elif one.closing.kind is CellKind.UNCALCULATED:
            left_to_excel.append((row, one))
        else:
            figure = _figure(row, one, filled, unit, log)
            if figure.absence is not None and row.names[:1] and row.names[0] in FIGURE_NEEDED:
                without.append((row, one))  # a dash for a total is no figure
                continue
            read.take(row.line, figure)
    waiting = left_to_excel
    while found := _added_up([row for row, _ in waiting], shown | amounts, capital):
        for row, one in waiting:
            if row.line in found and (at := one.closing):
                read.take(row.line, FormFigure(found[row.line], at.row, at.reference, sheet=filled.name))
        waiting = [(row, one) for row, one in waiting if row.line not in found]
    for row, one in waiting:
        if row.fills in (Fills.INPUT, Fills.SUM):
            _figure(row, one, filled, unit, log)
    places = [
        f"{one.closing.reference}: {plain(value)}"
        for row, one in left_to_excel
        if one.closing and (value := amounts.get(row.line))
    ]
    if places:
        log.report(info("annex10-added-up", file=log.file, table=filled.name, value=", ".join(places)))
    _check_complete(sheet, log)
    for row, one in without:
        assert one.closing is not None
        log.report(
            error(
                "annex10-figure-needed",
                file=log.file,
                table=filled.name,
                row=one.closing.row,
                column=row.item,
                value=one.closing.text,
                expected="1234.56",
                detail={"cell": one.closing.reference},
            )
        )
    return read


def _added_up(
    rows: Iterable[LayoutRow], amounts: Mapping[int, Decimal], capital: Mapping[int, Decimal]
) -> dict[int, Decimal]:
    """Of formulas that were never calculated those whose parts are all there by now, by line."""
    found = ((row.line, _from_parts(row, amounts, capital)) for row in rows)
    return {line: value for line, value in found if value is not None}


def _check_complete(sheet: GroupSheet, log: ImportLog) -> None:
    """Tell the totals that every statement has and this one has not, and labels that nearly name an item that is not there."""
    rows = layout(sheet.layout)
    for row in rows if sheet.layout != HOLDING_CAPITAL else ():
        one = sheet.cells.get(row.line)
        if row.names[:1] and row.names[0] in FIGURE_NEEDED and (one is None or one.closing is None):
            place = {"file": log.file, "table": sheet.filled.name}
            log.report(warning("annex9-item-missing", **place, column=row.item, expected=row.item))
    known = {key for row in rows for key in item_keys(row)}
    propose_items(sheet.filled, [row.item for row in rows if row.line not in sheet.cells], known, log)


def _from_parts(
    row: LayoutRow, amounts: Mapping[int, Decimal], capital: Mapping[int, Decimal]
) -> Decimal | None:
    """What a formula that was never calculated makes: the other sheet's line, or the sum of its parts."""
    if row.link is not None and row.link in capital:
        return capital[row.link]
    if row.fills is not Fills.SUM:
        return None  # surpluses and ratios follow from the totals
    ways = (row.value(terms, amounts, ZERO) for terms in row.terms)  # a sum is held against no limit
    return next((value for value in ways if value is not None), None)


def _figure(
    row: LayoutRow, one: LabelledCell, filled: FilledSheet, unit: SheetUnit, log: ImportLog
) -> FormFigure:
    name = "amount_ratio" if row.fills is Fills.RATIO else "amount"
    return figure_of(Item(row.item, name, ""), one.label, one.closing, filled.name, unit, log)


_NO_DATA = ("status.no data", "annex10.not_given", "annex10.not_computable")


def _says_no_data(filled: FilledSheet, one: LabelledCell) -> bool:
    """Whether there is no figure, in the words that this program writes for it in the cell or as status behind a zero."""
    assert one.closing is not None
    first = one.closing.column
    row = [
        cell
        for (number, column), cell in filled.sheet.cells.items()
        if number == one.label.row and column >= first
    ]
    words = {closed_up(say(key, language)) for key in _NO_DATA for language in LANGUAGES}
    return any(closed_up(cell.text) in words for cell in row)


def _cells(read: Mapping[str, _Closing]) -> dict[str, FormFigure]:
    """Where the figures that are filed stand."""
    solvency = {
        row.names[0]: figure
        for name in (HOLDING, NON_HOLDING_AND_MIXED)
        if (closing := read.get(name))
        for row in layout(name)
        if len(row.names) == 1 and row.names[0] in LINES and (figure := closing.cells.get(row.line))
    }
    capital = read.get(HOLDING_CAPITAL, _Closing()).cells
    return solvency | {f"{GROUP_CAPITAL.name} {line}": capital[line] for line in sorted(capital)}


def _rows(group: str, period: date, basis: str, read: Mapping[str, _Closing]) -> dict[SetTable, pl.DataFrame]:
    key = {"group_id": group, "period_end": period, "basis": basis}
    of_line = {
        row.names[0]: closing.filed(row.line)
        for name in (HOLDING, NON_HOLDING_AND_MIXED)
        if (closing := read.get(name))
        for row in layout(name)
        if len(row.names) == 1
    }
    columns = [column for column in TABLES[GROUP_FILINGS.name].columns if column not in key]
    filed = {_FILED_AS.get(line, line): found for line, found in of_line.items()}
    said = filed_as((column, found[1]) for column, found in filed.items() if column in columns)
    rows: dict[SetTable, pl.DataFrame] = {}
    if any(filed[column] != _BLANK for column in columns if column in filed):
        rows[GROUP_FILINGS] = pl.DataFrame(
            [key | {column: filed.get(column, _BLANK)[0] for column in columns} | {FILED_AS: said}],
            schema_overrides=_TEXT | {name: RATE if name.endswith("_ratio") else AMOUNT for name in columns},
        )
    others = {n: found for n, found in of_line.items() if n in LINES and _FILED_AS.get(n, n) not in columns}
    rows |= _table(GROUP_FILING_LINES, key, others)
    capital = read.get(HOLDING_CAPITAL, _Closing())
    if capital.amounts.keys() - set(FORMULAS):  # totals alone are what group_filings has
        lines = {str(line): capital.filed(line) for line in sorted(capital.cells)}
        rows |= _table(GROUP_CAPITAL, {"group_id": group, "period_end": period}, lines)
    return rows


_BLANK: tuple[Decimal | None, Absence | None] = (None, None)
_TEXT: dict[str, pl.DataType | type[pl.DataType]] = {FILED_AS: pl.String}


def _table(
    table: SetTable, key: Mapping[str, object], lines: Mapping[str, tuple[Decimal | None, Absence | None]]
) -> dict[SetTable, pl.DataFrame]:
    """The table with a row for each line that has a figure or a word for one; nothing where none has."""
    rows = [
        {**key, "line": line, "amount": value, FILED_AS: filed_as([("amount", said)])}
        for line, (value, said) in lines.items()
        if value is not None or said is not None
    ]
    return {table: pl.DataFrame(rows, schema_overrides=_TEXT | {"amount": AMOUNT})} if rows else {}
