"""Rows of positions as numbers: who issued a position and who owes it (Rule 19 A28), its sector (A31), kind and group."""

from __future__ import annotations

import threading
from dataclasses import dataclass, fields
from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl

from consolidation.filing_set.schemas.columns import ASSET_CLASSES
from consolidation.positions.exact_sums import Numbers
from consolidation.positions.readers.chunks import Chunk, EncodedColumn

NOBODY = np.uint32(2**32 - 1)
"""Stands for no id among codes of ids."""

_SLOTS = 1 << 22
"""Ids whose codes are remembered at most; sixteen megabytes."""

_FEW = 1_000
"""So few ids are cast sooner than looked up."""

_ASSETS = {name: 2 * number for number, name in enumerate(ASSET_CLASSES)}


def name_of_ids(run: str) -> pl.Categorical:
    """The type of all ids of a run: in one process a text has one code, whoever meets it first."""
    return pl.Categorical(pl.Categories(run))


class IdCodes:
    """Numbers ids by the physical codes of the run's Categorical ``name``, with a memory of those met lately.

    A cast looks every text up in a table that all threads share, some 100 ns each; here a hash says which code it had
    when it was met last, and the text of that code is compared, so that two texts of one hash only take longer.
    """

    def __init__(self, run: str) -> None:
        self.name = name_of_ids(run)
        # Polars drops the codes of Categories as soon as no column uses them; this series keeps them alive.
        self.any = pl.Series([""]).cast(self.name)
        self._met, self._met_codes = pl.Series([""]), self.any.to_physical().to_numpy()
        self._lately = np.zeros(_SLOTS, np.int32)
        self._lock = threading.Lock()

    def codes(self, ids: pl.Series) -> Numbers:
        """The run's code of each id; there are no empty ones."""
        if len(ids) <= _FEW:
            return ids.cast(self.name).to_physical().to_numpy()
        slots = ids.hash().to_numpy().view(np.int64) & (_SLOTS - 1)
        numbers = self._lately.take(slots)
        codes = self._met_codes.take(numbers)
        others = np.flatnonzero((self._met.gather(numbers) != ids).to_numpy())
        if len(others):
            codes[others] = ids.gather(others).cast(self.name).to_physical().to_numpy()
            self._remember(ids, codes, slots, others)
        return codes

    def _remember(self, ids: pl.Series, codes: Numbers, slots: Numbers, others: Numbers) -> None:
        """Remember ids of which no other has the slot: who comes first stays, so that no more are kept than there are slots."""
        with self._lock:
            free = others[self._lately[slots[others]] == 0]
            free = free[np.unique(slots[free], return_index=True)[1]]
            if not len(free):
                return
            first = len(self._met)
            # Texts and codes before the numbers: another thread that sees a number finds both.
            self._met = pl.concat([self._met, ids.gather(free)], rechunk=True)
            self._met_codes = np.concatenate([self._met_codes, codes[free]])
            self._lately[slots[free]] = np.arange(first, first + len(free))


class Parties(NamedTuple):
    """By row two numbers into ``names``, their number where there is none: who issued the position, and who owes it (A28).

    The first is the financing body, the product's issuer where that is not known: on the rows ``issued``. The second is the
    same, or the guarantor once the debtor has defaulted: on the rows ``guaranteed``. ``bodies`` of the names come first.
    """

    names: pl.Series
    bodies: int
    issuer: Numbers
    party: Numbers
    issued: Numbers
    guaranteed: Numbers


def parties_of(chunk: Chunk) -> Parties:
    """The parties of a chunk, each id once for every list that it stands in."""
    body, guarantor, issuer = (chunk.encoded[f"{who}_id"] for who in ("counterparty", "guarantor", "issuer"))
    issued = np.flatnonzero(~body.filled)
    guaranteed = np.flatnonzero(chunk.in_default & guarantor.filled)
    issuers, guarantors = issuer.take(issued), guarantor.take(guaranteed)
    names = pl.concat([body.values, issuers.values, guarantors.values])
    bodies = len(body.values)
    issued_by = body.codes.copy()
    issued_by[issued] = np.where(issuers.filled, issuers.codes + bodies, len(names))
    owed_by = issued_by.copy()
    owed_by[guaranteed] = guarantors.codes + (bodies + len(issuers.values))
    return Parties(names, bodies, issued_by, owed_by, issued, guaranteed)


def sectors_of(chunk: Chunk) -> EncodedColumn:
    """``scheme/sector``, the two schemes apart (A31); empty where no sector is given."""
    schemes, sectors = chunk.encoded["sector_scheme"], chunk.encoded["sector"]
    values = [f"{scheme}/{sector}" for scheme in (*schemes.values, "") for sector in sectors.values]
    codes = schemes.codes * np.int32(len(sectors.values))
    codes += sectors.codes
    if not (filled := sectors.filled).all():
        codes[~filled] = len(values)
    return EncodedColumn(pl.Series(values, dtype=pl.String), codes)


@dataclass(frozen=True, slots=True)
class PositionRows:
    """Rows of a chunk by numbers into short lists.

    ``issuer`` and ``party`` count into the chunk's parties, ``sector`` into its sectors; ``what`` is asset class and separate
    account together. ``stands_in``: the party is a guarantor in place of the debtor. ``units`` has a line for each scenario.
    """

    entity: Numbers
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

    ``file_code`` is the run's of its name, ``codes`` and ``sector_codes`` those of its parties and sectors, with one more for none; ``first_kinds`` is the first
    kind of the class of each party, with a mark where it may be a group's own.
    """

    file: str
    file_code: np.uint32
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

    def index(self, entity: Numbers) -> Numbers:
        """The group_period_index of companies."""
        found: Numbers = self.indices[self.of_entity[entity]]
        return found


def rows_of(chunk: Chunk, parties: Parties, sectors: Numbers, units: Numbers) -> PositionRows:
    """All rows of a chunk; of which group, is still open.

    :param units: of each scenario.
    """
    assets = chunk.encoded["asset_class"]
    what = assets.map_values(np.array([_ASSETS[name] for name in assets.values], np.int32))
    what += chunk.separate_account
    stands_in = np.zeros(len(chunk), np.bool_)
    stands_in[parties.guaranteed] = True
    return PositionRows(
        chunk.encoded["entity_id"].codes,
        parties.issuer,
        parties.party,
        stands_in,
        what,
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
    bodies = slice(parties.bodies)
    if (numbers[bodies] != np.arange(parties.bodies)).any():  # a file may have an id twice in one list
        return parties._replace(issuer=numbers.take(parties.issuer), party=numbers.take(parties.party))
    issuer, party = parties.issuer, parties.party
    issuer[parties.issued] = numbers[issuer[parties.issued]]
    for rows in (parties.issued, parties.guaranteed):
        party[rows] = numbers[party[rows]]
    return parties
