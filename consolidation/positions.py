"""What a position counts for: whose it is, against whom, and what the law leaves out (Rule 19 A26, A28, A29, A31).

:class:`Books` holds all that must be known for it, small and the same for every process. A :class:`Desk` made of them
takes chunks of positions and gives :class:`~consolidation.position_sums.Sums`. Ids are numbers here: each process
numbers them as it meets them, under the run's own :class:`polars.Categories`, and sends them on as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import polars as pl

from consolidation.findings import Finding, error
from consolidation.measured import GroupPeriod
from consolidation.money import AMOUNT
from consolidation.position_chunks import Chunk
from consolidation.position_sums import Sums, Tally, added, combined_tally, packed, tally, totals
from consolidation.tables import ASSET_CLASSES, EXPOSURES

MOST_TOLD = 20
"""Positions without a counterparty told one by one for one company and period of one chunk; the rest are counted."""

MOST_PARTIES, MOST_SECTORS = 100, 10
"""Parties of one group, the largest of each block of positions, whose holders and largest positions are kept."""

BLOCK_ROWS = 3_000_000
"""Positions that are held in memory before they are summed."""

ORDINARY = "other"
_MEMBER = 0x80
_OUT_OF_COUNTERPARTY, _OUT_OF_SECTOR, _OUT_WHOEVER = 1, 2, 4

_KEYED: dict[str, Any] = {
    "amount": AMOUNT,
    "entity": pl.UInt32,
    "file": pl.UInt32,
    "row": pl.Int64,
    "key": pl.UInt64,
}

Rules = tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a position is, as far as an exclusion looks at it; ``within``: a company of the group owes it."""

    counterparty_class: str
    asset_class: str
    separate_account: bool
    within: bool

    def reason(self, rules: Rules) -> str | None:
        """The reason of the first rule whose fields all match; None where the position stays in."""
        for rule in rules:
            if (
                self.asset_class in rule.get("asset_class", (self.asset_class,))
                and self.counterparty_class in rule.get("counterparty_class", (self.counterparty_class,))
                and rule.get("separate_account", self.separate_account) == self.separate_account
            ):
                return str(rule["reason"])
        return None


@dataclass(frozen=True, slots=True)
class Exclusions:
    """The rules in force on a day, for each test."""

    counterparty: Rules
    sector: Rules

    def named_classes(self) -> set[str]:
        """The counterparty classes that some rule names."""
        return {c for rule in (*self.counterparty, *self.sector) for c in rule.get("counterparty_class", ())}


@dataclass(frozen=True)
class Books:
    """What a process needs to know to count positions.

    ``places`` numbers the groups and periods; ``counted``: place, period_end, entity_id – the companies whose positions
    count, a row for each group that has them; ``classes``: counterparty_id, class; ``laws`` are the different exclusions
    and ``law_of`` says which holds for each place; ``listed``: the ids in ``entities``, None where that is not given.
    """

    run: str
    places: tuple[GroupPeriod, ...]
    counted: pl.DataFrame
    classes: pl.DataFrame
    laws: tuple[Exclusions, ...]
    law_of: tuple[int, ...]
    listed: frozenset[str] | None

    def kinds(self) -> list[Kind]:
        """Every kind of position; its place in this list is its number."""
        named = sorted(set[str]().union(*(law.named_classes() for law in self.laws)) - {ORDINARY})
        return [
            Kind(counterparty_class, asset_class, separate, within)
            for within in (False, True)
            for counterparty_class in (ORDINARY, *named)
            for asset_class in ASSET_CLASSES
            for separate in (False, True)
        ]


@dataclass
class _Block:
    """What has been counted and not yet summed; never empty lists, so that no positions have a sum like any others."""

    parties: list[pl.DataFrame]
    sectors: list[Tally]
    kinds: list[pl.DataFrame]
    findings: list[Finding] = field(default_factory=list)
    rows: int = 0


class Desk:
    """Counts chunks of positions by one run's books. One a process; threads may share it."""

    def __init__(self, books: Books) -> None:
        self.categories = pl.Categories(books.run)
        # Polars forgets its numbering as soon as no column uses it; this one always does.
        self._numbering = pl.Series([""]).cast(pl.Categorical(self.categories))
        self._kinds = books.kinds()
        self._classes = list(dict.fromkeys(kind.counterparty_class for kind in self._kinds))
        self._within = len(self._kinds) // 2
        self._law_of = pl.Series(books.law_of, dtype=pl.UInt32)
        self._flags = pl.Series(
            [self._flag(kind, law) for law in books.laws for kind in self._kinds], dtype=pl.UInt8
        )
        self._layers = _layers(books.counted)
        members = books.counted.select("place", code=self.codes(books.counted["entity_id"]))
        self._members = members.select(packed(pl.col("place"), pl.col("code"))).to_series().unique()
        self._roles = self._role_by_code(books.classes, members["code"].unique())

    def codes(self, ids: pl.Series) -> pl.Series:
        """The run's number of each id."""
        return ids.cast(pl.Categorical(self.categories)).to_physical()

    def sums(self, chunks: Iterable[Chunk]) -> Iterator[Sums]:
        """What the positions of some chunks come to, block by block."""
        block = self._empty_block()
        for chunk in chunks:
            self._count(chunk, block)
            if block.rows >= BLOCK_ROWS:
                yield self._summed(block)
                block = self._empty_block()
        yield self._summed(block)

    def _empty_block(self) -> _Block:
        nothing = pl.DataFrame(schema=_KEYED)
        kinds = pl.DataFrame(
            schema={"place": pl.UInt32, "kind": pl.UInt32, "amount": AMOUNT, "positions": pl.UInt64}
        )
        return _Block([nothing], [tally(nothing, self.categories, MOST_SECTORS)], [kinds])

    def _role_by_code(self, classes: pl.DataFrame, members: pl.Series) -> pl.Series:
        """By the number of an id: its class, and a mark where it is a company of some group."""
        named = classes.filter(pl.col("class").is_in(self._classes))
        numbers = {name: number for number, name in enumerate(self._classes)}
        codes = self.codes(named["counterparty_id"])
        size = 1 + max((int(s.max()) for s in (codes, members) if len(s)), default=-1)  # type: ignore[arg-type]
        roles = pl.zeros(size, dtype=pl.UInt8, eager=True)
        roles = roles.scatter(codes, named["class"].replace_strict(numbers, return_dtype=pl.UInt8))
        return roles.scatter(members, roles.gather(members) + _MEMBER)

    def _flag(self, kind: Kind, law: Exclusions) -> int:
        anybody = (replace(kind, counterparty_class=c) for c in self._classes)
        return (
            _OUT_OF_COUNTERPARTY * (kind.within or kind.reason(law.counterparty) is not None)
            | _OUT_OF_SECTOR * (kind.within or kind.reason(law.sector) is not None)
            | _OUT_WHOEVER * all(k.reason(law.counterparty) is not None for k in anybody)
        )

    def _count(self, chunk: Chunk, block: _Block) -> None:
        block.findings.extend(chunk.findings)
        frame = self._identified(chunk)
        days = chunk.period_end.unique().to_list()
        entities = chunk.coded["entity_id"]
        names = entities.values.to_list()
        for day in days:
            on_day = frame if len(days) == 1 else frame.filter(pl.col("period_end") == day)
            for layer in self._layers.get(day, ()):
                places = pl.Series([layer.get(name) for name in names], dtype=pl.UInt32)
                if places.null_count() == len(places):
                    continue
                placed = on_day.with_columns(place=pl.lit(places).gather("entity"))
                if places.null_count():
                    placed = placed.filter(pl.col("place").is_not_null())
                self._tally(chunk, placed, block)

    def _identified(self, chunk: Chunk) -> pl.DataFrame:
        """The chunk's rows with the counterparty that the law sees (A28) and the numbers of all that is looked up."""
        coded = chunk.coded
        asset_numbers = {name: 2 * number for number, name in enumerate(ASSET_CLASSES)}
        assets = coded["asset_class"].values.replace_strict(asset_numbers, return_dtype=pl.UInt32)
        party = {
            name: coded[name].through(self.codes(coded[name].values))
            for name in ("counterparty_id", "guarantor_id", "issuer_id")
        }
        guaranteed = pl.col("in_default") & pl.col("guarantor_id").is_not_null()
        return pl.DataFrame(
            {
                **party,
                "in_default": chunk.in_default,
                "entity": coded["entity_id"].codes,
                "period_end": chunk.period_end,
                "asset": coded["asset_class"].through(assets),
                "separate": chunk.separate_account,
                "sector": self._sectors(chunk),
                "amount": chunk.amount,
                "row": chunk.rows,
            }
        ).select(
            "entity",
            "period_end",
            "sector",
            "amount",
            "row",
            party=pl.when(guaranteed)
            .then("guarantor_id")
            .otherwise(pl.coalesce("counterparty_id", "issuer_id")),
            what=pl.col("asset") + pl.col("separate").cast(pl.UInt32),
        )

    def _sectors(self, chunk: Chunk) -> pl.Series:
        """The number of ``scheme/sector``, the two schemes apart (A31); null where no sector is given."""
        schemes, sectors = chunk.coded["sector_scheme"], chunk.coded["sector"]
        spelt = pl.concat([pl.Series([""], dtype=pl.String), schemes.values])
        names = [f"{scheme}/{sector}" for scheme in spelt for sector in sectors.values]
        table = self.codes(pl.Series(names, dtype=pl.String))
        scheme_numbers = (schemes.codes + 1).fill_null(0)
        return table.gather(scheme_numbers * len(sectors.values) + sectors.codes)

    def _tally(self, chunk: Chunk, placed: pl.DataFrame, block: _Block) -> None:
        placed = self._judged(placed)
        nameless = placed["party"].is_null()
        if nameless.any():
            faulty = nameless & (placed["flag"] & _OUT_WHOEVER == 0)
            block.findings.extend(_without_counterparty(chunk, placed.filter(faulty)))
            placed = placed.filter(~faulty)
        block.rows += len(placed)
        block.kinds.append(totals(placed, "place", "kind"))
        entities = self.codes(chunk.coded["entity_id"].values)
        file = self.codes(pl.Series([chunk.file])).item()
        rows = placed.select(
            "flag",
            "party",
            "sector",
            "amount",
            "row",
            "place",
            entity=pl.lit(entities).gather("entity"),
            file=pl.lit(file, pl.UInt32),
        )
        against_parties = rows.filter(pl.col("flag") & _OUT_OF_COUNTERPARTY == 0)
        block.parties.append(_keyed(against_parties, "party"))
        in_sectors = rows.filter((pl.col("flag") & _OUT_OF_SECTOR == 0) & pl.col("sector").is_not_null())
        block.sectors.append(tally(_keyed(in_sectors, "sector"), self.categories, MOST_SECTORS))

    def _judged(self, placed: pl.DataFrame) -> pl.DataFrame:
        """The rows with the number of their kind and, in ``flag``, which tests leave them out."""
        role = pl.lit(self._roles).gather(pl.col("party"), null_on_oob=True).fill_null(0)
        placed = placed.with_columns(role=role)
        within = pl.lit(0, pl.UInt32)
        if (placed["role"] >= _MEMBER).any():
            owed = packed(pl.col("place"), pl.col("party")).is_in(self._members.implode())
            within = (pl.col("role") >= _MEMBER).and_(owed).cast(pl.UInt32)
        role_number = (pl.col("role") % _MEMBER).cast(pl.UInt32)
        kind = within * self._within + role_number * (2 * len(ASSET_CLASSES)) + pl.col("what")
        law = pl.lit(self._law_of).gather("place")
        return placed.with_columns(kind=kind).with_columns(
            flag=pl.lit(self._flags).gather(law * len(self._kinds) + pl.col("kind"))
        )

    def _summed(self, block: _Block) -> Sums:
        return Sums(
            tally(pl.concat(block.parties), self.categories, MOST_PARTIES),
            combined_tally(block.sectors),
            added(pl.concat(block.kinds), "place", "kind"),
            tuple(block.findings),
        )


def _keyed(rows: pl.DataFrame, party: str) -> pl.DataFrame:
    return rows.select("amount", "entity", "file", "row", key=packed(pl.col("place"), pl.col(party)))


def _layers(counted: pl.DataFrame) -> dict[date, list[dict[str, int]]]:
    """By day: which company counts for which place. A company of several groups stands in as many layers."""
    layers: dict[date, list[dict[str, int]]] = {}
    for place, day, entity in counted.select("place", "period_end", "entity_id").sort(pl.all()).iter_rows():
        of_day = layers.setdefault(day, [])
        layer = next((one for one in of_day if entity not in one), None)
        if layer is None:
            layer = {}
            of_day.append(layer)
        layer[entity] = place
    return layers


def _without_counterparty(chunk: Chunk, faulty: pl.DataFrame) -> Iterator[Finding]:
    """A position that is not left out whoever owes it must say who does."""
    entities = chunk.coded["entity_id"].values
    for (entity, day), rows in faulty.group_by("entity", "period_end", maintain_order=True):
        where: dict[str, Any] = {
            "table": EXPOSURES,
            "file": chunk.file,
            "entity_id": entities[entity],
            "period_end": day,
            "article": "Rule 19 A28",
        }
        for row in rows["row"].head(MOST_TOLD):
            yield error(
                "counterparty-unknown", row=row, column="counterparty_id", expected="issuer_id", **where
            )
        if len(rows) > MOST_TOLD:
            rest = str(len(rows) - MOST_TOLD)
            code = {"code": "counterparty-unknown"}
            yield error("more-of-the-same", row=rows["row"][MOST_TOLD], value=rest, detail=code, **where)
