"""Tables to take along: a workbook in the reader's words, and the same rows as the store has them, in CSV.

Every table that a page offers passes through :func:`offer_tables`. In the workbook a heading is a word, a code is what it stands
for, a company or group is called by its name, ratios are per cent and amounts have their marks; the CSV beside it has the
columns and codes of the store, for programs (several tables: a zip of them).
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st
import xlsxwriter

from dashboard.actions.downloads import CSV, EXCEL, File, csv, offer
from dashboard.components.view import View
from dashboard.queries.session import UserSession
from monitoring.calendar import CHINA
from monitoring.flags.sentences import basis_in_words
from monitoring.formatting import sector_in_words, source_in_words

Tables = Mapping[str, pl.DataFrame]
"""Frames by name: the name of a sheet is ``export.sheet.<name>``, that of a column ``export.column.<name>``, where there are such words."""

ZIP = "application/zip"
_LONGEST_TEXT = 32_000
_HEADING_ROW = 2
_NARROWEST, _WIDEST = 9, 48
_MOST_LOOKED_AT = 300
"""Rows by which the width of a column is found."""

NAMED = (
    *("entity_id", "group_id", "party_id", "subject_id", "parent_id", "owner_id", "largest_holder"),
    *("counterparty_id", "from_id", "to_id", "of", "member", "holder"),
)
"""Columns of ids that are read as names."""
_PER_CENT_ENDS = ("ratio", "share", "stake")
_PER_CENT: Mapping[str, frozenset[str]] = {
    "export": frozenset(
        {
            *("q05", "q25", "q50", "q75", "q95", "mean", "weighted_mean", "minimum", "maximum", "percentile"),
            *("at_least", "below", "before", "after", "level", "outlook_1", "outlook_2"),
            *("published", "filers", "bound_low", "bound_high", "adequacy_requirement"),
        }
    ),
    "dashboard.outlook": frozenset(
        {
            *(
                "point",
                "low",
                "high",
                "p_150",
                "p_120",
                "p_100",
                "next",
                "within_two",
                "said",
                "came",
                "change",
            ),
            *("median_error", "p90_error", "coverage_80", "forecast", "filed", "error", "bias", "spread"),
            "volatility",
        }
    ),
}
"""Columns that are fractions besides those whose names end so, by the words of their tables."""
_FIGURES = {"percent": "0.00%", "number": "#,##0.00####", "whole": "#,##0"}


def offer_table(
    view: View,
    what: str,
    name: str,
    table: Callable[[UserSession], pl.DataFrame],
    action: str,
    *,
    note: str = "",
    shown: Callable[[pl.DataFrame], pl.DataFrame] = lambda frame: frame,
) -> None:
    """As :func:`offer_tables` for one table, whose CSV is a plain file.

    :param shown: makes of the rows what the workbook shows, where it takes more than a word for a code.
    """
    raw = File(f"{name}.csv", CSV, lambda session: csv(table(session)))
    _offer(view, what, name, lambda session: {what: shown(table(session))}, raw, action, note=note)


def offer_tables(
    view: View,
    what: str,
    name: str,
    tables: Callable[[UserSession], Tables],
    action: str,
    *,
    group_id: str | None = None,
    note: str = "",
    words: str = "export",
) -> None:
    """Two buttons: the workbook, and the CSV beside it, a zip of one file a table.

    :param what: what the tables are, on the first button and above every sheet.
    :param name: of the files, without an ending.
    :param tables: reads again through the session as it is when a button is pressed.
    :param action: what stands in the audit log, as ``export.<what>``; of the CSV with ``.csv`` behind it.
    :param note: stands above every sheet beside ``what``, such as the word for a scenario.
    :param words: keys of the table of words under which sheets and columns of these tables are looked for first.
    """
    _offer(view, what, name, tables, _zipped(name, tables), action, group_id=group_id, note=note, words=words)


def _offer(
    view: View,
    what: str,
    name: str,
    tables: Callable[[UserSession], Tables],
    raw: File,
    action: str,
    *,
    group_id: str | None = None,
    note: str = "",
    words: str = "export",
) -> None:
    book = File(f"{name}.xlsx", EXCEL, lambda session: workbook(view, what, tables(session), note, words))
    with st.container(horizontal=True, gap="small"):
        offer(view, what, book, action, group_id)
        offer(view, "CSV", raw, f"{action}.csv", group_id, hint=view.say("export.csv-hint"))


def _zipped(name: str, tables: Callable[[UserSession], Tables]) -> File:
    def made(session: UserSession) -> bytes:
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
            for table, frame in tables(session).items():
                archive.writestr(f"{table}.csv", csv(frame))
        return data.getvalue()

    return File(f"{name}-csv.zip", ZIP, made)


def workbook(view: View, what: str, tables: Tables, note: str = "", words: str = "export") -> bytes:
    """A workbook with a sheet a table: in words, formatted, ready to print."""
    data = io.BytesIO()
    safe = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
    book = xlsxwriter.Workbook(data, {"in_memory": True, **safe})
    formats = {name: book.add_format({"num_format": form}) for name, form in _FIGURES.items()}
    formats |= {
        "title": book.add_format({"bold": True, "font_size": 13}),
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "day": book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
        "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm", "align": "left"}),
    }
    for name, given in tables.items():
        frame = in_one_language(view, given)
        title = _word(view, (f"{words}.sheet.{name}", f"export.sheet.{name}"), name)
        sheet = book.add_worksheet(_sheet_name(title))
        above = [what, *([title] if title != what else []), *([note] if note else [])]
        sheet.write_string(0, 0, " · ".join(above), formats["title"])
        if any(_kind(column, kind, words) == "number" for column, kind in frame.schema.items()):
            sheet.write_string(1, 0, view.say("export.unit"))
        _fill(view, sheet, frame, formats, words)
    book.close()
    return data.getvalue()


def in_one_language(view: View, frame: pl.DataFrame) -> pl.DataFrame:
    """Findings as a sentence in the reader's language, which says what code and details do."""
    if "message_zh" not in frame.columns:
        return frame
    told = [view.message(row) for row in frame.iter_rows(named=True)]
    return frame.drop("code", "detail", "message_zh").with_columns(message=pl.Series(told, dtype=pl.String))


def _fill(view: View, sheet: Any, frame: pl.DataFrame, formats: Mapping[str, Any], words: str) -> None:
    for number, (column, kind) in enumerate(frame.schema.items()):
        heading, form = heading_of(view, column, words), _kind(column, kind, words)
        worded = _in_words(view, column, frame[column])
        sheet.write_string(_HEADING_ROW, number, heading, formats["head"])
        sheet.set_column(number, number, _width(worded, heading))
        for row, value in enumerate(worded, _HEADING_ROW + 1):
            _write(sheet, row, number, value, formats, form)
    sheet.freeze_panes(_HEADING_ROW + 1, 1)
    if frame.height:
        sheet.autofilter(_HEADING_ROW, 0, _HEADING_ROW + frame.height, frame.width - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(_HEADING_ROW)


def heading_of(view: View, column: str, words: str = "export") -> str:
    """What a column is called: as its tables say, else as the item or line of that name; as it is where it is a word already."""
    forms = (f"{words}.column.{{}}", "export.column.{}", "item.{}", "line.{}")
    return _word(view, [form.format(column) for form in forms], column)


def _in_words(view: View, column: str, values: pl.Series) -> list[Any]:
    """The values as a person reads them; what has no word is shown as it is."""
    if values.dtype != pl.String:
        return values.to_list()
    known: dict[str, str] = {}
    shown = []
    for value in values:
        if value is not None and value not in known:
            known[value] = _value_in_words(view, column, value)
        shown.append(None if value is None else known[value])
    return shown


def _value_in_words(view: View, column: str, value: str) -> str:
    if column in NAMED:
        return view.name(value)
    if column == "party":
        return sector_in_words(view.name(value), view.language)
    if column in _BASES:
        return basis_in_words(value, view.language)
    if column == "article":
        return source_in_words(value, view.language)
    forms = (f"export.value.{column}.{{}}", *_WORDS_OF.get(column, ()))
    return _word(view, [form.format(value) for form in forms], value)


_BASES = ("bases", "filing_basis", "before_basis")
_STEP = "dashboard.industry.step.{}"
_RATIO, _FLAG_ITEM = "dashboard.ratio.{}", "flag_item.{}"
_WORDS_OF: Mapping[str, tuple[str, ...]] = {
    "measure": (_FLAG_ITEM, _RATIO, "measure.{}"),
    "step": (_STEP,),
    "from_step": (_STEP,),
    "to_step": (_STEP,),
    "actions": ("dashboard.stress.actions.{}",),
    "filed_as": ("filed-as.{}",),
    "kind": ("kind.{}",),
    "relation": ("relation.{}",),
    "severity": ("dashboard.severity.{}",),
    "line": ("line.{}",),
    "item": (_FLAG_ITEM, "item.{}", "line.{}"),
    "column": ("item.{}", "line.{}"),
    "code": ("flag.{}",),
    "state": ("deadlines.state.{}",),
    "model": ("dashboard.outlook.model.{}",),
    "basis": ("dashboard.outlook.basis.{}", "flag_basis.{}"),
    "status": ("status.{}",),
    "status_a": ("status.{}",),
    "status_b": ("status.{}",),
    "action": ("audit.{}",),
    "role": ("access.role.{}",),
    "scenario": ("stress.scenario.{}", "stress.member.{}"),
}
"""Column → the keys of the table of words that its codes may have."""


def _kind(column: str, kind: pl.DataType, words: str) -> str:
    """How the figures of a column are shown: ratios in per cent, amounts with thousands marks; empty for what is no figure."""
    if kind.is_integer():
        return "whole"
    if not (kind.is_decimal() or kind.is_float()):
        return ""
    is_fraction = column.endswith(_PER_CENT_ENDS) or column in _PER_CENT.get(words, ())
    return "percent" if is_fraction else "number"


def _word(view: View, keys: Iterable[str], otherwise: str) -> str:
    """The word of the first key that has one."""
    return next((word for key in keys if (word := view.label(key)) != key), otherwise)


_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


def _sheet_name(title: str) -> str:
    """A title as Excel takes it for a sheet."""
    return title.translate(_FORBIDDEN)[:31]


def _width(values: list[Any], heading: str) -> int:
    longest = max((_cells(v) for v in values[:_MOST_LOOKED_AT] if isinstance(v, str)), default=0)
    figures = 16 if any(isinstance(v, Decimal | float) for v in values[:_MOST_LOOKED_AT]) else 0
    return min(max(_NARROWEST, longest + 2, figures, _cells(heading) // 2 + 3), _WIDEST)


def _cells(text: str) -> int:
    """How wide a text is in letters: a Chinese character is two."""
    return sum(2 if ord(c) > 0x2E7F else 1 for c in text)


def _write(sheet: Any, row: int, column: int, value: Any, formats: Mapping[str, Any], form: str) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(row, column, float(value), formats[form])
    elif isinstance(value, datetime):
        sheet.write_datetime(row, column, value.astimezone(CHINA).replace(tzinfo=None), formats["moment"])
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, formats["day"])
    else:
        sheet.write_string(row, column, str(value)[:_LONGEST_TEXT])
