"""The outbox: what has to be told, kept until it has been told.

Whoever changes something that people must hear of calls :func:`raise_alerts` in the same transaction: either both happen
or neither. An alert's ``key`` says what it is about; the same key is never written twice. The sender (``jobs.delivery``)
then makes one :func:`copy` of an alert for each person and channel, and goes on in ``monitoring.alerts.messages``. Everything
here works inside the caller's transaction and knows no address and no secret.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, Table, and_, bindparam, case, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from monitoring.alerts.tables import Alert, AlertCopy
from monitoring.clock import database_time
from monitoring.store.database import SQLITE
from monitoring.store.layout.filed_tables import Base

ALERT = Base.metadata.tables[str(Alert.__tablename__)]
COPY = Base.metadata.tables[str(AlertCopy.__tablename__)]

REMINDER = "reminder"
"""``words`` of an alert about an obligation: its sentence is made when it is sent, from what then holds."""


PROBLEM = "problem"
"""A place of an alert that is a sentence not made yet (:meth:`consolidation.sentence.Sentence.kept`)."""

DEADLINE = "deadline"
TOPICS = (DEADLINE, "flag", "run", "scan")
"""What an alert may be about; every obligation's id is a deadline."""


@dataclass(frozen=True, slots=True)
class NewAlert:
    """Something to be told.

    :param key: what it is about, in a text that is the same whenever the same thing is found again.
    :param topic: an obligation's id, or ``flag``, ``run``, ``scan``: roles subscribe to topics.
    :param words: entry ``alert.<words>`` of the table of words; ``places`` fill it.
    :param escalated: the next level up hears of it too.
    :param urgent: it does not wait for the hour of a digest.
    :param useful_until: the last day on which it is worth telling.
    :param only_to: the account that alone is told of it, whatever its roles; None: whoever hears of the topic.
    """

    key: str
    topic: str
    words: str
    places: Mapping[str, Any] = field(default_factory=dict)
    party_id: str = ""
    obligation_id: int | None = None
    escalated: bool = False
    urgent: bool = False
    useful_until: date | None = None
    only_to: str | None = None


def raise_alerts(connection: Connection, alerts: Iterable[NewAlert]) -> int:
    """Write alerts, each once however often it is found; call it in the transaction that causes them.

    :returns: how many were new.
    """
    now = database_time(connection)
    rows = [
        {
            "key": a.key,
            "topic": a.topic,
            "party_id": a.party_id,
            "obligation_id": a.obligation_id,
            "escalated": a.escalated,
            "urgent": a.urgent,
            "words": a.words,
            "places": json.dumps(a.places, ensure_ascii=False, default=str),
            "created_at": now,
            "useful_until": a.useful_until,
            "only_to": a.only_to,
        }
        for a in alerts
    ]
    return insert_once(connection, ALERT, rows, ["key"])


def insert_once(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], unique: list[str]
) -> int:
    """Insert the rows whose key is not there yet; how many they were."""
    if not rows:
        return 0
    statement = _insert_once(connection.dialect.name, table, *unique)
    return connection.execute(statement, list(rows), execution_options={"preserve_rowcount": True}).rowcount


@cache
def _insert_once(dialect: str, table: Table, *unique: str) -> Insert:
    make = sqlite.insert if dialect == SQLITE else postgresql.insert
    return make(table).on_conflict_do_nothing(index_elements=unique)


IS_PENDING = and_(COPY.c.message_id.is_(None), COPY.c.dropped.is_(None))
"""Copies that are in no message and not given up."""


# --- copies -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Addressee:
    """A person on a channel, both by name."""

    person: str
    channel: str


@dataclass(frozen=True, slots=True)
class Pending:
    """What waits for one addressee: since when, and whether any of it is urgent."""

    to: Addressee
    since: datetime
    urgent: bool


def not_copied(connection: Connection, most: int) -> list[Any]:
    """Alerts of which no copies have been made, oldest first: id, topic, party_id, escalated, only_to."""
    return list(connection.execute(_NOT_COPIED, {"most": most}).all())


def copy(connection: Connection, alerts: Mapping[int, Iterable[Addressee]]) -> int:
    """Make the copies of alerts, by the alert's number; an alert without addressees is told nobody.

    :returns: how many copies were new.
    """
    now = database_time(connection)
    rows = [
        {"alert_id": id, "person": to.person, "channel": to.channel}
        for id, addressees in alerts.items()
        for to in addressees
    ]
    made = insert_once(connection, COPY, rows, ["alert_id", "person", "channel"])
    connection.execute(_COPIED, {"some_alerts": list(alerts), "copied_at": now})
    return made


def pending(connection: Connection) -> list[Pending]:
    """For each addressee the copies that are in no message yet."""
    return [Pending(Addressee(p, c), since, bool(u)) for p, c, since, u in connection.execute(_PENDING)]


def drop_pending(connection: Connection, to: Addressee, why: str) -> None:
    """Give up the copies that wait for somebody who is not there any more."""
    mine = and_(IS_PENDING, COPY.c.person == to.person, COPY.c.channel == to.channel)
    connection.execute(update(COPY).where(mine).values(dropped=why))


_NOT_COPIED = (
    select(*(ALERT.c[name] for name in ("id", "topic", "party_id", "escalated", "only_to")))
    .where(ALERT.c.copied_at.is_(None))
    .order_by(ALERT.c.id)
    .limit(bindparam("most"))
)
_COPIED = update(ALERT).where(ALERT.c.id.in_(bindparam("some_alerts", expanding=True)))
"""Sets the columns that it is sent with."""
_PENDING = (
    select(
        COPY.c.person,
        COPY.c.channel,
        func.min(ALERT.c.created_at),
        func.max(case((ALERT.c.urgent, 1), else_=0)),
    )
    .join(ALERT, ALERT.c.id == COPY.c.alert_id)
    .where(IS_PENDING)
    .group_by(COPY.c.person, COPY.c.channel)
    .order_by(COPY.c.person, COPY.c.channel)
)
"""Asked several times in every pass over the outbox: made once."""
