"""Applies the shocks of scenarios to positions while they are read (:class:`~consolidation.filing_set.position_shocks.PositionShock`).

Shocks apply one after the other, in their order; after each the amount is rounded half to even to six places, so that two
shocks together give what the second gives of a set that the first has hit. That is why each position is shocked and not
their sums.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction

import numpy as np
import polars as pl

from consolidation.filing_set.position_shocks import PositionShock
from consolidation.money import RATE
from consolidation.positions.exact_sums import Numbers
from consolidation.positions.parties import parties_of, sectors_of
from consolidation.positions.readers.chunks import Chunk, EncodedColumn
from consolidation.positions.readers.tasks import EngineFault
from consolidation.sentence import in_words

_ONE = 10**RATE.scale
_FITS = 2**64
_SECTOR = ("sector_scheme", "sector")
_PARTY = ("counterparty_id", "guarantor_id", "issuer_id", "in_default")


def units_under(chunk: Chunk, scenarios: Sequence[Sequence[PositionShock]]) -> Numbers:
    """A line of units for each scenario, not to be written to: what its shocks leave of each position."""
    if not any(scenarios):
        return np.broadcast_to(chunk.units, (len(scenarios), len(chunk)))
    units = np.empty((len(scenarios), len(chunk)), np.uint64)
    for line, shocks in zip(units, scenarios, strict=True):
        line[:] = chunk.units
        for shock in shocks:
            rows = rows_hit(chunk, shock)
            line[rows] = units_left(line[rows], shock.factor)
    return units


def columns_of(shocks: Iterable[PositionShock]) -> frozenset[str]:
    """The columns of ``exposures`` that tell whose positions of which day the shocks hit, and what these lose."""
    found = {"entity_id", "period_end", "asset_class", "carrying_amount", "separate_account"}
    for shock in shocks:
        found.update(_SECTOR if shock.sectors else (), _PARTY if shock.counterparties else ())
    return frozenset(found)


def units_left(units: Numbers, factor: Decimal) -> Numbers:
    """Units × factor, half to even; in 64 bits where the product with the reduced fraction fits, else in 128.

    :raises EngineFault: where that is beyond 64 bits, and so beyond all measure.
    """
    above, below = Fraction(factor).as_integer_ratio()
    if len(units) and int(units.max()) * above < _FITS and 2 * below < _FITS:
        whole, rest = np.divmod(units * np.uint64(above), np.uint64(below))
        twice = rest * np.uint64(2)
        up = (twice > below) | ((twice == below) & (whole % np.uint64(2) == 1))
        left: Numbers = whole + up.astype(np.uint64)
        return left
    return _left_in_128_bits(pl.Series(units).cast(pl.Int128), factor)


def _left_in_128_bits(units: pl.Series, factor: Decimal) -> Numbers:
    """The same of any units."""
    scaled = int(factor.scaleb(RATE.scale))
    product = pl.DataFrame({"product": units * pl.Series([scaled], dtype=pl.Int128)})
    whole, rest = pl.col("product") // _ONE, pl.col("product") % _ONE
    up = (rest * 2 > _ONE) | ((rest * 2 == _ONE) & (whole % 2 == 1))
    left = product.select((whole + up.cast(pl.Int128)).cast(pl.UInt64, strict=False)).to_series()
    if left.null_count():
        raise EngineFault(in_words("engine.factor-too-large", factor=str(factor)))
    return left.to_numpy()


def rows_hit(chunk: Chunk, shock: PositionShock) -> Numbers:
    """The indices of the rows that all criteria of the shock meet."""
    hit = np.ones(len(chunk), np.bool_)
    if shock.asset_classes:
        hit &= _among(chunk.encoded["asset_class"], shock.asset_classes)
    if shock.holders:
        hit &= _among(chunk.encoded["entity_id"], shock.holders)
    if shock.sectors:
        hit &= _among(sectors_of(chunk), shock.sectors)
    if shock.counterparties:
        found = parties_of(chunk)
        hit &= _among(EncodedColumn(found.names, found.party), shock.counterparties)
    rows: Numbers = np.flatnonzero(hit)
    return rows


def _among(column: EncodedColumn, wanted: Sequence[str]) -> Numbers:
    return column.map_values(column.values.is_in(list(wanted)).to_numpy())
