"""A look at a CSV file: how wide it is and how many records it has. What is wrong with them is the reader's to tell."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from consolidation.inspection.limits import (
    LONGEST_LOOK_BYTES,
    MOST_COLUMNS,
    MOST_LINE_CHARACTERS,
    MOST_TABLE_CELLS,
)
from consolidation.inspection.refusal import Refusal


def look_at_csv(path: Path, columns: int, encoding: str, *, laid_out: bool) -> None:
    """Read the records, in full or as far as a look goes.

    :param columns: how many the table has.
    :param laid_out: whether the reader will have the whole table in memory.
    :raises Refusal: for more columns or rows than the limits allow.
    """
    most_rows = MOST_TABLE_CELLS // columns
    with path.open("rb") as file:
        text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")
        records = csv.reader(_lines(text))
        width = 0
        try:
            for number, record in enumerate(records, 1):
                if not width and len(record) > MOST_COLUMNS:
                    sizes = {"value": f"{len(record):,}", "expected": f"{MOST_COLUMNS:,}"}
                    raise Refusal("columns-too-many", row=number, **sizes)
                width = width or (len(record) if any(record) else 0)
                if laid_out and number > most_rows:
                    raise Refusal("rows-too-many", row=number, expected=f"{most_rows:,}")
        except csv.Error:
            return


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    read = 0
    while read < LONGEST_LOOK_BYTES and (line := text.readline(MOST_LINE_CHARACTERS)):
        read += len(line)
        if len(line) >= MOST_LINE_CHARACTERS:
            return
        yield line
