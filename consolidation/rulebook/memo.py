"""Results of the steps of a computation that still hold under another rulebook.

A step is a pure function of what it is given and of the rulebook. :class:`Memo` notes which entries a step reads, and under a
rulebook that has these entries as they were, and with the very same other inputs, gives its result again: what a reading
of the law does not touch is computed once for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

import polars as pl

if TYPE_CHECKING:
    from consolidation.rulebook import Rulebook

T = TypeVar("T")

_READ: ContextVar[set[str] | None] = ContextVar("entries read", default=None)
"""The ids that the step which is under way has read so far; a step does not leave its thread."""


def note_reading(*ids: str) -> None:
    """Note that entries were read, for the step that is under way."""
    read = _READ.get()
    if read is not None:
        read.update(ids)


@dataclass(frozen=True, slots=True)
class _Known:
    """A result, the inputs and the rulebook that it was computed with, and the entries that were read."""

    result: Any
    inputs: tuple[object, ...]
    rulebook: Rulebook
    read: frozenset[str]

    def holds(self, rulebook: Rulebook, inputs: tuple[object, ...]) -> bool:
        same = len(inputs) == len(self.inputs) and all(map(lambda a, b: a is b, inputs, self.inputs))
        then, now = self.rulebook.histories, rulebook.histories
        return same and all(now[id] is then[id] or now[id] == then[id] for id in self.read)


class Memo:
    """The first result of every step over one filing set."""

    def __init__(self) -> None:
        self._known: dict[Hashable, _Known] = {}
        self._values: dict[Hashable, object] = {}

    def first_equal(self, name: Hashable, value: T) -> T:
        """The first value of the name where this one equals it, so that a step which goes by it holds; else the value."""
        first = cast(T, self._values.setdefault(name, value))
        if isinstance(first, pl.DataFrame) and isinstance(value, pl.DataFrame):
            return first if first is value or first.equals(value) else value
        return first if first is value or first == value else value

    def get(
        self, step: Hashable, rulebook: Rulebook, inputs: Iterable[object], compute: Callable[[], T]
    ) -> T:
        """The result of a step: the one that is known where it still holds, else computed.

        :param inputs: all that ``compute`` goes by but the rulebook and the filing set; compared by identity, never altered.
        """
        given = tuple(inputs)
        known = self._known.get(step)
        if known is not None and known.holds(rulebook, given):
            note_reading(*known.read)
            return cast(T, known.result)
        read: set[str] = set()
        token = _READ.set(read)
        try:
            result = compute()
        finally:
            _READ.reset(token)
        note_reading(*read)
        if known is None:
            self._known[step] = _Known(result, given, rulebook, frozenset(read))
        return result
