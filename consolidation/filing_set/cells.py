"""From text to typed cells: exact decimals, ISO dates, true and false, and a finding for each cell that is none.

Polars reads a decimal number from text exactly and rounds half to even where there are more places than the type has;
no number passes through a float here. What it cannot read is looked at once more, to say *why* in the user's words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import cache

import dataframely as dy
import polars as pl

from consolidation.cell_text.typed_dates import typed_day, typed_period
from consolidation.cell_text.typed_numbers import UNITS, in_units_of_yuan, typed_number
from consolidation.filing_set.absences import FIGURE_NEEDED, Absence, absence, filed_as
from consolidation.filing_set.entities.look_alikes import UNSEEN, check_unseen
from consolidation.filing_set.faults import Faults
from consolidation.filing_set.readers.raw_tables import BLANKS, NOT_CALCULATED, OTHERWISE_SHOWN, RawTable
from consolidation.filing_set.readers.words.codes import as_codes
from consolidation.filing_set.readers.words.headings import is_amount
from consolidation.filing_set.schemas.columns import Blank, CellType, ColumnRules, rules_of
from consolidation.filing_set.schemas.tables import EXPOSURES, Table
from consolidation.filing_set.schemas.traced import FILED_AS, TRACE
from consolidation.findings import Severity
from consolidation.money import EXACT, RATE, TOO_LARGE, ZERO, plain

LONGEST_ID = 200
"""Characters of an id; databases index it."""

NUMBER_EXAMPLE = "1234.56"
DAY_EXAMPLE = "2023-12-31"
YES_NO_EXAMPLE = "true / false"

_ERRORS = (
    "#N/A",
    "#REF!",
    "#DIV/0!",
    "#VALUE!",
    "#NAME?",
    "#NUM!",
    "#NULL!",
    "#SPILL!",
    "#CALC!",
    "#GETTING_DATA",
)
_NO_ID = ("-", "--", "—", "——", "–", "－", "/", "N/A", "n/a", "无", "不适用", "未填")
"""Nobody's id; positions, which are read many at a time, take ids as they are."""
_DAY = r"^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}$"
_TRUE, _FALSE = ("true", "1"), ("false", "0")
_PLACEHOLDERS = {"na", "nil", "none", "null", "未披露", "不详", "待定", "tbd", "?", "？", "…", "..."}
_NOT_FINITE = re.compile(r"^[+-]?(nan|inf|infinity|∞)$", re.IGNORECASE)
_THOUSANDS = re.compile(r"^[+-]?\d{1,3}([,，' ]\d{3})+(\.\d*)?$")
_NUMBER = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$", re.ASCII)
_WITH_UNIT = re.compile(r"^[+-]?[\d.,]+\s*(元|万元|亿元|万|亿)$")
_PARENTHESES = re.compile(r"^[(（][\d.,]+[)）]$")


def read_cells(table: Table, raw: Sequence[RawTable]) -> Faults:
    """The typed rows of a table's files, and what of their cells could not be read. Nothing is taken out yet."""
    text = pl.concat([one.frame for one in raw], how="diagonal")
    filed = [name for name in text.columns if name not in TRACE]
    cell = pl.col(filed).str.strip_chars(BLANKS)
    stripped, coded = as_codes(table, text.with_columns(pl.when(cell != "").then(cell).name.keep()))
    columns = {name: (rules_of(column), column) for name, column in table.columns.items()}
    says_absences = FILED_AS in table.schema.columns()
    typed = stripped.select(_typed_columns(table))
    absent = frozenset((one.file, name) for one in raw for name in columns if name not in one.columns)
    faults = Faults(table, stripped, typed, absent)
    for name, word, code, rows in coded:
        details = [{"count": f"{len(rows):,}"}]
        faults.add(
            "code-read", rows[:1], name, severity=Severity.INFO, expected=code, values=[word], details=details
        )
    blank, unread, odd = stripped.null_count(), _unread_columns(faults), _odd_columns(table, text)
    absences: dict[int, list[tuple[str, Absence]]] = {}
    for name, (rules, column) in columns.items():
        if name in unread:
            if rules.cell_type is CellType.DAY:
                _typed_days(faults, name, rules)
            says = says_absences and rules.cell_type is CellType.NUMBER and name not in FIGURE_NEEDED
            in_words = _absences(faults, name, column) if says else {}
            for row, said in in_words.items():
                absences.setdefault(row, []).append((name, said))
            _unread(faults, name, rules, column, in_words)
        if name in odd:
            match rules.cell_type:
                case CellType.NUMBER:
                    _rounded(faults, name)
                case CellType.ID:
                    _trimmed(faults, name, text[name])
                    check_unseen(faults, name, is_id=True)
                case CellType.TEXT:
                    check_unseen(faults, name, is_id=False)
        if rules.quarter_end:
            _not_a_quarter_end(faults, name)
        if rules.blank is Blank.WARNING and blank[name][0]:
            empty = set(faults.text[name].is_null().arg_true().to_list()) - faults.without(name)
            expected = example(name, rules)
            faults.add("cell-empty", sorted(empty), name, severity=Severity.WARNING, expected=expected)
    if absences:
        _fill(faults, FILED_AS, {row: filed_as(said) for row, said in absences.items()})
    return faults


def _unread_columns(faults: Faults) -> set[str]:
    """The columns with a cell that holds text but no value yet: most have none, and are not looked at again."""
    blank, without_value = faults.text.null_count(), faults.typed.null_count()
    return {name for name in faults.table.columns if without_value[name][0] > blank[name][0]}


def _odd_columns(table: Table, text: pl.DataFrame) -> set[str]:
    """The columns with more places than are kept, signs that nobody sees or spaces around an id: in one pass over all."""
    is_odd = _is_odd(table)
    if not is_odd:
        return set()
    return {name for name, found in text.select(is_odd).row(0, named=True).items() if found}


@cache
def _is_odd(table: Table) -> tuple[pl.Expr, ...]:
    is_odd: list[pl.Expr] = []
    for name, column in table.columns.items():
        cell = pl.col(name)
        match rules_of(column).cell_type:
            case CellType.NUMBER:
                assert isinstance(column, dy.Decimal)
                is_odd.append(cell.str.contains(_more_places(column.scale)).any())
            case CellType.ID:
                around = cell.str.strip_chars(BLANKS) != cell
                is_odd.append((around | cell.str.contains(UNSEEN)).any())
            case CellType.TEXT:
                is_odd.append(cell.str.contains(UNSEEN).any())
    return tuple(is_odd)


def _more_places(scale: int) -> str:
    """A pattern that a number with more than ``scale`` places has, and few others."""
    return rf"\.\d{{{scale + 1},}}|[eE]"


@cache
def _typed_columns(table: Table) -> tuple[pl.Expr, ...]:
    """A table's columns from their text: made once, as that takes as long as a small table takes to be read."""
    added = [pl.lit(None, pl.String).alias(FILED_AS)] if FILED_AS in table.schema.columns() else []
    no_id = () if table.name == EXPOSURES else _NO_ID
    return (
        *map(pl.col, TRACE),
        *added,
        *(_typed(name, column, no_id) for name, column in table.columns.items()),
    )


def _typed(name: str, column: dy.Column, no_id: Sequence[str]) -> pl.Expr:
    cell = pl.col(name)
    match rules_of(column).cell_type:
        case CellType.NUMBER:
            number = cell.cast(column.dtype, strict=False)
            return pl.when(number.abs() < TOO_LARGE).then(number).alias(name)
        case CellType.DAY:
            return (
                pl.when(cell.str.contains(_DAY)).then(cell.str.to_date("%Y-%m-%d", strict=False)).alias(name)
            )
        case CellType.YES_NO:
            word = cell.str.to_lowercase()
            return (
                pl.when(word.is_in(_TRUE))
                .then(pl.lit(True))
                .when(word.is_in(_FALSE))
                .then(pl.lit(False))
                .alias(name)
            )
        case CellType.ID:
            fits = cell.str.len_chars() <= LONGEST_ID
            return pl.when(~cell.is_in([*_ERRORS, NOT_CALCULATED, *no_id]) & fits).then(cell).alias(name)
        case _:
            return pl.when(~cell.is_in([*_ERRORS, NOT_CALCULATED])).then(cell).alias(name)


def _not_read(faults: Faults, name: str) -> dict[int, str]:
    """The cells of a column that hold text but no value yet, by row."""
    rows = (faults.text[name].is_not_null() & faults.typed[name].is_null()).arg_true()
    return dict(zip(rows.to_list(), faults.text[name][rows].to_list(), strict=True))


def _fill(faults: Faults, name: str, values: Mapping[int, object]) -> None:
    """Put values into cells of a column, by row."""
    filled = pl.Series(list(values.values()), dtype=faults.typed.schema[name])
    faults.typed = faults.typed.with_columns(faults.typed[name].scatter(list(values), filled))


def _typed_days(faults: Faults, name: str, rules: ColumnRules) -> None:
    """Read the days that people and spreadsheets write in other ways; the first of a column is told, and how many."""
    read = typed_period if rules.quarter_end else typed_day
    found: dict[int, date] = {
        row: day for row, text in _not_read(faults, name).items() if (day := read(text))
    }
    if not found:
        return
    _fill(faults, name, found)
    first, day = next(iter(found.items()))
    details = [{"count": f"{len(found):,}"}]
    faults.add("date-as-typed", [first], name, severity=Severity.WARNING, expected=str(day), details=details)


def _absences(faults: Faults, name: str, column: dy.Column) -> dict[int, Absence]:
    """Why cells of a form's column have no figure, in the filer's word; a nil amount is zero."""
    found = {row: said for row, text in _not_read(faults, name).items() if (said := absence(text))}
    nil = [row for row, said in found.items() if said is Absence.NIL]
    if nil and is_amount(column):
        _fill(faults, name, dict.fromkeys(nil, ZERO))
    return found


def _unread(
    faults: Faults, name: str, rules: ColumnRules, column: dy.Column, in_words: Container[int]
) -> None:
    """Tell the cells that hold text but no value, and read those that only Python can.

    :param in_words: the rows whose cell says in a word why there is no figure.
    """
    by_code: dict[str, list[int]] = {}
    read_after_all: dict[int, Decimal] = {}
    as_typed: list[int] = []
    for row, text in _not_read(faults, name).items():
        if row in in_words:
            continue
        if rules.cell_type is CellType.NUMBER:
            assert isinstance(column, dy.Decimal)
            value = _long_number(text, column.scale)
            if value is None and (value := _typed_by_hand(name, text, column.scale)) is not None:
                as_typed.append(row)
            if value is not None:
                read_after_all[row] = value
                continue
        by_code.setdefault(_why(text, name, rules), []).append(row)
    if read_after_all:
        _fill(faults, name, read_after_all)
        read_as = [plain(read_after_all[row]) for row in as_typed]
        faults.add("number-as-typed", as_typed, name, severity=Severity.WARNING, expected=read_as)
    expected = example(name, rules)
    for code, found in by_code.items():
        faults.add(code, found, name, expected=expected)
        (faults.emptied if rules.harmless else faults.bad_rows).update(found)


def example(name: str, rules: ColumnRules) -> str:
    """What a good cell of a column looks like, in no language."""
    match rules.cell_type:
        case CellType.NUMBER:
            return NUMBER_EXAMPLE
        case CellType.DAY:
            return DAY_EXAMPLE
        case CellType.YES_NO:
            return YES_NO_EXAMPLE
        case CellType.CHOICE:
            return " | ".join(rules.choices)
        case _:
            return name


def _long_number(text: str, scale: int) -> Decimal | None:
    """A number whose digits or exponent are beyond what Polars reads, if its value is not."""
    if not _NUMBER.match(text):
        return None
    return _fitted(Decimal(text), scale)


def _typed_by_hand(name: str, text: str, scale: int) -> Decimal | None:
    """A number as people type them, where it has one meaning in its column: amounts in 万元, rates as fractions."""
    typed = typed_number(text, UNITS)
    if typed is None:
        return None
    in_percent, is_rate = name.endswith("_pct"), scale == RATE.scale
    if typed.in_percent:
        if not (in_percent or is_rate):
            return None
        return _fitted(typed.value if in_percent else typed.value.scaleb(-2), scale)
    if not typed.unit:
        return _fitted(typed.value, scale)
    unit = UNITS.get(typed.unit) or in_units_of_yuan(typed.unit, UNITS["万元"])
    return None if unit is None or in_percent or is_rate else _fitted(typed.value * unit, scale)


def _fitted(number: Decimal, scale: int) -> Decimal | None:
    try:
        value = number.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_EVEN, EXACT)
    except InvalidOperation:
        return None
    return value if abs(value) < TOO_LARGE else None


def _why(text: str, name: str, rules: ColumnRules) -> str:
    """The code of the finding that tells best why a text is not of its column's type."""
    cell_type = rules.cell_type
    if text.upper() in _ERRORS:
        return "spreadsheet-error"
    if text.startswith("="):
        return "formula-not-calculated"
    if text.endswith(OTHERWISE_SHOWN):
        return "shown-otherwise"
    if absence(text) or text.lower() in _PLACEHOLDERS:
        needed = "figure-needed" if name in FIGURE_NEEDED else "answer-needed"
        return needed if name in FIGURE_NEEDED or rules.blank is Blank.ERROR else "placeholder"
    if cell_type is CellType.ID:
        return "id-too-long"
    if cell_type is CellType.DAY:
        return "not-a-date"
    if cell_type is CellType.YES_NO:
        return "not-true-or-false"
    if _NOT_FINITE.match(text):
        return "not-finite"
    if _NUMBER.match(text):
        return "number-too-large"
    if text[-1] in "%％":
        return "percent-sign"
    narrow = unicodedata.normalize("NFKC", text)
    if narrow != text and _NUMBER.match(narrow.replace(",", "")):
        return "full-width-digits"
    if _THOUSANDS.match(text):
        return "thousands-separator"
    if _WITH_UNIT.match(text):
        return "unit-in-cell"
    if _PARENTHESES.match(text):
        return "negative-in-parentheses"
    return "not-a-number"


def _trimmed(faults: Faults, name: str, text: pl.Series) -> None:
    rows = (text != faults.text[name]).arg_true().to_list()
    values = [f"“{value}”" for value in text[rows].to_list()]
    faults.add("id-trimmed", rows, name, severity=Severity.WARNING, values=values, expected=name)


def _rounded(faults: Faults, name: str) -> None:
    """One warning a column: how many cells had more places than are kept, and the first of them."""
    texts = faults.text[name]
    column = faults.typed.schema[name]
    assert isinstance(column, pl.Decimal)
    suspects = texts.str.contains(_more_places(column.scale)).fill_null(False).arg_true().to_list()
    rows = [
        row
        for row, text, value in zip(suspects, texts[suspects], faults.typed[name][suspects], strict=True)
        if value is not None and _NUMBER.match(text) and Decimal(text) != value
    ]
    if rows:
        details = [{"count": str(len(rows)), "places": str(column.scale)}]
        faults.add(
            "rounded", rows[:1], name, severity=Severity.WARNING, expected=str(column.scale), details=details
        )


def _not_a_quarter_end(faults: Faults, name: str) -> None:
    day = pl.col(name)
    is_end = (day.dt.month_end() == day) & (day.dt.month() % 3 == 0)
    rows = faults.typed.select((~is_end).arg_true()).to_series().to_list()
    faults.add(
        "not-a-quarter-end", rows, name, severity=Severity.WARNING, expected="03-31 / 06-30 / 09-30 / 12-31"
    )
