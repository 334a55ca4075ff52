"""The chain of hashes: every transaction that adds to the record adds links that nobody can change unseen.

Who changes something that the chain covers calls :func:`note` in its transaction; :meth:`monitoring.store.store.Store.writing` calls
:func:`seal` at its end, which digests what was noted as the transaction leaves it and binds it to the head. A link's hash is that of
the link before and of its payload, so whoever has a later hash – a digest mail, a printed sheet – can tell that nothing
before it was changed, and a part of the chain can be shown without the content of the links between.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, inspect, select

from monitoring.store.integrity.digests import COVERED, OF_INPUT_SET, OF_RUN, OF_STRESS_TEST, Changes, digests
from monitoring.store.layout.chain_tables import ChainEntry
from monitoring.store.layout.exact_columns import utc_text
from monitoring.store.layout.filed_tables import Base
from monitoring.store.locks import Lock, take_lock

CHAIN = Base.metadata.tables[str(ChainEntry.__tablename__)]
BEGINNING = "0" * 64
"""What stands before the first link."""

ANCHOR = "anchor"
"""Kind of the link that takes over, as found, what a store held before it had a chain."""

_NOTES = "rule19_chain"
_LAST = select(CHAIN.c.seq, CHAIN.c.hash).order_by(CHAIN.c.seq.desc()).limit(1)


def note(
    connection: Connection, kind: str, subject: object, who: str, names: Mapping[str, Collection[int]]
) -> None:
    """Remember that the transaction changes these things, until it is sealed.

    :param kind: what happened: ``audit``, ``run``, ``stress``, ``decision``, ``flags``, ``obligation``, ``report``.
    :param names: a name of :data:`monitoring.store.integrity.digests.COVERED` → the keys that were touched.
    """
    noted: dict[tuple[str, str, str], Changes] = connection.info.setdefault(_NOTES, {})
    changes = noted.setdefault((kind, str(subject), who), Changes(kind, str(subject), who))
    for name, keys in names.items():
        changes.names.setdefault(name, []).extend(keys)


def note_run(connection: Connection, run_id: int, input_set_id: int, who: str, *, is_new_set: bool) -> None:
    """Remember a run that is being recorded with all its results, and its data if they are new."""
    names: dict[str, Collection[int]] = {name: [run_id] for name in ("run", "run_decision", *OF_RUN)}
    if is_new_set:
        names |= {name: [input_set_id] for name in ("input_set", *OF_INPUT_SET)}
    note(connection, "run", run_id, who, names)


def note_stress_test(connection: Connection, number: int, who: str) -> None:
    """Remember a stress test that is being recorded with all its results."""
    note(connection, "stress", number, who, {name: [number] for name in ("stress_run", *OF_STRESS_TEST)})


def begin(connection: Connection) -> None:
    """Forget what an earlier transaction of the connection noted and did not seal."""
    connection.info.pop(_NOTES, None)


def seal(connection: Connection) -> tuple[int, str] | None:
    """Add the links for what was noted, the last thing that a transaction does; gives the new head, None if nothing was noted."""
    noted: dict[Any, Changes] = connection.info.pop(_NOTES, {})
    if not noted:
        return None
    return _append(connection, [(c.kind, c.subject, c.who, c.digested(connection)) for c in noted.values()])


def anchor(connection: Connection, who: str) -> None:
    """Take over what a store holds that has no chain yet, as it is found; an empty store needs none."""
    if head(connection) is not None:
        return
    there = inspect(connection)
    covers = {
        f"{name}/{key}": digest
        for name, covered in COVERED.items()
        if there.has_table(covered.table)
        for key, digest in digests(connection, name).items()
    }
    if covers:
        _append(connection, [(ANCHOR, "", who, covers)])


def head(connection: Connection) -> tuple[int, str] | None:
    """Number and hash of the last link; None where there is none."""
    found = connection.execute(_LAST).one_or_none()
    return None if found is None else (found.seq, found.hash)


def _append(connection: Connection, links: list[tuple[str, str, str, dict[str, str]]]) -> tuple[int, str]:
    take_lock(connection, Lock.CHAIN)
    seq, previous = head(connection) or (0, BEGINNING)
    at, rows = datetime.now(UTC), []
    for kind, subject, who, covers in links:
        seq += 1
        row = {
            "seq": seq,
            "at": at,
            "who": who,
            "kind": kind,
            "subject": subject,
            "covers": canonical(covers),
        }
        made = link_hash(previous, payload_hash(row))
        rows.append({**row, "previous": previous, "hash": made})
        previous = made
    connection.execute(insert(CHAIN), rows)
    return seq, previous


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def payload_hash(row: Mapping[str, Any]) -> str:
    """The hash of what a link says: seq, at, who, kind, subject, covers."""
    said = {
        **{name: row[name] for name in ("seq", "who", "kind", "subject", "covers")},
        "at": utc_text(row["at"]),
    }
    return hashlib.sha256(canonical(said).encode()).hexdigest()


def link_hash(previous: str, payload: str) -> str:
    """The hash of a link: of the link before and of its payload's hash."""
    return hashlib.sha256(f"{previous}:{payload}".encode()).hexdigest()
