"""Dask in processes: the graph of tasks on local processes or on an existing cluster.

Local processes are started by spawn (Polars does not survive a fork), each with as many Polars threads as it has cores
to itself; an existing cluster is taken as it is. What goes wrong with the workers or the scheduler ends in one
:class:`~consolidation.positions.readers.tasks.EngineFault`.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import os
import queue
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing import resource_tracker
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import dask
from distributed import Client, Future, KilledWorker, LocalCluster

from consolidation.positions.execution.memory import LARGEST_KEPT, MOST_KEPT
from consolidation.positions.execution.task_graph import TaskGraph, cores
from consolidation.positions.partial_sums import PartialSums
from consolidation.positions.readers.tasks import EngineFault
from consolidation.sentence import in_words

WORKER_TIMEOUT = 20.0
"""Seconds without a single worker before the work is given up."""

CONNECT_TIMEOUT = 10.0
"""Seconds to reach a scheduler."""

_POLL_SECONDS = 1.0
_Found = TypeVar("_Found")
_RETRIES = 2
_SAME_EVERYWHERE = ("rule19", "polars", "pyarrow")


@dataclass(frozen=True, slots=True)
class DaskCluster:
    """Workers behind a scheduler."""

    client: Client
    name: str

    def sum_positions(self, planned: TaskGraph, done: Callable[[], None]) -> Sequence[PartialSums]:
        """What all positions of a graph come to, by scenario; ``done`` after each task.

        :raises consolidation.positions.readers.tasks.PartUnreadable: as the task that met it.
        :raises EngineFault: where workers or scheduler are lost for good.
        """
        keys = [*planned.steps, *({planned.total} - planned.steps.keys())]
        futures = self.client.get(planned.graph, keys, sync=False, retries=_RETRIES)
        finished: queue.SimpleQueue[Future[Any]] = queue.SimpleQueue()
        for future in futures:
            future.add_done_callback(finished.put)
        del futures, future
        while True:
            future = self._next(finished)
            if future.status == "error":
                raise _as_engine_fault(future.exception())
            if future.status != "finished":
                raise self._lost()
            for _ in range(planned.steps.get(str(future.key), 0)):
                done()
            if future.key == planned.total:
                return self._fetched(future)

    def _next(self, finished: queue.SimpleQueue[Future[Any]]) -> Future[Any]:
        """The next future that is done."""
        return self._while_workers_last(lambda seconds: finished.get(timeout=seconds))

    def _fetched(self, future: Future[Any]) -> Sequence[PartialSums]:
        """The sums of a future that is done; where the worker that had them has died, they are counted again first."""
        loop: Any = self.client.loop
        fetching: concurrent.futures.Future[Sequence[PartialSums]] = asyncio.run_coroutine_threadsafe(
            self.client.gather(future, asynchronous=True), loop.asyncio_loop
        )
        try:
            return self._while_workers_last(fetching.result)
        except concurrent.futures.CancelledError:
            raise self._lost() from None
        except KilledWorker as reason:
            raise _as_engine_fault(reason) from None
        finally:
            fetching.cancel()

    def _lost(self) -> EngineFault:
        return EngineFault(in_words("engine.cluster-lost", cluster=self.name))

    def _while_workers_last(self, attempt: Callable[[float], _Found]) -> _Found:
        """What ``attempt`` gives, which waits for some seconds at a time, as long as there is somebody to give it.

        :raises EngineFault: where no worker is left.
        """
        alone_since: float | None = None
        while True:
            with suppress(queue.Empty, TimeoutError):
                return attempt(_POLL_SECONDS)
            if self._workers():
                alone_since = None
            elif alone_since is None:
                alone_since = time.monotonic()
            elif time.monotonic() - alone_since > WORKER_TIMEOUT:
                raise EngineFault(in_words("engine.cluster-no-workers-left", cluster=self.name))

    def _workers(self) -> int:
        try:
            return len(self.client.scheduler_info(n_workers=-1)["workers"])
        except (OSError, TimeoutError):
            return 0


def _as_engine_fault(reason: BaseException) -> BaseException:
    if isinstance(reason, KilledWorker):
        return EngineFault(in_words("engine.workers-die"))
    return reason


@contextmanager
def local_cluster(workers: int) -> Iterator[DaskCluster]:
    """Processes of this machine, as many tasks at once as there are cores; workers × Polars threads = cores."""
    threads = max(1, cores() // workers)
    # Processes that Dask starts have this process's environment, also those that replace one that died.
    inherited = {
        "POLARS_MAX_THREADS": str(threads),
        "ARROW_DEFAULT_MEMORY_POOL": "jemalloc",  # gives back soonest what it no longer needs
        "MALLOC_MMAP_THRESHOLD_": str(LARGEST_KEPT),
        "MALLOC_TRIM_THRESHOLD_": str(MOST_KEPT),
    }
    settings = {
        "distributed.worker.multiprocessing-method": "spawn",
        "distributed.scheduler.http.routes": [],
        "distributed.worker.http.routes": [],
        "distributed.worker.profile.enabled": False,  # looks at every thread a hundred times a second
    }
    with (
        _logs_silenced(),
        _environment(inherited),
        dask.config.set(settings),
        TemporaryDirectory(prefix="rule19-", ignore_cleanup_errors=True) as folder,
        ExitStack() as stack,
    ):
        with _interrupts_blocked():
            cluster = stack.enter_context(
                LocalCluster(
                    n_workers=workers,
                    threads_per_worker=threads,
                    processes=True,
                    host="127.0.0.1",
                    dashboard_address=None,
                    scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
                    memory_limit=0,
                    local_directory=folder,
                    silence_logs=logging.CRITICAL,
                )
            )
        client = stack.enter_context(Client(cluster, set_as_default=False))
        yield DaskCluster(client, "the local cluster")


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Processes and threads started here, and what these start, leave Ctrl-C to this thread, which ends them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # as it starts it lets interrupts through again
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


@contextmanager
def connected_cluster(scheduler: str) -> Iterator[DaskCluster]:
    """An existing Dask cluster, by the address of its scheduler.

    :raises EngineFault: where it cannot be reached, has no workers, or they have not this program.
    """
    with _logs_silenced():
        try:
            client = Client(scheduler, timeout=CONNECT_TIMEOUT, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as reason:
            said = str(reason).splitlines()[0]
            where = {"scheduler": scheduler, "reason": said}
            raise EngineFault(in_words("engine.no-scheduler", **where)) from None
        with client:
            cluster = DaskCluster(client, f"the Dask cluster at {scheduler}")
            _same_program(cluster)
            yield cluster


def _versions() -> dict[str, str]:
    return {name: version(name) for name in _SAME_EVERYWHERE}


def _same_program(cluster: DaskCluster) -> None:
    """Every worker has this program, with the same libraries that amounts pass through."""
    try:
        cluster.client.wait_for_workers(1, timeout=WORKER_TIMEOUT)
        theirs: dict[str, Any] = cluster.client.run(_versions, on_error="return")
    except TimeoutError:
        raise EngineFault(in_words("engine.cluster-no-workers", cluster=cluster.name)) from None
    ours = _versions()
    for worker, found in theirs.items():
        if found != ours:
            said = found if isinstance(found, dict) else type(found).__name__
            both = {"found": str(said), "expected": str(ours)}
            raise EngineFault(in_words("engine.other-program", cluster=cluster.name, worker=worker, **both))


@contextmanager
def _logs_silenced() -> Iterator[None]:
    """Dask's own log is for its developers; what a user needs to know is raised."""
    log = logging.getLogger("distributed")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)
