"""A look at a workbook: the archive first, then every sheet that is a table as calamine lays it out, or all cells of a form."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from consolidation.inspection.archives import refuse_workbook
from consolidation.inspection.limits import MOST_TABLE_BYTES, most_expanded_bytes
from consolidation.inspection.refusal import Refusal
from consolidation.workbook.cells import UnreadableWorkbook, open_workbook

_SHARED_TEXT = re.compile(rb"<(?:[\w.-]+:)?si[\s>].*?</(?:[\w.-]+:)?si>", re.DOTALL)
_SHOWS_SHARED = re.compile(rb"""\st\s*=\s*["']s["'][^>]*>\s*<(?:[\w.-]+:)?v>\s*(\d{1,9})\s*<""")
_VALUE = re.compile(rb"<(?:[\w.-]+:)?v>")


def look_at_tables(path: Path, tables: Collection[str]) -> None:
    """Read every sheet that has the name of a table.

    :raises Refusal: if the workbook cannot be read, or is more than the limits allow.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    _refuse(path)
    most = most_expanded_bytes(path.stat().st_size)
    try:
        _check_shared_texts(path, most)
        with CalamineWorkbook.from_path(path) as book:
            for name in book.sheet_names:
                if name.strip().lower() in tables:
                    left = most
                    for row in book.get_sheet_by_name(name).iter_rows():
                        left -= sum(len(cell) for cell in row if isinstance(cell, str))
                        if left < 0:
                            raise _too_large(most)
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError):
        raise Refusal("workbook-truncated", expected=".xlsx") from None


def look_at_form(path: Path) -> None:
    """Read all cells of all sheets, as whoever reads a form does.

    :raises Refusal: if the workbook cannot be read, or is more than the limits allow.
    """
    _refuse(path)
    try:
        _check_shared_texts(path, most_expanded_bytes(path.stat().st_size))
        book = open_workbook(path)
        with book.archive:
            for name in book.sheet_names:
                with suppress(UnreadableWorkbook):  # the reader's to tell, if it is a sheet that matters
                    book.sheet(name)
    except (UnreadableWorkbook, zipfile.BadZipFile, OSError):
        raise Refusal("workbook-truncated", expected=".xlsx") from None


def _refuse(path: Path) -> None:
    refusal = refuse_workbook(path, most_bytes=MOST_TABLE_BYTES)
    if refusal is not None:
        raise refusal


def _check_shared_texts(path: Path, most: int) -> None:
    """Every cell that shows a shared text gets a copy of it: a long one, shown a million times, is a bomb."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        shared = [name for name in names if name.lower().endswith("sharedstrings.xml")]
        lengths = [len(text) for name in shared for text in _SHARED_TEXT.findall(archive.read(name))]
        if not lengths:
            return
        longest, spread = max(lengths), 0
        for part in names:
            if part in shared:
                continue
            data = archive.read(part)
            if longest * len(_VALUE.findall(data)) > most:
                spread += sum(lengths[i] for i in map(int, _SHOWS_SHARED.findall(data)) if i < len(lengths))
    if spread > most:
        raise _too_large(most, spread)


def _too_large(most: int, found: int | None = None) -> Refusal:
    value = f"> {most:,} bytes" if found is None else f"{found:,} bytes"
    return Refusal("workbook-too-large", value=value, expected=f"{most:,} bytes")
