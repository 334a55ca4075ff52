"""A second factor: a code of six digits that changes every half minute (RFC 6238), from a phone that has the account's secret.

Anybody with a password may add one; where ``RULE19_SECOND_FACTOR=required`` says so, administrators and supervisors see
nothing before they have. Who signs in at a provider has the provider's. A code is good once. Who has lost the phone asks an
administrator, or whoever sits at the console. The secret stands in the store as it is, as a code cannot be made from a hash.
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, or_, select, update

from monitoring.access import audit
from monitoring.access.accounts import (
    ACCOUNT,
    AccountError,
    Person,
    account_row,
    end_sessions,
    forget_browsers,
    must_administer,
)
from monitoring.access.system_account import system_account
from monitoring.store.store import Store

ISSUER = "rule19"
_SECONDS, _EARLIER_AND_LATER = 30, 1
"""A code holds for the half minutes beside its own, too: clocks differ."""


def in_use(store: Store) -> bool:
    """Whether the sign-in page has to ask for codes: somebody has a second factor."""
    with store.reading() as connection:
        found = select(ACCOUNT.c.id).where(ACCOUNT.c.totp_secret.is_not(None)).limit(1)
        return connection.execute(found).first() is not None


def new_secret() -> str:
    """A secret for a phone, in base 32."""
    import pyotp

    return pyotp.random_base32()


def address(secret: str, name: str) -> str:
    """The ``otpauth://`` address that an authenticator reads from a picture."""
    import pyotp

    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def step_of(secret: str, code: str, after: int | None, now: datetime) -> int | None:
    """The half minute that a code is of; None where it is none of now, or of one up to ``after``, which was used."""
    import pyotp

    given = "".join(code.split())
    if not (given.isascii() and given.isdigit()):
        return None
    at, found = int(now.timestamp()) // _SECONDS, None
    for step in range(at - _EARLIER_AND_LATER, at + _EARLIER_AND_LATER + 1):
        right = pyotp.TOTP(secret).generate_otp(step)
        if hmac.compare_digest(right.encode(), given.encode()) and (after is None or step > after):
            found = step
    return found


def use(connection: Connection, row: Any, code: str, now: datetime) -> bool:
    """Whether the code opens the account of a row; it opens nothing a second time, also where two come at once."""
    if row.totp_secret is None:
        return True
    step = step_of(row.totp_secret, code, row.totp_step, now)
    if step is None:
        return False
    fresh = or_(ACCOUNT.c.totp_step.is_(None), ACCOUNT.c.totp_step < step)
    same = ACCOUNT.c.totp_secret == row.totp_secret
    used = update(ACCOUNT).where(ACCOUNT.c.id == row.id, same, fresh).values(totp_step=step)
    return connection.execute(used).rowcount == 1


def add(
    store: Store, person: Person, secret: str, code: str, *, keep: str = "", now: datetime | None = None
) -> None:
    """Add the person's second factor, once its first code shows that the phone has it; other sessions end.

    :param keep: the token of the session that stays.
    :raises AccountError: if the code is not of the secret, or there is a second factor already.
    """
    now = now or datetime.now(UTC)
    step = step_of(secret, code, None, now)
    if step is None:
        raise AccountError("wrong-code")
    with store.writing() as connection:
        row = account_row(connection, person.name)
        if row.password_hash is None:
            raise AccountError("no-password", name=row.name)
        if row.totp_secret is not None:
            raise AccountError("second-factor-there")
        _set(connection, row, secret, step)
        end_sessions(connection, row.id, keep=keep)
        audit.record(connection, person.name, "account.second-factor", person.name, role=person.role, at=now)


def drop(store: Store, person: Person, code: str, *, keep: str = "", now: datetime | None = None) -> None:
    """Take away the person's own second factor, with a code of it: for a new phone.

    :raises AccountError: if the code is not of now, or was used.
    """
    now = now or datetime.now(UTC)
    with store.writing() as connection:
        row = account_row(connection, person.name)
        if row.totp_secret is None or not use(connection, row, code, now):
            raise AccountError("wrong-code")
        _remove(connection, row, person.name, str(person.role), keep, now)


def reset(store: Store, by: Person | None, name: str) -> None:
    """Take away the second factor of an account whose owner has lost it; its sessions end.

    :param by: the administrator who does it; None: somebody at the console of this machine.
    :raises AccountError: if there is no such account, or it has no second factor.
    """
    if by is not None:
        must_administer(by)
    with store.writing() as connection:
        row = account_row(connection, name)
        if row.totp_secret is None:
            raise AccountError("no-second-factor", name=row.name)
        who, role = (by.name, str(by.role)) if by else (system_account(), "")
        _remove(connection, row, who, role, "", datetime.now(UTC))


def _remove(connection: Connection, row: Any, who: str, role: str, keep: str, now: datetime) -> None:
    _set(connection, row, None, None)
    end_sessions(connection, row.id, keep=keep)
    forget_browsers(connection, row.id)
    audit.record(connection, who, "account.second-factor-removed", row.name, role=role, at=now)


def _set(connection: Connection, row: Any, secret: str | None, step: int | None) -> None:
    changed = update(ACCOUNT).where(ACCOUNT.c.id == row.id)
    connection.execute(changed.values(totp_secret=secret, totp_step=step))
