"""What people say of a flag: seen, explained, closed; and whose answer is wanted until when.

Each is one row of the flag's history and the mark in the flag's row, in one transaction under the lock of the flags.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, Table, update

from consolidation.rulebook import Rulebook
from monitoring.alerts.outbox import NewAlert, raise_alerts
from monitoring.flags import lifecycle
from monitoring.flags import schema as rows
from monitoring.flags.store import UnknownFlag, add_events, flag_rows
from monitoring.flags.tables import Flag
from monitoring.store.layout.filed_tables import Base
from monitoring.store.locks import Lock, take_lock
from monitoring.store.store import Store

ASSIGNED = "assigned"
_FLAG: Table = Base.metadata.tables[str(Flag.__tablename__)]


class FlagChangeDenied(Exception):
    """A flag cannot go there from where it is, or a note is missing; the text says so for a person."""


def acknowledge(store: Store, flag: int, who: str, note: str = "", *, at: datetime | None = None) -> None:
    """Somebody has seen the flag.

    :raises monitoring.flags.store.UnknownFlag: if there is no such flag.
    :raises FlagChangeDenied: if it is not raised.
    """
    _answer(store, flag, lifecycle.ACKNOWLEDGED, who, note, at, acknowledged_by=who)


def explain(store: Store, flag: int, who: str, note: str, *, at: datetime | None = None) -> None:
    """Somebody says why it is so; the note is needed.

    :raises monitoring.flags.store.UnknownFlag: if there is no such flag.
    :raises FlagChangeDenied: if it is closed, or explained already, or there is no note.
    """
    _answer(store, flag, lifecycle.EXPLAINED, who, _needed(note), at)


def close(store: Store, flag: int, who: str, note: str, *, at: datetime | None = None) -> None:
    """Somebody ends a flag whose test is still met, with a reason; it comes back if it becomes worse.

    :raises monitoring.flags.store.UnknownFlag: if there is no such flag.
    :raises FlagChangeDenied: if it is closed already, or there is no reason.
    """
    _answer(store, flag, lifecycle.CLOSED, who, _needed(note), at, closed_by=who)


def assign(
    store: Store,
    flag: int,
    who: str,
    assignee: str | None,
    answer_by: date | None = None,
    *,
    at: datetime | None = None,
) -> None:
    """Say whose answer is wanted and until when; None: nobody's in particular, on no day. Somebody else who is named is told.

    :raises monitoring.flags.store.UnknownFlag: if there is no such flag.
    :raises FlagChangeDenied: if it is closed.
    """
    with changing(store, flag) as (connection, head):
        if head["state"].item() == lifecycle.CLOSED:
            raise FlagChangeDenied(f"flag {flag} is closed: there is nothing to answer any more")
        marks = {"assignee": assignee, "answer_by": answer_by}
        now = at or datetime.now(UTC)
        write(connection, head, ASSIGNED, who, now, marks, **marks)
        if assignee is not None and assignee != who:
            raise_alerts(connection, [_assigned(head, who, assignee, answer_by, now)])


def _assigned(head: pl.DataFrame, by: str, assignee: str, answer_by: date | None, at: datetime) -> NewAlert:
    """Tell the person, and nobody else, that a flag is theirs to answer."""
    row = head.row(0, named=True)
    places = {
        "flag": row["id"],
        "by": by,
        "code": row["code"],
        "subject": row["subject_id"],
        "period": row["period_end"].isoformat(),
        "until": answer_by.isoformat() if answer_by else "",
    }
    return NewAlert(
        f"assigned:{row['id']}:{assignee}:{at.isoformat()}",
        "flag",
        "flag_assigned",
        places,
        party_id=row["subject_id"],
        useful_until=answer_by,
        only_to=assignee,
    )


def _needed(note: str) -> str:
    if not note.strip():
        raise FlagChangeDenied("say why in a note")
    return note


def _answer(store: Store, flag: int, state: str, who: str, note: str, at: datetime | None, **by: str) -> None:
    with changing(store, flag) as (connection, head):
        before = head["state"].item()
        if before not in lifecycle.ALLOWED[state]:
            raise FlagChangeDenied(f"flag {flag} is {before} and cannot be {state}")
        gravity = head.select(lifecycle.gravity(Rulebook.load().on(head["period_end"].item()))).item()
        marks = {"state": state, "note": note or None, "answered_gravity": gravity, **by}
        write(connection, head, state, who, at or datetime.now(UTC), marks, note=note or None)


@contextmanager
def changing(store: Store, flag: int) -> Iterator[tuple[Connection, pl.DataFrame]]:
    """A transaction in which nobody else changes flags, and the flag's row.

    :raises monitoring.flags.store.UnknownFlag: if there is no such flag.
    """
    with store.writing() as connection:
        take_lock(connection, Lock.FLAGS)
        head = flag_rows(connection, _FLAG.c.id == flag)
        if head.is_empty():
            raise UnknownFlag(store, flag)
        yield connection, head


def write(
    connection: Connection,
    head: pl.DataFrame,
    what: str,
    who: str,
    at: datetime,
    marks: Mapping[str, Any],
    **said: Any,
) -> None:
    """Move the marks of a flag's row and add to its history what was said."""
    flag = head["id"].item()
    connection.execute(update(_FLAG).where(_FLAG.c.id == flag).values(changed_at=at, **marks))
    state = marks.get("state", head["state"].item())
    event = head.select(*rows.IDENTITY, *lifecycle.FIGURES, "id").with_columns(
        what=pl.lit(what), state=pl.lit(state)
    )
    add_events(connection, event, at, None, who=who, **said)
