"""The tables of alerts: what has to be told, to whom it goes, and the messages that carry it.

An *alert* is written in the transaction of what causes it and stays as it is. A *copy* is one alert for one person on
one channel: that triple is unique, so nobody can be told the same thing twice. A *message* carries the copies that go
out together; it is what is sent, retried, and given up. No secret is ever in these tables: a channel is its name.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, Text, text
from sqlmodel import Field

from monitoring.store.layout.exact_columns import UtcDateTime
from monitoring.store.layout.filed_tables import Base, long_text, moment


class Alert(Base, table=True):
    """Something to be told. ``key`` says what it is about, so that the same thing is written once.

    ``only_to``: the account that alone is told of it.
    """

    __tablename__ = "alert"
    __table_args__ = (
        Index(
            "ix_alert_not_copied",
            "id",
            sqlite_where=text("copied_at IS NULL"),
            postgresql_where=text("copied_at IS NULL"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    topic: str
    party_id: str
    obligation_id: int | None = Field(default=None, foreign_key="obligation.id", index=True)
    escalated: bool
    urgent: bool
    words: str
    places: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    useful_until: date | None
    copied_at: datetime | None = moment()
    only_to: str | None


class AlertCopy(Base, table=True):
    """One alert for one person on one channel. ``dropped``: why it never went out (no longer of use)."""

    __tablename__ = "alert_copy"
    __table_args__ = (
        Index(
            "ix_alert_copy_waiting",
            "person",
            "channel",
            sqlite_where=text("message_id IS NULL AND dropped IS NULL"),
            postgresql_where=text("message_id IS NULL AND dropped IS NULL"),
        ),
    )
    alert_id: int = Field(foreign_key="alert.id", primary_key=True)
    person: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    message_id: int | None = Field(default=None, foreign_key="message.id", index=True)
    dropped: str | None


class Message(Base, table=True):
    """One message to one person on one channel.

    ``waiting`` → ``claimed`` (a sender prepares it; nothing has left) → ``handed_over`` (it may have arrived) → ``sent``;
    back to ``waiting`` after a refusal, ``dead`` when given up. ``lost`` counts the times it was handed over and no
    answer came: it is sent at most once more and then says that it may be a duplicate. It is ``part`` of ``parts``, where what
    there was to tell did not fit into one; ``most_bytes`` is what the far side was found to take, where that is less than its
    channel says.
    """

    __tablename__ = "message"
    __table_args__ = (
        Index("ix_message_status", "status", "next_attempt_at"),
        Index("ix_message_handed_over", "channel", "handed_over_at"),
        Index(
            "ix_message_found_limit",
            "channel",
            sqlite_where=text("most_bytes IS NOT NULL"),
            postgresql_where=text("most_bytes IS NOT NULL"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    person: str
    channel: str
    subject: str = Field(sa_type=Text)
    body: str = Field(sa_type=Text)
    status: str
    attempts: int
    lost: int
    sender: str | None
    next_attempt_at: datetime = Field(sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = moment()
    problem: str | None = long_text()
    part: int = Field(default=1, sa_column_kwargs={"default": 1})
    parts: int = Field(default=1, sa_column_kwargs={"default": 1})
    most_bytes: int | None
    handed_over_at: datetime | None = moment()
