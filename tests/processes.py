"""Processes of the program for tests: forked from one that has imported it, as importing takes most of a short one's time.

That the program starts from nothing is tested where its entry point is (``tests/jobs/cli/test_faults_of_the_program.py``).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import cached_property
from multiprocessing import get_context
from multiprocessing.connection import Connection
from types import ModuleType
from typing import Any, TextIO
from unittest.mock import patch

FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(["tests.preloaded"])


class ForkedProcess:
    """A process that does ``work(*given)``, with the names of :class:`subprocess.Popen`; ``env`` is its whole environment.

    Whoever opens ``stdout`` or ``stderr`` closes it.
    """

    def __init__(
        self, work: Callable[..., object], *given: object, env: Mapping[str, str] | None = None
    ) -> None:
        self._out, out = FORKS.Pipe(duplex=False)
        self._err, err = FORKS.Pipe(duplex=False)
        self._process = FORKS.Process(
            target=_begin, args=(out, err, dict(env or os.environ), work, given), daemon=True
        )
        # A page that a test ran before has left itself as the main module, which the new process would run again.
        with patch.dict(sys.modules, {"__main__": ModuleType("__main__")}):
            self._process.start()
        out.close()
        err.close()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    @cached_property
    def stdout(self) -> TextIO:
        return _text(self._out)

    @cached_property
    def stderr(self) -> TextIO:
        return _text(self._err)

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status.

        :raises subprocess.TimeoutExpired: where it still runs by then.
        """
        self._process.join(timeout)
        if (status := self._process.exitcode) is None:
            raise subprocess.TimeoutExpired(str(self._process), timeout or 0)
        return status

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def communicate(self) -> tuple[str, str]:
        """What it wrote on its standard output and error, when it has ended."""
        with self.stdout as out, self.stderr as err:
            said = out.read(), err.read()
        self.wait(60)
        return said

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def rule19(*arguments: str) -> None:
    """The program in a process of its own: ``ForkedProcess(rule19, "validate", …)``."""
    from jobs.cli.main import main

    sys.argv = ["rule19", *arguments]
    main()


def _text(received: Connection) -> TextIO:
    return os.fdopen(os.dup(received.fileno()), encoding="utf-8", errors="replace")


def _begin(
    out: Connection,
    err: Connection,
    environment: Mapping[str, str],
    work: Callable[..., object],
    given: tuple[Any, ...],
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    for number, sent in ((1, out), (2, err)):
        os.dup2(sent.fileno(), number)
        sent.close()
    # what there was before may have been a file, where one can seek
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", buffering=1, closefd=False)  # noqa: SIM115
    work(*given)
