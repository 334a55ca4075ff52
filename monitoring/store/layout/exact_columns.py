"""Column types that are the same in both databases to the last digit.

:class:`Exact` keeps amounts, ratios and scores. PostgreSQL has a decimal type (``NUMERIC(38, scale)``); SQLite has none,
so there a value is an integer counted in units of 10^-scale: it sums, sorts and compares exactly in SQL and fits up to
9.2 × 10^12 万元 at six places. A value beyond that is kept too, as the same integer written out with an ``n`` behind it;
it reads back exactly, though SQL on SQLite then adds and sorts it only approximately. :class:`UtcDateTime` keeps a moment
in time; it refuses one without a time zone and always reads back in UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import Any

import polars as pl
from sqlalchemy import BigInteger, Boolean, Date, DateTime, Dialect, Float, Integer, Numeric, String, types

PRECISION = 38
BEYOND_64_BITS = "n"
"""Stands behind an integer that SQLite's own 64 bits cannot hold."""

_LARGEST = 2**63 - 1
_WIDE = Context(prec=80)


class Exact(types.TypeDecorator[Decimal]):
    """A decimal of 38 digits with ``scale`` places, exact in both databases.

    :raises ValueError: on writing more places than the column has: nothing is rounded on the way in.
    """

    impl = Numeric
    cache_ok = True

    def __init__(self, scale: int) -> None:
        super().__init__(PRECISION, scale)
        self.scale = scale

    def load_dialect_impl(self, dialect: Dialect) -> types.TypeEngine[Any]:
        """Store scaled integers in SQLite, NUMERIC in PostgreSQL."""
        return dialect.type_descriptor(
            BigInteger() if dialect.name == "sqlite" else Numeric(PRECISION, self.scale)
        )

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> Any:
        """Turn a decimal into what the database keeps.

        :raises ValueError: if it has more places or digits than the column.
        """
        if value is None:
            return None
        scaled = Decimal(value).scaleb(self.scale, _WIDE)
        whole = int(scaled)
        if whole != scaled or abs(whole) >= 10**PRECISION:
            raise ValueError(f"{value} does not fit {PRECISION} digits with {self.scale} places")
        if dialect.name != "sqlite":
            return Decimal(whole).scaleb(-self.scale, _WIDE)
        return whole if abs(whole) <= _LARGEST else f"{whole}{BEYOND_64_BITS}"

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Turn what the database keeps into a decimal."""
        if value is None or dialect.name != "sqlite":
            return value
        whole = int(value.removesuffix(BEYOND_64_BITS)) if isinstance(value, str) else value
        return Decimal(whole).scaleb(-self.scale, _WIDE)


class UtcDateTime(types.TypeDecorator[datetime]):
    """A moment, timezone-aware; on SQLite an ISO text of fixed width in UTC, so that text order is time order."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> types.TypeEngine[Any]:
        """Store text of one length in SQLite, TIMESTAMP WITH TIME ZONE in PostgreSQL."""
        return dialect.type_descriptor(String(32) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Turn a moment into what the database keeps.

        :raises ValueError: if it has no time zone.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return utc_text(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Turn what the database keeps into a moment in UTC."""
        if value is None:
            return None
        return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC)


def utc_text(moment: datetime) -> str:
    """A moment as SQLite keeps it: ``2026-01-31T08:00:00.000000+00:00``."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def polars_type(column_type: types.TypeEngine[Any]) -> pl.DataType:
    """The Polars type in which a column is read."""
    if isinstance(column_type, Exact):
        return pl.Decimal(PRECISION, column_type.scale)
    if isinstance(column_type, UtcDateTime):
        return pl.Datetime("us", "UTC")
    if isinstance(column_type, Date):
        return pl.Date()
    if isinstance(column_type, Boolean):
        return pl.Boolean()
    if isinstance(column_type, Integer):
        return pl.Int64()
    if isinstance(column_type, Float):
        return pl.Float64()
    return pl.String()
