"""Executes the graph of tasks over positions: Dask in threads, which may have processes count, or on a cluster."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any

from consolidation.inspection.process import end_waiting
from consolidation.positions.context import AggregationContext
from consolidation.positions.execution.memory import memory_kept
from consolidation.positions.execution.sums_cache import SumsCache
from consolidation.positions.execution.task_graph import (
    Count,
    TaskGraph,
    aggregator_of,
    cores,
    forget,
    sum_task,
    task_graph,
)
from consolidation.positions.partial_sums import PartialSums
from consolidation.positions.readers.tasks import EngineFault, PartUnreadable, Task
from consolidation.progress import Progress
from consolidation.sentence import in_words

MOST_ROWS_WITHOUT_PROCESSES = 100_000_000
"""Up to so many positions no processes are started unless they are asked for: they would take longer to start than they
save."""

FEWEST_ROWS_CACHED = 1_000_000
"""Fewer positions are counted as fast as they are looked up, in memory that hardly matters."""

MOST_CORES_WITHOUT_PROCESSES = 8
"""Cores that one process keeps busy: a tenth of its work holds the interpreter (docs/scaling.md)."""


def sum_positions(
    tasks: Sequence[Task],
    context: AggregationContext,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    cache: SumsCache | None = None,
    progress: Progress | None = None,
) -> Sequence[PartialSums]:
    """The exact sums of all positions of ``tasks``, by scenario of the context.

    :param workers: processes that count, this one among them. None: one a core for very many positions on many cores.
    :param scheduler: address of a Dask cluster that does the work instead; it keeps nothing in the ``cache``.
    :raises EngineFault: if a part cannot be read, or nobody is left to do the work.
    """
    rows = sum(one.size for task in tasks for one in task)
    memory: AbstractContextManager[None] = nullcontext()
    if rows < FEWEST_ROWS_CACHED:
        cache = None
    else:
        end_waiting()
        memory = memory_kept()
    if workers is None:
        many = rows > MOST_ROWS_WITHOUT_PROCESSES and cores() > MOST_CORES_WITHOUT_PROCESSES
        workers = cores() if many else 1
    try:
        with memory, (progress or Progress()).steps("positions", len(tasks)) as done:
            if scheduler is None or not tasks:
                return _sum_here(tasks, context, cache, workers, done)
            from consolidation.positions.execution.dask_cluster import connected_cluster

            with connected_cluster(scheduler) as cluster:
                return cluster.sum_positions(task_graph(tasks, context), done)
    except PartUnreadable as reason:
        raise EngineFault(in_words("engine.put-the-file-right", reason=str(reason))) from None
    finally:
        forget(context)
        if cache:
            cache.clean()


def _sum_here(
    tasks: Sequence[Task],
    context: AggregationContext,
    cache: SumsCache | None,
    workers: int,
    done: Callable[[], None],
) -> Sequence[PartialSums]:
    """In threads of this process: a thread a process, or one more than cores as each waits now and then for another."""
    if workers == 1 or not tasks:
        threads, counting = cores() + 1, _counting_here()
    else:
        from consolidation.positions.execution.processes import counting_in_processes

        threads, counting = workers, counting_in_processes(workers)
    pool = ThreadPoolExecutor(threads, thread_name_prefix="positions")
    try:
        with counting as count:
            planned = task_graph(tasks, context, cache, count)

            def finished(key: str, *_: Any) -> None:
                for _step in range(planned.steps.get(key, 0) if tasks else 0):
                    done()

            get = _sum_few if len(planned.new) <= cores() else _sum_many
            return get(planned, pool, finished)
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _counting_here() -> Iterator[Count]:
    """By the thread that asks; what is still counted at the end is given up."""
    stopped = threading.Event()
    try:
        yield partial(sum_task, stopped=stopped)
    finally:
        stopped.set()


def _sum_many(
    planned: TaskGraph, pool: ThreadPoolExecutor, finished: Callable[..., None]
) -> Sequence[PartialSums]:
    """By Dask, which combines sums as soon as it can and so holds few of them."""
    pool.submit(aggregator_of, planned.graph[planned.context])  # while Dask is imported
    import dask.threaded
    from dask.callbacks import Callback

    with Callback(posttask=finished):  # type: ignore[no-untyped-call]
        total: Sequence[PartialSums] = dask.threaded.get(planned.graph, planned.total, pool=pool)
    return total


def _sum_few(
    planned: TaskGraph, pool: ThreadPoolExecutor, finished: Callable[..., None]
) -> Sequence[PartialSums]:
    """Where nearly all is remembered: without Dask, whose import takes as long as to read what is remembered of a set."""
    context = planned.graph[planned.context]
    # What is counted takes longer than what is read; its first rows are decoded while the aggregator is made.
    counting = {
        key: pool.submit(planned.graph[key][0], context) for key in planned.steps if key in planned.new
    }
    if counting:
        pool.submit(aggregator_of, context)
    remembered = [key for key in planned.steps if key not in counting]
    counting |= {key: pool.submit(planned.graph[key][0], context) for key in remembered}
    found: dict[str, Sequence[PartialSums]] = {}
    for key, what in planned.graph.items():
        if key in counting:
            found[key] = counting.pop(key).result()
            finished(key)
        elif key != planned.context:
            combined, parts = what
            found[key] = combined([found.pop(name) for name in parts])
    return found[planned.total]
