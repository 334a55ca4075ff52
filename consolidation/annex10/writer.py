"""Annex 10: the group's statement as the official workbook, one file a group and period.

The first sheets are the notice's own: every official row with closing and opening balance, totals and ratios as live
formulas whose stored results are the engine's numbers. A total that was reported and is not what its parts add up to
stands as the number it is, and the note says so: the sheet never shows anything but the engine's result. Behind them
stand the exact values as text, the members, the eliminations and what was found. Text is never taken for a formula or a
link, and the same statement gives the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import dataframely as dy
import polars as pl
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from consolidation.annex10.cells import (
    FIRST_ROW,
    Balance,
    Content,
    Limits,
    capital_balance,
    content,
    solvency_balance,
)
from consolidation.annex10.layout import (
    HOLDING,
    HOLDING_CAPITAL,
    NON_HOLDING_AND_MIXED,
    Fills,
    LayoutRow,
    layout,
)
from consolidation.findings import Finding, in_order
from consolidation.money import format_amount
from consolidation.results.schemas import Contributions, Eliminations
from consolidation.statement import Statement
from consolidation.words import label, say, table

CLOSING, OPENING = "C", "D"
_LONGEST_TEXT = 32_000
_LONGEST_NAME = 120
_IDS = ("entity_id", "from_id", "to_id", "group_id")
"""Columns of ids that are read as names."""


def write_workbook(
    path: Path,
    statement: Statement,
    opening: Statement | None,
    *,
    limits: Limits,
    language: str = "zh",
    contributions: dy.DataFrame[Contributions] | None = None,
    eliminations: dy.DataFrame[Eliminations] | None = None,
    findings: Iterable[Finding] = (),
    names: Mapping[str, str] | None = None,
) -> None:
    """Write the Annex 10 workbook of one statement, replacing an older one in a single step.

    :param opening: the group's statement on the 31 December before; None leaves that column empty.
    :param limits: by which the surpluses are computed, those in force at the period's end.
    :param language: ``zh`` or ``en``; official items stay in Chinese and get their English beside them.
    :param contributions: members' contributions, of this statement or of the whole run.
    :param eliminations: eliminations, of this statement or of the whole run.
    :param findings: what was found that touches this statement.
    :param names: id → name of companies and groups in the language; an id without one stands as it is.
    :raises OSError: if the file cannot be written.
    """
    data = io.BytesIO()
    book = _Book(data, statement, opening, language, names or {})
    book.official_sheets(limits)
    book.exact_sheet()
    for name, frame in (("members", contributions), ("eliminations", eliminations)):
        if frame is not None:
            book.frame_sheet(name, _of(frame, statement))
    listed = in_order(findings)
    if listed:
        book.findings_sheet(listed)
    book.close()
    _replace(path, data.getvalue())


def workbook_name(group_id: str, period_end: date, beside: Iterable[str] = ()) -> str:
    """The file's name: 阳光集团_2023-12-31.xlsx.

    Safe on every system: letters, digits and a few marks, at most 120 bytes. An id that does not come through unchanged
    gets a mark of its own behind ``~``; so does one that is told from another only by upper and lower case.

    :param beside: the groups whose workbooks lie in the same folder; no two of them share a name.
    """
    ending = f"_{period_end.isoformat()}.xlsx"
    kept = "".join(
        c if c.isalnum() or c in "-_ ()（）·" else "_" for c in unicodedata.normalize("NFC", group_id)
    ).strip(" ")
    room = _LONGEST_NAME - len(ending.encode())
    alike = any(other != group_id and other.casefold() == group_id.casefold() for other in beside)
    if kept == group_id and not alike and 0 < len(kept.encode()) <= room:
        return kept + ending
    mark = "~" + hashlib.sha256(group_id.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    short = kept.encode("utf-8", "ignore")[: room - len(mark)].decode("utf-8", "ignore").rstrip(" ")
    return short + mark + ending


class _Book:
    """One workbook being written."""

    def __init__(
        self,
        target: io.BytesIO,
        statement: Statement,
        opening: Statement | None,
        language: str,
        names: Mapping[str, str],
    ) -> None:
        self.statement, self.opening, self.language, self.names = statement, opening, language, names
        self.book = xlsxwriter.Workbook(target, {"in_memory": True})
        made = datetime.combine(statement.period_end, time())
        self.book.set_properties(
            {"title": _clean(f"{statement.group_id} {statement.period_end}"), "created": made}
        )
        self.formats = {name: self.book.add_format(look) for name, look in _LOOKS.items()}

    def close(self) -> None:
        self.book.close()

    def say(self, key: str, **places: object) -> str:
        return say(f"annex10.{key}", self.language, **places)

    def official_sheets(self, limits: Limits) -> None:
        holding = self.statement.group_type == "insurance_holding"
        solvency = layout(HOLDING if holding else NON_HOLDING_AND_MIXED)
        statements = {CLOSING: self.statement} | ({OPENING: self.opening} if self.opening else {})
        title = self.say(f"title.solvency.{self.statement.group_type}")
        sheet = self._sheet("solvency", title)
        balances = {column: solvency_balance(s, solvency) for column, s in statements.items()}
        if not holding:
            self._official(sheet, solvency, balances, limits, {})
            return
        rows = layout(HOLDING_CAPITAL)
        capital = {column: capital_balance(s, rows) for column, s in statements.items()}
        name = self.say("sheet.capital")
        self._official(
            sheet,
            solvency,
            balances,
            limits,
            {column: (name, capital[column]) for column, s in statements.items() if s.capital_lines},
        )
        sheet = self._sheet("capital", self.say("title.capital"))
        if not self.statement.capital_lines:
            self._text(sheet, 2, 0, self.say("no_capital_lines"), "about")
        self._official(sheet, rows, capital, limits, {})

    def _official(
        self,
        sheet: Worksheet,
        rows: tuple[LayoutRow, ...],
        balances: Mapping[str, Balance],
        limits: Limits,
        linked: Mapping[str, tuple[str, Balance]],
    ) -> None:
        """An official sheet: every row in order, both balances, the official formula, status and note."""
        self._headings(sheet, ("line", "item", "closing", "opening", "formula", "status", "note"))
        for index, row in enumerate(rows):
            at = FIRST_ROW + index
            sheet.write_number(at, 0, row.line, self.formats["line"])
            self._text(sheet, at, 1, self._item(row), "total" if row.fills is not Fills.INPUT else "item")
            notes: list[str] = []
            for column, balance in balances.items():
                held = content(row, balance, column, limits, linked.get(column))
                self._content(sheet, at, column, row, held)
                if held.remark:
                    remark = say(held.remark, self.language)
                    notes.append(remark if column == CLOSING else self.say("opening_note", note=remark))
            self._text(sheet, at, 4, row.line_formula, "note")
            status = balances[CLOSING].statuses[row.line]
            self._text(sheet, at, 5, label(f"status.{status}", self.language) if status else "", "note")
            self._text(sheet, at, 6, "; ".join(notes), "note")
        sheet.freeze_panes(FIRST_ROW, 2)
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 1)

    def _content(self, sheet: Worksheet, at: int, column: str, row: LayoutRow, held: Content) -> None:
        where = ord(column) - ord("A")
        look = ("ratio" if row.fills is Fills.RATIO else "amount") + ("_formula" if held.formula else "")
        word = say(held.word, self.language) if held.word else ""
        if held.formula:
            formula = f'=IF({held.guard},{held.formula},"{word}")' if held.guard else f"={held.formula}"
            result = word if held.amount is None else float(held.amount)
            sheet.write_formula(at, where, formula, self.formats[look], result)
        elif held.amount is not None:
            sheet.write_number(at, where, float(held.amount), self.formats[look])
        else:
            self._text(sheet, at, where, word, "absent")

    def _item(self, row: LayoutRow) -> str:
        if self.language == "zh":
            return row.item
        for key in (
            (f"line.{row.names[0]}", f"annex10.item.{row.names[0]}")
            if row.names
            else (f"annex10.capital.{row.line}",)
        ):
            if key in table():
                return f"{row.item} {say(key, self.language)}"
        return row.item

    def exact_sheet(self) -> None:
        """Every line of the statement to its last digit, as text that no program rounds."""
        sheet = self._sheet("exact", self.say("title.exact"))
        self._headings(
            sheet, ("name", "item", "closing_exact", "status", "opening_exact", "opening_status", "article")
        )
        for index, cells in enumerate(self._exact_rows()):
            for column, text in enumerate(cells):
                self._text(sheet, FIRST_ROW + index, column, text, "text")
        sheet.freeze_panes(FIRST_ROW, 1)

    def _exact_rows(self) -> Iterator[tuple[str, ...]]:
        before = self.opening.lines if self.opening else {}
        for name, line in self.statement.lines.items():
            then = before.get(name)
            yield (
                name,
                label(f"line.{name}", self.language),
                format_amount(line.amount),
                label(f"status.{line.status}", self.language),
                format_amount(then.amount) if then else "",
                label(f"status.{then.status}", self.language) if then else "",
                line.article,
            )
        capital_before = self.opening.capital_lines if self.opening else {}
        for number, amount in sorted(self.statement.capital_lines.items()):
            item = label(f"annex10.capital.{number}", self.language)
            yield f"({number})", item, format_amount(amount), "", format_amount(capital_before.get(number))

    def frame_sheet(self, name: str, frame: pl.DataFrame) -> None:
        """A sheet of rows as they are, amounts as numbers; names of lines in the reader's language."""
        sheet = self._sheet(name, self.say(f"title.{name}"))
        for column, heading in enumerate(frame.columns):
            key = f"annex10.column.{heading}"
            self._text(
                sheet,
                FIRST_ROW - 1,
                column,
                label(key, self.language) if key in table() else heading,
                "heading",
            )
        for index, row in enumerate(frame.iter_rows()):
            for column, (heading, value) in enumerate(zip(frame.columns, row, strict=True)):
                self._value(sheet, FIRST_ROW + index, column, heading, value)
        sheet.freeze_panes(FIRST_ROW, 1)

    def _value(self, sheet: Worksheet, at: int, column: int, heading: str, value: Any) -> None:
        if value is None:
            return
        if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
            look = "share" if heading == "share" else "amount" if isinstance(value, Decimal) else "text"
            sheet.write_number(at, column, float(value), self.formats[look])
            return
        if heading in _IDS and value in self.names:
            self._text(sheet, at, column, self.names[value], "text")
            return
        keys = (f"line.{value}", f"{heading.replace('_', '-')}.{value}")
        words = (label(key, self.language) for key in keys if key in table())
        self._text(sheet, at, column, next(words, str(value)), "text")

    def findings_sheet(self, findings: list[Finding]) -> None:
        sheet = self._sheet("findings", self.say("title.findings"))
        self._headings(sheet, ("severity", "code", "place", "message"))
        for index, finding in enumerate(findings):
            severity = self.say(f"severity.{finding.severity.value}")
            cells = (
                severity,
                finding.code,
                finding.where(self.language),
                finding.message(self.language, self.names),
            )
            for column, text in enumerate(cells):
                self._text(sheet, FIRST_ROW + index, column, text, "wrapped")
        sheet.freeze_panes(FIRST_ROW, 0)

    def _sheet(self, name: str, title: str) -> Worksheet:
        """A new sheet with its title, what it is about, and its columns' widths."""
        sheet = self.book.add_worksheet(self.say(f"sheet.{name}"))
        for column, width in enumerate(_WIDTHS[name]):
            sheet.set_column(column, column, width)
        self._text(sheet, 0, 0, title, "title")
        about = self.say(
            "about",
            name=self.names.get(self.statement.group_id, self.statement.name),
            group=self.statement.group_id,
            closing=self.statement.period_end.isoformat(),
            opening=self.statement.opening_period.isoformat(),
        )
        self._text(sheet, 1, 0, about, "about")
        return sheet

    def _headings(self, sheet: Worksheet, headings: tuple[str, ...]) -> None:
        for column, heading in enumerate(headings):
            self._text(sheet, FIRST_ROW - 1, column, self.say(f"heading.{heading}"), "heading")

    def _text(self, sheet: Worksheet, row: int, column: int, text: str, look: str) -> None:
        if text:
            sheet.write_string(row, column, _clean(text), self.formats[look])


_A4 = 9
_OF_ROWS = (34, *(20,) * 20)
_WIDTHS = {
    "solvency": (6, 44, 20, 20, 40, 12, 40),
    "capital": (6, 60, 20, 20, 40, 12, 40),
    "exact": (46, 40, 26, 14, 26, 14, 34),
    "members": _OF_ROWS,
    "eliminations": _OF_ROWS,
    "findings": (10, 34, 44, 110),
}
"""By sheet the widths of its columns, in characters."""
_NUMBER = "#,##0.00;-#,##0.00"
_LOOKS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 14},
    "about": {"font_color": "#595959"},
    "heading": {"bold": True, "bg_color": "#DDE6F0", "border": 1, "align": "center", "valign": "vcenter"},
    "line": {"align": "center", "valign": "vcenter"},
    "text": {"valign": "vcenter"},
    "item": {"text_wrap": True, "valign": "vcenter"},
    "total": {"text_wrap": True, "bold": True, "valign": "vcenter"},
    "wrapped": {"valign": "top", "text_wrap": True},
    "note": {"font_color": "#595959", "valign": "vcenter", "indent": 1},
    "absent": {"font_color": "#808080", "italic": True, "align": "right", "valign": "vcenter"},
    "amount": {"valign": "vcenter", "num_format": _NUMBER, "font_color": "#1F3FA0"},
    "amount_formula": {"valign": "vcenter", "num_format": _NUMBER, "bold": True},
    "ratio": {"valign": "vcenter", "num_format": "0.00%", "font_color": "#1F3FA0"},
    "ratio_formula": {"valign": "vcenter", "num_format": "0.00%", "bold": True},
    "share": {"num_format": "0.00%"},
}
"""Blue is put in, bold black follows by formula: what a reader of models expects."""


def _of(frame: pl.DataFrame, statement: Statement) -> pl.DataFrame:
    """The rows of one statement, without the columns that say which."""
    if "group_id" in frame.columns:
        frame = frame.filter(pl.col("group_id") == statement.group_id).drop("group_id")
    if "period_end" in frame.columns:
        frame = frame.filter(pl.col("period_end") == statement.period_end).drop("period_end")
    return frame


def _clean(text: str) -> str:
    """Text that XML can hold and a cell has room for."""
    held = (
        text.encode("utf-8", "replace")
        .decode("utf-8")
        .replace("\ufffe", "\ufffd")
        .replace("\uffff", "\ufffd")
    )
    return held if len(held) <= _LONGEST_TEXT else held[:_LONGEST_TEXT] + "…"


def _replace(path: Path, data: bytes) -> None:
    """Put the file in place whole or not at all."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".annex10-", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise
