"""Applies the shocks of a scenario to positions while they are read (:class:`~consolidation.filing_set.position_shocks.PositionShock`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

import polars as pl

from consolidation.filing_set.position_shocks import PositionShock
from consolidation.money import AMOUNT, QUANTUM, RATE
from consolidation.positions.parties import parties_of, sectors_of
from consolidation.positions.readers.chunks import Chunk, EncodedColumn

_ONE = 10**RATE.scale


def shocked_chunks(chunks: Iterable[Chunk], shocks: Sequence[PositionShock]) -> Iterator[Chunk]:
    """The chunks with what the shocks leave of each carrying amount.

    Shocks apply one after the other, in their order; after each the amount is rounded half to even to six places, so that two
    shocks together give what the second gives of a set that the first has hit.
    """
    for chunk in chunks:
        yield _shocked(chunk, shocks) if shocks else chunk


def _shocked(chunk: Chunk, shocks: Sequence[PositionShock]) -> Chunk:
    amount = chunk.amount.to_physical()
    for shock in shocks:
        hit = _hit(chunk, shock).arg_true()
        if len(hit):
            amount = amount.clone().scatter(hit, _left(amount.gather(hit), shock.factor))
    # Read as whole numbers and multiplied by one unit of the last place: the digits stay as they are.
    exact = pl.col("amount").cast(pl.Decimal(AMOUNT.precision, 0)) * pl.lit(QUANTUM)
    return replace(chunk, amount=pl.DataFrame({"amount": amount}).select(exact.cast(AMOUNT)).to_series())


def _left(amount: pl.Series, factor: Decimal) -> pl.Series:
    """Amount × factor on the integers behind the decimals, half to even; an amount is below 10^19 such units."""
    scaled = int(factor.scaleb(RATE.scale))
    product = pl.DataFrame({"product": amount * pl.Series([scaled], dtype=pl.Int128)})
    whole, rest = pl.col("product") // _ONE, pl.col("product") % _ONE
    up = (rest * 2 > _ONE) | ((rest * 2 == _ONE) & (whole % 2 == 1))
    return product.select(whole + up.cast(pl.Int128)).to_series()


def _hit(chunk: Chunk, shock: PositionShock) -> pl.Series:
    """Which rows all criteria of the shock meet."""
    hit = pl.repeat(True, len(chunk), eager=True)
    if shock.asset_classes:
        hit &= _among(chunk.encoded["asset_class"], shock.asset_classes)
    if shock.holders:
        hit &= _among(chunk.encoded["entity_id"], shock.holders)
    if shock.sectors:
        hit &= _among(sectors_of(chunk), shock.sectors)
    if shock.counterparties:
        names, _, party = parties_of(chunk)
        hit &= _among(EncodedColumn(names, party), shock.counterparties)
    return hit


def _among(column: EncodedColumn, wanted: Sequence[str]) -> pl.Series:
    return column.map_values(column.values.is_in(list(wanted))).fill_null(False)
