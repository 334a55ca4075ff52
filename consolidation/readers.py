"""From the bytes of one file to a raw table: CSV, a sheet of a workbook, Parquet.

No file makes a reader take more memory than the limits below allow, and none ends in a traceback: what cannot be read
is :class:`~consolidation.raw_tables.Refused` with a finding that says what to do.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import BinaryIO

import polars as pl

from consolidation.findings import Finding, error
from consolidation.raw_tables import (
    RawTable,
    Refused,
    complete,
    from_rows,
    heading_findings,
    headings_of,
    shown,
)
from consolidation.tables import Table

MOST_TABLE_BYTES = 256 << 20
"""No table that is read into memory is larger, packed or unpacked: some three million rows."""

MOST_LINE_CHARACTERS = 1 << 20
"""No line of a CSV is longer; a single field ends at 131,072 characters, where Python's reader stops."""


def read_csv(table: Table, file: str, data: bytes, encoding: str) -> RawTable:
    """A CSV file: commas, quotes as in RFC 4180, a heading.

    :raises Refused: if it is not text in ``encoding``, has a quote that never ends, or a field beyond all measure.
    """
    text = _decoded(table, file, data, encoding)
    try:
        return from_rows(table, file, _csv_rows(table, file, text))
    except UnicodeDecodeError:
        raise Refused(_not_in(encoding, table, file, data)) from None


def read_csv_headings(table: Table, file: str, opened: BinaryIO, encoding: str) -> list[str]:
    """The headings of a CSV file whose rows are read elsewhere.

    :raises Refused: as :func:`read_csv`, as far as the first line goes.
    """
    line = opened.readline(MOST_LINE_CHARACTERS)
    text = _decoded(table, file, line, encoding)
    try:
        return headings_of(table, file, _csv_rows(table, file, text))
    except UnicodeDecodeError:
        raise Refused(_not_in(encoding, table, file, line)) from None


def _decoded(table: Table, file: str, data: bytes, encoding: str) -> io.TextIOWrapper:
    if not data.strip():
        raise Refused(error("file-empty", table=table.name, file=file, expected=", ".join(table.columns)))
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Refused(error("file-utf16", table=table.name, file=file, expected="UTF-8"))
    return io.TextIOWrapper(
        io.BytesIO(data), encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline=""
    )


def _csv_rows(table: Table, file: str, text: io.TextIOWrapper) -> Iterator[tuple[int, Sequence[str]]]:
    number = 0
    reader = csv.reader(_lines(table, file, text), strict=True)
    while True:
        number += 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as reason:
            code = "field-too-long" if "limit" in str(reason) else "quote-broken"
            raise Refused(error(code, table=table.name, file=file, row=number)) from None
        yield number, row


def _lines(table: Table, file: str, text: io.TextIOWrapper) -> Iterator[str]:
    number = 0
    while line := text.readline(MOST_LINE_CHARACTERS):
        number += 1
        if len(line) >= MOST_LINE_CHARACTERS:
            raise Refused(
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
    """Why bytes do not decode: GB18030 if they read as Chinese there, else a plain "not UTF-8"."""
    try:
        data.decode(encoding)
    except UnicodeDecodeError as reason:
        row = data[: reason.start].count(b"\n") + 1
        value = data[reason.start : reason.start + 4].hex(" ")
        where = {"table": table.name, "file": file, "row": row, "value": value}
    if encoding == "utf-8" and _reads_as_chinese(data):
        return error("file-gb18030", expected="UTF-8", **where)
    return error("file-not-in-encoding", expected=encoding.upper(), **where)


def _reads_as_chinese(data: bytes) -> bool:
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return False
    foreign = [sign for sign in text if ord(sign) > 0x7F]
    common = sum(0x4E00 <= ord(sign) <= 0x9FFF or 0x3000 <= ord(sign) <= 0x303F for sign in foreign)
    return common * 2 > len(foreign)


def read_sheets(
    path: Path, tables: dict[str, Table], file: str
) -> Iterator[tuple[Table, RawTable | Refused]]:
    """The sheets of a workbook that has passed the guard, ``tables`` by the sheet's name as written.

    :raises Refused: if the workbook cannot be opened after all.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with CalamineWorkbook.from_path(path) as book:
            for sheet, table in tables.items():
                rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
                numbered = ((n, [cell_text(cell) for cell in row]) for n, row in enumerate(rows, 1))
                try:
                    yield table, from_rows(table, f"{file}[{sheet}]", numbered)
                except Refused as refusal:
                    yield table, refusal
    except (CalamineError, OSError, ValueError):
        raise Refused(error("workbook_truncated", file=file, expected=".xlsx")) from None


def sheet_names(path: Path) -> list[str]:
    """The names of a workbook's sheets, in order.

    :raises Refused: if it cannot be opened.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with CalamineWorkbook.from_path(path) as book:
            return list(book.sheet_names)
    except (CalamineError, OSError, ValueError):
        raise Refused(error("workbook_truncated", file=path.name, expected=".xlsx")) from None


def cell_text(cell: object) -> str:
    """A workbook's cell as the text that a CSV would have: shortest digits of a number, ISO dates, true and false."""
    match cell:
        case str():
            return cell
        case bool():
            return "true" if cell else "false"
        case float():
            return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
        case datetime():
            return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
        case date():
            return cell.isoformat()
        case _:
            return str(cell)


def read_parquet(table: Table, file: str, data: bytes) -> RawTable:
    """A Parquet file; its cells as the text that a CSV would have.

    :raises Refused: if it is damaged, or too large once unpacked.
    """
    schema, _ = parquet_metadata(table, file, io.BytesIO(data), most_bytes=MOST_TABLE_BYTES)
    try:
        held = [name for name in table.columns if name in schema]
        frame = pl.read_parquet(io.BytesIO(data), columns=held, use_pyarrow=False)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError):
        raise Refused(damaged(table, file)) from None
    findings = heading_findings(table, file, list(schema))
    texts = []
    for name, dtype in frame.schema.items():
        text = _as_text(pl.col(name), dtype)
        if text is None:
            findings.append(
                error(
                    "column-of-wrong-type",
                    table=table.name,
                    file=file,
                    column=name,
                    value=shown(dtype),
                    expected="text",
                )
            )
            text = pl.lit(None, pl.String)
        texts.append(text.alias(name))
    frame = frame.select(pl.int_range(2, pl.len() + 2).alias("source_row"), *texts)
    blank = pl.all_horizontal(pl.col(held).is_null()) if held else pl.lit(True)
    return RawTable(complete(table, file, frame.filter(~blank)), frozenset(held), tuple(findings))


def parquet_metadata(table: Table, file: str, data: BinaryIO, most_bytes: int) -> tuple[list[str], int]:
    """The columns of a Parquet file and how many row groups it has, from its footer alone.

    :raises Refused: if the footer cannot be read or the columns unpack to more than ``most_bytes``.
    """
    import pyarrow
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(data) as opened:
            metadata = opened.metadata
            names = opened.schema_arrow.names
    except (pyarrow.ArrowException, OSError, ValueError):
        raise Refused(damaged(table, file)) from None
    unpacked = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    if unpacked > most_bytes:
        raise Refused(
            error(
                "file-too-large",
                table=table.name,
                file=file,
                value=f"{unpacked:,}",
                expected=f"{most_bytes:,}",
            )
        )
    return list(names), int(metadata.num_row_groups)


def damaged(table: Table, file: str) -> Finding:
    """A Parquet file that cannot be read."""
    return error("file-damaged", table=table.name, file=file, expected="Parquet")


def _as_text(column: pl.Expr, dtype: pl.DataType) -> pl.Expr | None:
    if isinstance(dtype, pl.Datetime):
        local = column.dt.replace_time_zone(None)
        day = local.dt.date().cast(pl.String)
        return pl.when(local.dt.time() == time()).then(day).otherwise(local.dt.to_string("%Y-%m-%d %H:%M:%S"))
    if dtype.is_numeric() or isinstance(
        dtype, pl.String | pl.Boolean | pl.Date | pl.Categorical | pl.Enum | pl.Null
    ):
        return column.cast(pl.String)
    return None
