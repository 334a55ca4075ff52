"""What every company holds against one party, summed from the positions of a filing set, however many there are.

The party is the one that the law looks through to (Rule 19 A28): the counterparty; its guarantor once it has defaulted;
the issuer where nobody else is named. What is held on separate accounts is the policyholders' loss and left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import polars as pl

from consolidation.filing_set.readers.files import Part
from consolidation.money import ZERO, add
from consolidation.positions.readers.chunks import Chunk
from consolidation.positions.readers.tasks import plan_tasks, read_chunks


def held_against(parts: tuple[Part, ...], party: str, period_end: date) -> dict[str, Decimal]:
    """Company → carrying amount against ``party`` at the period's end, 万元.

    :raises consolidation.positions.readers.tasks.PartUnreadable: naming the part that cannot be read.
    """
    return summed(
        (chunk for task in plan_tasks(parts) for chunk in read_chunks(task, None)), party, period_end
    )


def summed(found: Iterable[Chunk], party: str, period_end: date) -> dict[str, Decimal]:
    """The same from chunks of positions."""
    totals: dict[str, Decimal] = {}
    for chunk in found:
        for entity, amount in _of_chunk(chunk, party, period_end).iter_rows():
            totals[entity] = add([totals.get(entity, ZERO), amount])
    return dict(sorted(totals.items()))


def _of_chunk(chunk: Chunk, party: str, period_end: date) -> pl.DataFrame:
    is_party = {
        name: chunk.encoded[name].map_values(chunk.encoded[name].values == party)
        for name in ("counterparty_id", "guarantor_id", "issuer_id")
    }
    frame = pl.DataFrame(
        {
            "entity": chunk.encoded["entity_id"].codes,
            "amount": chunk.amount,
            "period_end": chunk.period_end,
            "separate": chunk.separate_account,
            "in_default": chunk.in_default,
            **is_party,
        }
    )
    guaranteed = pl.col("in_default") & pl.col("guarantor_id").is_not_null()
    against = (
        pl.when(guaranteed)
        .then("guarantor_id")
        .when(pl.col("counterparty_id").is_not_null())
        .then("counterparty_id")
        .otherwise("issuer_id")
    )
    held = frame.filter((pl.col("period_end") == period_end) & ~pl.col("separate") & against.fill_null(False))
    sums = held.group_by("entity").agg(pl.col("amount").sum())
    names = chunk.encoded["entity_id"].values
    return sums.select(pl.lit(names).gather("entity").alias("entity_id"), "amount").sort("entity_id")
