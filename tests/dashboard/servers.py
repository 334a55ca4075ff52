"""A running dashboard for tests: the real server in a process of its own, on a free port, over a store of one's choice."""

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

APP = Path(__file__).parents[2] / "dashboard" / "app" / "server.py"
_ONE_TIME = re.compile(r"one-time password\s+(\S+)")


@dataclass(frozen=True)
class Server:
    """``url`` without a slash at its end; ``output`` is the file that has what it printed."""

    url: str
    output: Path
    process: subprocess.Popen[bytes]

    def one_time_password(self) -> str | None:
        found = _ONE_TIME.search(self.output.read_text("utf-8"))
        return found.group(1) if found else None


@contextmanager
def running(store_url: str, folder: Path) -> Iterator[Server]:
    """The dashboard over a store, until the end of the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    output = folder / f"server-{port}.txt"
    command = [sys.executable, "-m", "streamlit", "run", str(APP)]
    command += ["--server.address", "127.0.0.1", "--server.port", str(port)]
    with output.open("wb") as printed:
        process = subprocess.Popen(
            command,
            env={**os.environ, "RULE19_DATABASE_URL": store_url, "PYTHONUNBUFFERED": "1"},
            stdout=printed,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
    try:
        server = Server(f"http://127.0.0.1:{port}", output, process)
        _wait(server)
        yield server
    finally:
        process.terminate()
        process.wait(20)


def _wait(server: Server) -> None:
    for _ in range(300):
        if server.process.poll() is not None:
            raise RuntimeError(f"the dashboard ended: {server.output.read_text('utf-8')}")
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the dashboard does not answer")
