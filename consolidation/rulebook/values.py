"""What a rulebook value may be, and how it is written.

A value is a ``Decimal``, a ``bool``, a text, a date, a tuple of values, or a :class:`FrozenMapping` of them. A number is
always a ``Decimal``: a float in the rulebook would make two machines disagree in the last fen. Values cannot be changed
after loading, because one rulebook serves a whole run and travels to its workers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any


class FrozenMapping(Mapping[str, Any]):
    """A mapping that cannot be changed, can be hashed, and can be sent to another process."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, Any]) -> None:
        self._items = dict(items)

    def __getitem__(self, key: str) -> Any:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return f"FrozenMapping({self._items!r})"


@dataclass(frozen=True)
class DatedValue:
    """One value of one rule, and the days on which it holds.

    ``value`` is a Decimal, bool, text, date, or a tuple or mapping of them: a number in it is a Decimal, also a whole
    one. ``valid_to`` is the last day, None while no end is known. ``article`` is where the law says it, or "house rule".
    """

    id: str
    value: Any
    unit: str
    valid_from: date
    valid_to: date | None
    article: str
    zh: str
    en: str


def frozen(value: Any) -> Any:
    """The value in its unchangeable form; whole numbers become ``Decimal`` too.

    :raises TypeError: for a float, an infinite number, or anything else that is not a rulebook value.
    """
    if isinstance(value, str | bool):
        return value
    if isinstance(value, Decimal | int):
        number = Decimal(value)
        if not number.is_finite():
            raise TypeError(f"{value} is not a finite number")
        return number
    if isinstance(value, date):
        return value
    if isinstance(value, list | tuple):
        return tuple(frozen(item) for item in value)
    if isinstance(value, Mapping):
        return FrozenMapping({str(key): frozen(item) for key, item in value.items()})
    raise TypeError(
        f"{value!r} is a {type(value).__name__}; a number must be exact (a Decimal or a whole number)"
    )


def kind(value: Any) -> str:
    """The sort of a value in one word, for checks and messages."""
    kinds = ((bool, "true/false"), (Decimal, "number"), (str, "text"), (date, "date"), (tuple, "list"))
    return next((word for sort, word in kinds if isinstance(value, sort)), "mapping")


def plain(value: Any) -> Any:
    """The value for JSON: numbers as text without exponent or trailing zeros (0.40 and 0.4 are one number), dates ISO."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return value


def as_text(value: Any) -> str:
    """The value as a person reads it beside a formula: ``0.35``, ``2025-12-31``, ``[C, D]``, ``{mixed: 0.2}``."""
    if isinstance(value, tuple):
        return f"[{', '.join(as_text(item) for item in value)}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {as_text(item)}' for key, item in value.items())}}}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(plain(value))
