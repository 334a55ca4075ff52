"""A real ``rule19 schedule`` for tests, with what it says."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from tests.processes import ForkedProcess


class Process:
    """``said`` are the lines that it wrote on its standard error so far."""

    def __init__(
        self, work: Callable[..., object], *given: object, env: Mapping[str, str] | None = None
    ) -> None:
        self.said: list[str] = []
        self.process = ForkedProcess(work, *given, env=env)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
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
