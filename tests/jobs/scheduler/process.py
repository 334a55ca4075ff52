"""A real ``rule19 schedule`` for tests, with what it says."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


class Process:
    """``said`` are the lines that it wrote on its standard error so far."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        self.said: list[str] = []
        self.process = subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as said:
            self.said.extend(said)

    def says(self, text: str) -> bool:
        return any(text in line for line in list(self.said))

    def end(self, number: int) -> int:
        """Send a signal and wait; its exit status."""
        self.process.send_signal(number)
        return self.process.wait(60)

    def kill(self) -> None:
        """End it whatever it does, if it still runs."""
        self.process.kill()
        self.process.wait(10)
        self._reader.join(10)
