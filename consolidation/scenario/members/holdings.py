"""What companies lose on positions that a scenario shocks, holder by holder, however many positions there are.

Positions are read once for all shocks asked for. What is held on separate accounts is the policyholders' loss and left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from functools import partial

from consolidation.filing_set import FilingSet
from consolidation.filing_set.position_shocks import PositionShock
from consolidation.money import ZERO, add
from consolidation.positions.exact_sums import Numbers, sum_by_key, to_amounts
from consolidation.positions.execution.task_graph import cores
from consolidation.positions.readers.chunks import Chunk
from consolidation.positions.readers.read_task import read_chunks
from consolidation.positions.readers.tasks import EngineFault, PartUnreadable, Task, plan_tasks
from consolidation.positions.shocks import columns_of, rows_hit, units_left
from consolidation.sentence import in_words

Losses = Mapping[str, Decimal]
"""Company → what its positions lose, 万元."""


def losses_by_holder(
    filing_set: FilingSet,
    sequences: Sequence[Sequence[PositionShock]],
    period_end: date,
    none_set_aside: bool = False,
) -> list[list[Losses]]:
    """For each sequence of shocks what each of them costs each company, on what those before it have left.

    :param none_set_aside: whether the positions have been read and every row counted, so that columns which no shock asks
        for need not be read again.
    :raises EngineFault: naming the part that cannot be read.
    """
    totals: list[list[dict[str, Decimal]]] = [[{} for _ in shocks] for shocks in sequences]
    if not any(sequences) or not filing_set.exposures:
        return [list(one) for one in totals]
    columns = columns_of(shock for shocks in sequences for shock in shocks) if none_set_aside else None
    pool = ThreadPoolExecutor(cores(), thread_name_prefix="positions")
    try:
        for of_task in pool.map(
            partial(_of_task, sequences=sequences, period_end=period_end, columns=columns),
            plan_tasks(filing_set.exposures),
        ):
            for number, shock, entity, amount in of_task:
                of_shock = totals[number][shock]
                of_shock[entity] = add([of_shock.get(entity, ZERO), amount])
    except PartUnreadable as reason:
        raise EngineFault(in_words("engine.put-the-file-right", reason=str(reason))) from None
    finally:
        pool.shutdown(cancel_futures=True)
    return [list(one) for one in totals]


def _of_task(
    task: Task,
    sequences: Sequence[Sequence[PositionShock]],
    period_end: date,
    columns: Collection[str] | None,
) -> list[tuple[int, int, str, Decimal]]:
    """Number of the sequence and of the shock in it, company, and what that takes from its positions of a task."""
    found = []
    for chunk in read_chunks(task, None, columns=columns):
        counted = _counted(chunk, period_end)
        for number, shocks in enumerate(sequences):
            units = chunk.units.copy()
            for place, shock in enumerate(shocks):
                rows = rows_hit(chunk, shock)
                rows = rows[counted[rows]]
                before = units[rows]
                units[rows] = units_left(before, shock.factor)
                found += [(number, place, *lost) for lost in _by_holder(chunk, rows, before - units[rows])]
    return found


def _counted(chunk: Chunk, period_end: date) -> Numbers:
    """Which positions are of the period and on no separate account."""
    days = chunk.period_end
    counted: Numbers = days.map_values((days.values == period_end).to_numpy()) & ~chunk.separate_account
    return counted


def _by_holder(chunk: Chunk, rows: Numbers, lost: Numbers) -> Iterator[tuple[str, Decimal]]:
    holders = chunk.encoded["entity_id"]
    sums = sum_by_key(holders.codes[rows], lost, len(holders.values))
    for holder, amount in zip(sums.keys, to_amounts(sums.low, sums.high), strict=True):
        yield holders.values[int(holder)], amount
