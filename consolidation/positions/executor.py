"""Who does the work on positions: this process, processes of this machine, or a Dask cluster.

The work is one plan of tasks, each a pure function from some row groups to small exact sums, and combining them is
associative: whoever does it, in whatever order, with whatever interruptions, the result is the same bits. Dask moves
tasks and sums between processes; a worker that dies has its tasks done again by another.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

from consolidation.positions.aggregate import Desk
from consolidation.positions.chunks import Chunk
from consolidation.positions.context import Books
from consolidation.positions.partial_sums import Sums, combined
from consolidation.positions.parts import PartUnreadable, Task, chunks
from consolidation.progress import Progress

FEW_ROWS = 100_000_000
"""Up to so many positions no processes are started unless they are asked for: they would take longer to start than they
save."""

CORES_OF_ONE = 8
"""Cores that one process keeps busy: a tenth of its work holds the interpreter (docs/scaling.md)."""

FAN_IN = 8
"""Sums that are combined at a time."""


class EngineFault(RuntimeError):
    """The positions could not be read to their end; one line for the user. Nothing was computed from them."""


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def work(
    tasks: Sequence[Task],
    books: Books,
    *,
    workers: int | None,
    scheduler: str | None,
    progress: Progress,
) -> Sums:
    """What all positions of ``tasks`` come to.

    :param workers: processes to start; one is this process. None: none for few positions or on few cores.
    :param scheduler: address of a Dask cluster that does the work instead.
    :raises EngineFault: if a part cannot be read, or nobody is left to do the work.
    """
    rows = sum(one.size for task in tasks for one in task)
    if workers is None:
        workers = 1 if rows <= FEW_ROWS else max(1, cores() // CORES_OF_ONE)
    try:
        with progress.steps("positions", len(tasks)) as done:
            if not tasks or (scheduler is None and workers == 1):
                return _here(tasks, books, done)
            from consolidation.positions.dask_cluster import cluster_of, local_cluster

            hands = local_cluster(workers) if scheduler is None else cluster_of(scheduler)
            with hands as cluster:
                return cluster.work(tasks, books, done)
    except PartUnreadable as reason:
        raise EngineFault(f"{reason}; put the file right and run again") from None


def sums_of(task: Task, books: Books, stopped: threading.Event | None = None) -> Sums:
    """What the positions of one task come to; the unit of work wherever it is done."""
    desk = _desk(books)
    return combined(list(desk.sums(_unless(stopped, chunks(task, books.listed)))))


def _unless(stopped: threading.Event | None, positions: Iterator[Chunk]) -> Iterator[Chunk]:
    for chunk in positions:
        if stopped is not None and stopped.is_set():
            return
        yield chunk


_desks: dict[str, Desk] = {}
_desks_lock = threading.Lock()


def _desk(books: Books) -> Desk:
    """The desk of a run in this process, made once; the desks of earlier runs are given up."""
    with _desks_lock:
        if books.run not in _desks:
            _desks.clear()
            _desks[books.run] = Desk(books)
        return _desks[books.run]


def _here(tasks: Sequence[Task], books: Books, done: Callable[[], None]) -> Sums:
    """In this process, a thread a core."""
    stopped = threading.Event()
    parts = [sums_of((), books)]
    pool = ThreadPoolExecutor(cores(), thread_name_prefix="positions")
    try:
        running = {pool.submit(sums_of, task, books, stopped) for task in tasks}
        while running:
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                parts.append(future.result())
                done()
            if len(parts) >= FAN_IN:
                parts = [combined(parts)]
        return combined(parts)
    finally:
        stopped.set()
        pool.shutdown(cancel_futures=True)
        _desks.pop(books.run, None)
