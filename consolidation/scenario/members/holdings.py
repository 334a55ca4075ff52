"""What companies lose on positions that a scenario shocks, holder by holder, however many positions there are.

Positions are read once for all shocks asked for. What is held on separate accounts is the policyholders' loss and left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from functools import partial

import numpy as np
import polars as pl

from consolidation.filing_set import FilingSet
from consolidation.filing_set.position_shocks import PositionShock
from consolidation.money import QUANTUM, ZERO, add, times
from consolidation.positions.exact_sums import Numbers
from consolidation.positions.execution.task_graph import cores
from consolidation.positions.readers.chunks import Chunk
from consolidation.positions.readers.tasks import EngineFault, PartUnreadable, Task, plan_tasks, read_chunks
from consolidation.positions.shocks import apply_shock

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
    pool = ThreadPoolExecutor(cores(), thread_name_prefix="positions")
    try:
        for of_task in pool.map(
            partial(_of_task, sequences=sequences, period_end=period_end), plan_tasks(filing_set.exposures)
        ):
            for number, shock, entity, amount in of_task:
                of_shock = totals[number][shock]
                of_shock[entity] = add([of_shock.get(entity, ZERO), amount])
    except PartUnreadable as reason:
        raise EngineFault(f"{reason}; put the file right and run again") from None
    finally:
        pool.shutdown(cancel_futures=True)
    return [list(one) for one in totals]


def _of_task(
    task: Task, sequences: Sequence[Sequence[PositionShock]], period_end: date
) -> list[tuple[int, int, str, Decimal]]:
    """Number of the sequence and of the shock in it, company, and what that takes from its positions of a task."""
    found = []
    for chunk in read_chunks(task, None):
        for number, shocks in enumerate(sequences):
            after = chunk.units.copy()
            for place, shock in enumerate(shocks):
                before = after.copy()
                apply_shock(chunk, shock, after)
                found += [(number, place, *lost) for lost in _by_holder(chunk, before, after, period_end)]
    return found


def _by_holder(
    chunk: Chunk, before: Numbers, after: Numbers, period_end: date
) -> Iterator[tuple[str, Decimal]]:
    holders, days = chunk.encoded["entity_id"], chunk.period_end
    of_day = days.map_values((days.values == period_end).to_numpy())
    rows = np.flatnonzero((before != after) & of_day & ~chunk.separate_account)
    lost = before[rows].astype(np.int64) - after[rows].astype(np.int64)
    frame = pl.DataFrame({"holder": holders.codes[rows], "lost": lost})
    for holder, units in frame.group_by("holder").agg(pl.col("lost").cast(pl.Int128).sum()).iter_rows():
        yield holders.values[holder], times(Decimal(units), QUANTUM)
