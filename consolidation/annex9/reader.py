"""Annex 9: the insurer's own workbook, read into rows of ``solo_filings`` without retyping.

Of the workbook's sheets three are read: S01 偿付能力状况表 (the row), S02 实际资本表 and S05 最低资本表 (which must say
the same, and fill in what S01 leaves out). What the workbook does not say – unit, company, period, kind – is never
guessed: the finding names the option that says it. A workbook with any error gives no row.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import polars as pl

from consolidation.annex9 import text
from consolidation.annex9.form import FilledSheet, fill, form, sheets_named
from consolidation.annex9.form_figures import FormFigure, figures, one_scale
from consolidation.annex9.identity import (
    ImportLog,
    SuppliedIdentity,
    entity_of,
    kind_of,
    period_of,
    stated_identity,
    unit_of,
)
from consolidation.filing_set.known_entities import known_entities
from consolidation.filing_set.merging import merge_into_set
from consolidation.findings import Finding, error, info, warning
from consolidation.inspection.process import Question, look
from consolidation.money import AMOUNT, EXACT, RATE
from consolidation.rulebook import Rulebook
from consolidation.rulebook.periods import AUDITED_REPORT, is_reported
from consolidation.workbook.cells import UnreadableWorkbook, Workbook, open_workbook

__all__ = ["merge_into_set", "read_workbook", "row_schema"]

PolarsType = pl.DataType | type[pl.DataType]


def row_schema() -> dict[str, PolarsType]:
    """The columns of the rows that :func:`read_workbook` gives; ``add_on_capital`` comes behind them where it is not zero."""
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
    into: Path | None = None,
) -> tuple[pl.DataFrame, tuple[Finding, ...]]:
    """Read an insurer's Annex 9 workbook: the closing balances of S01, S02 and S05.

    :param entity: the ``entity_id`` to file under; else the company named on the cover, in S01 or in the file's name.
    :param kind: life, property or reinsurance; else what the set ``into`` has for the entity.
    :param period: the quarter's last day; else as on the cover, in S01 or in the file's name.
    :param unit: 元, 万元 or 亿元, where the sheets do not declare one; it may not contradict one that does.
    :param into: the filing set that the row is meant for: its entities give ids and kinds.
    :returns: one row of :func:`row_schema` in 万元 (ratios as fractions), or none, and everything found. Never raises
        for what is in the file.
    """
    path = Path(path)
    try:
        refused = look(Question(path, "form"), file=path.name)
    except OSError as reason:
        refused = error("workbook-not-readable", file=path.name, value=reason.strerror or str(reason))
    if refused:
        return _rows([]), (refused,)
    log = ImportLog(path.name)
    row: dict[str, object] | None = None
    try:
        book = open_workbook(path)
        with book.archive:
            row = _read(
                book,
                path,
                log,
                SuppliedIdentity(entity, kind, period, unit, known_entities(into) if into else {}),
            )
    except UnreadableWorkbook:
        log.report(error("workbook-truncated", file=path.name, expected=".xlsx"))
    return _rows([row] if row and not log.failed else []), tuple(log.findings)


def _read(book: Workbook, path: Path, log: ImportLog, supplied: SuppliedIdentity) -> dict[str, object] | None:
    sheets = {code: filled for code in form().titles if (filled := _sheet(book, code, log))}
    if "S01" not in sheets:
        return None
    cover = [
        book.sheet(name).rows() for name in book.sheet_names if text.closed_up(name) in form().cover_sheets
    ]
    identity = stated_identity(path, [row for rows in cover for row in rows], sheets["S01"])
    entity, known = entity_of(identity, log, supplied)
    kind = kind_of(known, log, supplied)
    period = period_of(identity, log, supplied)
    read = {
        code: figures(filled, unit, log.findings, log.file)
        for code, filled in sheets.items()
        if (unit := unit_of(filled, identity, log, supplied))
    }
    if "S01" not in read:
        return None
    amounts = _together(sheets, read, log)
    amounts |= one_scale(amounts, sheets["S01"], log.findings, log.file)
    may_be_audited = period is not None and is_reported(period, (AUDITED_REPORT,), Rulebook.load())
    audited = may_be_audited and text.says_audited(identity.texts)
    row: dict[str, object] = {
        "entity_id": entity,
        "kind": kind,
        "period_end": period,
        "basis": "annual" if audited else "quarterly",
    }
    return row | {
        item.column: figure.value if (figure := amounts.get(item.column)) else None
        for item in form().items["S01"]
    }


def _sheet(book: Workbook, code: str, log: ImportLog) -> FilledSheet | None:
    """The form's sheet, filled in; what keeps it from being read is said."""
    named = sheets_named(book, code)
    official = f"{code}-{form().titles[code]}"
    missing = error if code in form().required else warning
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
    filled = fill(code, book.sheet(named[0]))
    if not filled.headings:
        log.report(missing("annex9-no-closing-column", file=log.file, table=filled.name, expected="期末数"))
        return None
    return filled


def _together(
    sheets: Mapping[str, FilledSheet], read: Mapping[str, Mapping[str, FormFigure]], log: ImportLog
) -> dict[str, FormFigure]:
    """S01's figures, with what only another sheet has; sheets that say different things are named."""
    together: dict[str, FormFigure] = {}
    for item in form().items["S01"]:
        first = read["S01"].get(item.column)
        if first is not None and not first.readable:
            continue
        others = [
            (code, figure)
            for code in read
            if code != "S01" and (figure := read[code].get(item.column)) and figure.value is not None
        ]
        if first is not None and first.value is not None:
            for code, other in others:
                _compare(item.name, first, other, sheets[code].name, log)
        elif others:
            code, other = others[0]
            log.report(
                info(
                    "annex9-from-other-sheet",
                    file=log.file,
                    table=sheets[code].name,
                    row=other.row,
                    column=item.name,
                    value=f"{other.value:f}",
                    expected=sheets["S01"].name,
                )
            )
            first = other
        elif item.when_missing == "error" or (item.when_missing and first is None):
            missing = error if item.when_missing == "error" else warning
            log.report(
                missing(
                    "annex9-item-missing",
                    file=log.file,
                    table=sheets["S01"].name,
                    column=item.name,
                    expected=item.name,
                )
            )
        if first is not None:
            together[item.column] = first
    return together


def _compare(name: str, first: FormFigure, other: FormFigure, sheet: str, log: ImportLog) -> None:
    if first.value is None or other.value is None:
        return
    rounding = max(first.unit, other.unit).scaleb(-form().printed_decimals) / 2
    if abs(first.value - other.value) > rounding:
        log.report(
            warning(
                "annex9-sheets-differ",
                file=log.file,
                table=sheet,
                row=other.row,
                column=name,
                value=f"{other.value:f}",
                expected=f"{first.value:f}",
            )
        )


def _rows(rows: list[dict[str, object]]) -> pl.DataFrame:
    schema = row_schema()
    if any(row["add_on_capital"] for row in rows):
        schema["add_on_capital"] = AMOUNT
    exact = [{name: _fitted(row[name], kind) for name, kind in schema.items()} for row in rows]
    return pl.DataFrame(exact, schema=schema)


def _fitted(value: object, kind: PolarsType) -> object:
    """A figure at the places that its column keeps."""
    if isinstance(value, Decimal) and isinstance(kind, pl.Decimal):
        return value.quantize(Decimal(1).scaleb(-kind.scale), rounding=ROUND_HALF_EVEN, context=EXACT)
    return value
