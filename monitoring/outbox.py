"""The outbox: what has to be told, kept until it has been told.

Whoever changes something that people must hear of calls :func:`raise_alerts` in the same transaction: either both happen
or neither. An alert's ``key`` says what it is about; the same key is never written twice. From there on the senders take
over (``jobs.delivery``), in small transactions of their own: :func:`copy` makes one copy of an alert for each person and
channel, :func:`compose` puts the copies that may go out now into one message, :func:`claim` … :func:`answered` follow the
message until the far side has it. Everything here takes a connection inside a transaction and knows no channel, no
person's address and no secret.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite

from monitoring.alert_tables import Alert as AlertTable
from monitoring.alert_tables import AlertCopy, Message
from monitoring.clock import database_time
from monitoring.database import SQLITE
from monitoring.models import Table as Base

ALERT = Base.metadata.tables[str(AlertTable.__tablename__)]
COPY = Base.metadata.tables[str(AlertCopy.__tablename__)]
MESSAGE = Base.metadata.tables[str(Message.__tablename__)]

WAITING, CLAIMED, HANDED_OVER, SENT, DEAD, VOID = (
    "waiting",
    "claimed",
    "handed_over",
    "sent",
    "dead",
    "void",
)
"""The states of a message; ``void``: nothing in it was of use any more before it could be sent."""

REMINDER = "reminder"
"""``words`` of an alert about an obligation: its sentence is made when it is sent, from what then holds."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something to be told.

    :param key: what it is about, in a text that is the same whenever the same thing is found again.
    :param topic: an obligation's id, or ``flag``, ``run``, ``scan``, ``system``: roles subscribe to topics.
    :param words: entry ``alert.<words>`` of the table of words; ``places`` fill it.
    :param escalated: the next level up hears of it too.
    :param urgent: it does not wait for the hour of a digest.
    :param useful_until: the last day on which it is worth telling.
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


def raise_alerts(connection: Connection, alerts: Iterable[Alert]) -> int:
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
    make = sqlite.insert if connection.dialect.name == SQLITE else postgresql.insert
    statement = make(table).on_conflict_do_nothing(index_elements=unique)
    return connection.execute(
        statement, list(rows), execution_options={"preserve_rowcount": True}
    ).rowcount
