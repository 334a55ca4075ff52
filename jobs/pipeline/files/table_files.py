"""Tables as files and plain data, CSV, JSON and Excel: what ``flags`` and ``scan`` write.

In CSV and JSON an amount is exact, in Excel a number. A text never becomes a formula, whatever it begins with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from consolidation.cell_text.spreadsheet_text import for_csv
from consolidation.words import label
from jobs.usage import UsageError

_WIDEST = 60
_SHEET_NAME = 31


def write_csv(frame: pl.DataFrame, path: Path) -> None:
    """One frame as CSV, decimals with their places; the columns keep their names, which programs read.

    :raises UsageError: if the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for_csv(frame).write_csv(path)
    except (OSError, pl.exceptions.PolarsError) as problem:
        raise _not_written(path, problem) from None


def _not_written(path: Path, problem: Exception) -> UsageError:
    if path.is_dir():
        return UsageError.says("usage.is-folder", path=path)
    blocking = next((above for above in path.parents if above.exists() and not above.is_dir()), None)
    if blocking is not None:
        return UsageError.says("usage.blocked", path=path, blocking=blocking)
    inner = problem.args[0] if problem.args and isinstance(problem.args[0], OSError) else problem
    reason = getattr(inner, "strerror", None) or str(inner).split(" (os error")[0]
    return UsageError.says("usage.not-written", place=path, reason=reason)


def plain(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """The rows for JSON: decimals as text, dates as ISO text."""
    return frame.with_columns(
        pl.selectors.decimal().cast(pl.String), pl.selectors.temporal().cast(pl.String)
    ).to_dicts()


def write_workbook(sheets: Mapping[str, pl.DataFrame], path: Path, language: str) -> None:
    """One sheet a frame, headings in the language, frozen and filtered.

    :raises UsageError: if the file cannot be written.
    """
    from xlsxwriter import Workbook
    from xlsxwriter.exceptions import FileCreateError

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with Workbook(path, options) as book:
            heading = book.add_format({"bold": True, "bottom": 1})
            day = book.add_format({"num_format": "yyyy-mm-dd"})
            for name, frame in sheets.items():
                sheet = book.add_worksheet(name[:_SHEET_NAME])
                _fill(sheet, frame, language, heading, day)
    except (OSError, FileCreateError) as problem:
        raise _not_written(path, problem) from None


def _fill(sheet: Any, frame: pl.DataFrame, language: str, heading: Any, day: Any) -> None:
    for column, name in enumerate(frame.columns):
        title = label(f"column.{name}", language)
        title = name if title == f"column.{name}" else title
        sheet.write_string(0, column, title, heading)
        values = frame[name].to_list()
        widest = max([len(title), *(len(_shown(v)) for v in values[:200])])
        sheet.set_column(column, column, min(widest + 2, _WIDEST))
        for row, value in enumerate(values, 1):
            _write(sheet, row, column, value, day)
    sheet.freeze_panes(1, 0)
    if frame.height:
        sheet.autofilter(0, 0, frame.height, frame.width - 1)


def _write(sheet: Any, row: int, column: int, value: Any, day: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, Decimal | int | float):
        sheet.write_number(row, column, float(value))
    elif isinstance(value, date | datetime):
        sheet.write_datetime(
            row, column, value.replace(tzinfo=None) if isinstance(value, datetime) else value, day
        )
    else:
        sheet.write_string(row, column, str(value))


def _shown(value: Any) -> str:
    return "" if value is None else str(value)


def tables(frames: Iterable[tuple[str, pl.DataFrame]], folder: Path) -> None:
    """One CSV a frame into a folder.

    :raises UsageError: if the folder cannot be written.
    """
    for name, frame in frames:
        write_csv(frame, folder / f"{name}.csv")
