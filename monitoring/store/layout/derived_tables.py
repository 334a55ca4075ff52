"""Tables whose rows are frames, made from the frames' schemas: no column is written down twice.

``dataframely.Schema.to_sqlalchemy_columns`` is not used: it makes columns for one database and decimals that SQLite does not
keep exactly; :mod:`monitoring.store.layout.exact_columns` does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import dataframely as dy
from sqlalchemy import BigInteger, Boolean, Column, Date, Float, Index, Integer, String, Text, text
from sqlalchemy.types import TypeEngine

from monitoring.store.layout.exact_columns import Exact

RENAMED = {
    "table": "table_name",
    "file": "file_name",
    "row": "row_number",
    "column": "column_name",
    "limit": "limit_amount",
}
"""Column of a frame → column of the database: some words of the frames are SQL's own."""

_LONG_TEXTS = {"path", "file", "source_file", "value", "expected", "message", "message_zh", "explanation"}
_SMALL_NUMBERS = {"step"}
_TYPES: Mapping[type[dy.Column], type[TypeEngine[Any]]] = {
    dy.String: String,
    dy.Date: Date,
    dy.Bool: Boolean,
    dy.Int64: BigInteger,
    dy.Float64: Float,
}


def columns_of(
    schema: type[dy.Schema], *, required: Collection[str] | None = None, without: Collection[str] = ()
) -> list[Column[Any]]:
    """A table's columns for those of the schema, in its order.

    :param required: the columns that are never null; by default those that the schema does not let be null.
    :param without: columns of the schema that the store does not keep.
    """
    return [
        Column(
            RENAMED.get(name, name),
            _type_of(name, column),
            nullable=column.nullable if required is None else name not in required,
        )
        for name, column in schema.columns().items()
        if name not in without
    ]


def _type_of(name: str, column: dy.Column) -> TypeEngine[Any]:
    if isinstance(column, dy.Decimal):
        return Exact(column.scale)
    if name in _LONG_TEXTS:
        return Text()
    return Integer() if name in _SMALL_NUMBERS else _TYPES[type(column)]()


def current_index(table: str, *columns: str) -> Index:
    """Find the rows that count today without reading the history."""
    marked = text("is_current")
    return Index(f"ix_{table}_current", *columns, sqlite_where=marked, postgresql_where=marked)
