"""The table of calendar feeds: addresses by which a calendar program reads a person's deadlines without signing in."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from monitoring.store.layout.exact_columns import UtcDateTime
from monitoring.store.layout.filed_tables import Base, moment


class CalendarFeed(Base, table=True):
    """One address. Only a hash of the secret in it is kept, so that a copy of the store opens nothing."""

    __tablename__ = "calendar_feed"
    token_hash: str = Field(primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = moment()
