"""Overlay (what-if): new values for existing entries.

``changes`` gives, for each entry id, either the new value (it then holds on every date on which the entry is in force)
or ``{from: date, value: …}`` (the law until then, the new value after). Nothing is ever added: an id that the
rulebook does not have is refused, and so is a value of another sort than the one it replaces. Every fault is reported at
once. The shape of a value is that of the value it replaces, which no model can state beforehand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from consolidation.rulebook.reading import UnreadableYaml, parse
from consolidation.rulebook.values import DatedValue, as_text, frozen, kind

DATED = {"from", "value"}


class UnusableOverlay(ValueError):
    """A what-if that cannot be applied: for each fault one line that says what, where, and what is expected."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def read_changes(path: Path) -> dict[str, Any]:
    """The changes that an overlay file asks for.

    :raises UnusableOverlay: when the file cannot be read or is not a mapping of entry ids to values.
    """
    try:
        changes = parse(path.read_text("utf-8"))
    except OSError as fault:
        raise UnusableOverlay(
            f"{path.name}: cannot be read ({fault.strerror}); name a YAML file of entry ids and values"
        ) from None
    except UnicodeDecodeError:
        raise UnusableOverlay(f"{path.name}: is not UTF-8 text; save it as UTF-8") from None
    except UnreadableYaml as fault:
        raise UnusableOverlay(f"{path.name}: {fault}") from None
    if not isinstance(changes, dict):
        raise UnusableOverlay(f"{path.name}: must hold lines of the form 'entry id: new value'")
    return changes


def overlaid(
    histories: Mapping[str, tuple[DatedValue, ...]], changes: Mapping[str, Any]
) -> dict[str, tuple[DatedValue, ...]]:
    """The same entries with the changed values, each marked in its article as a what-if.

    :raises UnusableOverlay: for unknown ids and values of another sort, all of them.
    """
    changed, faults = dict(histories), list[str]()
    for id, change in changes.items():
        try:
            changed[id] = _history(id, histories[id], change)
        except KeyError:
            faults.append(f"{id} is not a rulebook entry; {_meant(str(id), histories)}")
        except UnusableOverlay as unusable:
            faults += unusable.faults
    if faults:
        raise UnusableOverlay(*faults)
    return changed


def _meant(id: str, known: Iterable[str]) -> str:
    """What to write instead of an id that there is not."""
    ids = list(known)
    near = get_close_matches(id, ids, n=1)
    if near:
        return f"did you mean {near[0]}?"
    closest = get_close_matches(id, ids, n=3, cutoff=0.4)
    hint = f"the closest are {', '.join(closest)}; " if closest else ""
    return f"{hint}docs/rulebook.md (What if) says where the ids stand"


def _history(id: str, law: tuple[DatedValue, ...], change: Any) -> tuple[DatedValue, ...]:
    try:
        new = frozen(change)
    except TypeError as fault:
        raise UnusableOverlay(f"{id}: {fault}") from None
    if isinstance(new, Mapping) and set(new) == DATED:
        return _from_date(id, law, new["from"], new["value"])
    return tuple(_instead(entry, new) for entry in law)


def _from_date(id: str, law: tuple[DatedValue, ...], start: Any, value: Any) -> tuple[DatedValue, ...]:
    if not isinstance(start, date):
        raise UnusableOverlay(f"{id}: from must be a date such as 2026-01-01, not {start!r}")
    earlier = [entry for entry in law if entry.valid_from < start]
    last_day = start - timedelta(days=1)
    kept = [replace(entry, valid_to=min(entry.valid_to or last_day, last_day)) for entry in earlier]
    replaced = earlier[-1] if earlier else law[0]
    return (*kept, replace(_instead(replaced, value), valid_from=start, valid_to=None))


def _instead(entry: DatedValue, value: Any) -> DatedValue:
    if value == entry.value:
        return entry
    if faults := list(_faults(entry.id, entry.value, value)):
        raise UnusableOverlay(*faults)
    return replace(entry, value=value, article=f"what-if, instead of {entry.article}")


def _faults(id: str, law: Any, new: Any) -> Iterator[str]:
    """What keeps a value from standing in for the one that the law has."""
    if kind(new) != kind(law):
        yield f"{id}: needs a {kind(law)}, not a {kind(new)} ({as_text(new)})"
    elif isinstance(law, Mapping):
        if set(new) != set(law):
            yield f"{id}: must give exactly {', '.join(law)}"
            return
        for key, item in law.items():
            yield from _faults(f"{id}.{key}", item, new[key])
    elif isinstance(law, tuple) and law:
        yield from _faults_of_items(id, law, new)


def _faults_of_items(id: str, law: tuple[Any, ...], new: tuple[Any, ...]) -> Iterator[str]:
    """Each item must be one that the law's list could hold: for records, the same fields, no more and none missing."""
    if not isinstance(law[0], Mapping):
        for item in new:
            yield from _faults(id, law[0], item)
        return
    allowed = set().union(*law)
    needed = allowed.intersection(*law)
    for item in new:
        if not isinstance(item, Mapping) or not needed <= set(item) <= allowed:
            yield f"{id}: each item must be a mapping of {', '.join(sorted(allowed))}"
            continue
        for key, value in item.items():
            example = next(record[key] for record in law if key in record)
            yield from _faults(f"{id}.{key}", example, value)
