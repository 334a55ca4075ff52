"""Sums over positions, small enough to travel: what a part of the positions comes to, and how two such parts become one.

A :class:`Sums` of any part of the positions has the same form as that of all of them. :func:`combined` is associative
and commutative and every amount in it an exact decimal, so the total is the same bits however the work was cut, in
whatever order it came back. Beside the totals travel the companies that hold the largest parties and their largest
positions, so that an explanation need not read the positions again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from consolidation.findings import Finding
from consolidation.money import AMOUNT, assert_exact

LARGEST = 20
"""Positions kept of one of the largest parties, the largest first."""

_SAMPLE = 100_000
_BY_SIZE = ("amount", "file", "row")


@dataclass(frozen=True, slots=True)
class Tally:
    """Exposures of one test. ``place`` numbers a group and period, ``party`` is a counterparty or ``scheme/sector``.

    ``sums``: place, party, amount, positions – all parties.
    ``holders``: place, party, entity_id, amount, positions – the companies behind the largest parties. Where a party was
    among the largest in some blocks only, what it has in the others is in ``sums`` alone.
    ``largest``: place, party, entity_id, amount, file, row – single positions of the largest parties.
    """

    sums: pl.DataFrame
    holders: pl.DataFrame
    largest: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Sums:
    """What some positions come to.

    ``kinds``: place, kind, amount, positions – all positions that belong to a group, by what they are (the number of
    their :class:`~consolidation.positions.Kind`): what was left out and why, and that there were any.
    """

    counterparty: Tally
    sector: Tally
    kinds: pl.DataFrame
    findings: tuple[Finding, ...] = ()


def packed(upper: pl.Expr, lower: pl.Expr) -> pl.Expr:
    """Two 32-bit numbers as one: the fastest thing to group by."""
    return upper.cast(pl.UInt64) * (1 << 32) + lower.cast(pl.UInt64)


def upper_half(key: pl.Expr) -> pl.Expr:
    return (key // (1 << 32)).cast(pl.UInt32)


def lower_half(key: pl.Expr) -> pl.Expr:
    return (key % (1 << 32)).cast(pl.UInt32)


def totals(rows: pl.DataFrame | pl.LazyFrame, *keys: str) -> pl.DataFrame:
    """Amount and number of ``rows`` by ``keys``, exact."""
    found = rows.lazy().group_by(*keys).agg(pl.col("amount").sum(), positions=pl.len().cast(pl.UInt64))
    summed = found.collect(engine="streaming")
    assert_exact(summed, "amount")
    return summed


def added(sums: pl.DataFrame | pl.LazyFrame, *keys: str) -> pl.DataFrame:
    """Totals of several parts as one, exact."""
    found = sums.lazy().group_by(*keys).agg(pl.col("amount").sum(), pl.col("positions").sum())
    summed = found.collect(engine="streaming")
    assert_exact(summed, "amount")
    return summed


def tally(rows: pl.DataFrame, categories: pl.Categories, most: int) -> Tally:
    """The tally of some positions.

    :param rows: ``key`` (place and party packed), amount, ``entity`` and ``file`` as numbers of ``categories``, row.
    :param most: how many of a place's largest parties keep their holders and largest positions.
    """
    sums = totals(rows, "key")
    heavy = (
        sums.group_by(place=upper_half(pl.col("key")))
        .agg(pl.col("key").top_k_by("amount", most))
        .explode("key")
        .select("key")
        .with_row_index("heavy")
    )
    chosen = rows.join(heavy, on="key", how="inner")
    held = totals(chosen.lazy().select("amount", key=packed(pl.col("heavy"), pl.col("entity"))), "key")
    party = pl.lit(heavy["key"])
    name = pl.Categorical(categories)
    entity = lower_half(pl.col("key")).cat.to(name)
    holders = held.select(
        "amount", "positions", entity_id=entity, key=party.gather(upper_half(pl.col("key")))
    )
    largest = _largest(chosen, len(heavy)).select(
        "amount",
        "row",
        entity_id=pl.col("entity").cat.to(name),
        file=pl.col("file").cat.to(name).cast(pl.String),
        key=party.gather("heavy"),
    )
    return Tally(
        _named(sums, name, "amount", "positions"),
        _named(holders, name, "entity_id", "amount", "positions"),
        _named(largest, name, "entity_id", *_BY_SIZE),
    )


def _named(frame: pl.DataFrame, name: pl.Categorical, *others: str) -> pl.DataFrame:
    """Place and party instead of the key, then the other columns."""
    place, party = upper_half(pl.col("key")), lower_half(pl.col("key")).cat.to(name)
    return frame.select(place.alias("place"), party.alias("party"), *others)


def _largest(rows: pl.DataFrame, parties: int) -> pl.DataFrame:
    """The largest positions of each party (``heavy``: 0 … parties − 1).

    What a sample shows to be below a party's largest is not sorted; the outcome is that of sorting everything.
    """
    sample = rows.gather_every(max(1, len(rows) // _SAMPLE))
    seen = sample.group_by("heavy").agg(least=pl.col("amount").top_k(LARGEST).min(), rows=pl.len())
    enough = seen.filter(pl.col("rows") >= LARGEST)
    least = pl.zeros(parties, dtype=AMOUNT, eager=True).scatter(enough["heavy"], enough["least"])
    may_be = rows.filter(pl.col("amount") >= pl.lit(least).gather("heavy"))
    return _first(may_be, "heavy")


def _first(rows: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """The :data:`LARGEST` rows of each key, by amount, then file and row."""
    ordered = rows.sort(_BY_SIZE, descending=[True, False, False])
    return ordered.group_by(keys, maintain_order=True).head(LARGEST)


def combined(parts: Sequence[Sums]) -> Sums:
    """The sums of several parts as those of one."""
    return Sums(
        combined_tally([part.counterparty for part in parts]),
        combined_tally([part.sector for part in parts]),
        added(pl.concat([part.kinds for part in parts]), "place", "kind"),
        tuple(finding for part in parts for finding in part.findings),
    )


def combined_tally(parts: Sequence[Tally]) -> Tally:
    """The tallies of several parts as one."""
    if len(parts) == 1:
        return parts[0]
    name = parts[0].sums.schema["party"]
    assert isinstance(name, pl.Categorical)
    key = packed(pl.col("place"), pl.col("party").to_physical())
    sums = pl.concat([part.sums.select("amount", "positions", key=key) for part in parts])
    return Tally(
        _named(added(sums, "key"), name, "amount", "positions"),
        added(pl.concat([part.holders for part in parts]), "place", "party", "entity_id"),
        _first(pl.concat([part.largest for part in parts]), "place", "party"),
    )
