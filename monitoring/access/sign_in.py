"""Signing in: passwords and OpenID Connect claims become sessions, sessions become persons.

A session is a random token that the browser keeps; the store keeps its hash. It ends by signing out, when it has not been
used for :data:`IDLE`, after :data:`LONGEST`, and when the account is closed or gets a new password. After
:data:`FREE_TRIES` failures in a row by one name every further try has to wait, each time twice as long. An unknown name
costs the same time as a wrong password and gets the same answer.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from monitoring.access import audit
from monitoring.access.accounts import (
    ACCOUNT,
    HASHER,
    LONGEST_NAME,
    SESSION,
    Person,
    matches,
    person_of,
    token_hash,
)
from monitoring.access.tables import FailedSignIn, lower
from monitoring.store.layout.filed_tables import Base
from monitoring.store.locks import Lock, take_lock
from monitoring.store.store import Store

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
NOTED_EVERY = timedelta(minutes=2)
"""How exactly the last use of a session is kept; not every click is a write."""

FREE_TRIES = 3
LONGEST_WAIT = timedelta(minutes=5)
FORGOTTEN_AFTER = timedelta(days=1)
"""Failures that nobody added to for so long are forgotten."""

DEFAULT_CLAIM = "email"
_FAILED = Base.metadata.tables[str(FailedSignIn.__tablename__)]


class SignInDenied(Exception):
    """Signing in failed. ``code`` is a key ``access.<code>`` of the table of words; ``wait`` how long to wait, in seconds."""

    def __init__(self, code: str, wait: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.wait = wait


def sign_in(store: Store, name: str, password: str, *, now: datetime | None = None) -> str:
    """The token of a new session.

    :raises SignInDenied: ``wrong`` where name and password do not belong together, ``wait`` after too many failures,
        ``expired`` for a one-time password that was not used in time.
    """
    now = now or datetime.now(UTC)
    if len(name) > LONGEST_NAME or "\0" in name:
        raise SignInDenied("wrong")  # nobody's name, and none that a database has to keep
    with store.writing() as connection:
        _count_try(connection, lower(name), now)
    with store.reading() as connection:
        row = connection.execute(select(ACCOUNT).where(ACCOUNT.c.name == lower(name))).one_or_none()
    right = matches(row.password_hash if row and row.password_hash else _nobodys_hash(), password)
    if row is None or not right or not row.is_open:
        with store.writing() as connection:
            audit.record(connection, lower(name), "session.refused", lower(name), at=now)
        raise SignInDenied("wrong")
    if row.password_expires_at is not None and row.password_expires_at < now:
        raise SignInDenied("expired")
    with store.writing() as connection:
        connection.execute(delete(_FAILED).where(_FAILED.c.name == row.name))
        return _new_session(connection, row, now)


def sign_in_by_claims(
    store: Store, claims: Mapping[str, Any], *, claim: str = DEFAULT_CLAIM, now: datetime | None = None
) -> str:
    """The token of a new session for who an OpenID Connect provider says this is.

    :param claim: which claim names the account's identity. An e-mail address that the provider calls unverified is none.
    :raises SignInDenied: ``unknown`` where no open account has that identity.
    """
    now = now or datetime.now(UTC)
    identity = lower(claims.get(claim) or "")
    if claim == "email" and claims.get("email_verified") is False:
        identity = ""
    with store.writing() as connection:
        found = select(ACCOUNT).where(ACCOUNT.c.identity == identity, ACCOUNT.c.is_open)
        row = connection.execute(found).one_or_none() if identity else None
        if row is None:
            audit.record(connection, identity, "session.refused", identity, at=now)
        else:
            return _new_session(connection, row, now)
    raise SignInDenied("unknown")


def person(store: Store, token: str | None, *, now: datetime | None = None) -> Person | None:
    """Whose session this is; None where it is none or has ended."""
    if not token:
        return None
    now = now or datetime.now(UTC)
    query = (
        select(*ACCOUNT.columns, SESSION.c.seen_at)
        .join(SESSION, SESSION.c.account_id == ACCOUNT.c.id)
        .where(
            SESSION.c.token_hash == token_hash(token),
            SESSION.c.ended_at.is_(None),
            SESSION.c.started_at > now - LONGEST,
            SESSION.c.seen_at > now - IDLE,
            ACCOUNT.c.is_open,
        )
    )
    with store.reading() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return None
    if row.seen_at < now - NOTED_EVERY:
        with store.writing() as connection:
            connection.execute(
                update(SESSION).where(SESSION.c.token_hash == token_hash(token)).values(seen_at=now)
            )
    return person_of(row)


def sign_out(store: Store, token: str) -> None:
    """End the session."""
    now = datetime.now(UTC)
    whose = (
        select(ACCOUNT.c.name, ACCOUNT.c.role)
        .join(SESSION, SESSION.c.account_id == ACCOUNT.c.id)
        .where(SESSION.c.token_hash == token_hash(token), SESSION.c.ended_at.is_(None))
    )
    with store.writing() as connection:
        row = connection.execute(whose).one_or_none()
        if row is None:
            return
        connection.execute(
            update(SESSION).where(SESSION.c.token_hash == token_hash(token)).values(ended_at=now)
        )
        audit.record(connection, row.name, "session.end", row.name, role=row.role, at=now)


def _new_session(connection: Connection, row: Any, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    connection.execute(delete(SESSION).where(SESSION.c.started_at < now - LONGEST))
    connection.execute(
        insert(SESSION).values(token_hash=token_hash(token), account_id=row.id, started_at=now, seen_at=now)
    )
    audit.record(connection, row.name, "session.begin", row.name, role=row.role, at=now)
    return token


def _count_try(connection: Connection, name: str, now: datetime) -> None:
    """Count a try as failed before it is looked at, so that many at once do not slip by; success clears the count."""
    take_lock(connection, Lock.ACCOUNTS)
    connection.execute(delete(_FAILED).where(_FAILED.c.failed_at < now - FORGOTTEN_AFTER))
    row = connection.execute(select(_FAILED).where(_FAILED.c.name == name)).one_or_none()
    if row is None:
        connection.execute(insert(_FAILED).values(name=name, failures=1, failed_at=now))
        return
    # A clock set back must not make anybody wait for longer than that.
    wait = min(row.failed_at + _wait_after(row.failures) - now, _wait_after(row.failures))
    if wait > timedelta(0):
        raise SignInDenied("wait", wait=-(-wait // timedelta(seconds=1)))
    connection.execute(
        update(_FAILED).where(_FAILED.c.name == name).values(failures=row.failures + 1, failed_at=now)
    )


def _wait_after(failures: int) -> timedelta:
    if failures < FREE_TRIES:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(failures - FREE_TRIES, 20)), LONGEST_WAIT)


@cache
def _nobodys_hash() -> str:
    """A hash that no password matches, checked in place of one that is not there."""
    return HASHER.hash(secrets.token_urlsafe(32))
