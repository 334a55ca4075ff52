"""The careful reader: CSV, sheets and cells that are not plain, through the checks of all other tables.

What is not plain passes through the very reader of all other tables (:mod:`consolidation.filing_set.cells`), block by block: the
same values are understood, the same faults told with file and row. What it sets aside does not count, and stops the
groups it touches.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import polars as pl

from consolidation.cell_text.spreadsheet_text import ESCAPED
from consolidation.filing_set.cells import LONGEST_ID, read_cells
from consolidation.filing_set.checks import check_rows
from consolidation.filing_set.currencies import ClosingRates, settle_amounts
from consolidation.filing_set.readers.contents import Part, Rates
from consolidation.filing_set.readers.csv_and_parquet import read_parquet, without_apostrophes
from consolidation.filing_set.readers.raw_tables import BLANKS, RawTable, UnreadableFile
from consolidation.filing_set.readers.sheets import read_sheets
from consolidation.filing_set.readers.text_rows import from_rows
from consolidation.filing_set.readers.words.headings import declaring
from consolidation.filing_set.schemas.tables import EXPOSURES, TABLES
from consolidation.findings import Finding, error
from consolidation.positions.exact_sums import Numbers
from consolidation.positions.readers.chunks import FIRST_RECORD, Chunk, chunk_of
from consolidation.positions.readers.fast_reader import fast_chunk

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK_ROWS = 100_000
"""Rows of text that are read at a time."""

Opening = Callable[[], AbstractContextManager[BinaryIO]]
"""Opens the part anew, at its beginning."""

_ANY_SIZE = 1 << 62
_SAMPLE_BYTES = 1 << 20
_BLOCK_BYTES = 32 << 20
_PLAIN_NAME = re.compile(r'\w+|"\w+"')


def csv_chunks(part: Part, opened: Opening, known_entities: frozenset[str] | None) -> Iterator[Chunk]:
    """The chunks of a CSV file; one that cannot be read to its end is a finding, after what could be read.

    Records that all have the shape of the heading are read many at a time; from the first that has not, one by one.
    """
    import pyarrow as pa

    with opened() as file:
        encoding = _encoding(part, file)
        is_plain = _plain_heading(file, encoding)
    record = FIRST_RECORD
    if is_plain:
        with opened() as file:
            blocks = _blocks(file, encoding)
            while True:
                try:
                    table = next(blocks, None)
                except (pa.ArrowException, UnicodeError):
                    break
                if table is None:
                    return
                yield from table_chunks(part, table, record, known_entities)
                record += len(table)
    with opened() as file:
        yield from _one_by_one(part, file, encoding, record, known_entities)


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


def _plain_heading(opened: BinaryIO, encoding: str) -> bool:
    """Whether the first line is a heading as it should be: names of columns and nothing around them."""
    try:
        line = opened.readline(_SAMPLE_BYTES).decode(encoding)
    except UnicodeError:
        return False
    return all(_PLAIN_NAME.fullmatch(name) for name in line.rstrip("\r\n").split(","))


def _blocks(opened: BinaryIO, encoding: str) -> Iterator[pa.Table]:
    """The records of a CSV file, some megabytes at a time."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    names = list(TABLES[EXPOSURES].columns)
    types = dict.fromkeys(names, pa.dictionary(pa.int32(), pa.string())) | {"carrying_amount": pa.string()}
    reader = arrow_csv.open_csv(
        opened,
        arrow_csv.ReadOptions(block_size=_BLOCK_BYTES, encoding=encoding.removesuffix("-sig")),
        arrow_csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        arrow_csv.ConvertOptions(
            column_types=types,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    )
    for batch in reader:
        table = pa.Table.from_batches([batch])
        declared = declaring(TABLES[EXPOSURES], table.column_names)
        kept = [name for name in table.column_names if name in names or name in declared]
        yield _unescaped(table.select(kept))


def _unescaped(table: pa.Table) -> pa.Table:
    """The records with their ids as they were before they were kept from being formulas (:mod:`consolidation.cell_text.spreadsheet_text`)."""
    import pyarrow as pa
    from pyarrow import compute

    for at, name in enumerate(table.column_names):
        column = table.column(name).combine_chunks()
        ids = column.dictionary if pa.types.is_dictionary(column.type) else None
        if ids is not None and compute.any(compute.starts_with(ids, "'")).as_py():
            plain = compute.replace_substring_regex(ids, ESCAPED, r"\1")
            table = table.set_column(at, name, pa.DictionaryArray.from_arrays(column.indices, plain))
    return table


def _one_by_one(
    part: Part, opened: BinaryIO, encoding: str, first: int, known_entities: frozenset[str] | None
) -> Iterator[Chunk]:
    """The records from ``first`` on, each looked at by itself."""
    number = 0
    try:
        with io.TextIOWrapper(opened, encoding=encoding, newline="") as text:
            rows = enumerate(csv.reader(text, strict=True), 1)
            heading = next(row for row in rows if any(cell.strip(BLANKS) for cell in row[1]))
            rest = (row for row in rows if row[0] >= first)
            while block := list(islice(rest, BLOCK_ROWS)):
                number = block[-1][0]
                raw = from_rows(TABLES[EXPOSURES], part.file, chain([heading], block))
                yield checked(without_apostrophes(TABLES[EXPOSURES], raw), known_entities, part.rates)
    except StopIteration:
        yield _told(part, error("file-empty", table=EXPOSURES, file=part.file))
    except UnicodeError:
        fault = error("file-not-in-encoding", table=EXPOSURES, file=part.file, row=number + 1)
        yield _told(part, fault)
    except csv.Error:
        yield _told(part, error("quote-broken", table=EXPOSURES, file=part.file, row=number + 1))
    except UnreadableFile as refusal:
        yield _told(part, refusal.finding)


def sheet_chunks(part: Part, opened: Opening, known_entities: frozenset[str] | None) -> Iterator[Chunk]:
    """The chunk of a workbook's sheet."""
    with TemporaryDirectory() as folder, opened() as file:
        copy = Path(folder) / "positions.xlsx"
        copy.write_bytes(file.read())
        try:
            for _, raw in read_sheets(copy, {part.sheet: TABLES[EXPOSURES]}):
                if isinstance(raw, UnreadableFile):
                    yield _told(part, raw.finding)
                else:
                    named = raw.frame.with_columns(source_file=pl.lit(part.file))
                    read = RawTable(part.file, named, raw.columns, raw.findings)
                    yield checked(read, known_entities, part.rates)
        except UnreadableFile as refusal:
            yield _told(part, refusal.finding)


def table_chunks(
    part: Part, table: pa.Table, first_row: int, known_entities: frozenset[str] | None
) -> Iterator[Chunk]:
    """The chunks of decoded rows: the plain ones as they stand, the others with care. What was decoded is no longer needed for the former."""
    fast = fast_chunk(part.file, table, first_row, known_entities)
    if fast is None:
        return _careful_chunks(part, table, np.arange(first_row, first_row + len(table)), known_entities)
    plain, others = fast
    if not len(others):
        return iter((plain,))
    return chain((plain,), _careful_chunks(part, table.take(others), first_row + others, known_entities))


def _careful_chunks(
    part: Part, table: pa.Table, rows: Numbers, known_entities: frozenset[str] | None
) -> Iterator[Chunk]:
    """The chunks of rows that are not all plain, with their spreadsheet rows."""
    from pyarrow import parquet

    table, row_bytes = _shortened(table)
    size = max(1, min(BLOCK_ROWS, _BLOCK_BYTES // row_bytes))
    for start in range(0, len(table), size):
        block = io.BytesIO()
        parquet.write_table(table.slice(start, size), block, compression="none")
        raw, _ = read_parquet(TABLES[EXPOSURES], part.file, block.getvalue(), _ANY_SIZE)
        in_file = pl.Series("source_row", rows[start:]).gather(raw.frame["source_row"] - FIRST_RECORD)
        yield checked(
            RawTable(part.file, raw.frame.with_columns(in_file), raw.columns, raw.findings),
            known_entities,
            part.rates,
        )


def _shortened(table: pa.Table) -> tuple[pa.Table, int]:
    """The rows with every id cut off where it is too long for an id anyway, and the bytes that a row can have."""
    import pyarrow as pa
    from pyarrow import compute

    row_bytes = 1
    for at, name in enumerate(table.column_names):
        column = table.column(name).combine_chunks()
        values = column.dictionary if pa.types.is_dictionary(column.type) else column
        if not (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
            continue
        if values is not column:
            values = compute.utf8_slice_codeunits(values, 0, 2 * LONGEST_ID)
            table = table.set_column(at, name, pa.DictionaryArray.from_arrays(column.indices, values))
        row_bytes += compute.max(compute.binary_length(values)).as_py() or 0
    return table, row_bytes


def checked(raw: RawTable, known_entities: frozenset[str] | None, rates: Rates = ()) -> Chunk:
    """A raw table of positions as a chunk: typed, checked, its bad rows set aside and told.

    :param rates: the exchange rates of the set (:class:`~consolidation.filing_set.readers.files.Part`).
    """
    faults = read_cells(TABLES[EXPOSURES], [raw])
    check_rows(faults)
    settle_amounts(faults, ClosingRates.of_rows(rates) if rates else None)
    if known_entities is not None:
        entities = faults.typed["entity_id"]
        strange = (entities.is_not_null() & ~entities.is_in(list(known_entities))).arg_true().to_list()
        faults.add("entity-unknown", strange, "entity_id", expected="entity")
        faults.bad_rows.update(strange)
    return chunk_of(raw.file, faults.sound(), (*raw.findings, *faults.findings))


def _told(part: Part, finding: Finding) -> Chunk:
    return chunk_of(part.file, TABLES[EXPOSURES].empty(), (finding,))
