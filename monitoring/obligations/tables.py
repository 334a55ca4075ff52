"""The tables of deadlines: every obligation of every company and group, and what became of each."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Index, Text
from sqlmodel import Field

from monitoring.store.layout.exact_columns import UtcDateTime
from monitoring.store.layout.filed_tables import MONEY, Base, long_text


class ObligationInstance(Base, table=True):
    """One thing that one party owes for one period, or because of one event.

    ``period_end`` is the period's last day; for an event the day from which its report is counted. ``occurrence`` counts
    the events of one day. ``last_day`` is the due date, or the announced date of a disclosure that may be late.
    ``remind_on`` is the day of the next reminder, empty once nothing is owed any more. ``version`` grows with every
    change that a calendar program must hear of. ``cause`` says what made an event's report (a flag), once each;
    ``amount`` is what an event came to, 万元.
    """

    __tablename__ = "obligation"
    __table_args__ = (
        Index("uq_obligation_of_party", "obligation", "party_id", "period_end", "occurrence", unique=True),
        Index("ix_obligation_state_last_day", "state", "last_day"),
        Index("ix_obligation_remind_on", "remind_on"),
        Index("ix_obligation_party_id_last_day", "party_id", "last_day"),
    )
    id: int | None = Field(default=None, primary_key=True)
    obligation: str
    party_id: str
    party_name: str
    who: str
    period_end: date
    occurrence: int
    occasion: str | None
    cause: str | None = Field(default=None, unique=True)
    amount: Decimal | None = Field(default=None, sa_type=MONEY)
    note: str | None = long_text()
    article: str
    due_on: date
    working_day: date
    provisional: bool
    last_day: date
    state: str
    remind_on: date | None
    submitted_on: date | None
    receipt: str | None = long_text()
    reason: str | None = long_text()
    version: int
    changed_at: datetime = Field(sa_type=UtcDateTime)


class ObligationHistory(Base, table=True):
    """What happened to an obligation: never edited, only added to."""

    __tablename__ = "obligation_history"
    id: int | None = Field(default=None, primary_key=True)
    obligation_id: int = Field(foreign_key="obligation.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    who: str
    what: str
    state: str
    detail: str | None = long_text()


class ObligationGeneration(Base, table=True):
    """The last time the obligations were worked out anew, from what; one row.

    ``fingerprint`` is of all that they follow from: while it stays, none can be missing. ``settings`` are what the user
    said then (JSON, ``parties.ObligationSettings``): who asks without saying anything gets the same.
    """

    __tablename__ = "obligation_roll"
    id: int | None = Field(default=None, primary_key=True)
    fingerprint: str = Field(sa_type=Text)
    tracked_from: date
    rolled_until: date
    rolled_at: datetime = Field(sa_type=UtcDateTime)
    settings: str | None = long_text()
