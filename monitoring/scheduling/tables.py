"""The tables of the scheduler: who works, how each job fares, what was found in the watched folder."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Text
from sqlmodel import Field

from monitoring.store.layout.exact_columns import UtcDateTime
from monitoring.store.layout.filed_tables import Base, long_text, moment


class LeaseRecord(Base, table=True):
    """The right to work, held by one process at a time; one row a name.

    ``token`` grows with every new holder and fences out the old one; ``beat`` grows while the holder lives. The times are
    the database's and for people and quick hand-over only: whether a holder is dead is seen from ``beat`` standing still.
    """

    __tablename__ = "lease"
    name: str = Field(primary_key=True)
    holder: str | None
    token: int = Field(sa_type=BigInteger)
    beat: int = Field(sa_type=BigInteger)
    held_since: datetime | None = moment()
    expires_at: datetime | None = moment()


class ScheduledJob(Base, table=True):
    """How a job of the scheduler fares. ``cursor`` is how far it has come, where it goes through something in order."""

    __tablename__ = "scheduled_job"
    name: str = Field(primary_key=True)
    started_at: datetime | None = moment()
    succeeded_at: datetime | None = moment()
    failed_at: datetime | None = moment()
    failures: int
    problem: str | None = long_text()
    cursor: int | None = Field(default=None, sa_type=BigInteger)


class WatchedSet(Base, table=True):
    """A filing set in the watched folder, as it was when it was last consolidated or refused."""

    __tablename__ = "watched_set"
    place: str = Field(primary_key=True, sa_type=Text)
    fingerprint: str
    tried_at: datetime = Field(sa_type=UtcDateTime)
    status: str
    problem: str | None = long_text()
