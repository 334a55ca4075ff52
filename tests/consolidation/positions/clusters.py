"""Real Dask clusters for the tests: a scheduler and two workers, each a process of its own, on loopback."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_START = 30.0


@dataclass
class RealCluster:
    """A running cluster; its processes can be killed."""

    address: str
    scheduler: subprocess.Popen[str]
    workers: list[subprocess.Popen[str]]

    def kill_worker(self) -> None:
        self.workers.pop().kill()

    def kill_scheduler(self) -> None:
        self.scheduler.kill()


def _dask(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "dask", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "POLARS_MAX_THREADS": "1",
            "PYTHONUNBUFFERED": "1",
            "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "false",  # samples every thread a hundred times a second
        },
    )


def _line_with(process: subprocess.Popen[str], pattern: str) -> str:
    assert process.stderr is not None
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
    scheduler = _dask("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    started = [scheduler]
    try:
        address = _line_with(scheduler, r"tcp://127\.0\.0\.1:\d+")
        options = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", tmp)
        working = [_dask("worker", address, *options) for _ in range(workers)]
        started += working
        for worker in working:
            _line_with(worker, "Registered to")
        yield RealCluster(address, scheduler, working)
    finally:
        for process in started:
            process.kill()
            process.wait()
            if process.stderr is not None:
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
