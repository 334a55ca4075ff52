"""The tables of reports: how far each is, what people wrote and checked in it, and the documents that were approved."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, LargeBinary, Text
from sqlmodel import Field

from monitoring.store.layout.exact_columns import UtcDateTime
from monitoring.store.layout.filed_tables import Base, long_text, moment


class ReportRecord(Base, table=True):
    """One report that somebody has begun. ``version`` counts its approvals; ``content_hash`` is over its parts as approved.

    ``figures`` are those approved (JSON: source → exact value and text), which a later run is held against.
    """

    __tablename__ = "report"
    __table_args__ = (Index("uq_report_of_group", "kind", "group_id", "period_end", unique=True),)
    id: int | None = Field(default=None, primary_key=True)
    kind: str
    group_id: str
    period_end: date
    state: str
    version: int
    begun_by: str
    begun_at: datetime = Field(sa_type=UtcDateTime)
    approved_by: str | None = None
    approved_at: datetime | None = moment()
    content_hash: str | None = None
    figures: str | None = long_text()
    submitted_by: str | None = None
    submitted_on: date | None = None
    receipt: str | None = long_text()
    published_by: str | None = None
    published_on: date | None = None
    url: str | None = long_text()
    suspended_by: str | None = None
    reason: str | None = long_text()


class ReportEntry(Base, table=True):
    """What a person wrote in a place of a report, or that a person has checked a part: only added to, the newest counts.

    A text has its ``place``, and in ``figures`` those of the report that it quotes; a check has none, the ``digest`` of the part, and the part's
    figures (JSON: source → exact value and text).
    """

    __tablename__ = "report_entry"
    id: int | None = Field(default=None, primary_key=True)
    report_id: int = Field(foreign_key="report.id", index=True)
    part: str
    place: str | None = None
    text: str | None = long_text()
    digest: str | None = None
    figures: str = Field(sa_type=Text)
    who: str
    at: datetime = Field(sa_type=UtcDateTime)


class ReportDocument(Base, table=True):
    """A document as it was approved, with the hash of its bytes."""

    __tablename__ = "report_document"
    __table_args__ = (Index("uq_report_document", "report_id", "version", "language", "ending", unique=True),)
    id: int | None = Field(default=None, primary_key=True)
    report_id: int = Field(foreign_key="report.id", index=True)
    version: int
    language: str
    ending: str
    sha256: str
    content: bytes = Field(sa_type=LargeBinary)
    who: str
    at: datetime = Field(sa_type=UtcDateTime)
