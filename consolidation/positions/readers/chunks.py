"""Positions as the engine takes them: some hundred thousand rows of one file, ids as numbers into short lists.

A Parquet file keeps each id once and numbers in the rows; so does a :class:`Chunk`, and whatever depends on an id alone
is looked up once an id, not once a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from consolidation.findings import Finding
from consolidation.money import AMOUNT

ENCODED_COLUMNS = (
    "entity_id",
    "counterparty_id",
    "guarantor_id",
    "issuer_id",
    "asset_class",
    "sector_scheme",
    "sector",
)
"""The columns that hold one of a list of texts."""


@dataclass(frozen=True, slots=True)
class EncodedColumn:
    """A column of texts: ``codes`` (UInt32, null where the cell is empty) count from 0 into the distinct ``values``."""

    values: pl.Series
    codes: pl.Series

    @classmethod
    def of(cls, texts: pl.Series) -> EncodedColumn:
        """A column of text, taken apart."""
        values = texts.drop_nulls().unique()
        return cls(values, texts.cast(pl.Enum(values)).to_physical().cast(pl.UInt32))

    def map_values(self, by_value: pl.Series) -> pl.Series:
        """What ``by_value`` has for each of the values, row by row; null where the cell is empty."""
        return by_value.gather(self.codes)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows of one file that have been checked.

    ``rows`` are their numbers as in a spreadsheet (Int64), ``amount`` carrying amounts in 万元, not negative; ``encoded``
    has every column of :data:`ENCODED_COLUMNS`. ``separate_account`` and ``in_default`` are never null. ``findings`` tell of rows
    that were set aside.
    """

    file: str
    rows: pl.Series
    period_end: pl.Series
    amount: pl.Series
    separate_account: pl.Series
    in_default: pl.Series
    encoded: Mapping[str, EncodedColumn]
    findings: tuple[Finding, ...] = ()

    def __len__(self) -> int:
        return len(self.amount)


def chunk_of(file: str, frame: pl.DataFrame, findings: tuple[Finding, ...] = ()) -> Chunk:
    """A chunk from a frame of ``exposures`` as the intake types it, with ``source_row``."""
    return Chunk(
        file,
        frame["source_row"],
        frame["period_end"],
        frame["carrying_amount"].cast(AMOUNT),
        frame["separate_account"].fill_null(False),
        frame["in_default"].fill_null(False),
        {name: EncodedColumn.of(frame[name]) for name in ENCODED_COLUMNS},
        findings,
    )
