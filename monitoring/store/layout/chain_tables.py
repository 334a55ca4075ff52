"""The table of the record: a chain of hashes over what the store must not change unseen."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field

from monitoring.store.layout.exact_columns import UtcDateTime
from monitoring.store.layout.filed_tables import Base


class ChainEntry(Base, table=True):
    """One link: what a transaction added, by its digests, bound to the link before.

    ``covers`` is a JSON object of ``name/key`` → digest (:mod:`monitoring.store.integrity.digests`); the latest link that covers a key
    says what it must be. ``hash`` binds ``previous`` and all the rest (:mod:`monitoring.store.integrity.chain`). Rows are only ever added.
    """

    __tablename__ = "record_chain"
    seq: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    who: str
    kind: str
    subject: str
    covers: str = Field(sa_type=Text)
    previous: str
    hash: str
