"""Accounts: who may sign in, in which role, and whose data they see.

A role says what a person may do (``monitoring.access.roles``), the groups of the account say whose data it is done to. Accounts are
local (a password, kept as an Argon2 hash) or of an OpenID Connect provider (an ``identity``, matched with the provider's
claim). Signing in and sessions are in ``monitoring.access.sign_in``. Every change is written to the audit log in its own
transaction.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from monitoring.access import audit, password_rules
from monitoring.access.roles import GUARDED, RIGHTS, Right, Role, SecondFactor
from monitoring.access.system_account import system_account
from monitoring.access.tables import Account, KnownBrowser, SignInSession, lower
from monitoring.store import frames
from monitoring.store.layout.filed_tables import Base
from monitoring.store.locks import Lock, take_lock
from monitoring.store.store import Store

ACCOUNT = Base.metadata.tables[str(Account.__tablename__)]
SESSION = Base.metadata.tables[str(SignInSession.__tablename__)]
BROWSER = Base.metadata.tables[str(KnownBrowser.__tablename__)]
HASHER = PasswordHasher()
LONGEST_NAME = 200
ONE_TIME_PASSWORD_LASTS = timedelta(hours=72)
FIRST_ADMINISTRATOR = "administrator"

LANGUAGES, UNITS = ("zh", "en"), ("wan", "yi", "million", "billion")
"""Units of amounts on screen: 万元 and 亿元, in English millions and billions."""

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GLANCE = 4


class AccountError(Exception):
    """An account cannot be made or changed so. ``code`` is a key ``access.<code>`` of the table of words."""

    def __init__(self, code: str, **places: object) -> None:
        super().__init__(code)
        self.code = code
        self.places = places


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in. ``groups`` are the groups whose data the person sees; None: all."""

    name: str
    display_name: str
    role: Role
    groups: frozenset[str] | None
    language: str = "zh"
    unit: str = "wan"
    must_change_password: bool = False
    is_local: bool = True
    has_second_factor: bool = False
    favourites: tuple[str, ...] = ()
    """The groups that the person keeps at hand, in the order in which they were chosen."""

    @property
    def must_add_second_factor(self) -> bool:
        """Whether the person has to add a second factor before anything else."""
        missing = self.is_local and not self.has_second_factor and self.role in GUARDED
        return missing and SecondFactor.of_this_installation() is SecondFactor.REQUIRED

    @property
    def is_held_up(self) -> bool:
        """Whether the person has to do something for the account before anything is shown."""
        return self.must_change_password or self.must_add_second_factor

    def may(self, right: Right) -> bool:
        """Whether the person's role has the right."""
        return right in RIGHTS[self.role]

    def sees(self, group_id: str) -> bool:
        """Whether the person may see the group."""
        return self.groups is None or group_id in self.groups

    @property
    def sees_everything(self) -> bool:
        """Whether the person may see all groups."""
        return self.groups is None


def person_of(row: Any) -> Person:
    """The person of a row of the accounts' table."""
    return Person(
        row.name,
        row.display_name,
        Role(row.role),
        None if row.groups is None else frozenset(json.loads(row.groups)),
        row.language,
        row.unit,
        row.must_change_password,
        row.password_hash is not None,
        row.totp_secret is not None,
        tuple(json.loads(row.favourites or "[]")),
    )


def first_administrator(store: Store) -> tuple[str, str] | None:
    """Where there is no account yet, make an administrator; gives its name and one-time password, else None.

    Of several programs that start at once one makes it.
    """
    password = one_time_password()
    with store.writing() as connection:
        take_lock(connection, Lock.ACCOUNTS)
        if connection.execute(select(func.count()).select_from(ACCOUNT)).scalar_one():
            return None
        hashed = HASHER.hash(password)
        _insert(connection, FIRST_ADMINISTRATOR, "", Role.ADMINISTRATOR, None, None, hashed, system_account())
    return FIRST_ADMINISTRATOR, password


def open_account(
    store: Store,
    by: Person,
    name: str,
    *,
    display_name: str,
    role: Role,
    groups: Collection[str] | None,
    identity: str | None = None,
) -> str | None:
    """Open an account and give its one-time password; one with an ``identity`` has none.

    :param groups: whose data the person sees; None: all. An officer has at least one; supervisors and administrators see all.
    :raises AccountError: where the name or identity is taken or empty, or role and groups do not fit.
    """
    must_administer(by)
    scope = _scope(role, groups)
    if not lower(name):
        raise AccountError("name-empty")
    password = None if identity and lower(identity) else one_time_password()
    hashed = HASHER.hash(password) if password else None
    with store.writing() as connection:
        take_lock(connection, Lock.ACCOUNTS)
        for column, wanted in ((ACCOUNT.c.name, name), (ACCOUNT.c.identity, identity)):
            taken = select(ACCOUNT.c.id).where(column == lower(wanted or ""))
            if wanted and connection.execute(taken).first():
                raise AccountError("name-taken", name=wanted)
        _insert(connection, name, display_name, role, scope, identity, hashed, by.name)
    return password


def change_account(
    store: Store, by: Person, name: str, *, role: Role, groups: Collection[str] | None, is_open: bool
) -> None:
    """Give an account another role or other groups, close it or open it again; its sessions see it at their next step.

    :raises AccountError: where role and groups do not fit, or nobody would be left to administer.
    """
    must_administer(by)
    scope = _scope(role, groups)
    with store.writing() as connection:
        take_lock(connection, Lock.ACCOUNTS)
        old = account_row(connection, name)
        others = select(func.count()).where(
            ACCOUNT.c.role == Role.ADMINISTRATOR, ACCOUNT.c.is_open, ACCOUNT.c.name != old.name
        )
        stays = role is Role.ADMINISTRATOR and is_open
        if not stays and old.role == Role.ADMINISTRATOR and not connection.execute(others).scalar_one():
            raise AccountError("last-administrator")
        connection.execute(
            update(ACCOUNT)
            .where(ACCOUNT.c.name == old.name)
            .values(role=role.value, groups=_json(scope), is_open=is_open)
        )
        audit.record(
            connection,
            by.name,
            "account.change",
            old.name,
            role=by.role,
            given={"role": role.value, "groups": scope, "open": is_open},
            before={"role": old.role, "groups": old.groups and json.loads(old.groups), "open": old.is_open},
        )


def new_password(store: Store, by: Person | None, name: str) -> str:
    """A new one-time password for an account; what it had before opens nothing any more.

    :param by: who asks for it; None: somebody at the console of this machine.
    :raises AccountError: if there is no such account, or it is one of OpenID Connect.
    """
    if by is not None:
        must_administer(by)
    password = one_time_password()
    hashed = HASHER.hash(password)
    with store.writing() as connection:
        row = account_row(connection, name)
        if row.password_hash is None:
            raise AccountError("no-password", name=row.name)
        _set_password(connection, row.name, hashed, one_time=True)
        end_sessions(connection, row.id)
        forget_browsers(connection, row.id)
        audit.record(
            connection,
            by.name if by else system_account(),
            "account.new-password",
            row.name,
            role=by.role if by else "",
        )
    return password


def change_password(store: Store, person: Person, old: str, new: str, *, keep: str = "") -> None:
    """The person's own new password; sessions opened with the old one end, but for that of the token ``keep``.

    :raises AccountError: if ``old`` is not right, or ``new`` is none (:func:`monitoring.access.password_rules.weakness`).
    """
    old, new = password_rules.trimmed(old), password_rules.trimmed(new)
    with store.reading() as connection:
        row = account_row(connection, person.name)
    if row.password_hash is None or not matches(row.password_hash, old):
        raise AccountError("wrong-password")
    weakness = "password-weak" if new == old else password_rules.weakness(new, person.name)
    if weakness:
        raise AccountError(weakness, length=password_rules.SHORTEST, most=password_rules.LONGEST)
    hashed = HASHER.hash(new)
    with store.writing() as connection:
        _set_password(connection, person.name, hashed, one_time=False)
        end_sessions(connection, row.id, keep=keep)
        forget_browsers(connection, row.id)
        audit.record(connection, person.name, "account.password", person.name, role=person.role)


def choose(store: Store, person: Person, *, language: str, unit: str) -> None:
    """Keep the person's language (:data:`LANGUAGES`) and unit (:data:`UNITS`)."""
    if language not in LANGUAGES or unit not in UNITS:
        raise ValueError(f"{language} {unit}")
    with store.writing() as connection:
        connection.execute(
            update(ACCOUNT).where(ACCOUNT.c.name == person.name).values(language=language, unit=unit)
        )


def keep_at_hand(store: Store, person: Person, groups: Iterable[str]) -> None:
    """Keep the person's own groups at hand, these and no others; like the language, that is in no audit log."""
    kept = json.dumps([g for g in groups if person.sees(g)], ensure_ascii=False)
    with store.writing() as connection:
        connection.execute(update(ACCOUNT).where(ACCOUNT.c.name == person.name).values(favourites=kept))


def list_accounts(store: Store, by: Person) -> pl.DataFrame:
    """name, display_name, role, groups (JSON text or null: all), identity, is_open, created_at, created_by, second_factor; by name.

    :raises AccountError: if ``by`` may not administer.
    """
    must_administer(by)
    kept = ("name", "display_name", "role", "groups", "identity", "is_open", "created_at", "created_by")
    with store.reading() as connection:
        second_factor = ACCOUNT.c.totp_secret.is_not(None).label("second_factor")
        return frames.read(connection, select(*(ACCOUNT.c[c] for c in kept), second_factor)).sort("name")


def answering_accounts(store: Store, groups: Collection[str]) -> dict[str, str]:
    """Name → shown name of the open accounts that may file for one of the groups, or for all, in the order of their names."""
    query = select(ACCOUNT).where(ACCOUNT.c.is_open).order_by(ACCOUNT.c.name)
    with store.reading() as connection:
        people = [person_of(row) for row in connection.execute(query)]
    return {
        p.name: p.display_name
        for p in people
        if p.may(Right.FILE) and (p.sees_everything or any(map(p.sees, groups)))
    }


def one_time_password() -> str:
    """Five blocks of four characters that are not mistaken for each other, some 99 bits."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GLANCE)) for _ in range(5))


def matches(password_hash: str, password: str) -> bool:
    """Whether the password is the one of the hash; one that is longer than any can be is not looked at."""
    if len(password) > password_rules.LONGEST:
        return False
    try:
        return HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def token_hash(token: str) -> str:
    """What is kept of a session's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def end_sessions(connection: Connection, account_id: int, *, keep: str = "") -> None:
    """End the sessions of an account, all but that of the token ``keep``."""
    connection.execute(
        update(SESSION)
        .where(
            SESSION.c.account_id == account_id,
            SESSION.c.ended_at.is_(None),
            SESSION.c.token_hash != token_hash(keep),
        )
        .values(ended_at=datetime.now(UTC))
    )


def forget_browsers(connection: Connection, account_id: int) -> None:
    """No browser is known for an account any more."""
    connection.execute(delete(BROWSER).where(BROWSER.c.account_id == account_id))


def must_administer(by: Person) -> None:
    """Refuse what is not the person's.

    :raises AccountError: if ``by`` may not administer.
    """
    if not by.may(Right.ADMINISTER):
        raise AccountError("not-allowed")


def _scope(role: Role, groups: Collection[str] | None) -> list[str] | None:
    """The groups as they are kept, fitting the role."""
    if role in GUARDED:
        if groups is not None:
            raise AccountError("role-sees-all")
        return None
    if role is Role.OFFICER and not groups:
        raise AccountError("officer-without-group")
    return None if groups is None else sorted(set(groups))


def _json(groups: Iterable[str] | None) -> str | None:
    return None if groups is None else json.dumps(list(groups), ensure_ascii=False)


def account_row(connection: Connection, name: str) -> Row[Any]:
    """The row of an account.

    :raises AccountError: if there is none.
    """
    found = connection.execute(select(ACCOUNT).where(ACCOUNT.c.name == lower(name))).one_or_none()
    if found is None:
        raise AccountError("name-unknown", name=name)
    return found


def _insert(
    connection: Connection,
    name: str,
    display_name: str,
    role: Role,
    scope: list[str] | None,
    identity: str | None,
    password_hash: str | None,
    by: str,
) -> None:
    now = datetime.now(UTC)
    connection.execute(
        insert(ACCOUNT).values(
            name=lower(name),
            display_name=display_name.strip() or name.strip(),
            role=role.value,
            groups=_json(scope),
            identity=lower(identity) if identity and lower(identity) else None,
            password_hash=password_hash,
            must_change_password=password_hash is not None,
            password_expires_at=now + ONE_TIME_PASSWORD_LASTS if password_hash else None,
            language=LANGUAGES[0],
            unit=UNITS[0],
            is_open=True,
            created_at=now,
            created_by=by,
        )
    )
    audit.record(
        connection, by, "account.open", lower(name), given={"role": role.value, "groups": scope}, at=now
    )


def _set_password(connection: Connection, name: str, password_hash: str, *, one_time: bool) -> None:
    connection.execute(
        update(ACCOUNT)
        .where(ACCOUNT.c.name == name)
        .values(
            password_hash=password_hash,
            must_change_password=one_time,
            password_expires_at=datetime.now(UTC) + ONE_TIME_PASSWORD_LASTS if one_time else None,
        )
    )
