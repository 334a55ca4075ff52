"""The rulebook: every regulatory number, limit, switch, list and due date, as dated data.

The entries stand in the ``*.yaml`` files beside this one, each with its values by date, its unit, its article and a
description in Chinese and English; code holds formulas only. ``Rulebook.load().on(period_end)`` gives the
:class:`RulesInForce` on a date; ``overlay`` replaces values ("what if"). A later notice is a new line in a file
(docs/rulebook.md).
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from consolidation.provenance import Rule
from consolidation.rulebook.consistency import contradictions
from consolidation.rulebook.memo import note_reading
from consolidation.rulebook.overlay import UnusableOverlay, overlaid, read_changes
from consolidation.rulebook.reading import UnreadableYaml, parse
from consolidation.rulebook.values import DatedValue, as_text, frozen, plain

READINGS_FILE = "readings.yaml"
ONE_OF = "one of: "
"""How the unit of an entry begins whose value is one of the words that follow."""

__all__ = ["DatedValue", "NotInForce", "Rulebook", "RulebookFault", "RulesInForce", "UnusableOverlay"]


class RulebookFault(ValueError):
    """The rulebook's own files are wrong: a fault of this program, found when it is loaded."""


class NotInForce(LookupError):
    """The rulebook has no value of the entry ``id`` on ``date``."""

    def __init__(self, id: str, date: date) -> None:
        super().__init__(id, date)
        self.id = id
        self.date = date

    def __str__(self) -> str:
        return f"the rulebook has no {self.id} in force on {self.date.isoformat()}"


@dataclass(frozen=True)
class RulesInForce:
    """What was in force on one date, as a rule a period's end."""

    date: date
    rulebook: Rulebook = field(repr=False)

    def entry(self, id: str) -> DatedValue:
        """The entry in force.

        :raises NotInForce: when the entry exists but not on this date.
        :raises KeyError: for an id that the rulebook does not have at all (a fault of this program).
        """
        history = self.rulebook.history(id)
        position = bisect_right(history, self.date, key=lambda entry: entry.valid_from)
        if position == 0:
            raise NotInForce(id, self.date)
        entry = history[position - 1]
        if entry.valid_to is not None and entry.valid_to < self.date:
            raise NotInForce(id, self.date)
        return entry

    def value(self, id: str) -> Any:
        """The value of the entry in force, whatever its sort."""
        return self.entry(id).value

    def number(self, id: str) -> Decimal:
        """The value of an entry that is one number, in the entry's unit.

        :raises TypeError: when the entry is not one number (a fault of this program).
        """
        value = self.value(id)
        if not isinstance(value, Decimal):
            raise TypeError(f"{id} is not a number")
        return value

    def rule(self, id: str) -> Rule:
        """The entry in force as an explanation shows it."""
        entry = self.entry(id)
        return Rule(id, as_text(entry.value), entry.unit, entry.article, entry.valid_from)


@dataclass(frozen=True, eq=False)
class Rulebook:
    """All entries, each with its values in the order of their dates. Two rulebooks are the same if their ``hash`` is."""

    histories: Mapping[str, tuple[DatedValue, ...]] = field(repr=False)

    @classmethod
    def load(cls) -> Rulebook:
        """The rulebook of this program, read once.

        :raises RulebookFault: when its files are wrong.
        """
        return _loaded()

    @classmethod
    def from_files(cls, paths: Iterable[Path]) -> Rulebook:
        """The rulebook that these YAML files make together, in whatever order they come.

        :raises RulebookFault: naming file and entry: an id given twice, overlapping dates, or a missing unit, article,
            description, date or value.
        """
        histories: dict[str, tuple[DatedValue, ...]] = {}
        for path in paths:
            for id, definition in _entries_of(path).items():
                if id in histories:
                    raise RulebookFault(f"{path.name}: {id} is also defined in another file")
                histories[id] = _history(f"{path.name}: {id}", id, definition)
        rulebook = cls(dict(sorted(histories.items())))
        for fault in rulebook._contradictions():
            raise RulebookFault(fault)
        return rulebook

    def on(self, date: date) -> RulesInForce:
        """What was in force on this date."""
        return RulesInForce(date, self)

    def overlay(self, changes: Mapping[str, Any] | Path) -> Rulebook:
        """A what-if: the same entries with some values changed, given as a mapping or as a YAML file.

        A change is the new value, for all dates, or ``{from: date, value: …}``. Numbers are Decimals or whole numbers.

        :raises UnusableOverlay: for an unreadable file, an unknown id, a value of another sort than the law's, or one
            that contradicts another entry; all faults, one line each.
        """
        given = read_changes(changes) if isinstance(changes, Path) else changes
        rulebook = Rulebook(overlaid(self.histories, given))
        if faults := dict.fromkeys(rulebook._contradictions()):
            raise UnusableOverlay(*faults)
        return rulebook

    def ids(self) -> list[str]:
        """The ids of all entries, in alphabetical order."""
        return list(self.histories)

    def history(self, id: str) -> tuple[DatedValue, ...]:
        """All values of an entry, the earliest first.

        :raises KeyError: for an id that the rulebook does not have.
        """
        note_reading(id)
        return self.histories[id]

    def in_force_or_first(self, id: str, date: date) -> DatedValue:
        """The value in force on a date, or the first of all for a date before there was any.

        For what a filing set is asked about before it is known whether the law was in force then.

        :raises NotInForce: for a date after the last value ended.
        """
        return self.on(max(date, self.history(id)[0].valid_from)).entry(id)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of what the entries say: ids, values, units, dates and articles. Descriptions do not count."""
        written = [
            [
                e.id,
                e.unit,
                e.valid_from.isoformat(),
                e.valid_to and e.valid_to.isoformat(),
                e.article,
                plain(e.value),
            ]
            for history in self.histories.values()
            for e in history
        ]
        text = json.dumps(written, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def differences(self, other: Rulebook) -> dict[str, str]:
        """The entries of this rulebook whose values are not those of ``other``, as text: what an overlay changed."""
        return {
            id: "; ".join(f"{as_text(e.value)} from {e.valid_from.isoformat()}" for e in history)
            for id, history in self.histories.items()
            if history != other.histories.get(id)
        }

    def _contradictions(self) -> Iterable[str]:
        for day in sorted({entry.valid_from for history in self.histories.values() for entry in history}):
            in_force = {
                id: entry.value
                for id, history in self.histories.items()
                for entry in history
                if entry.valid_from <= day and (entry.valid_to is None or day <= entry.valid_to)
            }
            yield from contradictions(in_force)
        for history in self.histories.values():
            yield from filter(None, map(_unknown_word, history))


def _unknown_word(entry: DatedValue) -> str | None:
    """What is wrong with an entry whose unit lists the words that it may have, and which has another."""
    if not entry.unit.startswith(ONE_OF):
        return None
    words = entry.unit.removeprefix(ONE_OF).split(", ")
    return None if entry.value in words else f"{entry.id}: must be one of {', '.join(words)}"


@cache
def _loaded() -> Rulebook:
    return Rulebook.from_files(files())


def files() -> list[Path]:
    """The files that hold dated entries: every YAML file here but that of the readings, which are choices among them."""
    return sorted(path for path in Path(__file__).parent.glob("*.yaml") if path.name != READINGS_FILE)


def _entries_of(path: Path) -> dict[str, Any]:
    try:
        entries = parse(path.read_text("utf-8"))
    except UnreadableYaml as fault:
        raise RulebookFault(f"{path.name}: {fault}") from None
    if not isinstance(entries, dict):
        raise RulebookFault(f"{path.name}: must hold entries by id")
    return entries


def _history(place: str, id: str, definition: Any) -> tuple[DatedValue, ...]:
    head = fields(place, definition, {"description", "unit", "values"}, set())
    words = fields(f"{place}: description", head["description"], {"zh", "en"}, set())
    if not isinstance(head["values"], list) or not head["values"]:
        raise RulebookFault(f"{place}: needs at least one dated value")
    dated = [fields(place, value, {"from", "value", "article"}, {"until"}) for value in head["values"]]
    starts = [value["from"] for value in dated]
    ends = [value.get("until") for value in dated]
    if not all(isinstance(day, date) for day in [*starts, *(end for end in ends if end is not None)]):
        raise RulebookFault(f"{place}: from and until must be dates")
    if any(earlier >= later for earlier, later in pairwise(starts)):
        raise RulebookFault(f"{place}: the dates of two values overlap or are out of order")
    for position, following in enumerate([*starts[1:], None]):
        ends[position] = _last_day(place, starts[position], ends[position], following)
    return tuple(
        DatedValue(
            id, frozen(value["value"]), head["unit"], start, end, value["article"], words["zh"], words["en"]
        )
        for value, start, end in zip(dated, starts, ends, strict=True)
    )


def _last_day(place: str, start: date, end: date | None, following: date | None) -> date | None:
    if end is not None and (end < start or (following is not None and end >= following)):
        raise RulebookFault(
            f"{place}: the value from {start} ends before it begins, or overlaps the next one"
        )
    if end is None and following is not None:
        return following - timedelta(days=1)
    return end


def fields(place: str, mapping: Any, needed: set[str], allowed: set[str]) -> dict[str, Any]:
    """The mapping, once it is known to have all needed fields, none of them an empty text, and no others."""
    if not isinstance(mapping, dict):
        raise RulebookFault(f"{place}: must be a mapping of {', '.join(sorted(needed))}")
    missing = sorted(name for name in needed if name not in mapping or mapping[name] == "")
    if missing:
        raise RulebookFault(f"{place}: has no {', '.join(missing)}")
    unknown = sorted(set(mapping) - needed - allowed)
    if unknown:
        raise RulebookFault(f"{place}: has an unknown field {', '.join(unknown)}")
    return mapping
