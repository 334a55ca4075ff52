"""The graph of tasks on an existing Dask cluster, taken as it is.

What goes wrong with the workers or the scheduler ends in one :class:`~consolidation.positions.readers.tasks.EngineFault`.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import queue
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, TypeVar

from distributed import Client, Future, KilledWorker

from consolidation.positions.execution.task_graph import TaskGraph
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
