"""The tables of who is told what: what was set on the page, and what the file of recipients said when it was read last."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field

from monitoring.store.layout.exact_columns import UtcDateTime
from monitoring.store.layout.filed_tables import Base


class MailPreference(Base, table=True):
    """How one account is told. It goes before the entry of that account in the file, as a whole.

    ``topics`` is a JSON list of :data:`monitoring.preferences.register.TOPICS`; ``digest`` an hour of China as ``HH:MM``, empty:
    told at once.
    """

    __tablename__ = "mail_preference"
    name: str = Field(primary_key=True)
    is_told: bool
    mail: str | None
    topics: str = Field(sa_type=Text)
    language: str
    digest: str | None
    changed_by: str
    changed_at: datetime = Field(sa_type=UtcDateTime)


class RecipientsRead(Base, table=True):
    """What the file of recipients said when it was read last, as JSON without any address of a channel: one row."""

    __tablename__ = "recipients_read"
    id: int = Field(primary_key=True)
    content: str = Field(sa_type=Text)
    read_at: datetime = Field(sa_type=UtcDateTime)
