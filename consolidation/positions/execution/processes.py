"""Counts tasks in this process and in others of this machine, each one task at a time.

The others are started by spawn (Polars does not survive a fork). Where one dies all of them are replaced, and the tasks that they
were at are done again.
"""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process, resource_tracker
from threading import Event, Lock, Thread

from consolidation.filing_set.position_shocks import PositionShock
from consolidation.positions.context import AggregationContext
from consolidation.positions.execution.memory import keep_memory
from consolidation.positions.execution.task_graph import Count, cores, sum_task
from consolidation.positions.partial_sums import PartialSums
from consolidation.positions.readers.tasks import EngineFault, Task
from consolidation.sentence import in_words

_ATTEMPTS = 3


class _Processes:
    """Counts tasks for any number of threads, in the process that asks and in ``others``."""

    def __init__(self, others: int) -> None:
        self._others, self._lock, self._ended = others, Lock(), Event()
        self._own_task = Lock()
        self._executor = self._started()

    def sum_task(
        self, task: Task, context: AggregationContext, scenarios: Sequence[Sequence[PositionShock]]
    ) -> list[PartialSums]:
        """What one task comes to, by scenario, as :func:`~consolidation.positions.execution.task_graph.sum_task`.

        :raises EngineFault: where processes die again and again.
        """
        if self._own_task.acquire(blocking=False):
            try:
                return sum_task(task, context, scenarios, self._ended)
            finally:
                self._own_task.release()
        for _ in range(_ATTEMPTS):
            executor = self._executor
            try:
                found: list[PartialSums] = pickle.loads(
                    self._submitted(executor, task, context, scenarios).result()
                )
                return found
            except BrokenProcessPool:
                self._replace(executor)
        raise EngineFault(in_words("engine.workers-die"))

    def _submitted(
        self,
        executor: ProcessPoolExecutor,
        task: Task,
        context: AggregationContext,
        scenarios: Sequence[Sequence[PositionShock]],
    ) -> Future[bytes]:
        with _interrupts_blocked():  # it may start a process
            return executor.submit(_pickled_sums, task, context, scenarios)

    def _started(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self._others, get_context("spawn"), _begin)

    def _replace(self, broken: ProcessPoolExecutor) -> None:
        """New processes for those that are gone, by whichever thread sees it first."""
        with self._lock:
            if self._executor is broken and not self._ended.is_set():
                self._executor = self._started()

    def end(self) -> None:
        """End all, whatever they are at."""
        self._ended.set()
        with self._lock:
            for process in [*self._executor._processes.values()]:
                process.kill()
            self._executor.shutdown(cancel_futures=True)


def _begin() -> None:
    keep_memory()
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """The executor's processes would wait for ever for one that was killed."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _pickled_sums(
    task: Task, context: AggregationContext, scenarios: Sequence[Sequence[PositionShock]]
) -> bytes:
    """Unpickled by the thread that waits for them, where the executor would have one for all."""
    return pickle.dumps(sum_task(task, context, scenarios))


@contextmanager
def counting_in_processes(workers: int) -> Iterator[Count]:
    """By so many processes, this one among them; workers × Polars threads = cores."""
    resource_tracker.ensure_running()  # as it starts it lets interrupts through again
    with _environment({"POLARS_MAX_THREADS": str(max(1, cores() // workers))}):
        processes = _Processes(workers - 1)
        try:
            yield processes.sum_task
        finally:
            processes.end()


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Processes and threads started here, and what these start, leave Ctrl-C to the main thread, which ends them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """The environment with these variables; afterwards as it was before, whatever else was set meanwhile."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
