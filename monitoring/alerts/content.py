"""What a message tells: the alerts of some copies that are still worth telling, and the pages that a channel's limit makes of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, select, update

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


@lru_cache(1000)
def of_addressee(to: Addressee) -> ColumnElement[bool]:
    """The copies that wait for somebody and are in no message yet."""
    return and_(IS_PENDING, COPY.c.person == to.person, COPY.c.channel == to.channel)


def useful(
    connection: Connection, mine: ColumnElement[bool], today: date, obligations: Obligations
) -> list[MessageItem]:
    """What is still worth telling of some copies, oldest first; the rest is dropped, with why."""
    query = select(ALERT).join(COPY, COPY.c.alert_id == ALERT.c.id).where(mine).order_by(ALERT.c.id.desc())
    rows = connection.execute(query).mappings().all()
    still_open = obligations(connection, {row["obligation_id"] for row in rows if row["obligation_id"]})
    told: list[MessageItem] = []
    dropped: dict[str, list[int]] = {}
    reminded: set[int] = set()
    for row in rows:
        if row["useful_until"] is not None and row["useful_until"] < today:
            dropped.setdefault("too late", []).append(row["id"])
            continue
        if row["words"] == REMINDER:
            if row["obligation_id"] not in still_open:
                dropped.setdefault("done", []).append(row["id"])
                continue
            if row["obligation_id"] in reminded:
                dropped.setdefault("superseded", []).append(row["id"])
                continue
            reminded.add(row["obligation_id"])
        about = still_open.get(row["obligation_id"])
        says = row["words"], json.loads(row["places"])
        told.append(MessageItem(*says, about, row["urgent"], alert=row["id"], since=row["created_at"]))
    for why, ids in dropped.items():
        change(connection, mine, ids, {"dropped": why})
    return told[::-1]


def change(
    connection: Connection, mine: ColumnElement[bool], alerts: Collection[int], values: Mapping[str, Any]
) -> None:
    """Change those of some copies that are of these alerts."""
    for some in _in_parts(alerts):
        connection.execute(update(COPY).where(mine, COPY.c.alert_id.in_(some)).values(**values))


def _in_parts(ids: Collection[int]) -> Iterator[list[int]]:
    left = iter(ids)
    while some := list(islice(left, _AT_ONCE)):
        yield some
