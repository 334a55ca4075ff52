"""The audit log: who changed or exported what, when. It can be added to and read, nothing else.

Every change writes its entry in the transaction of the change (:func:`record`) or, where the change has a transaction of
its own, an entry before it and another if it fails (:func:`acting`): nothing happens that the log does not know of.
Triggers in the database refuse to change or remove an entry, and the chain of hashes shows it where somebody got around them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, insert, select

from monitoring.access.tables import AuditEntry
from monitoring.store import frames
from monitoring.store.integrity.chain import note
from monitoring.store.layout.filed_tables import Base
from monitoring.store.store import Store

_AUDIT = Base.metadata.tables[str(AuditEntry.__tablename__)]
FAILED = ".failed"
"""Ends the name of an action that was begun and did not come about."""


def record(
    connection: Connection,
    who: str,
    action: str,
    subject: str = "",
    *,
    role: str = "",
    group_id: str | None = None,
    at: datetime | None = None,
    **detail: Any,
) -> None:
    """Add an entry in the transaction of ``connection``.

    :param action: what was done, as ``thing.act``: ``account.create``, ``run.approve``, ``export.annex10``.
    :param subject: what it was done to: a run's number, a company and period, an account's name.
    """
    number = connection.execute(
        insert(_AUDIT)
        .values(
            at=at or datetime.now(UTC),
            who=who,
            role=role,
            action=action,
            subject=subject,
            group_id=group_id,
            detail=json.dumps(detail, ensure_ascii=False, sort_keys=True, default=str),
        )
        .returning(_AUDIT.c.id)
    ).scalar_one()
    note(connection, "audit", number, who, {"audit_entry": [number]})


@contextmanager
def acting(
    store: Store,
    who: str,
    action: str,
    subject: str = "",
    *,
    role: str = "",
    group_id: str | None = None,
    **detail: Any,
) -> Iterator[None]:
    """Around an act with a transaction of its own: an entry before it, and ``action.failed`` with the reason if it raises.

    :raises StoreError: if the entry cannot be written; the act is not begun then.
    """
    with store.writing() as connection:
        record(connection, who, action, subject, role=role, group_id=group_id, **detail)
    try:
        yield
    except Exception as reason:
        with store.writing() as connection:
            record(
                connection,
                who,
                action + FAILED,
                subject,
                role=role,
                group_id=group_id,
                **{**detail, "reason": str(reason)},
            )
        raise


def entries(
    store: Store, *, latest: int = 1000, before: int | None = None, groups: Collection[str] | None = None
) -> pl.DataFrame:
    """id, at, who, role, action, subject, group_id, detail (JSON text): the newest first.

    :param before: only entries older than that number, to read on.
    :param groups: only entries that concern one of these groups.
    """
    query = select(*_AUDIT.columns).order_by(_AUDIT.c.id.desc()).limit(latest)
    if before is not None:
        query = query.where(_AUDIT.c.id < before)
    if groups is not None:
        query = query.where(_AUDIT.c.group_id.in_(list(groups)))
    with store.reading() as connection:
        return frames.read(connection, query)
