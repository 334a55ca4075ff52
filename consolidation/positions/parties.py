"""Rows of positions as numbers: who issued a position and who owes it (Rule 19 A28), its sector (A31), kind and group."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl

from consolidation.filing_set.schemas.code_lists import ASSET_CLASSES
from consolidation.positions.exact_sums import Numbers
from consolidation.positions.readers.chunks import Chunk, EncodedColumn

NOBODY = np.uint32(2**32 - 1)
"""Stands for no id among codes of ids."""

_ASSETS = {name: 2 * number for number, name in enumerate(ASSET_CLASSES)}


class Parties(NamedTuple):
    """By row two numbers into ``names``, their number where there is none: who issued the position, and who owes it (A28).

    The first is the financing body, the product's issuer where that is not known; the second the same, or the guarantor
    once the debtor has defaulted: on the rows ``guaranteed``.
    """

    names: pl.Series
    issuer: Numbers
    party: Numbers
    guaranteed: Numbers


def parties_of(chunk: Chunk) -> Parties:
    """The parties of a chunk, each id once for every list that it stands in."""
    body, guarantor, issuer = (chunk.encoded[f"{who}_id"] for who in ("counterparty", "guarantor", "issuer"))
    without_body = np.flatnonzero(~body.filled)
    guaranteed = np.flatnonzero(chunk.in_default & guarantor.filled)
    issuers, issuer_codes = _used(issuer, without_body)
    guarantors, guarantor_codes = _used(guarantor, guaranteed)
    names = pl.concat([body.values, issuers, guarantors])
    numbers = issuer_codes + np.int32(len(body.values))
    numbers[issuer_codes == len(issuers)] = len(names)
    issued_by = body.codes.copy()
    issued_by[without_body] = numbers
    owed_by = issued_by.copy()
    owed_by[guaranteed] = guarantor_codes + np.int32(len(body.values) + len(issuers))
    return Parties(names, issued_by, owed_by, guaranteed)


def _used(column: EncodedColumn, rows: Numbers) -> tuple[pl.Series, Numbers]:
    """The values that a column has on some rows, and by row the number of its own."""
    few = column.codes[rows]
    used = np.zeros(len(column.values) + 1, np.bool_)
    used[few] = True
    used[-1] = False
    numbers = np.cumsum(used, dtype=np.int32) - np.int32(1)
    numbers[-1] = numbers[-1] + 1
    return column.values.gather(np.flatnonzero(used)), numbers[few]


def sectors_of(chunk: Chunk) -> EncodedColumn:
    """``scheme/sector``, the two schemes apart (A31); empty where no sector is given."""
    schemes, sectors = chunk.encoded["sector_scheme"], chunk.encoded["sector"]
    values = [f"{scheme}/{sector}" for scheme in (*schemes.values, "") for sector in sectors.values]
    by_scheme = np.arange(len(schemes.values) + 1, dtype=np.int32) * np.int32(len(sectors.values))
    codes = by_scheme[schemes.codes] + sectors.codes
    codes[~sectors.filled] = len(values)
    return EncodedColumn(pl.Series(values, dtype=pl.String), codes)


@dataclass(frozen=True, slots=True)
class PositionRows:
    """Rows of a chunk by numbers into short lists.

    ``group`` counts into the groups at hand (:class:`GroupsAtHand`), ``issuer`` and ``party`` into the chunk's parties, ``sector`` into
    its sectors; ``what`` is asset class and separate account together. ``stands_in``: the party is a guarantor in place of the
    debtor. ``units`` has a line for each scenario.
    """

    entity: Numbers
    group: Numbers
    issuer: Numbers
    party: Numbers
    stands_in: Numbers
    what: Numbers
    sector: Numbers
    units: Numbers
    row: Numbers

    def take(self, rows: Numbers) -> PositionRows:
        """The rows of these numbers, in their order."""
        return PositionRows(*(getattr(self, column.name)[..., rows] for column in fields(self)))


@dataclass(frozen=True, slots=True)
class ChunkIds:
    """What the numbers of a chunk's rows stand for.

    ``codes`` and ``sector_codes`` are the run's of its parties and sectors, with one more for none; ``first_kinds`` is the first
    kind of the class of each party, with a mark where it may be a group's own.
    """

    file: str
    codes: Numbers
    first_kinds: Numbers
    entities: pl.Series
    entity_codes: Numbers
    sector_codes: Numbers


@dataclass(frozen=True, slots=True)
class GroupsAtHand:
    """The groups to which rows of one day belong: the group_period_index of each, and by company which of them is its."""

    indices: Numbers
    day: date
    of_entity: Numbers

    def key(self, group: Numbers, code: Numbers, size: int) -> Numbers:
        """Group and a code below ``size`` as one number."""
        return code if len(self.indices) == 1 else group * size + code

    def lookup(self, by_group: Numbers, group: Numbers) -> Numbers:
        """What ``by_group`` has for each row's group; of one group, the same for all rows."""
        return by_group[:1] if len(self.indices) == 1 else by_group[group]


def rows_of(chunk: Chunk, parties: Parties, sectors: Numbers, units: Numbers) -> PositionRows:
    """All rows of a chunk; of which group, is still open.

    :param units: of each scenario.
    """
    assets = chunk.encoded["asset_class"]
    what = assets.map_values(assets.values.replace_strict(_ASSETS, return_dtype=pl.Int32).to_numpy())
    stands_in = np.zeros(len(chunk), np.bool_)
    stands_in[parties.guaranteed] = True
    return PositionRows(
        chunk.encoded["entity_id"].codes,
        np.zeros(len(chunk), np.int64),
        parties.issuer,
        parties.party,
        stands_in,
        what + chunk.separate_account,
        sectors,
        units,
        chunk.rows,
    )


def each_once(parties: Parties, codes: Numbers) -> Parties:
    """The parties with one number for an id that stands in several of a chunk's lists; ``codes`` are the run's of them."""
    numbers = np.arange(len(codes) + 1, dtype=np.int32)
    first = np.zeros(1 + int(codes.max()) if len(codes) else 0, np.int32)
    first[codes[::-1]] = numbers[:-1][::-1]
    numbers[:-1] = first[codes]
    return parties._replace(issuer=numbers.take(parties.issuer), party=numbers.take(parties.party))
