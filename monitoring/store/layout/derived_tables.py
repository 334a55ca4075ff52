"""Tables whose rows are frames, made from the frames' schemas: no column is written down twice.

``dataframely.Schema.to_sqlalchemy_columns`` is not used: it makes columns for one database and decimals that SQLite does not
keep exactly; :mod:`monitoring.store.layout.exact_columns` does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import dataframely as dy
from sqlalchemy import BigInteger, Boolean, Column, Date, Float, Index, Integer, String, Text, text
from sqlalchemy.types import TypeEngine
from sqlmodel import Field

from monitoring.store.layout.exact_columns import Exact

RENAMED = {
    "table": "table_name",
    "file": "file_name",
    "row": "row_number",
    "column": "column_name",
    "limit": "limit_amount",
}
"""Column of a frame → column of the database: some words of the frames are SQL's own."""

_LONG_TEXTS = {
    "path",
    "file",
    "source_file",
    "value",
    "expected",
    "detail",
    "message",
    "message_zh",
    "explanation",
}
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


_PYTHON_TYPES: Mapping[type[dy.Column], type] = {
    dy.String: str,
    dy.Date: date,
    dy.Bool: bool,
    dy.Int64: int,
    dy.Decimal: Decimal,
}


def fields_of(*schemas: type[dy.Schema], long_texts: Collection[str] = ()) -> dict[str, Any]:
    """The same for a table whose rows are objects: name → (type, field), as ``pydantic.create_model`` takes them.

    :param long_texts: the columns that may hold more than a line.
    """
    return {
        RENAMED.get(name, name): _field(column, is_long=name in long_texts)
        for schema in schemas
        for name, column in schema.columns().items()
    }


def _field(column: dy.Column, *, is_long: bool) -> tuple[Any, Any]:
    python_type: Any = _PYTHON_TYPES[type(column)]
    annotation = python_type | None if column.nullable else python_type
    if isinstance(column, dy.Decimal):
        return annotation, Field(default=None, sa_type=Exact(column.scale))
    if is_long:
        return annotation, Field(default=None, sa_type=Text)
    return annotation, ...


def current_index(table: str, *columns: str) -> Index:
    """Find the rows that count today without reading the history."""
    marked = text("is_current")
    return Index(f"ix_{table}_current", *columns, sqlite_where=marked, postgresql_where=marked)
