"""From the bytes of one file to a raw table: CSV and Parquet (workbooks: :mod:`consolidation.filing_set.readers.sheets`).

No file makes a reader take more memory than the limits below allow, and none ends in a traceback: what cannot be read
is :class:`~consolidation.filing_set.readers.raw_tables.UnreadableFile` with a finding that says what to do.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import time
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

import polars as pl

from consolidation.cell_text.spreadsheet_text import unescaped
from consolidation.filing_set.readers.raw_tables import (
    RawTable,
    UnreadableFile,
    complete,
    excerpt,
    heading_findings,
    headings_of,
    refuse_headings,
)
from consolidation.filing_set.readers.text_rows import from_rows
from consolidation.filing_set.readers.words.headings import (
    NO_HOUSE_HEADINGS,
    HouseHeadings,
    NamedHeadings,
    declarations_of,
    name_headings,
)
from consolidation.filing_set.schemas.columns import CellType, rules_of
from consolidation.filing_set.schemas.tables import Table
from consolidation.findings import Finding, error, info
from consolidation.inspection.csv_files import csv_separator, encoding_by_mark, not_in_encoding
from consolidation.inspection.limits import MOST_LINE_CHARACTERS, MOST_TABLE_BYTES
from consolidation.inspection.parquet_files import flat_columns

if TYPE_CHECKING:
    import pyarrow as pa


def read_csv(
    table: Table, file: str, data: bytes, encoding: str, house: HouseHeadings = NO_HOUSE_HEADINGS
) -> RawTable:
    """A CSV file: a heading, quotes as in RFC 4180; commas, or what its first line or its heading says is between cells.

    A file that begins with the mark of UTF-16 or GB18030 is read as that.

    :raises UnreadableFile: if it is not text in ``encoding``, has a quote that never ends, or a field beyond all measure.
    """
    marked = encoding_by_mark(data)
    encoding = marked or encoding
    text = _decoded(table, file, data, encoding)
    try:
        separator, first = csv_separator(text.read(MOST_LINE_CHARACTERS), words=_words(table, house))
        text.seek(0)
        rows = _csv_rows(table, file, text, separator, first)
        raw = without_apostrophes(table, from_rows(table, file, rows, house))
    except UnicodeError:
        raise UnreadableFile(_not_in(encoding, table, file, data)) from None
    said = []
    if marked:
        said.append(info("encoding-by-mark", table=table.name, file=file, row=1, value=marked.upper()))
    if separator != ",":
        shown = "TAB" if separator == "\t" else separator
        said.append(info("separator-read", table=table.name, file=file, row=first, value=shown))
    return replace(raw, findings=(*said, *raw.findings))


def without_apostrophes(table: Table, raw: RawTable) -> RawTable:
    """The table with its ids and names as they were before this program, or a person, kept them from being formulas."""
    texts = [
        name
        for name, column in table.columns.items()
        if rules_of(column).cell_type in (CellType.ID, CellType.TEXT)
    ]
    return replace(raw, frame=unescaped(raw.frame, texts))


def _words(table: Table, house: HouseHeadings) -> Callable[[str], bool]:
    """Whether a heading names a column of the table."""
    return lambda heading: bool(frozenset(name_headings(table, [heading], house).columns) & {*table.columns})


def read_csv_headings(
    table: Table, file: str, opened: BinaryIO, encoding: str
) -> tuple[list[str], NamedHeadings]:
    """The headings of a CSV file whose rows are read elsewhere.

    :raises UnreadableFile: as :func:`read_csv`, as far as the first line goes.
    """
    line = opened.readline(MOST_LINE_CHARACTERS)
    text = _decoded(table, file, line, encoding)
    try:
        return headings_of(table, file, _csv_rows(table, file, text))
    except UnicodeError:
        raise UnreadableFile(_not_in(encoding, table, file, line)) from None


def text_encoding(name: str) -> str:
    """The encoding as Python names it.

    :raises LookupError: if there is none of that name for text.
    """
    try:
        if "entity_id".encode(name).decode(name) == "entity_id":
            return codecs.lookup(name).name
    except (TypeError, UnicodeError, AttributeError):
        pass
    raise LookupError(name)


def _decoded(table: Table, file: str, data: bytes, encoding: str) -> io.TextIOWrapper:
    """The bytes as text, not yet decoded.

    What reads as UTF-8 is UTF-8 whatever the user said of the whole set: text in another encoding hardly ever does by chance.
    """
    if not data.strip():
        raise UnreadableFile(
            error("file-empty", table=table.name, file=file, row=1, expected=", ".join(table.columns))
        )
    if other := _another_kind(data):
        where = {"table": table.name, "file": file, "row": 1}
        raise UnreadableFile(error("file-not-text", value=other, expected="CSV, UTF-8", **where))
    if _seems_utf16(data) and not encoding.startswith("utf-16"):
        raise UnreadableFile(error("file-utf16", table=table.name, file=file, row=1, expected="UTF-8"))
    as_utf8 = encoding == "utf-8" or _reads_as_utf8(data)
    return io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig" if as_utf8 else encoding, newline="")


_BEGINNINGS = (
    (b"PK\x03\x04", "xlsx / zip"),
    (b"\xd0\xcf\x11\xe0", "xls"),
    (b"PAR1", "Parquet"),
    (b"%PDF", "PDF"),
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
)
_HTML = (b"<html", b"<!doctype", b"<table", b"<?xml")


def _another_kind(data: bytes) -> str:
    """What a file is that calls itself CSV and is none; empty where nothing says so."""
    head = data[:64].lstrip().lower()
    if head.removeprefix(codecs.BOM_UTF8).startswith(_HTML):
        return "HTML / XML"
    return next((kind for begins, kind in _BEGINNINGS if data.startswith(begins)), "")


def _seems_utf16(data: bytes) -> bool:
    """Whether the text has the mark of UTF-16, or a zero byte in its first letters."""
    return encoding_by_mark(data) == "utf-16" or b"\0" in data[:64]


def _reads_as_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _csv_rows(
    table: Table, file: str, text: io.TextIOWrapper, separator: str = ",", first: int = 1
) -> Iterator[tuple[int, Sequence[str]]]:
    """The records from the line ``first`` on, each with its number."""
    number = first - 1
    lines = islice(_lines(table, file, text), number, None)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        number += 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as reason:
            code = "field-too-long" if "limit" in str(reason) else "quote-broken"
            raise UnreadableFile(error(code, table=table.name, file=file, row=number)) from None
        yield number, row


def _lines(table: Table, file: str, text: io.TextIOWrapper) -> Iterator[str]:
    number = 0
    while line := text.readline(MOST_LINE_CHARACTERS):
        number += 1
        if len(line) >= MOST_LINE_CHARACTERS:
            raise UnreadableFile(
                error(
                    "field-too-long",
                    table=table.name,
                    file=file,
                    row=number,
                    expected=f"{MOST_LINE_CHARACTERS:,}",
                )
            )
        yield line


def _not_in(encoding: str, table: Table, file: str, data: bytes) -> Finding:
    refusal = not_in_encoding(data, encoding)
    return error(refusal.code, table=table.name, file=file, **refusal.fields)


@dataclass(frozen=True, slots=True)
class Footer:
    """What a Parquet file says of itself."""

    schema: pa.Schema
    named: NamedHeadings
    row_groups: int
    unpacked_bytes: int

    @property
    def columns(self) -> list[str]:
        """The names of its columns, in its order."""
        return list(self.schema.names)


def read_parquet(
    table: Table, file: str, data: bytes, most_bytes: int, house: HouseHeadings = NO_HOUSE_HEADINGS
) -> tuple[RawTable, int]:
    """A Parquet file, its cells as the text that a CSV would have, and how many bytes it unpacks to.

    :raises UnreadableFile: if it is damaged, or larger than ``most_bytes`` once unpacked.
    """
    from pyarrow import ArrowException
    from pyarrow import parquet as pyarrow_parquet

    footer = parquet_metadata(table, file, io.BytesIO(data), most_bytes, house)
    named = footer.named
    findings = heading_findings(table, file, named)
    wanted = {
        heading: name
        for heading, name in zip(footer.columns, named.columns, strict=True)
        if name in table.columns or name in declarations_of(table)
    }
    held = flat_columns(footer.schema, wanted)
    texts = {}
    try:
        read = pyarrow_parquet.read_table(io.BytesIO(data), columns=held, use_threads=False)
        frame = pl.DataFrame(pl.from_arrow(read)).rename({heading: wanted[heading] for heading in held})
        others = pl.DataFrame(pl.from_arrow(_of_others(footer.schema, wanted, held).empty_table()))
        nested = others.rename(lambda heading: wanted[heading]).schema
    except (ArrowException, OSError, ValueError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
        raise UnreadableFile(_damaged(table, file)) from None
    for name in (*table.columns, *declarations_of(table)):
        if name not in wanted.values():
            continue
        dtype = (frame.schema | nested)[name]
        text = _as_text(pl.col(name), dtype)
        if text is None:
            where = {"table": table.name, "file": file, "row": 1, "column": name, "value": excerpt(dtype)}
            findings.append(error("column-of-wrong-type", expected="text", **where))
        else:
            texts[name] = text
    if not len(frame):
        findings.append(info("table-without-rows", table=table.name, file=file))
    text_frame = frame.select(pl.int_range(2, pl.len() + 2).alias("source_row"), **texts)
    blank = pl.all_horizontal(pl.col(list(texts)).is_null()) if texts else pl.lit(True)
    whole = complete(table, file, text_frame.filter(~blank))
    raw = RawTable(file, whole, frozenset(texts), tuple(findings), tuple(footer.columns))
    return raw, max(footer.unpacked_bytes, len(data))


def _of_others(schema: pa.Schema, wanted: Collection[str], held: Sequence[str]) -> pa.Schema:
    """The columns of the table that are not read: lists and records."""
    import pyarrow

    return pyarrow.schema([field for field in schema if field.name in wanted and field.name not in held])


def parquet_metadata(
    table: Table, file: str, opened: BinaryIO, most_bytes: int, house: HouseHeadings = NO_HOUSE_HEADINGS
) -> Footer:
    """The footer of a Parquet file, which is all that is read.

    :raises UnreadableFile: if it cannot be read, or the columns unpack to more than ``most_bytes``.
    """
    import pyarrow
    from pyarrow import parquet

    try:
        metadata = parquet.ParquetFile(opened).metadata
        schema = metadata.schema.to_arrow_schema()
    except (pyarrow.ArrowException, ValueError):
        raise UnreadableFile(_damaged(table, file)) from None
    named = name_headings(table, schema.names, house)
    refuse_headings(table, file, schema.names, named)
    groups = metadata.num_row_groups
    unpacked = sum(metadata.row_group(i).total_byte_size for i in range(groups))
    if unpacked > most_bytes:
        sizes = {"value": f"{unpacked:,}", "expected": f"{MOST_TABLE_BYTES:,}"}
        raise UnreadableFile(error("file-too-large", table=table.name, file=file, **sizes))
    return Footer(schema, named, groups, unpacked)


def _damaged(table: Table, file: str) -> Finding:
    return error("file-damaged", table=table.name, file=file, expected="Parquet")


def _as_text(column: pl.Expr, dtype: pl.DataType) -> pl.Expr | None:
    if isinstance(dtype, pl.Datetime):
        local = column.dt.replace_time_zone(None)
        day = local.dt.date().cast(pl.String)
        return pl.when(local.dt.time() == time()).then(day).otherwise(local.dt.to_string("%Y-%m-%d %H:%M:%S"))
    if dtype.is_float():
        return column.cast(pl.String).str.strip_suffix(".0")
    if dtype.is_numeric() or isinstance(
        dtype, pl.String | pl.Boolean | pl.Date | pl.Categorical | pl.Enum | pl.Null
    ):
        return column.cast(pl.String)
    return None
