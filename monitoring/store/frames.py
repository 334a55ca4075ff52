"""Polars frames into tables and out again, in bulk and exactly.

No value passes through SQLAlchemy one by one: columns are turned as a whole into what the database keeps and back, rows
go in by ``executemany`` (SQLite) or ``COPY`` (PostgreSQL). Some words of the frames are SQL's own; in the database they
carry a longer name (``derived_tables.RENAMED``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import polars as pl
from sqlalchemy import Column, ColumnElement, Connection, Select, String, Table, cast, type_coerce
from sqlalchemy.types import NULLTYPE

from monitoring.store.database import SQLITE
from monitoring.store.layout.derived_tables import RENAMED
from monitoring.store.layout.exact_columns import BEYOND_64_BITS, Exact, polars_type

FRAME_NAMES = {stored: name for name, stored in RENAMED.items()}
_ROWS_AT_ONCE = 50_000
_NUL = "\x00"
_REPLACEMENT = "\ufffd"
_MOMENT = "%Y-%m-%dT%H:%M:%S%.6f"


@dataclass(frozen=True, slots=True)
class SentQuery:
    """A query that gives its columns as the database keeps them, and their names and types in a frame."""

    query: Select[Any]
    names: tuple[str, ...]
    types: tuple[pl.DataType, ...]


def insert(connection: Connection, table: Table, frame: pl.DataFrame | None, **same: object) -> int:
    """Add the rows of ``frame`` to ``table``, in order; columns that the frame lacks stay empty, others are left out.

    :param same: columns that have one value in every row (the run, the input set).
    :returns: the number of rows.
    :raises ValueError: naming the column, if a value would not be kept exactly; a fault of this program.
    """
    if frame is None or frame.is_empty():
        return 0
    if "position" in table.columns:
        frame = frame.drop("position", strict=False).with_row_index("position")
    return write(
        connection, table, frame.with_columns(pl.lit(value).alias(name) for name, value in same.items())
    )


def write(connection: Connection, table: Table, frame: pl.DataFrame) -> int:
    """Add the rows of ``frame`` to ``table`` as they are, their positions too; else as :func:`insert`."""
    if frame.is_empty():
        return 0
    frame = frame.rename(RENAMED, strict=False)
    columns = [column for column in table.columns if column.name in frame.columns]
    stored = [_outgoing(frame[c.name], c, connection.dialect.name) for c in columns]
    rows = list(zip(*stored, strict=True))
    names = ", ".join(f'"{c.name}"' for c in columns)
    if connection.dialect.name == SQLITE:
        marks = ", ".join("?" * len(columns))
        connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', rows)
    else:
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)
    return len(rows)


def _outgoing(series: pl.Series, column: Column[Any], dialect: str) -> list[Any]:
    """The values of a column as the driver of ``dialect`` takes them."""
    wanted = polars_type(column.type)
    try:
        typed = _exactly(series, wanted) if isinstance(wanted, pl.Decimal) else series.cast(wanted)
    except pl.exceptions.PolarsError as fault:
        raise ValueError(f"column {column.table.name}.{column.name}: {fault}") from None
    if isinstance(wanted, pl.String):
        return _text(typed, column)
    if isinstance(wanted, pl.Decimal):
        return _scaled(typed) if dialect == SQLITE else typed.cast(pl.String).to_list()
    if isinstance(wanted, pl.Datetime):
        return (typed.dt.to_string(_MOMENT) + "+00:00").to_list()
    if isinstance(wanted, pl.Date):
        return typed.dt.to_string("%Y-%m-%d").to_list()
    if isinstance(wanted, pl.Float64):
        return typed.replace([float("nan"), float("inf"), float("-inf")], None).to_list()
    return typed.to_list()


def _exactly(series: pl.Series, wanted: pl.Decimal) -> pl.Series:
    """The series as decimals of the wanted scale; only a float, which is no exact figure to begin with, is rounded."""
    typed = series.cast(wanted, strict=not series.dtype.is_float())
    if (
        isinstance(series.dtype, pl.Decimal)
        and series.dtype.scale > wanted.scale
        and not typed.cast(series.dtype).equals(series)
    ):
        raise pl.exceptions.InvalidOperationError(f"more than {wanted.scale} places")
    return typed


def _text(series: pl.Series, column: Column[Any]) -> list[Any]:
    """PostgreSQL cannot keep the character NUL: in both databases it becomes the replacement mark."""
    if series.str.contains(_NUL, literal=True).any():
        series = series.str.replace_all(_NUL, _REPLACEMENT, literal=True)
    return (series if column.nullable else series.fill_null("")).to_list()


def _scaled(series: pl.Series) -> list[Any]:
    """Decimals as SQLite keeps them (see :class:`monitoring.store.layout.exact_columns.Exact`)."""
    whole = series.reinterpret(dtype=pl.Int128)
    small = whole.cast(pl.Int64, strict=False)
    if small.null_count() == whole.null_count():
        return small.to_list()
    return [
        b if a is None and b is None else f"{b}{BEYOND_64_BITS}" if a is None else a
        for a, b in zip(small, whole, strict=True)
    ]


def read(connection: Connection, query: Select[Any]) -> pl.DataFrame:
    """The rows of ``query`` as a frame, each column in the type of :func:`polars_type` and under its frame's name."""
    return read_sent(connection, sent(query, connection.dialect.name), {})


def read_in_parts(connection: Connection, query: Select[Any]) -> Iterator[pl.DataFrame]:
    """The same in frames of some ten thousand rows, an empty one first."""
    yield from _fetched(connection, sent(query, connection.dialect.name), {})


def read_sent(connection: Connection, query: SentQuery, values: Mapping[str, Any]) -> pl.DataFrame:
    """The rows of a query that was made with :func:`sent`, with values for its parameters; as :func:`read`."""
    nothing, *parts = _fetched(connection, query, values)
    return pl.concat(parts, rechunk=True) if len(parts) > 1 else parts[0] if parts else nothing


def sent(query: Select[Any], dialect: str) -> SentQuery:
    """The query as it is sent: no value of it passes through SQLAlchemy."""
    columns = tuple(query.selected_columns)
    raw: list[ColumnElement[Any]] = [
        cast(c, String).label(c.name)
        if dialect != SQLITE and isinstance(c.type, Exact)
        else type_coerce(c, NULLTYPE).label(c.name)
        for c in columns
    ]
    return SentQuery(
        query.with_only_columns(*raw, maintain_column_froms=True),
        tuple(FRAME_NAMES.get(c.name, c.name) for c in columns),
        tuple(polars_type(c.type) for c in columns),
    )


def _fetched(connection: Connection, query: SentQuery, values: Mapping[str, Any]) -> Iterator[pl.DataFrame]:
    result = connection.execute(query.query, values)
    yield _nothing(query.names, query.types)
    while rows := result.cursor.fetchmany(_ROWS_AT_ONCE):
        yield _frame(query.names, query.types, rows, connection.dialect.name)
    result.close()


def _frame(
    names: tuple[str, ...], types: tuple[pl.DataType, ...], rows: Sequence[Sequence[Any]], dialect: str
) -> pl.DataFrame:
    kept = [_kept_as(wanted, dialect) for wanted in types]
    values = zip(*rows, strict=True)
    frame = pl.DataFrame([_series(*column) for column in zip(names, values, kept, strict=True)])
    return frame if kept == list(types) else frame.select(_incoming(names, types, dialect))


@cache
def _nothing(names: Sequence[str], types: Sequence[pl.DataType]) -> pl.DataFrame:
    return pl.DataFrame(schema=dict(zip(names, types, strict=True)))


@cache
def _kept_as(wanted: pl.DataType, dialect: str) -> pl.DataType:
    """The type of the values of a column as the driver of ``dialect`` gives them."""
    if isinstance(wanted, pl.Decimal):
        return pl.Int64() if dialect == SQLITE else pl.String()
    if dialect != SQLITE:
        return wanted
    if isinstance(wanted, pl.Date | pl.Datetime):
        return pl.String()
    return pl.Int64() if isinstance(wanted, pl.Boolean) else wanted


def _series(name: str, values: Sequence[Any], kept: pl.DataType) -> pl.Series:
    try:
        return pl.Series(name, values, dtype=kept)
    except TypeError:
        if not isinstance(kept, pl.Int64):
            raise
        # an amount beyond 64 bits is kept as text
        whole = [int(v.removesuffix(BEYOND_64_BITS)) if isinstance(v, str) else v for v in values]
        return pl.Series(name, whole, dtype=pl.Int128)


@cache
def _incoming(names: Sequence[str], types: Sequence[pl.DataType], dialect: str) -> list[pl.Expr]:
    """The columns in their own types, all in one step: a step costs more than the few rows that most frames have."""
    return [_typed(pl.col(name), wanted, dialect) for name, wanted in zip(names, types, strict=True)]


def _typed(column: pl.Expr, wanted: pl.DataType, dialect: str) -> pl.Expr:
    if dialect != SQLITE:
        return column.cast(wanted) if isinstance(wanted, pl.Decimal) else column
    if isinstance(wanted, pl.Decimal):
        return column.cast(pl.Int128).reinterpret(dtype=wanted)
    if isinstance(wanted, pl.Date):
        return column.str.to_date("%Y-%m-%d")
    if isinstance(wanted, pl.Datetime):
        return column.str.to_datetime(_MOMENT + "%z", time_unit="us", time_zone="UTC")
    return column.cast(pl.Boolean) if isinstance(wanted, pl.Boolean) else column
