"""Real Dask clusters for the tests: a scheduler and two workers, each a process of its own, on loopback."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.processes import ForkedProcess

_START = 30.0


@dataclass
class RealCluster:
    """A running cluster; its processes can be killed."""

    address: str
    scheduler: ForkedProcess
    workers: list[ForkedProcess]

    def kill_worker(self) -> None:
        self.workers.pop().kill()

    def kill_scheduler(self) -> None:
        self.scheduler.kill()


def dask(command: str, *arguments: str) -> None:
    """``dask scheduler`` or ``dask worker``."""
    import dask.config
    from distributed.cli import dask_scheduler, dask_worker

    # which looks at every thread a hundred times a second
    dask.config.set({"distributed.worker.profile.enabled": False})
    {"scheduler": dask_scheduler, "worker": dask_worker}[command].main(arguments)


def _started(*arguments: str) -> ForkedProcess:
    return ForkedProcess(dask, *arguments, env={**os.environ, "POLARS_MAX_THREADS": "1"})


def _line_with(process: ForkedProcess, pattern: str) -> str:
    until = time.monotonic() + _START
    seen = []
    while time.monotonic() < until:
        line = process.stderr.readline()
        seen.append(line)
        found = re.search(pattern, line)
        if found:
            return found[0]
        if not line:
            break
    raise AssertionError("".join(seen))


@contextmanager
def real_cluster(tmp: str, workers: int = 2) -> Iterator[RealCluster]:
    """``dask scheduler`` and so many ``dask worker``, gone at the end whatever happened."""
    scheduler = _started("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    started = [scheduler]
    try:
        address = _line_with(scheduler, r"tcp://127\.0\.0\.1:\d+")
        options = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", tmp)
        working = [_started("worker", address, *options) for _ in range(workers)]
        started += working
        for worker in working:
            _line_with(worker, "Registered to")
        yield RealCluster(address, scheduler, working)
    finally:
        for process in started:
            process.kill()
            process.wait(60)
            process.stderr.close()


class After:
    """Progress that does something once, after so many tasks."""

    def __init__(self, tasks: int, act: Callable[[], None]) -> None:
        self.left, self.act, self.total = tasks, act, 0

    @contextmanager
    def steps(self, name: str, total: int) -> Iterator[Callable[[], None]]:
        self.total = total
        yield self._done

    def _done(self) -> None:
        self.left -= 1
        if self.left == 0:
            self.act()


class AfterTheLast(After):
    """Progress that does something as soon as all tasks are done."""

    def __init__(self, act: Callable[[], None]) -> None:
        super().__init__(0, act)

    @contextmanager
    def steps(self, name: str, total: int) -> Iterator[Callable[[], None]]:
        self.left = total
        with super().steps(name, total) as done:
            yield done
