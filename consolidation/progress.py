"""Progress of long work, for whoever looks on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Progress:
    """Nobody looks on; who does, says what happens around a piece of work."""

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Around one piece of work of unknown length."""
        yield

    @contextmanager
    def steps(self, name: str, total: int) -> Iterator[Callable[[], None]]:
        """Around ``total`` pieces of work; what is yielded is called after each."""
        yield lambda: None
