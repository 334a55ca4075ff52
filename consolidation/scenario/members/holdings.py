"""What companies lose on positions that a scenario shocks, holder by holder, however many positions there are.

Positions are read once for all shocks asked for. What is held on separate accounts is the policyholders' loss and left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

import numpy as np
import polars as pl

from consolidation.filing_set import FilingSet
from consolidation.filing_set.position_shocks import PositionShock
from consolidation.money import QUANTUM, ZERO, add, times
from consolidation.positions.readers.chunks import Chunk
from consolidation.positions.readers.tasks import EngineFault, PartUnreadable, plan_tasks, read_chunks
from consolidation.positions.shocks import shocked_chunks

Losses = Mapping[str, Decimal]
"""Company → what its positions lose, 万元."""


def losses_by_holder(
    filing_set: FilingSet, sequences: Sequence[Sequence[PositionShock]], period_end: date
) -> list[list[Losses]]:
    """For each sequence of shocks what each of them costs each company, on what those before it have left.

    :raises EngineFault: naming the part that cannot be read.
    """
    totals: list[list[dict[str, Decimal]]] = [[{} for _ in shocks] for shocks in sequences]
    if not any(sequences) or not filing_set.exposures:
        return [list(one) for one in totals]
    try:
        for task in plan_tasks(filing_set.exposures):
            for chunk in read_chunks(task, None):
                for shocks, of_shocks in zip(sequences, totals, strict=True):
                    _count(chunk, shocks, of_shocks, period_end)
    except PartUnreadable as reason:
        raise EngineFault(f"{reason}; put the file right and run again") from None
    return [list(one) for one in totals]


def _count(
    chunk: Chunk, shocks: Sequence[PositionShock], totals: list[dict[str, Decimal]], period_end: date
) -> None:
    before = chunk
    for shock, of_shock in zip(shocks, totals, strict=True):
        (after,) = shocked_chunks([before], (shock,))
        for entity, amount in _by_holder(before, after, period_end):
            of_shock[entity] = add([of_shock.get(entity, ZERO), amount])
        before = after


def _by_holder(before: Chunk, after: Chunk, period_end: date) -> Iterator[tuple[str, Decimal]]:
    holders, days = before.encoded["entity_id"], before.period_end
    of_day = days.map_values((days.values == period_end).to_numpy())
    rows = np.flatnonzero((before.units != after.units) & of_day & ~before.separate_account)
    lost = before.units[rows].astype(np.int64) - after.units[rows].astype(np.int64)
    frame = pl.DataFrame({"holder": holders.codes[rows], "lost": lost})
    for holder, units in frame.group_by("holder").agg(pl.col("lost").cast(pl.Int128).sum()).iter_rows():
        yield holders.values[holder], times(Decimal(units), QUANTUM)
