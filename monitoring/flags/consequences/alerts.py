"""Flags that were raised become alerts, each once: whoever brought the flags up to date, and whenever that was.

The scheduler goes through the flags' events in order and remembers how far it has come in the transaction that writes the
alerts, so that none is left out and none is told twice. A flag that a graver one on the same figure covers, or that has
been answered since, is not told. The first time – an old store, or the first filings in a new one – there may be hundreds:
then each company and group gets one line, its gravest flag and how many others are open.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl
from sqlalchemy import Connection, Select, func, select

from consolidation.rulebook import Rulebook
from consolidation.words import label, say
from monitoring.alerts.content import MessageItem
from monitoring.alerts.outbox import NewAlert, raise_alerts
from monitoring.flags import lifecycle, schema
from monitoring.flags.sentences import finding_sentence, measures_of
from monitoring.flags.tables import Flag, FlagEvent
from monitoring.scheduling import job_status
from monitoring.store import frames
from monitoring.store.layout.filed_tables import Base
from monitoring.store.store import Store

CURSOR = "flag alerts"
"""Under this name the scheduler's table keeps how far the telling has come."""

EVENT = "event"
"""The place of an alert that holds the number of what happened to a flag."""

_GRAVEST, _AT_ONCE = 1, 5000
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


def raise_flag_alerts(connection: Connection) -> int:
    """Write an alert for every flag raised since the last time, in the caller's transaction; gives how many were new."""
    since, last = job_status.cursor(connection, CURSOR), _last(connection)
    query = (
        _events()
        .where(_EVENT.c.id > since, _EVENT.c.id <= last, _EVENT.c.covered_by.is_(None))
        .where(_EVENT.c.what.in_([lifecycle.RAISED, lifecycle.RERAISED]), _FLAG.c.state == lifecycle.RAISED)
    )
    raised = frames.read(connection, query).sort("id").with_columns(others=pl.lit(0))
    if since == 0:
        raised = _one_of_each_subject(raised)
    told = raise_alerts(connection, [_alert(row) for row in raised.iter_rows(named=True)])
    job_status.set_cursor(connection, CURSOR, last)
    return told


def _one_of_each_subject(raised: pl.DataFrame) -> pl.DataFrame:
    """Of each company and group the gravest flag; ``others``: how many more it has. The gravest first."""
    flags = raised.unique("flag_id", keep="last").sort("severity", "id")
    counted = flags.with_columns(others=pl.len().over(_SUBJECT) - 1)
    return counted.unique(_SUBJECT, keep="first", maintain_order=True)


def _alert(row: Mapping[str, Any]) -> NewAlert:
    """What happened, by its number: its sentence is made when it is sent (:func:`in_words`)."""
    return NewAlert(
        f"flag:{row['id']}",
        "flag",
        "flags_open" if row["others"] else "flag_raised",
        {EVENT: row["id"], "flag": row["flag_id"], "others": row["others"]},
        party_id=row["subject_id"],
        urgent=row["severity"] == _GRAVEST and row["doubted"] is None,
    )


def in_words(
    connection: Connection,
    told: Sequence[MessageItem],
    language: str,
    names: Mapping[str, str],
    rulebook: Rulebook,
) -> list[MessageItem]:
    """The alerts with what they say of a flag in words: ``says``, ``kind``, ``about``, ``until`` and :data:`MEASURES` beside what they have.

    :param names: id → name of companies, groups and counterparties in the language.
    """
    numbers = {item.places[EVENT] for item in told if EVENT in item.places}
    rows = {row["id"]: row for row in _numbered(connection, numbers).iter_rows(named=True)} if numbers else {}

    def worded(item: MessageItem) -> MessageItem:
        places = item.places
        if row := rows.get(places.get(EVENT)):
            heads = _heads(row["code"], row["subject_id"], row["period_end"], language, names)
            says = finding_sentence(row, language, names, rulebook)
            measures = measures_of(row, language)
            return replace(item, places={**places, **heads, "says": says, MEASURES: measures})
        if places.keys() >= ASSIGNED_TO:
            heads = _heads(places["code"], places["subject"], places["period"], language, names)
            day = places["until"]
            until = say("flag_assigned.until", language, day=day) if day else ""
            return replace(item, places={**places, **heads, "until": until})
        return item

    return [worded(item) for item in told]


MEASURES = "measure_lists"
"""The place with the measures that follow a flag: :data:`~monitoring.flags.sentences.PointList`, no text of a sentence."""

ASSIGNED_TO = frozenset({"code", "subject", "period", "until"})
"""The places of an alert that a flag is somebody's to answer, of which its words are made."""


def _heads(
    code: str, subject: str, period: object, language: str, names: Mapping[str, str]
) -> dict[str, str]:
    return {
        "kind": label(f"flag.{code}", language),
        "about": f"{names.get(subject, subject)} {period}",
    }


def _numbered(connection: Connection, numbers: Collection[int]) -> pl.DataFrame:
    """The events of these numbers; a database takes only so many in one condition."""
    wanted = sorted(numbers)
    parts = (wanted[start : start + _AT_ONCE] for start in range(0, len(wanted), _AT_ONCE))
    return pl.concat([frames.read(connection, _events().where(_EVENT.c.id.in_(some))) for some in parts])


def _events() -> Select[Any]:
    """Events with the flag that they happened to."""
    identity = (_FLAG.c[name] for name in schema.IDENTITY)
    return select(*identity, *_EVENT.columns).join(_FLAG, _FLAG.c.id == _EVENT.c.flag_id)
