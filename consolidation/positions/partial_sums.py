"""Sums over positions, small enough to travel: what a part of the positions comes to, and how two such parts become one.

A :class:`PartialSums` of any part of the positions has the same form as that of all of them. :func:`combine` is associative
and commutative and every amount in it an exact decimal, so the total is the same bits however the work was cut, in
whatever order it came back. Beside the totals travel the companies that hold the largest parties and the largest
positions, so that an explanation need not read the positions again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from consolidation.findings import Finding
from consolidation.money import assert_exact

LARGEST = 20
"""Positions kept of one party, the largest first."""

LARGEST_LEFT_OUT = 5
"""Positions kept of one kind that a test leaves out, and shown of one reason."""

KIND = ("group_period_index", "kind")
PARTY = ("group_period_index", "party")
"""What an exposure is to: ``group_period_index`` numbers a group and period, ``party`` is a counterparty or ``scheme/sector``."""


POSITION = ("entity_id", "amount", "file", "row")
"""What a single position says of itself."""


@dataclass(frozen=True, slots=True)
class ExposureTotals:
    """Exposures of one test.

    ``sums``: group_period_index, party, amount, positions – all parties.
    ``holders``: group_period_index, party, entity_id, amount, positions – the companies behind the largest parties. Where a party was
    among the largest in some blocks only, what it has in the others is in ``sums`` alone.
    ``largest``: group_period_index, party, entity_id, amount, file, row – the largest single positions.
    """

    sums: pl.DataFrame
    holders: pl.DataFrame
    largest: pl.DataFrame


@dataclass(frozen=True, slots=True)
class PartialSums:
    """The exact sums of some positions, of a part or of all.

    ``kinds``: group_period_index, kind, amount, positions – all positions that belong to a group, by what they are (the number of
    their :class:`~consolidation.positions.context.PositionKind`): what was left out and why, and that there were any.
    ``left_out``: group_period_index, kind, party (who issued it), entity_id, amount, file, row – the largest positions of each kind that
    some test leaves out.
    ``issuers``: group_period_index, kind, party, amount, positions – issuers that are no counterparty and are told of nevertheless: the
    products of a group's own managers, and the debtors in whose place stands a guarantor.
    """

    counterparty: ExposureTotals
    sector: ExposureTotals
    kinds: pl.DataFrame
    left_out: pl.DataFrame
    issuers: pl.DataFrame
    findings: tuple[Finding, ...] = ()


def pack_key(upper: pl.Expr, lower: pl.Expr) -> pl.Expr:
    """Two UInt32 codes as one UInt64: Polars groups by one integer several times faster than by two columns."""
    return upper.cast(pl.UInt64) * (1 << 32) + lower.cast(pl.UInt64)


def upper_half(key: pl.Expr) -> pl.Expr:
    """The first code of :func:`pack_key` (UInt32)."""
    return (key // (1 << 32)).cast(pl.UInt32)


def lower_half(key: pl.Expr) -> pl.Expr:
    """The second code of :func:`pack_key` (UInt32)."""
    return (key % (1 << 32)).cast(pl.UInt32)


def sum_parts(sums: pl.DataFrame | pl.LazyFrame, *keys: str) -> pl.DataFrame:
    """Totals of several parts as one, exact."""
    found = sums.lazy().group_by(*keys).agg(pl.col("amount").sum(), pl.col("positions").sum())
    summed = found.collect(engine="streaming")
    assert_exact(summed, "amount")
    return summed


def sum_parts_by_party(sums: pl.DataFrame) -> pl.DataFrame:
    """Totals of several parts as one, by group and period and party (a Categorical), exact."""
    name = sums.schema["party"]
    keyed = sums.lazy().select(
        "amount", "positions", key=pack_key(pl.col("group_period_index"), pl.col("party").to_physical())
    )
    group_period_index, party = upper_half(pl.col("key")), lower_half(pl.col("key")).cat.to(name)
    return sum_parts(keyed, "key").select(
        group_period_index.alias("group_period_index"), party.alias("party"), "amount", "positions"
    )


def largest_positions(rows: pl.DataFrame, keys: tuple[str, ...] = PARTY, most: int = LARGEST) -> pl.DataFrame:
    """The largest positions of each party, or of each of other keys, by amount, then file and row."""
    ordered = rows.sort("amount", "file", "row", descending=[True, False, False])
    return ordered.group_by(keys, maintain_order=True).head(most)


def combine(parts: Sequence[PartialSums]) -> PartialSums:
    """The partial sums of several parts as those of one: associative and commutative."""
    return PartialSums(
        _combine_totals([part.counterparty for part in parts]),
        _combine_totals([part.sector for part in parts]),
        sum_parts(pl.concat([part.kinds for part in parts]), *KIND),
        largest_positions(pl.concat([part.left_out for part in parts]), KIND, LARGEST_LEFT_OUT),
        sum_parts(pl.concat([part.issuers for part in parts]), *KIND, "party"),
        tuple(finding for part in parts for finding in part.findings),
    )


def _combine_totals(parts: Sequence[ExposureTotals]) -> ExposureTotals:
    return ExposureTotals(
        sum_parts_by_party(pl.concat([part.sums for part in parts])),
        sum_parts(pl.concat([part.holders for part in parts]), *PARTY, "entity_id"),
        largest_positions(pl.concat([part.largest for part in parts])),
    )
