"""Signing in: passwords and OpenID Connect claims become sessions, sessions become persons.

A session is a random token that the browser keeps; the store keeps its hash. It ends by signing out, when it has not been
used for :data:`IDLE`, after :data:`LONGEST`, and when the account is closed or gets a new password. Tries are slowed by
``monitoring.access.attempts``. An unknown name costs the same time as a wrong password or code and gets the same answer.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from monitoring.access import attempts, audit, known_browsers, password_rules, second_factor
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
from monitoring.access.attempts import Attempt, TooMany
from monitoring.access.tables import lower
from monitoring.store.store import Store

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
NOTED_EVERY = timedelta(minutes=2)
"""How exactly the last use of a session is kept; not every click is a write."""

DEFAULT_CLAIM = "email"


@dataclass(frozen=True, slots=True)
class Caller:
    """From where somebody signs in: the address, and the token by which the browser is known (``monitoring.access.known_browsers``)."""

    address: str = ""
    browser: str = ""


NOWHERE = Caller()


class SignInDenied(Exception):
    """Signing in failed. ``code`` is a key ``access.<code>`` of the table of words; ``wait`` how long to wait, in seconds."""

    def __init__(self, code: str, wait: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.wait = wait


def sign_in(
    store: Store,
    name: str,
    password: str,
    code: str = "",
    *,
    caller: Caller = NOWHERE,
    now: datetime | None = None,
) -> str:
    """The token of a new session.

    :param code: that of the second factor, where the account has one.
    :raises SignInDenied: ``wrong`` where name, password and code do not belong together, ``wait`` after too many failures,
        ``expired`` for a one-time password that was not used in time.
    """
    now = now or datetime.now(UTC)
    if len(name) > LONGEST_NAME or "\0" in name:
        raise SignInDenied("wrong")  # nobody's name, and none that a database has to keep
    attempt = _counted(store, lower(name), caller, now)
    with store.reading() as connection:
        row = connection.execute(select(ACCOUNT).where(ACCOUNT.c.name == lower(name))).one_or_none()
    given = password_rules.trimmed(password)
    right = matches(row.password_hash if row and row.password_hash else _nobodys_hash(), given)
    if row is None or not right or not row.is_open:
        raise _refused(store, name, caller, now)
    if row.password_expires_at is not None and row.password_expires_at < now:
        raise SignInDenied("expired")
    with store.writing() as connection:
        is_used = second_factor.use(connection, row, code, now)
        if is_used:
            attempts.succeeded(connection, attempt, now)
            return _new_session(connection, row, now)
    raise _refused(store, name, caller, now)


def _counted(store: Store, name: str, caller: Caller, now: datetime) -> Attempt:
    with store.writing() as connection:
        browser = known_browsers.known_hash(connection, caller.browser, name, now)
        attempt = Attempt.of(name, caller.address, browser)
        try:
            attempts.count(connection, attempt, now)
        except TooMany as many:
            raise SignInDenied("wait", wait=many.wait) from None
    return attempt


def _refused(store: Store, name: str, caller: Caller, now: datetime) -> SignInDenied:
    """The one answer to whatever did not fit, and its entry in the audit log."""
    with store.writing() as connection:
        detail = {"address": caller.address} if caller.address else {}
        audit.record(connection, lower(name), "session.refused", lower(name), at=now, **detail)
    return SignInDenied("wrong")


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


@cache
def _nobodys_hash() -> str:
    """A hash that no password matches, checked in place of one that is not there."""
    return HASHER.hash(secrets.token_urlsafe(32))
