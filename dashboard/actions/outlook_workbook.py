"""The outlook as a workbook to read: headings in the reader's language, per cent as per cent, every sheet headed as an estimate."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl
import xlsxwriter

from consolidation.words import label, say

_PER_CENT = frozenset(
    {
        *("point", "low", "high", "ratio", "p_150", "p_120", "p_100", "next", "within_two", "said", "came"),
        *("median_error", "p90_error", "coverage_80", "forecast", "filed", "error", "bias", "spread"),
        *("volatility", "change"),
    }
)
"""Columns that are fractions."""

_HEADING_ROW = 2
_NARROWEST, _WIDEST = 9, 34


def outlook_workbook(sheets: Mapping[str, pl.DataFrame], language: str) -> bytes:
    """A workbook with a sheet a frame.

    :param sheets: by name as in ``dashboard.queries.outlook.sheets``.
    """
    data = io.BytesIO()
    options = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
    book = xlsxwriter.Workbook(data, {"in_memory": True, **options})
    formats = {
        "title": book.add_format({"bold": True, "font_size": 13}),
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "percent": book.add_format({"num_format": "0.0%"}),
        "number": book.add_format({"num_format": "#,##0.####"}),
        "day": book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
        "text": book.add_format(),
    }
    for name, frame in sheets.items():
        title = label(f"dashboard.outlook.sheet.{name}", language)
        sheet = book.add_worksheet(title)
        sheet.write_string(0, 0, say("dashboard.outlook.sheet-title", language, what=title), formats["title"])
        for column, heading in enumerate(frame.columns):
            sheet.write_string(_HEADING_ROW, column, _heading(heading, language), formats["head"])
            sheet.set_column(column, column, _width(frame[heading], heading))
        for row, values in enumerate(frame.iter_rows(), _HEADING_ROW + 1):
            for column, (heading, value) in enumerate(zip(frame.columns, values, strict=True)):
                _write(sheet, row, column, heading, _worded(heading, value, language), formats)
        sheet.freeze_panes(_HEADING_ROW + 1, 2)
        if frame.height:
            sheet.autofilter(_HEADING_ROW, 0, _HEADING_ROW + frame.height, len(frame.columns) - 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
    book.close()
    return data.getvalue()


def _heading(column: str, language: str) -> str:
    return label(f"dashboard.outlook.column.{column}", language).removeprefix("dashboard.outlook.column.")


_WORDED = {
    "measure": "flag_item.{}",
    "model": "dashboard.outlook.model.{}",
    "basis": "dashboard.outlook.basis.{}",
}


def _worded(column: str, value: Any, language: str) -> Any:
    """The word of a code of ours; what has none, as it is."""
    if column not in _WORDED or not isinstance(value, str):
        return value
    key = _WORDED[column].format(value)
    word = label(key, language)
    return value if word == key else word


def _width(values: pl.Series, heading: str) -> int:
    longest = max((len(str(v)) for v in values.head(200) if isinstance(v, str)), default=0)
    return min(max(_NARROWEST, longest + 4, len(heading) + 2), _WIDEST)


def _write(sheet: Any, row: int, column: int, heading: str, value: Any, formats: Mapping[str, Any]) -> None:
    if value is None:
        return
    if isinstance(value, date):
        sheet.write_datetime(row, column, value, formats["day"])
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value, formats["percent" if heading in _PER_CENT else "number"])
    else:
        sheet.write_string(row, column, str(value), formats["text"])
