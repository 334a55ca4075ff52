"""Flags that were raised become alerts, each once: whoever brought the flags up to date, and whenever that was.

The scheduler goes through the flags' events in order and remembers how far it has come in the transaction that writes the
alerts, so that none is left out and none is told twice. A flag that a graver one on the same figure covers, or that has
been answered since, is not told. The first time – an old store, or the first filings in a new one – there may be hundreds:
then each company and group gets one line, its gravest flag and how many others are open.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
from sqlalchemy import Connection, func, select

from consolidation.rulebook import Rulebook
from consolidation.words import LANGUAGES, label
from monitoring.alerts.outbox import NewAlert, raise_alerts
from monitoring.flags import lifecycle, schema
from monitoring.flags.sentences import flag_sentence
from monitoring.flags.tables import Flag, FlagEvent
from monitoring.scheduling import job_status
from monitoring.store import frames
from monitoring.store.layout.filed_tables import Base
from monitoring.store.store import Store

CURSOR = "flag alerts"
"""Under this name the scheduler's table keeps how far the telling has come."""

_GRAVEST = 1
_SUBJECT = ["subject_kind", "subject_id"]
_FLAG = Base.metadata.tables[str(Flag.__tablename__)]
_EVENT = Base.metadata.tables[str(FlagEvent.__tablename__)]


def are_any(store: Store) -> bool:
    """Whether anything has happened to flags since the last time.

    :raises monitoring.store.store.StoreError: if the database cannot be used.
    """
    with store.reading() as connection:
        return _last(connection) > job_status.cursor(connection, CURSOR)


def _last(connection: Connection) -> int:
    return int(connection.execute(select(func.coalesce(func.max(_EVENT.c.id), 0))).scalar_one())


def raise_flag_alerts(connection: Connection, names: Mapping[str, str], rulebook: Rulebook) -> int:
    """Write an alert for every flag raised since the last time, in the caller's transaction; gives how many were new.

    :param names: id → name of companies and groups.
    """
    since, last = job_status.cursor(connection, CURSOR), _last(connection)
    query = (
        select(*(_FLAG.c[name] for name in schema.IDENTITY), *_EVENT.columns)
        .join(_FLAG, _FLAG.c.id == _EVENT.c.flag_id)
        .where(_EVENT.c.id > since, _EVENT.c.id <= last, _EVENT.c.covered_by.is_(None))
        .where(_EVENT.c.what.in_([lifecycle.RAISED, lifecycle.RERAISED]), _FLAG.c.state == lifecycle.RAISED)
    )
    raised = frames.read(connection, query).sort("id").with_columns(others=pl.lit(0))
    if since == 0:
        raised = _one_of_each_subject(raised)
    told = raise_alerts(connection, [_alert(row, names, rulebook) for row in raised.iter_rows(named=True)])
    job_status.set_cursor(connection, CURSOR, last)
    return told


def _one_of_each_subject(raised: pl.DataFrame) -> pl.DataFrame:
    """Of each company and group the gravest flag; ``others``: how many more it has. The gravest first."""
    flags = raised.unique("flag_id", keep="last").sort("severity", "id")
    counted = flags.with_columns(others=pl.len().over(_SUBJECT) - 1)
    return counted.unique(_SUBJECT, keep="first", maintain_order=True)


def _alert(row: Mapping[str, Any], names: Mapping[str, str], rulebook: Rulebook) -> NewAlert:
    says = {language: flag_sentence(row, language, names, rulebook) for language in LANGUAGES}
    kind = {language: label(f"flag.{row['code']}", language) for language in LANGUAGES}
    about = f"{names.get(row['subject_id'], row['subject_id'])} {row['period_end']}"
    return NewAlert(
        f"flag:{row['id']}",
        "flag",
        "flags_open" if row["others"] else "flag_raised",
        {"flag": row["flag_id"], "says": says, "others": row["others"], "kind": kind, "about": about},
        party_id=row["subject_id"],
        urgent=row["severity"] == _GRAVEST and row["doubted"] is None,
    )
