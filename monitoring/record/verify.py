"""Walk the chain of hashes and hold against it what the store holds.

Three things are looked at: whether every link is bound to the one before; whether everything that a link covers still has the
digest that the latest of its links gives; whether there is anything that should be covered and is not. Marks that follow from the
runs (``is_current``) are worked out anew. Only a hash that was written down elsewhere – a digest mail – shows that the end of
the chain is missing, or all of it was made anew: ``known_head``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import CompoundSelect, Connection, except_, select, text

from monitoring.store.current import SCOPED, ranked
from monitoring.store.database import SQLITE
from monitoring.store.integrity import chain, head_file
from monitoring.store.integrity.chain import CHAIN
from monitoring.store.integrity.digests import COVERED, NO_ROWS, OF_INPUT_SET, OF_RUN, OF_STRESS_TEST, digests
from monitoring.store.layout.result_tables import RESULTS
from monitoring.store.migrations import all_tables
from monitoring.store.store import Store

_KEYS_AT_ONCE = 2_000
_MANY_ROWS = {*OF_RUN, *OF_INPUT_SET, *OF_STRESS_TEST}
_TRIGGERS = {
    SQLITE: {
        f"{table}_no_{act}"
        for table in ("audit_entry", "record_chain")
        for act in ("update", "delete", "replace")
    },
    "postgresql": {"audit_entry_append_only", "record_chain_append_only"},
}
"""By database: the triggers that refuse to change what is only added to."""

SHORTEST_HEAD = 16
"""How many digits of a hash tell a link from every other."""


class Fault(StrEnum):
    """How something does not fit; ``record.<value>`` of the table of words says it."""

    LINK_MISSING = "link-missing"
    LINK_BROKEN = "link-broken"
    CHANGED = "changed"
    GONE = "gone"
    NOT_COVERED = "not-covered"
    MARKS = "marks"
    UNPROTECTED = "unprotected"
    HEAD_UNKNOWN = "head-unknown"


@dataclass(frozen=True, slots=True)
class Misfit:
    """Something that does not fit. ``seq``: the link that it belongs to, 0 for none; ``name`` and ``key``: what it is about.

    ``detail``: which rows of it, where that can be told.
    """

    fault: Fault
    seq: int = 0
    name: str = ""
    key: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """What a walk found: how many links, the head's hash, how many things they cover, and what does not fit, by link."""

    links: int
    head: str
    covered: int
    misfits: tuple[Misfit, ...]


def verify(store: Store, *, known_head: str | None = None) -> Verification:
    """Hold the whole store against its chain.

    :param known_head: the hash of a link as it was written down elsewhere, or its first digits.
    :raises monitoring.store.store.StoreError: if the database cannot be used.
    """
    all_tables()
    kept = head_file.read(store.engine.url)
    with store.reading() as connection:
        links = connection.execute(select(CHAIN).order_by(CHAIN.c.seq)).mappings().all()
        expected = _covered(links)
        found = [
            *_links(links),
            *_things(connection, expected),
            *_marks(connection),
            *_triggers(connection),
        ]
    hashes = [link["hash"] for link in links]
    if kept is not None and kept[1] not in hashes:
        found.append(Misfit(Fault.HEAD_UNKNOWN, len(hashes), key=kept[1]))
    if known_head and not any(hash.startswith(known_head) for hash in hashes):
        found.append(Misfit(Fault.HEAD_UNKNOWN, len(hashes), key=known_head))
    ordered = sorted(found, key=lambda m: (not m.seq, m.seq))
    return Verification(len(hashes), hashes[-1] if hashes else "", len(expected), tuple(ordered))


def _links(links: Any) -> Iterator[Misfit]:
    """Links that are missing, or are not what their hash was made of."""
    previous, seq = chain.BEGINNING, 0
    for link in links:
        for gone in range(seq + 1, link["seq"]):
            yield Misfit(Fault.LINK_MISSING, gone)
        seq = link["seq"]
        made = chain.link_hash(link["previous"], chain.payload_hash(link))
        if link["hash"] != made or link["previous"] != previous:
            yield Misfit(Fault.LINK_BROKEN, seq, link["kind"], link["subject"])
        previous = link["hash"]


def _covered(links: Any) -> dict[tuple[str, int], tuple[str, int]]:
    """Name and key → the digest that the latest of their links gives, and that link's number."""
    expected: dict[tuple[str, int], tuple[str, int]] = {}
    for link in links:
        try:
            covers: Mapping[str, str] = json.loads(link["covers"])
        except ValueError:
            continue
        for thing, digest in covers.items():
            name, _, key = thing.partition("/")
            if name in COVERED and key.isdecimal():
                expected[name, int(key)] = (digest, link["seq"])
    return expected


def _things(connection: Connection, expected: Mapping[tuple[str, int], tuple[str, int]]) -> Iterator[Misfit]:
    for name, covered in COVERED.items():
        there = {*covered.keys(connection)}
        keys = sorted(there | {key for of, key in expected if of == name})
        # a run's rows are many: one run at a time
        at_once = 1 if name in _MANY_ROWS else _KEYS_AT_ONCE
        for start in range(0, len(keys), at_once):
            some = keys[start : start + at_once]
            found = digests(connection, name, [key for key in some if key in there])
            for key in some:
                digest = found.get(key, NO_ROWS)
                wanted, seq = expected.get((name, key), ("", 0))
                if not seq:
                    yield Misfit(Fault.NOT_COVERED, 0, name, str(key))
                elif digest == NO_ROWS != wanted:
                    yield Misfit(Fault.GONE, seq, name, str(key))
                elif digest != wanted:
                    yield Misfit(Fault.CHANGED, seq, name, str(key), _rows(connection, name, key))


def _rows(connection: Connection, name: str, run_id: int) -> str:
    """Which lines of a run's statements are not those of the trees that it kept beside them."""
    table, heads = RESULTS["lines"], RESULTS["statements"]
    if name != table.name:
        return ""
    trees = {
        (row.group_id, row.period_end): json.loads(row.explanation or "{}").get("lines", {})
        for row in connection.execute(
            select(heads.c.group_id, heads.c.period_end, heads.c.explanation).where(heads.c.run_id == run_id)
        )
    }
    lines = connection.execute(
        select(table.c.group_id, table.c.period_end, table.c.line, table.c.amount).where(
            table.c.run_id == run_id
        )
    ).all()
    differ = [
        f"{row.group_id} {row.period_end} {row.line}"
        for row in lines
        if not _is_of(row.amount, trees.get((row.group_id, row.period_end), {}).get(row.line))
    ]
    return ", ".join(differ)


def _is_of(amount: Decimal | None, tree: Mapping[str, Any] | None) -> bool:
    given = None if tree is None else tree.get("amount")
    return amount == (None if given is None else Decimal(given))


def _marks(connection: Connection) -> Iterator[Misfit]:
    """Runs and input sets of which other rows are marked as current than follow from the runs that stand."""
    for name in SCOPED:
        wrong = {row.owner for query in _wrongly_marked(name) for row in connection.execute(query)}
        for key in sorted(wrong):
            yield Misfit(Fault.MARKS, 0, name, str(key))


@cache
def _wrongly_marked(name: str) -> tuple[CompoundSelect[Any], CompoundSelect[Any]]:
    """Rows of a table that are marked and should not be, and that should be and are not."""
    scoped = SCOPED[name]
    table, best = scoped.table, ranked(scoped, None)
    marked = select(table.c[scoped.owner].label("owner"), table.c.position).where(table.c.is_current)
    right = select(best.c.owner, best.c.position).where(best.c.rank == 1)
    return except_(marked, right), except_(right, marked)


def _triggers(connection: Connection) -> Iterator[Misfit]:
    dialect = connection.dialect.name
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if dialect == SQLITE
        else "SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'"
    )
    there = set(connection.execute(text(query)).scalars())
    for name in sorted(_TRIGGERS[dialect] - there):
        yield Misfit(Fault.UNPROTECTED, 0, key=name)
