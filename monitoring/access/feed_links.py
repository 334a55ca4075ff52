"""Addresses of calendar feeds: a calendar program cannot sign in, so a secret in the address says whose deadlines it reads.

A person has one address at a time; a new one ends the old. It opens that person's deadlines and nothing else, as the role
and groups of the account are at the time of reading; it ends with the account.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select, update

from monitoring.access import audit
from monitoring.access.accounts import ACCOUNT, Person, person_of, token_hash
from monitoring.access.feed_tables import CalendarFeed
from monitoring.store.layout.filed_tables import Base
from monitoring.store.store import Store

_FEED = Base.metadata.tables[str(CalendarFeed.__tablename__)]
_LONGEST_TOKEN = 100


def new_link(store: Store, person: Person) -> str:
    """The secret of a new address; what the person had before opens nothing any more."""
    token, now = secrets.token_urlsafe(32), datetime.now(UTC)
    with store.writing() as connection:
        account = _account(connection, person)
        _end(connection, account, now)
        connection.execute(
            insert(_FEED).values(token_hash=token_hash(token), account_id=account, created_at=now)
        )
        audit.record(connection, person.name, "feed.open", person.name, role=person.role, at=now)
    return token


def end_link(store: Store, person: Person) -> None:
    """The person's address opens nothing any more."""
    now = datetime.now(UTC)
    with store.writing() as connection:
        _end(connection, _account(connection, person), now)
        audit.record(connection, person.name, "feed.end", person.name, role=person.role, at=now)


def made_at(store: Store, person: Person) -> datetime | None:
    """When the person's address was made; None where there is none."""
    query = (
        select(_FEED.c.created_at)
        .join(ACCOUNT, ACCOUNT.c.id == _FEED.c.account_id)
        .where(ACCOUNT.c.name == person.name, _FEED.c.ended_at.is_(None))
    )
    with store.reading() as connection:
        return connection.execute(query).scalar_one_or_none()


def whose(store: Store, token: str) -> Person | None:
    """Whose address the secret is of; None where it is none, has ended, or the account is closed."""
    if len(token) > _LONGEST_TOKEN:
        return None
    query = (
        select(*ACCOUNT.columns)
        .join(_FEED, _FEED.c.account_id == ACCOUNT.c.id)
        .where(_FEED.c.token_hash == token_hash(token), _FEED.c.ended_at.is_(None), ACCOUNT.c.is_open)
    )
    with store.reading() as connection:
        row = connection.execute(query).one_or_none()
    person = None if row is None else person_of(row)
    return None if person is None or person.is_held_up else person


def _account(connection: Connection, person: Person) -> int:
    return int(connection.execute(select(ACCOUNT.c.id).where(ACCOUNT.c.name == person.name)).scalar_one())


def _end(connection: Connection, account: int, now: datetime) -> None:
    connection.execute(
        update(_FEED).where(_FEED.c.account_id == account, _FEED.c.ended_at.is_(None)).values(ended_at=now)
    )
