"""The kinds of column that a computed table has, each made once, and the base of the schemas made of them.

A name without ``_or_none`` is never empty; amounts, rates and what was read from a cell may be.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Self, cast

import dataframely as dy
import polars as pl

from consolidation.money import AMOUNT, RATE


class ResultSchema(dy.Schema):
    """A table that is computed, not filed."""

    @classmethod
    @cache
    def polars_schema(cls, *only: str) -> pl.Schema:
        """Column → Polars type, in order.

        :param only: these columns, in this order; by default all.
        """
        columns = cls.columns()
        return pl.Schema({name: columns[name].dtype for name in only or columns})

    @classmethod
    @cache
    def without_rows(cls) -> dy.DataFrame[Self]:
        """The table without rows, made once: to make it takes longer than most of what is done with one."""
        return cls.create_empty()

    @classmethod
    def of_rows(cls, rows: Iterable[Sequence[object]]) -> dy.DataFrame[Self]:
        """The table with these rows, each in the order of the columns."""
        return cls.typed(pl.DataFrame(list(rows), schema=cls.polars_schema(), orient="row"))

    @classmethod
    def typed(cls, frame: pl.DataFrame) -> dy.DataFrame[Self]:
        """The same frame for the type checker; it is not looked at."""
        return cast("dy.DataFrame[Self]", frame)


def text(description: str = "") -> dy.String:
    """A word, id or sentence."""
    return dy.String(description=description)


def text_or_none(description: str = "") -> dy.String:
    """A word, id or sentence, where there is one."""
    return dy.String(description=description, nullable=True)


def amount(description: str) -> dy.Decimal:
    """An amount in 万元 with six places, where it is known."""
    return dy.Decimal(AMOUNT.precision, AMOUNT.scale, description=description, nullable=True)


def rate(description: str) -> dy.Decimal:
    """A share, ratio or number of percentage points with twelve places, where it is known."""
    return dy.Decimal(RATE.precision, RATE.scale, description=description, nullable=True)


def number(description: str) -> dy.Int64:
    """A whole number."""
    return dy.Int64(description=description)


def number_or_none(description: str) -> dy.Int64:
    """A whole number, where it is known."""
    return dy.Int64(description=description, nullable=True)


def row() -> dy.Int64:
    """The row of a file that a figure was read from."""
    return number_or_none("the row in the file, the heading being row 1")


def day(description: str) -> dy.Date:
    """A calendar day."""
    return dy.Date(description=description)


def day_or_none(description: str = "") -> dy.Date:
    """A calendar day, where there is one."""
    return dy.Date(description=description, nullable=True)


def yes_no(description: str) -> dy.Bool:
    """True or false."""
    return dy.Bool(description=description)


def yes_no_or_none(description: str) -> dy.Bool:
    """True or false, where it is known."""
    return dy.Bool(description=description, nullable=True)
