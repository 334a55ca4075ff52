"""The tables of the store: what was filed, what was computed from it, and by which run.

Two times stand on everything: ``period_end``, the date that a figure is about, and ``recorded_at``, the moment at which
this store came to know it. What was filed belongs to an ``input_set`` (one set of data, known by its hash and kept once,
however many runs read it); what was computed belongs to a ``run``. Nothing is overwritten: a re-filing is a new set, a
new computation a new run. Only marks move: a run's approval or rejection, and ``is_current``, which points at the rows
that count today and can always be worked out anew from the runs (``monitoring.store.current``).

``docs/store.md`` describes the layout for readers of the database and how to add a table.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Index, MetaData, Text, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from monitoring.store.exact_columns import Exact, UtcDateTime

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


class Table(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING))):
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
    return Field(default=None, sa_type=Text)


def current_index(table: str, *columns: str) -> Index:
    """Find the rows that count today without reading the history."""
    marked = text("is_current")
    return Index(f"ix_{table}_current", *columns, sqlite_where=marked, postgresql_where=marked)


# --- runs and what they read ------------------------------------------------------------------------------------------


class InputSet(Table, table=True):
    """One set of data, whatever files it came in: the same data read again is the same set.

    ``layout`` is the store's revision that wrote it: a later revision that keeps more columns keeps the set again.
    """

    __tablename__ = "input_set"
    __table_args__ = (Index("uq_input_set_data_hash", "data_hash", "layout", unique=True),)
    id: int | None = Field(default=None, primary_key=True)
    data_hash: str
    layout: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class Run(Table, table=True):
    """One computation: who, when, on what data, by which rulebook and engine.

    A run *stands* (its data and statements count) from ``effective_at`` until ``withdrawn_at``; of two that stand the
    one with the higher ``effective_order`` wins. A pending run and a what-if (``rulebook_overlay``) do not stand.
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


class InputFile(Table, table=True):
    """A file that a run read."""

    __tablename__ = "input_file"
    run_id: int = Field(foreign_key="run.id", primary_key=True)
    position: int = Field(primary_key=True)
    path: str = Field(sa_type=Text)
    table_name: str
    sha256: str
    size: int | None = Field(default=None, sa_type=BigInteger)
    rows: int | None = Field(default=None, sa_type=BigInteger)


# --- what was filed ---------------------------------------------------------------------------------------------------


class Filed(Table):
    """A row of an input set. ``recorded_at`` is when its content first became known, in this set or an earlier one."""

    scope: ClassVar[tuple[str, ...]]
    input_set_id: int = Field(foreign_key="input_set.id", primary_key=True)
    position: int = Field(primary_key=True)
    is_current: bool
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    source_file: str | None = long_text()
    source_row: int | None = Field(default=None, sa_type=BigInteger)


def _filed_indexes(table: str, scope: tuple[str, ...], one_row: bool = True) -> tuple[Index, ...]:
    """``one_row``: a set has one row about the scope, and the database refuses a second."""
    return (current_index(table, *scope), Index(f"ix_{table}_scope", *scope, "input_set_id", unique=one_row))


class InsuranceGroup(Filed, table=True):
    """``groups``: the groups as the filing set describes them."""

    __tablename__ = "insurance_group"
    scope = ("group_id",)
    __table_args__ = _filed_indexes(__tablename__, scope)
    group_id: str
    name: str | None
    name_en: str | None
    type: str | None
    parent_id: str | None
    member_requirement: str | None
    controls_bank: bool | None


class Entity(Filed, table=True):
    """``entities``: companies, insurers and others."""

    __tablename__ = "entity"
    scope = ("entity_id",)
    __table_args__ = _filed_indexes(__tablename__, scope)
    entity_id: str
    name: str | None
    kind: str | None
    jurisdiction: str | None
    equivalent_regime: bool | None


class OwnershipStake(Filed, table=True):
    """``ownership``: who holds how much of whom, from when to when. The newest register of a company replaces the older."""

    __tablename__ = "ownership_stake"
    scope = ("entity_id",)
    __table_args__ = _filed_indexes(__tablename__, scope, one_row=False)
    owner_id: str
    entity_id: str
    valid_from: date | None
    valid_to: date | None
    stake: Decimal | None = rate()
    relation: str | None
    bears_shortfall: bool | None


class SoloFiling(Filed, table=True):
    """``solo_filings``: one insurer's solvency statement for one date and basis (quarterly or annual)."""

    __tablename__ = "solo_filing"
    scope = ("entity_id", "period_end", "basis")
    __table_args__ = _filed_indexes(__tablename__, scope)
    entity_id: str
    period_end: date
    basis: str
    kind: str | None
    admitted_assets: Decimal | None = money()
    admitted_liabilities: Decimal | None = money()
    actual_capital: Decimal | None = money()
    core_tier1_capital: Decimal | None = money()
    core_tier2_capital: Decimal | None = money()
    supplementary_tier1_capital: Decimal | None = money()
    supplementary_tier2_capital: Decimal | None = money()
    minimum_capital: Decimal | None = money()
    quantifiable_risk_minimum_capital: Decimal | None = money()
    life_insurance_risk_minimum_capital: Decimal | None = money()
    non_life_insurance_risk_minimum_capital: Decimal | None = money()
    market_risk_minimum_capital: Decimal | None = money()
    credit_risk_minimum_capital: Decimal | None = money()
    diversification_effect: Decimal | None = money()
    loss_absorption_effect: Decimal | None = money()
    control_risk_minimum_capital: Decimal | None = money()
    add_on_capital: Decimal | None = money()
    core_surplus: Decimal | None = money()
    comprehensive_surplus: Decimal | None = money()
    core_solvency_ratio: Decimal | None = rate()
    comprehensive_solvency_ratio: Decimal | None = rate()
    integrated_risk_rating: str | None
    total_assets: Decimal | None = money()
    rules: str | None
    audited_on: date | None


class SectorFiling(Filed, table=True):
    """``sector_filings``: capital and requirement of a bank, trust, securities or futures company by its sector's rules."""

    __tablename__ = "sector_filing"
    scope = ("entity_id", "period_end")
    __table_args__ = _filed_indexes(__tablename__, scope)
    entity_id: str
    period_end: date
    measure: str | None
    amount: Decimal | None = money()
    required_ratio: Decimal | None = rate()
    actual_capital: Decimal | None = money()
    adequacy_ratio: Decimal | None = rate()
    adequacy_requirement: Decimal | None = rate()


class GroupFiling(Filed, table=True):
    """``group_filings``: a group's own statement as it published it."""

    __tablename__ = "group_filing"
    scope = ("group_id", "period_end", "basis")
    __table_args__ = _filed_indexes(__tablename__, scope)
    group_id: str
    period_end: date
    basis: str
    actual_capital: Decimal | None = money()
    core_tier1_capital: Decimal | None = money()
    core_tier2_capital: Decimal | None = money()
    supplementary_tier1_capital: Decimal | None = money()
    supplementary_tier2_capital: Decimal | None = money()
    minimum_capital: Decimal | None = money()
    quantifiable_risk_minimum_capital: Decimal | None = money()
    control_risk_minimum_capital: Decimal | None = money()
    core_surplus: Decimal | None = money()
    comprehensive_surplus: Decimal | None = money()
    core_solvency_ratio: Decimal | None = rate()
    comprehensive_solvency_ratio: Decimal | None = rate()


class GroupFilingLine(Filed, table=True):
    """``group_filing_lines``: a group's published statement line by line."""

    __tablename__ = "group_filing_line"
    scope = ("group_id", "period_end", "basis", "line")
    __table_args__ = _filed_indexes(__tablename__, scope)
    group_id: str
    period_end: date
    basis: str
    line: str
    amount: Decimal | None = money()


class GroupFinancial(Filed, table=True):
    """``group_financials``: consolidated totals of a group."""

    __tablename__ = "group_financial"
    scope = ("group_id", "period_end")
    __table_args__ = _filed_indexes(__tablename__, scope)
    group_id: str
    period_end: date
    total_assets: Decimal | None = money()
    net_assets: Decimal | None = money()
    income: Decimal | None = money()


class Rating(Filed, table=True):
    """``ratings``: the integrated risk rating of a group or a company; the id that does not apply is an empty text."""

    __tablename__ = "rating"
    scope = ("group_id", "entity_id", "period_end")
    __table_args__ = _filed_indexes(__tablename__, scope)
    group_id: str
    entity_id: str
    period_end: date
    integrated_risk_rating: str | None


class Assessment(Filed, table=True):
    """``assessments``: the SARMRA score of a group or a company; the id that does not apply is an empty text."""

    __tablename__ = "assessment"
    scope = ("group_id", "entity_id", "period_end")
    __table_args__ = _filed_indexes(__tablename__, scope)
    group_id: str
    entity_id: str
    period_end: date
    sarmra_score: Decimal | None = rate()
    capped: bool | None


class IndustryAverage(Filed, table=True):
    """``industry_averages``: the supervisor's published averages, in percent as published."""

    __tablename__ = "industry_average"
    scope = ("kind", "period_end")
    __table_args__ = _filed_indexes(__tablename__, scope)
    kind: str
    period_end: date
    core_solvency_ratio_pct: Decimal | None = rate()
    comprehensive_solvency_ratio_pct: Decimal | None = rate()
