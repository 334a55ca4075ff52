"""Aggregates positions by group, counterparty and sector, with the exclusions of the law (Rule 19 A26, A28, A29, A31).

Two parties stand behind a position. Its issuer – the financing body, else the product's issuer – decides what is left out
and what is the group's own; its counterparty – the same, or the guarantor once the debtor has defaulted – is who owes it.

Why ids are numbers here: grouping tens of millions of rows by text costs several times what grouping by one integer costs. A
row carries its chunk's dictionary codes while the chunk is summed; the small results are then renumbered to the physical codes
of one Categorical of the run (its :class:`polars.Categories`, so that codes of different chunks compare). Codes depend on the
order of arrival and hold in one process only: between processes ids travel as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import polars as pl

from consolidation.filing_set.schemas.tables import ASSET_CLASSES, EXPOSURES
from consolidation.findings import Finding, error
from consolidation.money import AMOUNT
from consolidation.positions.context import AggregationContext
from consolidation.positions.exclusions import (
    GROUP_COMPANY,
    ISSUER_RELATIONS,
    OWN_PRODUCT,
    Exclusions,
    PositionKind,
)
from consolidation.positions.partial_sums import (
    KIND,
    LARGEST_LEFT_OUT,
    ExposureTotals,
    PartialSums,
    largest_positions,
    lower_half,
    pack_key,
    sum_parts,
    sum_parts_by_party,
    sum_rows,
    upper_half,
)
from consolidation.positions.parties import parties_of, sectors_of
from consolidation.positions.readers.chunks import Chunk

MOST_TOLD = 20
"""Positions without a counterparty named one by one for one company and period of one chunk; the rest are counted."""

MOST_PARTIES = 100
"""Counterparties of one group, the largest of each block of positions, whose holders are kept."""

BLOCK_ROWS = 4_000_000
"""Positions that are summed chunk by chunk before the sums of chunks are combined: bounds memory."""

_BY_GROUP = 0x80
"""Bit beside an issuer's class (below 128): to some group it may be one of its companies or a product of its managers."""
_OUT_OF_COUNTERPARTY, _OUT_OF_SECTOR, _OUT_WHOEVER = 1, 2, 4


@dataclass
class _Block:
    """Chunks that have been summed and not yet combined; columns by :data:`_PARTIES`, :data:`_KINDS`, :data:`_KEPT`, :data:`_ISSUERS`.

    Each list begins with an empty frame, so that a block without positions combines like any other.
    """

    parties: list[pl.DataFrame]
    kinds: list[pl.DataFrame]
    kept: list[pl.DataFrame]
    issuers: list[pl.DataFrame]
    findings: list[Finding] = field(default_factory=list)
    rows: int = 0


_NUMBER = {
    "group_period_index": pl.UInt32,
    "party": pl.UInt32,
    "issuer": pl.UInt32,
    "entity": pl.UInt32,
    "kind": pl.UInt32,
    "sector": pl.UInt32,
}
_SUM: dict[str, Any] = {"amount": AMOUNT, "positions": pl.UInt64}
_PARTIES = ("group_period_index", "entity", "party")
_KINDS = ("group_period_index", "entity", "kind", "sector")
_ISSUERS = ("group_period_index", "kind", "issuer")
_KEPT: dict[str, Any] = {
    **dict.fromkeys(("group_period_index", "party", "issuer", "sector", "entity", "kind"), pl.UInt32),
    "flag": pl.UInt8,
    "amount": AMOUNT,
    "file": pl.UInt32,
    "row": pl.Int64,
}


@dataclass(frozen=True, slots=True)
class _Identified:
    """A chunk's rows by numbers into short lists: ``rows`` has entity, period_end, issuer, party, what, sector, amount, row.

    ``entities``, ``parties`` and ``sectors`` are the run's numbers of what the rows number from 0; issuer and party both
    count into ``parties``. ``roles`` is the class of each, with a mark where it may be a group's own.
    """

    rows: pl.DataFrame
    entities: pl.Series
    parties: pl.Series
    sectors: pl.Series
    roles: pl.Series


class PositionAggregator:
    """Sums chunks of positions in one run's context, exactly. One a process; it is not changed once made, so threads share it."""

    def __init__(self, context: AggregationContext) -> None:
        self._name = pl.Categorical(pl.Categories(context.run))
        # Polars drops the codes of Categories as soon as no column uses them; this series keeps them alive.
        self._numbering = pl.Series([""]).cast(self._name)
        self._kinds = context.kinds
        self._classes = list(dict.fromkeys(kind.issuer_class for kind in self._kinds))
        self._group_periods = context.group_periods
        self._exclusions_index = pl.Series(context.exclusions_index, dtype=pl.UInt32)
        self._listing_threshold = pl.Series(context.listing_threshold, dtype=AMOUNT)
        self._flags = pl.Series(
            [self._flag(kind, law) for law in context.exclusions for kind in self._kinds], dtype=pl.UInt8
        )
        self._layers = _layers(context.counted)
        self._members = self._by_group_period(context.counted, "entity_id")
        self._own_managers = self._by_group_period(context.managers, "manager_id")
        products = self._numbers(context.products["counterparty_id"])
        of_groups = pl.concat([self._numbers(context.counted["entity_id"]), products]).unique()
        self._roles = self._role_by_number(context.classes, of_groups)
        nobody = pl.Series([None], dtype=pl.UInt32).new_from_index(0, len(self._roles))
        self._manager = nobody.scatter(products, self._numbers(context.products["manager_id"]))

    def sums(self, chunks: Iterable[Chunk]) -> Iterator[PartialSums]:
        """The partial sums of some chunks, one for each block of about :data:`BLOCK_ROWS` rows."""
        block = _empty_block()
        for chunk in chunks:
            self._count(chunk, block)
            if block.rows >= BLOCK_ROWS:
                yield self._summed(block)
                block = _empty_block()
        yield self._summed(block)

    def _numbers(self, ids: pl.Series) -> pl.Series:
        """The run's code of each id (UInt32)."""
        return ids.cast(self._name).to_physical()

    def _by_group_period(self, pairs: pl.DataFrame, name: str) -> pl.Series:
        """The pairs of group_period_index and id that a frame lists, each packed into one UInt64."""
        numbered = pairs.select("group_period_index", code=self._numbers(pairs[name]))
        return numbered.select(pack_key(pl.col("group_period_index"), pl.col("code"))).to_series().unique()

    def _role_by_number(self, classes: pl.DataFrame, of_groups: pl.Series) -> pl.Series:
        """By an id's code (UInt8): its class, and :data:`_BY_GROUP` where it may be a group's own. Read by ``gather``, no join."""
        numbers = {name: number for number, name in enumerate(self._classes)}
        codes = self._numbers(classes["counterparty_id"])
        size = 1 + max((int(s.max()) for s in (codes, of_groups) if len(s)), default=-1)  # type: ignore[arg-type]
        roles = pl.zeros(size, dtype=pl.UInt8, eager=True)
        roles = roles.scatter(codes, classes["class"].replace_strict(numbers, return_dtype=pl.UInt8))
        return roles.scatter(of_groups, roles.gather(of_groups) + _BY_GROUP)

    def _flag(self, kind: PositionKind, law: Exclusions) -> int:
        """Which tests leave a kind out, as bits; _OUT_WHOEVER: the counterparty test does whatever the issuer's class is."""
        anybody = (replace(kind, issuer_class=c) for c in self._classes)
        return (
            _OUT_OF_COUNTERPARTY * (kind.within or kind.reason(law.counterparty) is not None)
            | _OUT_OF_SECTOR * (kind.within or kind.reason(law.sector) is not None)
            | _OUT_WHOEVER * all(k.reason(law.counterparty) is not None for k in anybody)
        )

    def _count(self, chunk: Chunk, block: _Block) -> None:
        """Sum a chunk into the block, once for each layer of groups that count its companies."""
        block.findings.extend(chunk.findings)
        found = self._identified(chunk)
        names = chunk.encoded["entity_id"].values.to_list()
        days = chunk.period_end.unique().to_list()
        for day in days:
            on_day = found.rows if len(days) == 1 else found.rows.filter(pl.col("period_end") == day)
            for layer in self._layers.get(day, ()):
                index_of_entity = pl.Series([layer.get(name) for name in names], dtype=pl.UInt32)
                if index_of_entity.null_count() == len(index_of_entity):
                    continue
                placed = on_day.with_columns(group_period_index=pl.lit(index_of_entity).gather("entity"))
                if index_of_entity.null_count():
                    placed = placed.filter(pl.col("group_period_index").is_not_null())
                self._add(chunk, found, placed, index_of_entity, block)

    def _identified(self, chunk: Chunk) -> _Identified:
        """Issuer and counterparty as far as a position tells them (A28), and numbers for all that is looked up."""
        encoded = chunk.encoded
        asset_numbers = {name: 2 * number for number, name in enumerate(ASSET_CLASSES)}
        assets = encoded["asset_class"].values.replace_strict(asset_numbers, return_dtype=pl.UInt32)
        names, issuer, party = parties_of(chunk)
        sector = sectors_of(chunk)
        parties = self._numbers(names)
        rows = pl.DataFrame(
            {
                "entity": encoded["entity_id"].codes,
                "period_end": chunk.period_end,
                "issuer": issuer,
                "party": party,
                "what": encoded["asset_class"].map_values(assets) + chunk.separate_account.cast(pl.UInt32),
                "sector": sector.codes,
                "amount": chunk.amount,
                "row": chunk.rows,
            }
        )
        roles = self._roles.gather(parties, null_on_oob=True).fill_null(0)
        entities = self._numbers(encoded["entity_id"].values)
        return _Identified(rows, entities, parties, self._numbers(sector.values), roles)

    def _add(
        self,
        chunk: Chunk,
        found: _Identified,
        placed: pl.DataFrame,
        index_of_entity: pl.Series,
        block: _Block,
    ) -> None:
        """Sum some rows of a chunk into the block.

        :param placed: the rows with their ``group_period_index``; ``index_of_entity`` has it by the chunk's code of the company.
        """
        guaranteed = placed["party"].is_not_null()
        placed = self._judged(found, self._owed(found, placed))
        nameless = placed["party"].is_null()
        if nameless.any():
            faulty = nameless & (placed["flag"] & _OUT_WHOEVER == 0)
            of_one_group = pl.when(guaranteed).then("group_period_index")
            told = placed.with_columns(only=of_one_group).filter(faulty)
            block.findings.extend(self._without_counterparty(chunk, told))
            placed = placed.filter(~faulty)
        block.rows += len(placed)
        block.parties.append(_by_party(found, placed, index_of_entity))
        block.kinds.append(_by_kind(found, placed, index_of_entity))
        block.issuers.append(self._told_issuers(found, placed))
        kept = placed.filter(pl.col("amount") >= pl.lit(self._listing_threshold).gather("group_period_index"))
        file = pl.lit(self._numbers(pl.Series([chunk.file])).item(), pl.UInt32)
        block.kept.append(
            kept.select(
                "group_period_index",
                pl.lit(found.parties).gather("party").alias("party"),
                pl.lit(found.parties).gather("issuer").alias("issuer"),
                pl.lit(found.sectors).gather("sector").alias("sector"),
                pl.lit(found.entities).gather("entity").alias("entity"),
                "kind",
                "flag",
                "amount",
                file.alias("file"),
                "row",
            )
        )

    def _owed(self, found: _Identified, placed: pl.DataFrame) -> pl.DataFrame:
        """The rows with ``stands_in`` where their counterparty is a guarantor: one of the group's own gives way to the debtor.

        A group is not its own counterparty: what an outsider has failed to pay stays owed by the outsider.
        """
        stands_in = placed["party"].ne_missing(placed["issuer"])
        rows = stands_in.arg_true()
        if len(rows):
            guarantors = found.parties.gather(placed["party"].gather(rows))
            own = _among(self._members, placed["group_period_index"].gather(rows), guarantors)
            if own.any():
                rows = rows.filter(own)
                debtors = placed["issuer"].gather(rows)
                placed = placed.with_columns(placed["party"].clone().scatter(rows, debtors))
                stands_in = placed["party"].ne_missing(placed["issuer"])
        return placed.with_columns(stands_in=stands_in)

    def _judged(self, found: _Identified, placed: pl.DataFrame) -> pl.DataFrame:
        """The rows with the number of their kind and, in ``flag``, which tests leave them out."""
        role = found.roles.gather(placed["issuer"]).fill_null(0)
        kind = (role % _BY_GROUP).cast(pl.UInt32) * (2 * len(ASSET_CLASSES)) + placed["what"]
        rows = (role >= _BY_GROUP).arg_true()
        if len(rows):
            issuers = found.parties.gather(placed["issuer"].gather(rows))
            relation = self._issuer_relation(placed["group_period_index"].gather(rows), issuers)
            of_each = len(self._kinds) // len(ISSUER_RELATIONS)
            kind = kind.scatter(rows, kind.gather(rows) + relation * of_each)
        law = pl.lit(self._exclusions_index).gather("group_period_index")
        return placed.with_columns(kind=kind).with_columns(
            flag=pl.lit(self._flags).gather(law * len(self._kinds) + pl.col("kind"))
        )

    def _issuer_relation(self, indices: pl.Series, issuers: pl.Series) -> pl.Series:
        """How each issuer (run's code) is related to the group: an index into :data:`ISSUER_RELATIONS`."""
        within = _among(self._members, indices, issuers)
        managers = self._manager.gather(issuers)
        own_product = _among(self._own_managers, indices, managers).fill_null(False) & ~within
        return within.cast(pl.UInt32) * GROUP_COMPANY + own_product.cast(pl.UInt32) * OWN_PRODUCT

    def _told_issuers(self, found: _Identified, placed: pl.DataFrame) -> pl.DataFrame:
        """The group's own products, and the debtors of what is measured against their guarantors."""
        own_product = placed["kind"] >= OWN_PRODUCT * (len(self._kinds) // len(ISSUER_RELATIONS))
        debtor = placed["stands_in"] & (placed["flag"] & _OUT_OF_COUNTERPARTY == 0)
        wanted = (own_product | debtor) & placed["issuer"].is_not_null()
        told = placed.select(*_ISSUERS, "amount").filter(wanted)
        named = told.with_columns(issuer=found.parties.gather(told["issuer"]))
        return sum_rows(named, *_ISSUERS)

    def _without_counterparty(self, chunk: Chunk, faulty: pl.DataFrame) -> Iterator[Finding]:
        """A position that is not left out whoever owes it must say who does.

        :param faulty: such rows; ``only`` is the group_period_index of the one group to which they are a fault, because the guarantor
            that they name is one of its own, and null where they are a fault to every group.
        """
        entities = chunk.encoded["entity_id"].values
        for (entity, day, only), rows in faulty.group_by("entity", "period_end", "only", maintain_order=True):
            where: dict[str, Any] = {
                "table": EXPOSURES,
                "file": chunk.file,
                "column": "counterparty_id",
                "group_id": "" if only is None else self._group_periods[only][0],
                "entity_id": entities[entity],
                "period_end": day,
                "article": "Rule 19 A28",
            }
            for row in rows["row"].head(MOST_TOLD):
                yield error("counterparty-unknown", row=row, expected="issuer_id", **where)
            if len(rows) > MOST_TOLD:
                rest = str(len(rows) - MOST_TOLD)
                code = {"code": "counterparty-unknown"}
                yield error("more-of-the-same", row=rows["row"][MOST_TOLD], value=rest, detail=code, **where)

    def _summed(self, block: _Block) -> PartialSums:
        kept = pl.concat(block.kept)
        kinds = pl.concat(block.kinds)
        law = pl.lit(self._exclusions_index).gather("group_period_index")
        flag = pl.lit(self._flags).gather(law * len(self._kinds) + pl.col("kind"))
        in_sectors = kinds.filter((flag & _OUT_OF_SECTOR == 0) & pl.col("sector").is_not_null())
        in_sectors = in_sectors.select("group_period_index", "entity", "amount", "positions", party="sector")
        of_sectors = kept.filter((pl.col("flag") & _OUT_OF_SECTOR == 0) & pl.col("sector").is_not_null())
        return PartialSums(
            self._exposure_totals(
                pl.concat(block.parties),
                kept.filter(pl.col("flag") & _OUT_OF_COUNTERPARTY == 0),
                MOST_PARTIES,
            ),
            self._exposure_totals(in_sectors, of_sectors.with_columns(party="sector"), None),
            sum_parts(kinds, *KIND),
            largest_positions(self._named(kept.filter(pl.col("flag") > 0), "issuer"), KIND, LARGEST_LEFT_OUT),
            sum_parts(self._named_issuers(pl.concat(block.issuers)), *KIND, "party"),
            tuple(block.findings),
        )

    def _exposure_totals(self, sums: pl.DataFrame, kept: pl.DataFrame, most: int | None) -> ExposureTotals:
        """The totals of one test from sums by company; holders of the ``most`` largest parties of each group and period, None: of all."""
        by_party = sum_parts_by_party(sums.with_columns(pl.col("party").cat.to(self._name)))
        held = sums
        if most is not None:
            least = by_party.group_by("group_period_index").agg(least=pl.col("amount").top_k(most).min())
            heavy = by_party.join(least, on="group_period_index").filter(pl.col("amount") >= pl.col("least"))
            held = sums.join(
                heavy.select("group_period_index", pl.col("party").to_physical()),
                on=["group_period_index", "party"],
                how="semi",
            )
        named = [pl.col("party").cat.to(self._name), pl.col("entity").cat.to(self._name).alias("entity_id")]
        holders = sum_parts(held.with_columns(*named), "group_period_index", "party", "entity_id")
        largest = self._named(kept, "party").drop("kind")
        return ExposureTotals(by_party, holders, largest_positions(largest))

    def _named(self, kept: pl.DataFrame, party: str) -> pl.DataFrame:
        """Kept positions with ids instead of numbers: group_period_index, kind, party (one of two columns), entity_id, amount, file, row."""
        return kept.select(
            "group_period_index",
            "kind",
            pl.col(party).cat.to(self._name).alias("party"),
            pl.col("entity").cat.to(self._name).alias("entity_id"),
            "amount",
            pl.col("file").cat.to(self._name).cast(pl.String),
            "row",
        )

    def _named_issuers(self, issuers: pl.DataFrame) -> pl.DataFrame:
        return issuers.select(
            *KIND, pl.col("issuer").cat.to(self._name).alias("party"), "amount", "positions"
        )


def _among(pairs: pl.Series, indices: pl.Series, codes: pl.Series) -> pl.Series:
    """Whether each pair of group_period_index and code is one of the packed ``pairs``; null where there is no id."""
    frame = pl.DataFrame({"group_period_index": indices, "code": codes})
    asked = pack_key(pl.col("group_period_index"), pl.col("code"))
    return frame.select(asked.is_in(pairs.implode())).to_series()


def _by_party(found: _Identified, placed: pl.DataFrame, index_of_entity: pl.Series) -> pl.DataFrame:
    """What each company has against each counterparty, of the rows that are in that test."""
    in_test = placed.lazy().filter(pl.col("flag") & _OUT_OF_COUNTERPARTY == 0)
    sums = sum_rows(in_test.select("amount", key=pack_key(pl.col("entity"), pl.col("party"))), "key")
    party = pl.lit(found.parties).gather(lower_half(pl.col("key")))
    return sums.select(*_where(found, index_of_entity), party.alias("party"), "amount", "positions")


def _by_kind(found: _Identified, placed: pl.DataFrame, index_of_entity: pl.Series) -> pl.DataFrame:
    """What each company has of each kind in each sector, of all rows."""
    nowhere = len(found.sectors)
    kind_and_sector = pl.col("kind") * (nowhere + 1) + pl.col("sector").fill_null(nowhere)
    sums = sum_rows(placed.lazy().select("amount", key=pack_key(pl.col("entity"), kind_and_sector)), "key")
    number = lower_half(pl.col("key"))
    sector = pl.lit(found.sectors).gather(number % (nowhere + 1), null_on_oob=True)
    return sums.select(
        *_where(found, index_of_entity),
        (number // (nowhere + 1)).alias("kind"),
        sector.alias("sector"),
        "amount",
        "positions",
    )


def _where(found: _Identified, index_of_entity: pl.Series) -> tuple[pl.Expr, pl.Expr]:
    """Place and company of a key whose upper half is the chunk's number of the company."""
    entity = upper_half(pl.col("key"))
    return pl.lit(index_of_entity).gather(entity).alias("group_period_index"), pl.lit(found.entities).gather(
        entity
    ).alias("entity")


def _empty_block() -> _Block:
    parties = pl.DataFrame(schema={name: _NUMBER[name] for name in _PARTIES} | _SUM)
    kinds = pl.DataFrame(schema={name: _NUMBER[name] for name in _KINDS} | _SUM)
    issuers = pl.DataFrame(schema={name: _NUMBER[name] for name in _ISSUERS} | _SUM)
    return _Block([parties], [kinds], [pl.DataFrame(schema=_KEPT)], [issuers])


def _layers(counted: pl.DataFrame) -> dict[date, list[dict[str, int]]]:
    """By day: which company counts for which group_period_index. A company of several groups stands in as many layers,
    so that within a layer a company has at most one index and rows need not be multiplied by a join.
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
