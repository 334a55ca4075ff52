"""Aggregates positions by group, counterparty and sector, with the exclusions of the law (Rule 19 A26, A28, A29, A31).

Two parties stand behind a position. Its issuer – the financing body, else the product's issuer – decides what is left out
and what is the group's own; its counterparty – the same, or the guarantor once the debtor has defaulted – is who owes it.

Why ids are numbers here: adding into an array by number costs a nanosecond a row, grouping by text a hundred. A chunk's rows
carry the numbers that its file has for the ids; what the law says of an id is looked up once an id. The sums of a chunk
are then renumbered to the physical codes of one Categorical of the run (its :class:`polars.Categories`, so that codes of
different chunks compare). Codes depend on the order of arrival and hold in one process only: between processes ids
travel as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from math import prod
from typing import Any

import numpy as np
import polars as pl

from consolidation.filing_set.position_shocks import PositionShock
from consolidation.filing_set.schemas.columns import ASSET_CLASSES
from consolidation.filing_set.schemas.tables import EXPOSURES
from consolidation.findings import Finding, error
from consolidation.money import PLACES
from consolidation.positions.context import AggregationContext
from consolidation.positions.exact_sums import KeySums, Numbers, add_up, paired, sum_again, sum_by_key, where
from consolidation.positions.exclusions import (
    GROUP_COMPANY,
    ISSUER_RELATIONS,
    OWN_PRODUCT,
    Exclusions,
    PositionKind,
)
from consolidation.positions.partial_sums import (
    PartialSums,
    Table,
    amounts,
    combine,
    no_sums,
    together,
)
from consolidation.positions.parties import (
    NOBODY,
    ChunkIds,
    GroupsAtHand,
    IdCodes,
    PositionRows,
    each_once,
    parties_of,
    rows_of,
    sectors_of,
)
from consolidation.positions.readers.chunks import Chunk
from consolidation.positions.shocks import units_under

MOST_TOLD = 20
"""Positions without a counterparty named one by one for one company and period of one chunk; the rest are counted."""

MOST_PARTIES = 200
"""Counterparties of one group, the largest of each chunk, whose holders are kept."""

_BY_GROUP = 1 << 16
"""Bit beside the first kind of an issuer: to some group it may be one of its companies or a product of its managers."""
_OUT_OF_COUNTERPARTY, _OUT_OF_SECTOR = 1, 2
"""Bits of what the tests leave out."""

_OUT_WHOEVER = 4
"""Bit beside those of the tests: the counterparty test leaves the kind out whatever the issuer's class is."""
_OF_NO_GROUP = -1
_NEVER = 2**64 - 1


class PositionAggregator:
    """Sums chunks of positions in one run's context, exactly. One a process; it is not changed once made, so threads share it."""

    def __init__(self, context: AggregationContext) -> None:
        self._ids = IdCodes(context.run)
        self._codes = self._ids.codes
        self._kinds = context.kinds
        self._kinds_of_relation = len(self._kinds) // len(ISSUER_RELATIONS)
        self._classes = list(dict.fromkeys(kind.issuer_class for kind in self._kinds))
        self._group_periods = context.group_periods
        flags = [[self._flag(kind, law) for kind in self._kinds] for law in context.exclusions]
        self._flags = np.array(flags, np.uint8).reshape(-1, len(self._kinds))[list(context.exclusions_index)]
        self._least_units = np.array(
            [_NEVER if least is None else int(least.scaleb(PLACES)) for least in context.listing_threshold],
            np.uint64,
        )
        self._layers = _layers(context.counted)
        self._members = self._by_group_period(context.counted, "entity_id")
        self._own_managers = self._by_group_period(context.managers, "manager_id")
        products = self._codes(context.products["counterparty_id"])
        of_groups = np.concatenate([self._codes(context.counted["entity_id"]), products])
        self._first_kinds = self._first_kind_by_code(context.classes, of_groups)
        self._manager = np.full(len(self._first_kinds), NOBODY)
        self._manager[products] = self._codes(context.products["manager_id"])

    def sums(
        self, chunks: Iterable[Chunk], scenarios: Sequence[Sequence[PositionShock]]
    ) -> list[PartialSums]:
        """The partial sums of some chunks, by scenario."""
        findings: list[Finding] = []
        found = [[no_sums(self._ids.any)] for _ in scenarios]
        for chunk in chunks:
            self._count(chunk, units_under(chunk, scenarios), found, findings)
            del chunk  # the next is decoded into its memory
        return [replace(combine(of_scenario), findings=tuple(findings)) for of_scenario in found]

    def _by_group_period(self, pairs: pl.DataFrame, name: str) -> Numbers:
        """The pairs of group_period_index and id that a frame lists, each packed into one number."""
        return np.sort(paired(pairs["group_period_index"].to_numpy(), self._codes(pairs[name])))

    def _first_kind_by_code(self, classes: pl.DataFrame, of_groups: Numbers) -> Numbers:
        """By an id's code: the first kind of its class, and :data:`_BY_GROUP` where it may be a group's own."""
        of_class = {name: 2 * len(ASSET_CLASSES) * number for number, name in enumerate(self._classes)}
        codes = self._codes(classes["counterparty_id"])
        size = 2 + max((int(some.max()) for some in (codes, of_groups) if len(some)), default=-1)
        first_kinds = np.zeros(size, np.int32)  # the last for all further codes
        first_kinds[codes] = classes["class"].replace_strict(of_class, return_dtype=pl.Int32).to_numpy()
        first_kinds[of_groups] |= _BY_GROUP
        return first_kinds

    def _flag(self, kind: PositionKind, law: Exclusions) -> int:
        """Which tests leave a kind out, as bits; _OUT_WHOEVER: the counterparty test does whatever the issuer's class is."""
        anybody = (replace(kind, issuer_class=c) for c in self._classes)
        return (
            _OUT_OF_COUNTERPARTY * (kind.within or kind.reason(law.counterparty) is not None)
            | _OUT_OF_SECTOR * (kind.within or kind.reason(law.sector) is not None)
            | _OUT_WHOEVER * all(k.reason(law.counterparty) is not None for k in anybody)
        )

    def _count(
        self, chunk: Chunk, units: Numbers, sums: Sequence[list[PartialSums]], findings: list[Finding]
    ) -> None:
        """Sum a chunk, once for each day and layer of groups that count its companies."""
        findings.extend(chunk.findings)
        parties, sectors = parties_of(chunk), sectors_of(chunk)
        entities, days = chunk.encoded["entity_id"].values, chunk.period_end.values
        codes = np.append(self._codes(parties.names), NOBODY)
        few = self._codes(pl.concat([pl.Series([chunk.file]), entities, sectors.values]))
        found = ChunkIds(
            chunk.file,
            few[0],
            codes,
            self._first_kinds.take(codes, mode="clip"),
            entities,
            few[1 : 1 + len(entities)],
            np.append(few[1 + len(entities) :], NOBODY),
        )
        rows = rows_of(chunk, each_once(parties, codes[:-1]), sectors.codes, units)
        for number, day in enumerate(days):
            on_day = rows if len(days) == 1 else rows.take(np.flatnonzero(chunk.period_end.codes == number))
            for layer in self._layers.get(day, ()):
                indices = np.array([layer.get(name, _OF_NO_GROUP) for name in entities])
                counted = indices != _OF_NO_GROUP
                if counted.any():
                    of_layer = (
                        on_day if counted.all() else on_day.take(np.flatnonzero(counted[on_day.entity]))
                    )
                    of_entity = np.zeros(len(entities), np.int64)
                    at_hand, of_entity[counted] = np.unique(indices[counted], return_inverse=True)
                    self._add(found, of_layer, GroupsAtHand(at_hand, day, of_entity), sums, findings)

    def _add(
        self,
        found: ChunkIds,
        rows: PositionRows,
        groups: GroupsAtHand,
        sums: Sequence[list[PartialSums]],
        findings: list[Finding],
    ) -> None:
        """Sum rows of one day, each of one group: what they are is looked up once, whatever the scenarios."""
        nobody = len(found.codes) - 1
        guarantor_or_owner = rows.party
        rows = self._owed(found, rows, groups)
        kind = self._kind(found, rows, groups)
        flag = self._flags[groups.indices[0]].take(kind)  # of one day, so of one law
        ownerless = np.flatnonzero(rows.party == nobody)
        faulty = ownerless[flag[ownerless] & _OUT_WHOEVER == 0]
        if len(faulty):
            told = rows.take(faulty)
            only = np.where(guarantor_or_owner[faulty] == nobody, _OF_NO_GROUP, groups.index(told.entity))
            findings.extend(self._without_counterparty(found, told, only, groups.day))
            sound = np.delete(np.arange(len(kind)), faulty)
            rows, kind, flag = rows.take(sound), kind[sound], flag[sound]
        owed_by = where(flag & _OUT_OF_COUNTERPARTY == 0, rows.party, nobody)
        for units, of_scenario in zip(rows.units, sums, strict=True):
            left = replace(rows, units=units)
            parties, holders = _parties(found, replace(left, party=owed_by), groups)
            tables = {
                "holders": holders,
                **self._kinds_and_sectors(found, left, kind, groups),
                "issuers": self._issuers(found, left, kind, flag, groups),
                **self._largest(found, left, kind, flag, groups),
            }
            of_scenario.append(PartialSums(parties, tables, self._ids.any))

    def _owed(self, found: ChunkIds, rows: PositionRows, groups: GroupsAtHand) -> PositionRows:
        """The rows with a guarantor of the group's own giving way to the debtor.

        A group is not its own counterparty: what an outsider has failed to pay stays owed by the outsider.
        """
        at = np.flatnonzero(rows.stands_in)
        pairs = paired(groups.index(rows.entity[at]), found.codes[rows.party[at]])
        own = at[_among(pairs, self._members)]
        if not len(own):
            return rows
        party, stands_in = rows.party.copy(), rows.stands_in.copy()
        party[own], stands_in[own] = rows.issuer[own], False
        return replace(rows, party=party, stands_in=stands_in)

    def _kind(self, found: ChunkIds, rows: PositionRows, groups: GroupsAtHand) -> Numbers:
        """The number of each row's kind."""
        first_kind = found.first_kinds.take(rows.issuer)
        kind: Numbers = (first_kind & (_BY_GROUP - 1)) + rows.what
        at = np.flatnonzero(first_kind >= _BY_GROUP)
        if len(at):
            is_marked = found.first_kinds >= _BY_GROUP
            relations = self._relations(groups.indices, found.codes[is_marked])
            group, issuer = (
                groups.of_entity[rows.entity[at]],
                (np.cumsum(is_marked) - 1).take(rows.issuer[at]),
            )
            kind[at] += relations[group, issuer] * np.int32(self._kinds_of_relation)
        return kind

    def _relations(self, indices: Numbers, issuers: Numbers) -> Numbers:
        """How each issuer (run's code) is related to each group: an index into :data:`ISSUER_RELATIONS`."""
        within = _among(paired(indices[:, None], issuers[None, :]), self._members)
        managers = self._manager[issuers]
        own_product = _among(paired(indices[:, None], managers[None, :]), self._own_managers) & (
            managers >= 0
        )
        relations: Numbers = np.where(within, GROUP_COMPANY, np.where(own_product, OWN_PRODUCT, 0))
        return relations.astype(np.int32)

    def _kinds_and_sectors(
        self, found: ChunkIds, rows: PositionRows, kind: Numbers, groups: GroupsAtHand
    ) -> dict[str, Table]:
        """What each company has of each kind in each sector, of all rows: so few that the law of the sectors can wait."""
        kinds, sectors = len(self._kinds), len(found.sector_codes)
        keys, size = _joined((rows.entity, len(found.entities)), (kind, kinds), (rows.sector, sectors))
        of_all = sum_by_key(keys, rows.units, size)
        entity_and_kind, sector = np.divmod(of_all.keys, sectors)
        of_kinds = sum_again(of_all, entity_and_kind)
        entity, kind = np.divmod(of_kinds.keys, kinds)
        by_kind = Table(group_period_index=groups.index(entity), kind=kind, **amounts(of_kinds))
        entity, kind = np.divmod(entity_and_kind, kinds)
        is_out = self._flags[groups.index(entity), kind] & _OUT_OF_SECTOR != 0
        measured = np.flatnonzero(~is_out & (found.sector_codes[sector] != NOBODY))
        of_sectors = sum_again(of_all.take(measured), (entity * sectors + sector)[measured])
        entity, sector = np.divmod(of_sectors.keys, sectors)
        by_sector = Table(
            group_period_index=groups.index(entity),
            party=found.sector_codes[sector],
            entity_id=found.entity_codes[entity],
            **amounts(of_sectors),
        )
        return {"kinds": by_kind, "sectors": by_sector}

    def _issuers(
        self, found: ChunkIds, rows: PositionRows, kind: Numbers, flag: Numbers, groups: GroupsAtHand
    ) -> Table:
        """The group's own products, and the debtors of what is measured against their guarantors."""
        own_product = kind >= OWN_PRODUCT * self._kinds_of_relation
        debtor = rows.stands_in & (flag & _OUT_OF_COUNTERPARTY == 0)
        at = np.flatnonzero((own_product | debtor) & (rows.issuer != len(found.codes) - 1))
        return Table(
            group_period_index=groups.index(rows.entity[at]),
            kind=kind[at],
            party=found.codes[rows.issuer[at]],
            low=rows.units[at],
            high=np.zeros(len(at), np.uint64),
            positions=np.ones(len(at), np.int64),
        )

    def _largest(
        self, found: ChunkIds, rows: PositionRows, kind: Numbers, flag: Numbers, groups: GroupsAtHand
    ) -> dict[str, Table]:
        """The positions that are shown by themselves, under one of their parties."""
        least = self._least_units[groups.indices]
        at = np.flatnonzero(rows.units >= least.min())
        at = at[rows.units[at] >= least[groups.of_entity[rows.entity[at]]]]
        rows, kind, flag = rows.take(at), kind[at], flag[at]
        shown = Table(
            group_period_index=groups.index(rows.entity),
            kind=kind,
            entity_id=found.entity_codes[rows.entity],
            file=np.full(len(at), found.file_code),
            low=rows.units,
            row=rows.row,
        )
        sector = found.sector_codes[rows.sector]

        def under(party: Numbers, wanted: Numbers) -> Table:
            return {name: column[wanted] for name, column in (shown | {"party": party}).items()}

        return {
            "largest": under(found.codes[rows.party], flag & _OUT_OF_COUNTERPARTY == 0),
            "largest_of_sectors": under(sector, (flag & _OUT_OF_SECTOR == 0) & (sector != NOBODY)),
            "left_out": under(found.codes[rows.issuer], flag > 0),
        }

    def _without_counterparty(
        self, found: ChunkIds, faulty: PositionRows, only: Numbers, day: date
    ) -> Iterator[Finding]:
        """A position that is not left out whoever owes it must say who does.

        :param only: by row the group_period_index of the one group to which it is a fault, because the guarantor that it names
            is one of that group's own; ``_OF_NO_GROUP`` where it is a fault to every group.
        """
        frame = pl.DataFrame({"entity": faulty.entity, "only": only, "row": faulty.row})
        for (entity, index), rows in frame.group_by("entity", "only", maintain_order=True):
            where: dict[str, Any] = {
                "table": EXPOSURES,
                "file": found.file,
                "column": "counterparty_id",
                "group_id": "" if index == _OF_NO_GROUP else self._group_periods[index][0],
                "entity_id": found.entities[entity],
                "period_end": day,
                "article": "Rule 19 A28",
            }
            for row in rows["row"].head(MOST_TOLD):
                yield error("counterparty-unknown", row=row, expected="issuer_id", **where)
            if len(rows) > MOST_TOLD:
                rest = str(len(rows) - MOST_TOLD)
                code = {"code": "counterparty-unknown"}
                yield error("more-of-the-same", row=rows["row"][MOST_TOLD], value=rest, detail=code, **where)


def _parties(found: ChunkIds, rows: PositionRows, groups: GroupsAtHand) -> tuple[dict[int, KeySums], Table]:
    """The exposures by counterparty, nobody where they are not in that test, and who holds the largest of each group."""
    parties, entities = len(found.codes), len(found.entities)
    keys, size = _joined((rows.entity, entities), (rows.party, parties))
    held = sum_by_key(keys, rows.units, size)
    firsts = np.arange(entities) * parties
    bounds = np.searchsorted(held.keys, [firsts, firsts + (parties - 1)]).T  # nobody is the last party
    of_groups: dict[int, dict[int, KeySums]] = {}
    for entity, (start, end) in enumerate(bounds):
        if start < end:
            of_entity = held.take(slice(start, end))
            by_entity = of_groups.setdefault(int(groups.of_entity[entity]), {})
            by_entity[entity] = of_entity._replace(keys=of_entity.keys - firsts[entity])
    of_run: dict[int, KeySums] = {}
    holders: list[Table] = []
    for group, by_entity in of_groups.items():
        index = int(groups.indices[group])
        of_group = add_up([*by_entity.values()])
        is_large = np.zeros(parties, np.bool_)
        is_large[of_group.keys[of_group.largest(MOST_PARTIES)]] = True
        of_run[index] = of_group._replace(keys=found.codes[of_group.keys])
        for entity, of_entity in by_entity.items():
            large = of_entity.take(np.flatnonzero(is_large[of_entity.keys]))
            holders.append(
                Table(
                    group_period_index=np.full(len(large.keys), index),
                    party=found.codes[large.keys],
                    entity_id=np.full(len(large.keys), found.entity_codes[entity]),
                    **amounts(large),
                )
            )
    return of_run, together(holders, "holders")


def _joined(*columns: tuple[Numbers, int]) -> tuple[Numbers, int]:
    """Numbers of several columns, each below its bound, as one, and the bound of that."""
    size = prod(bound for _, bound in columns)
    keys: Numbers = np.zeros(1, np.int32 if size < 2**31 else np.int64)
    for numbers, bound in columns:
        keys = keys * keys.dtype.type(bound) + numbers
    return keys.astype(np.intp, copy=False), size


def _among(pairs: Numbers, listed: Numbers) -> Numbers:
    """Which of the pairs are in a sorted list of pairs."""
    if not len(listed):
        return np.zeros(pairs.shape, np.bool_)
    found: Numbers = listed.take(np.searchsorted(listed, pairs), mode="clip") == pairs
    return found


def _layers(counted: pl.DataFrame) -> dict[date, list[dict[str, int]]]:
    """By day: which company counts for which group_period_index.

    A company of several groups stands in as many layers, so that within a layer a company has at most one index and rows need not be multiplied.
    """
    layers: dict[date, list[dict[str, int]]] = {}
    for group_period_index, day, entity in (
        counted.select("group_period_index", "period_end", "entity_id").sort(pl.all()).iter_rows()
    ):
        of_day = layers.setdefault(day, [])
        layer = next((one for one in of_day if entity not in one), None)
        if layer is None:
            layer = {}
            of_day.append(layer)
        layer[entity] = group_period_index
    return layers
