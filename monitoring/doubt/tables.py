"""The table of confirmations: who said of a figure in doubt that it is as it was filed."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Index, Text
from sqlmodel import Field

from monitoring.store.layout.exact_columns import UtcDateTime
from monitoring.store.layout.filed_tables import Base, rate


class FigureConfirmation(Base, table=True):
    """One figure confirmed, with the value that it had and that would have fitted; never edited, only added to."""

    __tablename__ = "figure_confirmation"
    __table_args__ = (
        Index(
            "uq_figure_confirmation",
            "subject_kind",
            "subject_id",
            "period_end",
            "basis",
            "column_name",
            "filed",
            unique=True,
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    subject_kind: str
    subject_id: str
    period_end: date
    basis: str
    column_name: str
    filed: Decimal = rate()
    fitting: Decimal = rate()
    who: str
    at: datetime = Field(sa_type=UtcDateTime)
    note: str = Field(sa_type=Text)
