"""Executes the plan of tasks over positions: in threads of this process, in local processes, or on a Dask cluster.

The work is one plan of tasks, each a pure function from some row groups to small exact sums, and combining them is
associative: whoever does it, in whatever order, with whatever interruptions, the result is the same bits. Dask moves
tasks and sums between processes; a worker that dies has its tasks done again by another.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

from consolidation.positions.context import AggregationContext
from consolidation.positions.partial_sums import PartialSums, combine
from consolidation.positions.readers.tasks import EngineFault, PartUnreadable, Task
from consolidation.positions.sum_task import FAN_IN, cores, forget, sum_task
from consolidation.progress import Progress

MOST_ROWS_WITHOUT_PROCESSES = 100_000_000
"""Up to so many positions no processes are started unless they are asked for: they would take longer to start than they
save."""

CORES_PER_PROCESS = 8
"""Cores that one process keeps busy: a tenth of its work holds the interpreter (docs/scaling.md)."""


def sum_positions(
    tasks: Sequence[Task],
    context: AggregationContext,
    *,
    workers: int | None,
    scheduler: str | None,
    progress: Progress,
) -> PartialSums:
    """The exact sums of all positions of ``tasks``.

    :param workers: processes to start; one is this process. None: none for few positions or on few cores.
    :param scheduler: address of a Dask cluster that does the work instead.
    :raises EngineFault: if a part cannot be read, or nobody is left to do the work.
    """
    rows = sum(one.size for task in tasks for one in task)
    if workers is None:
        workers = 1 if rows <= MOST_ROWS_WITHOUT_PROCESSES else max(1, cores() // CORES_PER_PROCESS)
    try:
        with progress.steps("positions", len(tasks)) as done:
            if not tasks or (scheduler is None and workers == 1):
                return _sum_in_threads(tasks, context, done)
            from consolidation.positions.dask_cluster import connected_cluster, local_cluster

            opened_cluster = local_cluster(workers) if scheduler is None else connected_cluster(scheduler)
            with opened_cluster as cluster:
                return cluster.sum_positions(tasks, context, done)
    except PartUnreadable as reason:
        raise EngineFault(f"{reason}; put the file right and run again") from None


def _sum_in_threads(
    tasks: Sequence[Task], context: AggregationContext, done: Callable[[], None]
) -> PartialSums:
    """In threads of this process, one a core."""
    stopped = threading.Event()
    parts = [sum_task((), context)]
    pool = ThreadPoolExecutor(cores(), thread_name_prefix="positions")
    try:
        running = {pool.submit(sum_task, task, context, stopped) for task in tasks}
        while running:
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                parts.append(future.result())
                done()
            if len(parts) >= FAN_IN:
                parts = [combine(parts)]
        return combine(parts)
    finally:
        stopped.set()
        pool.shutdown(cancel_futures=True)
        forget(context)
