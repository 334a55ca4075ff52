"""Progress on long work: bars on a terminal, silence where nobody looks or asks for quiet."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from consolidation.progress import Progress


class Bars(Progress):
    """Bars on standard error, gone when the work is done."""

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Show a spinner while a step runs."""
        from rich.console import Console

        with Console(stderr=True).status(f"{name} …"):
            yield

    @contextmanager
    def steps(self, name: str, total: int) -> Iterator[Callable[[], None]]:
        """Show a bar that moves with each of ``total`` parts."""
        from rich.console import Console
        from rich.progress import Progress as RichProgress

        with RichProgress(console=Console(stderr=True), transient=True) as bars:
            task = bars.add_task(name, total=total)
            yield lambda: bars.advance(task)


def progress(quiet: bool) -> Progress:
    """Bars where a person looks at a terminal and did not ask for quiet."""
    return Progress() if quiet or not sys.stderr.isatty() else Bars()
