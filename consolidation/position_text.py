"""Positions that are not plainly typed: CSV, sheets, and Parquet whose cells need reading with care.

They pass through the very reader of all other tables (:mod:`consolidation.cells`), block by block: the same values are
understood, the same faults told with file and row. What it sets aside does not count, and stops the groups it touches.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

import polars as pl

from consolidation.cells import read_cells
from consolidation.checks import check_rows
from consolidation.files import Part
from consolidation.findings import Finding, error
from consolidation.position_chunks import Chunk, chunk_of
from consolidation.raw_tables import RawTable, Refused, from_rows
from consolidation.readers import read_parquet
from consolidation.sheets import read_sheets
from consolidation.tables import EXPOSURES, TABLES

BLOCK_ROWS = 100_000
"""Rows of text that are read at a time."""

_ANY_SIZE = 1 << 62
_SAMPLE_BYTES = 1 << 20
_HEADING = 1


def csv_chunks(part: Part, opened: BinaryIO, listed: frozenset[str] | None) -> Iterator[Chunk]:
    """The chunks of a CSV file; one that cannot be read to its end is a finding, after what could be read."""
    number = 0
    try:
        text = io.TextIOWrapper(opened, encoding=_encoding(part, opened), newline="")
        rows = enumerate(csv.reader(text, strict=True), 1)
        heading = next(row for row in rows if any(cell.strip() for cell in row[1]))
        while block := list(islice(rows, BLOCK_ROWS)):
            number = block[-1][0]
            yield checked(from_rows(TABLES[EXPOSURES], part.file, chain([heading], block)), listed)
    except StopIteration:
        yield _told(part, error("file-empty", table=EXPOSURES, file=part.file))
    except UnicodeError:
        fault = error("file-not-in-encoding", table=EXPOSURES, file=part.file, row=number + 1)
        yield _told(part, fault)
    except csv.Error:
        yield _told(part, error("quote-broken", table=EXPOSURES, file=part.file, row=number + 1))
    except Refused as refusal:
        yield _told(part, refusal.finding)


def _encoding(part: Part, opened: BinaryIO) -> str:
    """The encoding that the user named, unless the text is plainly UTF-8."""
    if part.encoding == "utf-8":
        return "utf-8-sig"
    sample = opened.read(_SAMPLE_BYTES)
    opened.seek(0)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return part.encoding
    return part.encoding if sample.isascii() else "utf-8-sig"


def sheet_chunks(part: Part, opened: BinaryIO, listed: frozenset[str] | None) -> Iterator[Chunk]:
    """The chunk of a workbook's sheet."""
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "positions.xlsx"
        copy.write_bytes(opened.read())
        try:
            for _, raw in read_sheets(copy, {part.sheet: TABLES[EXPOSURES]}):
                if isinstance(raw, Refused):
                    yield _told(part, raw.finding)
                else:
                    named = raw.frame.with_columns(source_file=pl.lit(part.file))
                    yield checked(RawTable(part.file, named, raw.columns, raw.findings), listed)
        except Refused as refusal:
            yield _told(part, refusal.finding)


def careful_chunks(
    file: str, frame: pl.DataFrame, first_row: int, listed: frozenset[str] | None
) -> Iterator[Chunk]:
    """The chunks of Parquet rows that are not all clean or not of the expected types."""
    for start in range(0, len(frame), BLOCK_ROWS):
        packed = io.BytesIO()
        frame.slice(start, BLOCK_ROWS).write_parquet(packed, compression="uncompressed")
        raw, _ = read_parquet(TABLES[EXPOSURES], file, packed.getvalue(), _ANY_SIZE)
        moved = raw.frame.with_columns(pl.col("source_row") + (first_row + start - _HEADING - 1))
        yield checked(RawTable(file, moved, raw.columns, raw.findings), listed)


def checked(raw: RawTable, listed: frozenset[str] | None) -> Chunk:
    """A raw table of positions as a chunk: typed, checked, its bad rows set aside and told."""
    faults = read_cells(TABLES[EXPOSURES], [raw])
    check_rows(faults)
    if listed is not None:
        entities = faults.typed["entity_id"]
        strange = (entities.is_not_null() & ~entities.is_in(list(listed))).arg_true().to_list()
        faults.add("entity-unknown", strange, "entity_id", expected="entity")
        faults.bad_rows.update(strange)
    sound = faults.typed.filter(~pl.int_range(pl.len()).is_in(list(faults.bad_rows)))
    return chunk_of(raw.file, sound, (*raw.findings, *faults.findings))


def _told(part: Part, finding: Finding) -> Chunk:
    return chunk_of(part.file, TABLES[EXPOSURES].empty(), (finding,))
