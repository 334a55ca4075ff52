"""A running dashboard for tests: the real server in a process of its own, on a free port, over a store of one's choice.

It is forked from a process that has imported it (``tests/processes.py``), as importing is half of what a server does for a test;
:func:`started` has it begin from nothing, as ``rule19 dashboard`` does.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.processes import ForkedProcess

APP = Path(__file__).parents[2] / "dashboard" / "app" / "server.py"
_ONE_TIME = re.compile(r"one-time password\s+(\S+)")


@dataclass(frozen=True)
class Server:
    """``url`` without a slash at its end; ``output`` is the file that has what it printed."""

    url: str
    output: Path
    process: subprocess.Popen[bytes] | ForkedProcess

    def one_time_password(self) -> str | None:
        found = _ONE_TIME.search(self.output.read_text("utf-8"))
        return found.group(1) if found else None


@contextmanager
def running(store_url: str, folder: Path) -> Iterator[Server]:
    """The dashboard over a store, until the end of the block."""
    port, output, arguments = _to_run(folder)
    given = {**os.environ, "RULE19_DATABASE_URL": store_url}
    with _until_the_end(port, output, ForkedProcess(_serve, folder, output, arguments, env=given)) as server:
        yield server


@contextmanager
def started(store_url: str, folder: Path) -> Iterator[Server]:
    """The same, begun from nothing."""
    port, output, arguments = _to_run(folder)
    with output.open("wb") as printed:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            env={**os.environ, "RULE19_DATABASE_URL": store_url, "PYTHONUNBUFFERED": "1"},
            stdout=printed,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
    with _until_the_end(port, output, process) as server:
        yield server


def _to_run(folder: Path) -> tuple[int, Path, list[str]]:
    """A free port, the file for what is printed, the command."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["streamlit", "run", str(APP), "--server.address", "127.0.0.1", "--server.port", str(port)]
    return port, folder / f"server-{port}.txt", command


def _serve(folder: Path, output: Path, arguments: list[str]) -> None:
    from streamlit.web import cli

    with output.open("wb") as printed:
        for number in (1, 2):
            os.dup2(printed.fileno(), number)
    os.chdir(folder)
    sys.argv = arguments
    cli.main()


@contextmanager
def _until_the_end(
    port: int, output: Path, process: subprocess.Popen[bytes] | ForkedProcess
) -> Iterator[Server]:
    try:
        server = Server(f"http://127.0.0.1:{port}", output, process)
        _wait(server)
        yield server
    finally:
        process.terminate()
        process.wait(20)


def _wait(server: Server) -> None:
    for _ in range(600):
        if server.process.poll() is not None:
            raise RuntimeError(f"the dashboard ended: {server.output.read_text('utf-8')}")
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the dashboard does not answer")
