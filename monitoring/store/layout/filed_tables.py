"""The tables of the store: what was filed, what was computed from it, and by which run.

Two times stand on everything: ``period_end``, the date that a figure is about, and ``recorded_at``, the moment at which
this store came to know it. What was filed belongs to an ``input_set`` (one set of data, known by its hash and kept once,
however many runs read it); what was computed belongs to a ``run``. Nothing is overwritten: a re-filing is a new set, a
new computation a new run. Only marks move: a run's approval or rejection, and ``is_current``, which points at the rows
that count today and can always be worked out anew from the runs (``monitoring.store.current``).

``docs/store.md`` describes the layout for readers of the database and how to add a table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    FromClause,
    Index,
    Integer,
    MetaData,
    Text,
    and_,
)
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from consolidation.filing_set.schemas import tables as filing_set
from consolidation.filing_set.schemas.traced import FILED_AS, TRACE
from monitoring.store.layout.derived_tables import columns_of, current_index
from monitoring.store.layout.exact_columns import Exact, UtcDateTime

MONEY = Exact(6)
"""Amounts in 万元."""

RATE = Exact(12)
"""Ratios, stakes and scores: as given, up to twelve places."""

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    """What every table of the store shares: one metadata, constraints with names that a migration can call."""


def money() -> Any:
    """An amount in 万元, empty where the filing has none."""
    return Field(default=None, sa_type=MONEY)


def rate() -> Any:
    """A fraction, percentage or score, empty where the filing has none."""
    return Field(default=None, sa_type=RATE)


def moment() -> Any:
    """A moment that has not come yet is empty."""
    return Field(default=None, sa_type=UtcDateTime)


def long_text() -> Any:
    """A text that may hold more than a line, empty where there is none."""
    return Field(default=None, sa_type=Text)


# --- runs and what they read ------------------------------------------------------------------------------------------


class InputSet(Base, table=True):
    """One set of data, whatever files it came in: the same data read again is the same set.

    ``layout`` is the store's revision that wrote it: a later revision that keeps more columns keeps the set again.
    """

    __tablename__ = "input_set"
    __table_args__ = (Index("uq_input_set_data_hash", "data_hash", "layout", unique=True),)
    id: int | None = Field(default=None, primary_key=True)
    data_hash: str
    layout: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class Run(Base, table=True):
    """One computation: who, when, on what data, by which rulebook and engine.

    A run is *effective* (its data and statements count) from ``effective_at`` until ``withdrawn_at``; of two effective ones the
    one with the higher ``effective_order`` wins. A pending run and a what-if (``rulebook_overlay``) never are.
    """

    __tablename__ = "run"
    id: int | None = Field(default=None, primary_key=True)
    started_at: datetime = Field(sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime, index=True)
    who: str
    source: str
    status: str
    input_set_id: int = Field(foreign_key="input_set.id", index=True)
    rulebook_hash: str
    rulebook_overlay: str | None = long_text()
    engine_version: str
    arguments: str = Field(sa_type=Text)
    effective_at: datetime | None = moment()
    effective_order: int | None = Field(default=None, unique=True)
    withdrawn_at: datetime | None = moment()
    approved_by: str | None = None
    approved_at: datetime | None = moment()
    rejected_by: str | None = None
    rejected_at: datetime | None = moment()
    reason: str | None = long_text()
    statements: int
    filings: int
    errors: int
    warnings: int


# --- what was filed ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ScopedTable:
    """A table whose rows can be current: the column that says who owns a row, and those that say what it is about."""

    table: sa.Table
    owner: str
    scope: tuple[str, ...]

    def same_scope(self, a: FromClause, b: FromClause) -> ColumnElement[bool]:
        """Whether rows of two aliases of the table are about the same thing."""
        return and_(*(a.c[name] == b.c[name] for name in self.scope))


def _filed(filed: str, stored: str, *scope: str, one_row: bool = True) -> ScopedTable:
    """The rows of an input set, in the columns of the filing set's table.

    ``recorded_at`` is when a row's content first became known, in this set or an earlier one. An id of the scope that does
    not apply is an empty text, as part of a key cannot be null.

    :param one_row: a set has one row about the scope, and the database refuses a second.
    """
    source = filing_set.TABLES[filed]
    ids = {name for name in source.key if name.endswith("_id")}
    table = sa.Table(
        stored,
        Base.metadata,
        Column("input_set_id", Integer, ForeignKey("input_set.id"), primary_key=True),
        Column("position", Integer, primary_key=True),
        Column("is_current", Boolean, nullable=False),
        Column("recorded_at", UtcDateTime, nullable=False),
        *columns_of(source.schema, required={*scope, *ids}),
        current_index(stored, *scope),
        Index(f"ix_{stored}_scope", *scope, "input_set_id", unique=one_row),
    )
    return ScopedTable(table, "input_set_id", scope)


FILED: Mapping[str, ScopedTable] = {
    "groups": _filed("groups", "insurance_group", "group_id"),
    "entities": _filed("entities", "entity", "entity_id"),
    # The newest register of a company replaces the older one as a whole.
    "ownership": _filed("ownership", "ownership_stake", "entity_id", one_row=False),
    "solo_filings": _filed("solo_filings", "solo_filing", "entity_id", "period_end", "basis"),
    "sector_filings": _filed("sector_filings", "sector_filing", "entity_id", "period_end"),
    "group_filings": _filed("group_filings", "group_filing", "group_id", "period_end", "basis"),
    "group_filing_lines": _filed(
        "group_filing_lines", "group_filing_line", "group_id", "period_end", "basis", "line"
    ),
    "group_financials": _filed("group_financials", "group_financial", "group_id", "period_end"),
    "ratings": _filed("ratings", "rating", "group_id", "entity_id", "period_end"),
    "assessments": _filed("assessments", "assessment", "group_id", "entity_id", "period_end"),
    "industry_averages": _filed("industry_averages", "industry_average", "kind", "period_end"),
    "stress_results": _filed(
        "stress_results", "stress_result", "entity_id", "report_date", "scenario", "horizon_end"
    ),
    "transitional_measures": _filed(
        "transitional_measures", "transitional_measure", "entity_id", "parameter", "valid_from"
    ),
    "stress_drivers": _filed("stress_drivers", "stress_driver", "entity_id", "period_end"),
    "stress_sign_offs": _filed("stress_sign_offs", "stress_sign_off", "group_id", "entity_id", "report_date"),
    # The newest list of a day replaces the older one as a whole: who is not on it holds nothing any more.
    "shareholders": _filed("shareholders", "shareholder", "group_id", "period_end", one_row=False),
    "penalties": _filed("penalties", "penalty", "group_id", "decision", "subject"),
    "member_accounts": _filed("member_accounts", "member_account", "group_id", "entity_id", "period_end"),
}
"""Table of the filing set → the store's table of its rows."""

NOT_DATA = ("recorded_at", *TRACE, FILED_AS)
"""Columns of a filed row that say where, when and how it was filed, and are none of its figures."""
