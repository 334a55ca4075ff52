"""Positions as the engine takes them: some hundred thousand rows of one file, ids as numbers into short lists.

A Parquet file keeps each id once and numbers in the rows; so does a :class:`Chunk`, and whatever depends on an id alone
is looked up once an id, not once a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from consolidation.findings import Finding
from consolidation.money import AMOUNT
from consolidation.positions.exact_sums import Numbers, to_amounts, to_units

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

FIRST_RECORD = 2
"""Its number as in a spreadsheet: the heading has the first row."""


@dataclass(frozen=True, slots=True)
class EncodedColumn:
    """A column of texts or days: ``codes`` count from 0 into ``values``, and are their number where the cell is empty."""

    values: pl.Series
    codes: Numbers

    @classmethod
    def of(cls, cells: pl.Series) -> EncodedColumn:
        """A column of cells, taken apart."""
        values = cells.drop_nulls().unique()
        if len(values) == 1 and not cells.null_count():
            return cls(values, np.zeros(len(cells), np.int32))
        numbers = pl.int_range(len(values), dtype=pl.Int32, eager=True)
        codes = cells.replace_strict(values, numbers, default=len(values), return_dtype=pl.Int32)
        return cls(values, codes.fill_null(len(values)).to_numpy())

    @property
    def filled(self) -> Numbers:
        """Which cells are not empty."""
        filled: Numbers = self.codes != len(self.values)
        return filled

    def take(self, rows: Numbers) -> EncodedColumn:
        """The column on some rows, with those of the values that stand there."""
        codes = self.codes[rows]
        used = np.zeros(len(self.values) + 1, np.bool_)
        used[codes] = True
        used[-1] = False
        numbers = np.cumsum(used, dtype=np.int32) - np.int32(1)
        numbers[-1] += 1
        return EncodedColumn(self.values.gather(np.flatnonzero(used)), numbers[codes])

    def map_values(self, by_value: Numbers, empty: int | bool = False) -> Numbers:
        """What ``by_value`` has for each of the values, row by row; ``empty`` where the cell is empty."""
        found: Numbers = np.append(by_value, np.asarray(empty, by_value.dtype)).take(self.codes)
        return found


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows of one file that have been checked.

    ``rows`` are their numbers as in a spreadsheet, ``units`` carrying amounts in whole 0.000001 万元
    (:mod:`consolidation.positions.exact_sums`); ``encoded`` has every column of :data:`ENCODED_COLUMNS`. ``findings`` tell of
    rows that were set aside.
    """

    file: str
    rows: Numbers
    period_end: EncodedColumn
    units: Numbers
    separate_account: Numbers
    in_default: Numbers
    encoded: Mapping[str, EncodedColumn]
    findings: tuple[Finding, ...] = ()

    @property
    def amount(self) -> pl.Series:
        """Carrying amounts in 万元, exact."""
        return to_amounts(self.units)

    def __len__(self) -> int:
        return len(self.units)

    def take(self, rows: Numbers) -> Chunk:
        """The rows of these indices, in their order."""
        return replace(
            self,
            rows=self.rows[rows],
            period_end=self.period_end.take(rows),
            units=self.units[rows],
            separate_account=self.separate_account[rows],
            in_default=self.in_default[rows],
            encoded={name: column.take(rows) for name, column in self.encoded.items()},
        )


def chunk_of(file: str, frame: pl.DataFrame, findings: tuple[Finding, ...] = ()) -> Chunk:
    """A chunk from a frame of ``exposures`` as the intake types it, with ``source_row``."""
    units, fits = to_units(frame["carrying_amount"].cast(AMOUNT).rechunk().to_arrow())
    assert fits.all(), "the intake sets negative and too large amounts aside"
    return Chunk(
        file,
        frame["source_row"].to_numpy(),
        EncodedColumn.of(frame["period_end"]),
        units,
        frame["separate_account"].fill_null(False).to_numpy(),
        frame["in_default"].fill_null(False).to_numpy(),
        {name: EncodedColumn.of(frame[name]) for name in ENCODED_COLUMNS},
        findings,
    )
