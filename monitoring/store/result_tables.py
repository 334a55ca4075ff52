"""The tables of the store that hold what a run computed (the others stand in ``monitoring.store.filed_tables``)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import BigInteger, Index, Text
from sqlmodel import Field

from monitoring.store.filed_tables import Table, current_index, money, rate


class Computed(Table):
    """A row of a run's result, in the order in which the run gave it."""

    run_id: int = Field(foreign_key="run.id", primary_key=True)
    position: int = Field(primary_key=True)


def _group_index(table: str) -> tuple[Index, ...]:
    return (Index(f"ix_{table}_group", "group_id", "period_end", "run_id"),)


class Statement(Computed, table=True):
    """A group's statement at a period's end; ``explanation`` is the JSON tree of every line."""

    __tablename__ = "statement"
    scope: ClassVar[tuple[str, ...]] = ("group_id", "period_end")
    __table_args__ = (
        current_index(__tablename__, *scope),
        Index("ix_statement_scope", *scope, "run_id", unique=True),
    )
    is_current: bool
    group_id: str
    period_end: date
    group_type: str | None
    name: str | None
    explanation: str | None = Field(default=None, sa_type=Text)


class StatementLine(Computed, table=True):
    """One line of a statement; ``amount`` is empty where ``status`` says why."""

    __tablename__ = "statement_line"
    __table_args__ = (*_group_index(__tablename__), Index("ix_statement_line_line", "line", "run_id"))
    group_id: str
    period_end: date
    line: str
    amount: Decimal | None = money()
    unit: str | None
    status: str
    article: str | None


class GroupMember(Computed, table=True):
    """A member of a group at a period's end, its share and what made it one."""

    __tablename__ = "group_member"
    __table_args__ = (
        *_group_index(__tablename__),
        Index("ix_group_member_entity", "entity_id", "period_end"),
    )
    group_id: str
    period_end: date
    entity_id: str
    relation: str | None
    share: Decimal | None = rate()
    kind: str | None
    jurisdiction: str | None
    equivalent_regime: bool | None
    table_name: str | None
    file_name: str | None = Field(default=None, sa_type=Text)
    row_number: int | None = Field(default=None, sa_type=BigInteger)


class Contribution(Computed, table=True):
    """What one member gives to one line, and the cell that it comes from."""

    __tablename__ = "contribution"
    __table_args__ = _group_index(__tablename__)
    group_id: str
    period_end: date
    line: str
    entity_id: str
    relation: str | None
    share: Decimal | None = rate()
    own_amount: Decimal | None = money()
    amount: Decimal | None = money()
    basis: str | None
    table_name: str | None
    file_name: str | None = Field(default=None, sa_type=Text)
    row_number: int | None = Field(default=None, sa_type=BigInteger)
    column_name: str | None
    article: str | None


class Elimination(Computed, table=True):
    """One elimination: equity, capital debt or asset transfer between two companies."""

    __tablename__ = "elimination"
    __table_args__ = _group_index(__tablename__)
    group_id: str
    period_end: date
    kind: str
    from_id: str | None
    to_id: str | None
    tier: str | None
    amount: Decimal | None = money()
    article: str | None
    table_name: str | None
    file_name: str | None = Field(default=None, sa_type=Text)
    row_number: int | None = Field(default=None, sa_type=BigInteger)


class Reconciliation(Computed, table=True):
    """A computed line beside the published one."""

    __tablename__ = "reconciliation"
    __table_args__ = _group_index(__tablename__)
    group_id: str
    period_end: date
    line: str
    computed: Decimal | None = money()
    published: Decimal | None = money()
    difference: Decimal | None = money()


class WaterfallStep(Computed, table=True):
    """One step on the way from the sum of the solo filings to the group's figure."""

    __tablename__ = "waterfall_step"
    __table_args__ = _group_index(__tablename__)
    group_id: str
    period_end: date
    step: int
    item: str
    entity_id: str | None
    amount: Decimal | None = money()
    unit: str | None


class Finding(Computed, table=True):
    """A fault of the data, with the sentence in both languages as it read when the run was made."""

    __tablename__ = "finding"
    __table_args__ = (Index("ix_finding_group", "group_id", "period_end", "run_id"),)
    severity: str
    code: str
    group_id: str | None
    entity_id: str | None
    period_end: date | None
    table_name: str | None
    file_name: str | None = Field(default=None, sa_type=Text)
    row_number: int | None = Field(default=None, sa_type=BigInteger)
    column_name: str | None
    value: str | None = Field(default=None, sa_type=Text)
    expected: str | None = Field(default=None, sa_type=Text)
    article: str | None
    message: str = Field(sa_type=Text)
    message_zh: str = Field(sa_type=Text)


class Recomputation(Computed, table=True):
    """One item of a solo filing, as filed and as computed anew: a check with a tolerance, in floating point like the check."""

    __tablename__ = "recomputation"
    scope: ClassVar[tuple[str, ...]] = ("entity_id", "period_end", "basis")
    __table_args__ = (current_index(__tablename__, *scope), Index("ix_recomputation_scope", *scope, "run_id"))
    is_current: bool
    entity_id: str
    period_end: date
    basis: str
    item: str
    filed: float | None
    recomputed: float | None
    difference: float | None
    within_tolerance: bool | None
    article: str | None


class Concentration(Computed, table=True):
    """The exposure of a group to one party, sector or customer against its limit, and the charge on what is over it.

    ``party_name`` is what the set calls a counterparty; the store keeps no table of them.
    """

    __tablename__ = "concentration"
    __table_args__ = _group_index(__tablename__)
    group_id: str
    period_end: date
    test: str
    party: str
    party_name: str | None
    exposure: Decimal | None = money()
    limit_amount: Decimal | None = money()
    charge: Decimal | None = money()
