"""The tables of flags: what is up, and everything that ever happened to it; figures as ``monitoring.flags.schema`` has them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import create_model
from sqlalchemy import Index, LargeBinary
from sqlmodel import Field

from monitoring.doubt.marks import FlagDoubt
from monitoring.flags.schema import IDENTITY, FlagCover, FlagFigures, FlagIdentity, FlagMeasures, FlagSeverity
from monitoring.store.layout.derived_tables import fields_of
from monitoring.store.layout.exact_columns import UtcDateTime
from monitoring.store.layout.filed_tables import Base, long_text, rate

_FIGURES = fields_of(
    FlagFigures, FlagSeverity, FlagCover, FlagDoubt, FlagMeasures, long_texts=FlagMeasures.column_names()
)
_Figures: Any = create_model("_Figures", __base__=Base, **_FIGURES)
_FiguresOfFlag: Any = create_model("_FiguresOfFlag", __base__=Base, **_FIGURES, **fields_of(FlagIdentity))


class Flag(_FiguresOfFlag, Base, table=True):
    """One flag: what is tested of whom, its state and its latest figures.

    Everything but the identity is a mark that follows from the flag's history (``flag_event``) and moves with it.
    ``raised_at`` is when the present or last spell began to be known. ``answered_gravity`` is how bad it was when somebody last
    acknowledged, explained or closed it: what is worse than that is raised again. ``assignee`` is whose answer is wanted, by the
    account's name, ``answer_by`` until when; both stay when it is raised again.
    """

    __tablename__ = "flag"
    __table_args__ = (
        Index("uq_flag_identity", *IDENTITY, unique=True),
        Index("ix_flag_state", "state", "severity"),
    )
    id: int | None = Field(default=None, primary_key=True)
    state: str
    raised_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    acknowledged_by: str | None
    closed_by: str | None
    note: str | None = long_text()
    answered_gravity: Decimal | None = rate()
    assignee: str | None = None
    answer_by: date | None = None


class FlagEvent(_Figures, Base, table=True):
    """One thing that happened to a flag, with its figures at that moment: never edited, only added to.

    ``what``: raised, reraised, moved, held, acknowledged, explained, closed; assigned (to ``assignee``, to answer by ``answer_by``),
    attached (``note`` is the file's name), ordered (``note`` are the measures, ``answer_by`` their last day). ``state`` is the
    state since then, ``who`` is empty where the data did it, ``run_id`` the run after which it was noticed.
    """

    __tablename__ = "flag_event"
    __table_args__ = (Index("ix_flag_event_flag_id", "flag_id", "id"),)
    id: int | None = Field(default=None, primary_key=True)
    flag_id: int = Field(foreign_key="flag.id")
    at: datetime = Field(sa_type=UtcDateTime)
    what: str
    state: str
    who: str | None
    note: str | None = long_text()
    run_id: int | None = Field(default=None, foreign_key="run.id")
    assignee: str | None = None
    answer_by: date | None = None


class FlagAttachment(Base, table=True):
    """A file that somebody put beside a flag, with the hash of its bytes: never edited, only added to."""

    __tablename__ = "flag_attachment"
    id: int | None = Field(default=None, primary_key=True)
    flag_id: int = Field(foreign_key="flag.id", index=True)
    name: str
    size: int
    sha256: str
    content: bytes = Field(sa_type=LargeBinary)
    who: str
    at: datetime = Field(sa_type=UtcDateTime)
