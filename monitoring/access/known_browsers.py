"""Browsers that have signed in: a cookie says by whose name, and whoever has it is not locked out by others' guessing.

It opens nothing by itself. The store keeps its hash; it ends with a new password or second factor, and when it was not used for
:data:`GOOD_FOR`.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from monitoring.access.accounts import ACCOUNT, BROWSER, SESSION, token_hash
from monitoring.access.tables import lower
from monitoring.store.store import Store

GOOD_FOR = timedelta(days=90)
_LONGEST_TOKEN = 100


def remember(store: Store, session_token: str, known: str, *, now: datetime | None = None) -> str | None:
    """The token by which the browser of a session is known from now on; None where there is no such session.

    :param known: the token that the browser has, which stays if it is good for the same account.
    """
    now = now or datetime.now(UTC)
    with store.writing() as connection:
        connection.execute(delete(BROWSER).where(BROWSER.c.used_at < now - GOOD_FOR))
        whose = select(ACCOUNT.c.id, ACCOUNT.c.name).join(SESSION, SESSION.c.account_id == ACCOUNT.c.id)
        mine = whose.where(SESSION.c.token_hash == token_hash(session_token), SESSION.c.ended_at.is_(None))
        row = connection.execute(mine).one_or_none()
        if row is None:
            return None
        kept = known_hash(connection, known, row.name, now)
        if kept is not None:
            connection.execute(update(BROWSER).where(BROWSER.c.token_hash == kept).values(used_at=now))
            return known
        token = secrets.token_urlsafe(32)
        values = {"token_hash": token_hash(token), "account_id": row.id, "made_at": now, "used_at": now}
        connection.execute(insert(BROWSER).values(**values))
        return token


def known_hash(connection: Connection, token: str, name: str, now: datetime) -> str | None:
    """What the store keeps of a browser that is known for an account; None where it is not."""
    if not token or len(token) > _LONGEST_TOKEN:
        return None
    query = (
        select(BROWSER.c.token_hash)
        .join(ACCOUNT, ACCOUNT.c.id == BROWSER.c.account_id)
        .where(
            BROWSER.c.token_hash == token_hash(token),
            BROWSER.c.used_at > now - GOOD_FOR,
            ACCOUNT.c.name == lower(name),
        )
    )
    return connection.execute(query).scalar_one_or_none()
