"""Downloads: made when asked for, logged before they are given, harmless in a spreadsheet.

A download is built only when its button is pressed. By then the session is looked at again, so that nobody downloads by a
page that was drawn before the account was closed; then it is written to the audit log; then it is made. In CSV a text that
a spreadsheet would take for a formula gets an apostrophe before it, in a workbook every text is written as text.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st
import xlsxwriter

from consolidation.spreadsheet_text import for_csv
from dashboard.components.view import View
from dashboard.queries.session import UserSession
from monitoring.access import audit

CSV, EXCEL = "text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LONGEST_TEXT = 32_000
_WIDEST = 320
"""Pixels of a column."""
_FORMS = {"percent": "0.00%", "number": "#,##0.00####"}
_PER_CENT = ("ratio", "share")
"""How the names of columns end that hold fractions."""


@dataclass(frozen=True, slots=True)
class File:
    """A file to download. ``make`` gets the session as it is when the button is pressed, and reads through it."""

    name: str
    mime: str
    make: Callable[[UserSession], bytes]


def offer(view: View, label: str, file: File, action: str, group_id: str | None = None) -> None:
    """A button that downloads the file.

    :param action: what stands in the audit log, as ``export.<what>``.
    :param group_id: the group that the file is about, if it is one.
    """
    session = view.session

    def given() -> bytes:
        now = session.refreshed()
        with now.store.writing() as connection:
            audit.record(
                connection, now.person.name, action, file.name, role=now.person.role, group_id=group_id
            )
        return file.make(now)

    st.download_button(
        label,
        data=given,
        file_name=file.name,
        mime=file.mime,
        icon=":material/download:",
        on_click="ignore",
        key=f"download-{action}",
    )


def csv(frame: pl.DataFrame) -> bytes:
    """The frame as CSV that a spreadsheet opens with its Chinese intact and none of its text taken for a formula."""
    return ("\ufeff" + for_csv(frame).write_csv()).encode("utf-8")


def excel(sheets: Mapping[str, pl.DataFrame]) -> bytes:
    """A workbook with a sheet a frame: figures as figures in their form, every text as text, heads that stay and filter."""
    data = io.BytesIO()
    book = xlsxwriter.Workbook(
        data,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    heading = book.add_format({"bold": True, "bottom": 1})
    formats = {name: book.add_format({"num_format": form}) for name, form in _FORMS.items()}
    for name, frame in sheets.items():
        sheet = book.add_worksheet(name)
        for column, title in enumerate(frame.columns):
            sheet.write_string(0, column, title, heading)
            sheet.set_column(column, column, None, formats.get(_form(title, frame.schema[title])))
        for row, values in enumerate(frame.iter_rows(), 1):
            for column, value in enumerate(values):
                _write(sheet, row, column, value)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, frame.height, max(frame.width - 1, 0))
        sheet.autofit(_WIDEST)
    book.close()
    return data.getvalue()


def _form(name: str, kind: pl.DataType) -> str:
    """How the figures of a column are shown: ratios in per cent, amounts with thousands marks; empty for what is no figure."""
    if not (kind.is_decimal() or kind.is_float()):
        return ""
    return "percent" if name.endswith(_PER_CENT) else "number"


def _write(sheet: Any, row: int, column: int, value: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(row, column, float(value))
    else:
        text = value.isoformat() if isinstance(value, date | datetime) else str(value)
        sheet.write_string(row, column, text[:_LONGEST_TEXT])
