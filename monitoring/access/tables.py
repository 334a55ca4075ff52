"""The tables of the store about people: accounts, their sessions, failed sign-ins, and the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, Text
from sqlmodel import Field

from monitoring.store.layout.exact_columns import UtcDateTime
from monitoring.store.layout.filed_tables import Base, long_text, moment

_BIG_NUMBER = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only in an INTEGER


class Account(Base, table=True):
    """A person who may sign in. ``name`` and ``identity`` are kept in lower case; each is unique.

    ``groups`` is a JSON list of the groups whose data the person sees, or empty: all. Without ``password_hash`` the
    account is one of OpenID Connect, known by ``identity``. ``totp_secret`` is that of a second factor, ``totp_step`` the half minute
    whose code was used last; ``favourites`` is a JSON list of the groups that the person keeps at hand. Accounts are closed, never removed: the audit log names them.
    """

    __tablename__ = "account"
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    display_name: str
    role: str
    groups: str | None = long_text()
    identity: str | None = Field(default=None, unique=True)
    password_hash: str | None = long_text()
    must_change_password: bool
    password_expires_at: datetime | None = moment()
    language: str
    unit: str
    is_open: bool
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str
    totp_secret: str | None = long_text()
    totp_step: int | None = Field(default=None, sa_type=BigInteger)
    favourites: str | None = long_text()


class SignInSession(Base, table=True):
    """One signed-in browser. Only a hash of its token is kept, so that a copy of the store opens nothing."""

    __tablename__ = "sign_in_session"
    token_hash: str = Field(primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    started_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = moment()


class KnownBrowser(Base, table=True):
    """A browser that has signed in by an account. Only a hash of its token is kept."""

    __tablename__ = "known_browser"
    token_hash: str = Field(primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    made_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime = Field(sa_type=UtcDateTime)


class FailedSignIn(Base, table=True):
    """How often somebody failed to sign in by a name, known or not, from an address, or over all (``kind``)."""

    __tablename__ = "failed_sign_in"
    kind: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    failures: int
    failed_at: datetime = Field(sa_type=UtcDateTime)


class AuditEntry(Base, table=True):
    """Who did what when. Rows are only ever added: triggers in both databases refuse anything else.

    ``group_id`` is set where the act concerns one group; ``detail`` is a JSON object.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_group", "group_id", "at"),)
    id: int | None = Field(default=None, sa_type=_BIG_NUMBER, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    who: str
    role: str
    action: str
    subject: str = Field(sa_type=Text)
    group_id: str | None
    detail: str = Field(sa_type=Text)


def lower(text: Any) -> str:
    """A sign-in name or identity as it is kept and looked up."""
    return str(text).strip().casefold()
