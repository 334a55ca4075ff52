"""What a message tells: the alerts of some copies that are still worth telling, and the pages that a channel's limit makes of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, exists, or_, select, update

from monitoring.alerts.outbox import ALERT, COPY, IS_PENDING, REMINDER, Addressee

_AT_ONCE = 5000
"""Numbers in one condition; a database takes only so many."""


@dataclass(frozen=True, slots=True)
class MessageItem:
    """An alert as it goes into a message; ``obligation`` is the row of an open obligation that it is about.

    ``since``: when it was raised; None where nothing waits for an hour.
    """

    words: str
    places: Mapping[str, Any]
    obligation: Mapping[str, Any] | None
    urgent: bool = False
    alert: int = 0
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Subject and body of one message, and the numbers of the alerts that it tells: each alert is on one page."""

    subject: str
    body: str
    alerts: tuple[int, ...]


Render = Callable[[Sequence[MessageItem], int | None], Sequence[Page]]
"""Makes of what is to be told the pages that fit, at least one, in the order in which they are to be read.

The second argument bounds a page in bytes where the far side has shown that it takes less than its channel says.
"""

MayLeave = Callable[[Sequence[MessageItem]], bool]
"""Whether what is to be told may go out now, or waits for its hour."""


def at_any_hour(_told: Sequence[MessageItem]) -> bool:
    """Let everything go out."""
    return True


Obligations = Callable[[Connection, Collection[int]], Mapping[int, Mapping[str, Any]]]
"""The rows of those obligations that are still open, by number: a reminder of any other is of no use any more."""


class _Statements:
    """What is asked and said of the copies that meet a condition; every message does, so each is made once."""

    def __init__(self, condition: ColumnElement[bool]) -> None:
        names = ("id", "obligation_id", "useful_until", "words", "places", "urgent", "created_at")
        alerts = select(*(ALERT.c[name] for name in names)).join(COPY, COPY.c.alert_id == ALERT.c.id)
        self.alerts = alerts.where(condition).order_by(ALERT.c.id.desc())
        self.are_any = select(exists().where(condition))
        self.change = update(COPY).where(
            condition, COPY.c.alert_id.in_(bindparam("some_alerts", expanding=True))
        )
        """Sets the columns that it is sent with."""


_new = and_(IS_PENDING, COPY.c.person == bindparam("to_person"), COPY.c.channel == bindparam("on_channel"))
_own = and_(COPY.c.message_id == bindparam("of_message"), COPY.c.dropped.is_(None))
_NEW, _OWN, _OWN_OR_NEW = _Statements(_new), _Statements(_own), _Statements(or_(_new, _own))


@dataclass(frozen=True, slots=True)
class Copies:
    """Some copies: the statements about them, and the values of their parameters."""

    statements: _Statements
    values: Mapping[str, Any]

    @classmethod
    def new(cls, to: Addressee) -> Copies:
        """Those that wait for somebody and are in no message yet."""
        return cls(_NEW, {"to_person": to.person, "on_channel": to.channel})

    @classmethod
    def of_message(cls, id: int) -> Copies:
        """Those that a message tells."""
        return cls(_OWN, {"of_message": id})

    @classmethod
    def of_message_or_new(cls, id: int, to: Addressee) -> Copies:
        """Those that a message tells, and those that wait for the same person."""
        return cls(_OWN_OR_NEW, {"of_message": id, "to_person": to.person, "on_channel": to.channel})

    def are_any(self, connection: Connection) -> bool:
        """Whether there is one."""
        return bool(connection.execute(self.statements.are_any, self.values).scalar_one())


def useful(connection: Connection, mine: Copies, today: date, obligations: Obligations) -> list[MessageItem]:
    """What is still worth telling of some copies, oldest first; the rest is dropped, with why."""
    rows = connection.execute(mine.statements.alerts, mine.values).all()
    still_open = obligations(connection, {row.obligation_id for row in rows if row.obligation_id})
    told: list[MessageItem] = []
    dropped: dict[str, list[int]] = {}
    reminded: set[int] = set()
    for row in rows:
        if row.useful_until is not None and row.useful_until < today:
            dropped.setdefault("too late", []).append(row.id)
            continue
        if row.words == REMINDER:
            if row.obligation_id not in still_open:
                dropped.setdefault("done", []).append(row.id)
                continue
            if row.obligation_id in reminded:
                dropped.setdefault("superseded", []).append(row.id)
                continue
            reminded.add(row.obligation_id)
        about = still_open.get(row.obligation_id)
        says = row.words, json.loads(row.places)
        told.append(MessageItem(*says, about, row.urgent, alert=row.id, since=row.created_at))
    for why, ids in dropped.items():
        change(connection, mine, ids, {"dropped": why})
    return told[::-1]


def change(connection: Connection, mine: Copies, alerts: Sequence[int], values: Mapping[str, Any]) -> None:
    """Change those of some copies that are of these alerts."""
    for start in range(0, len(alerts), _AT_ONCE):
        some = {"some_alerts": alerts[start : start + _AT_ONCE]}
        connection.execute(mine.statements.change, {**mine.values, **some, **values})
