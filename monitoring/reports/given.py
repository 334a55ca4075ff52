"""What tables of the filing set say for a report that a person would otherwise write or look up (Rule 19 A135, A141)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from consolidation.rulebook.periods import last_year_end
from consolidation.structure.membership import INSURERS
from monitoring.store.layout.filed_tables import FILED, Base
from monitoring.store.layout.result_tables import INPUT_FILE, STATEMENT

SHAREHOLDERS, PENALTIES = "shareholders", "penalties"
"""Places for a person's text that a table of the same name fills."""

ACCOUNTS = "group-member-accounts"
"""The obligation to hand in the accounts of members nobody supervises (A141)."""

SUPERVISED = (*INSURERS, "bank", "securities", "futures", "trust", "asset_manager")
"""Kinds of company that a financial supervisor looks at; the parent hands in the accounts of the others (A141)."""

PARENT = "parent"
"""``relation`` of the company that hands them in."""

_MEMBER = Base.metadata.tables["group_member"]
_HEAD = STATEMENT.table


def filled_places(connection: Connection, group_id: str, period_end: date) -> frozenset[str]:
    """The places that no person has to fill, as tables do.

    Shareholders, where those of the period's end are known; penalties, where one of the period is known, or the run that made
    the statement was given the table: who gives it says that there were no others.
    """
    conditions = {
        SHAREHOLDERS: _has_shareholders(group_id, period_end),
        PENALTIES: or_(_has_penalties(group_id, period_end), _were_asked_for(group_id, period_end)),
    }
    return frozenset(
        place for place, condition in conditions.items() if connection.execute(select(condition)).scalar_one()
    )


def _has_shareholders(group_id: str, period_end: date) -> ColumnElement[bool]:
    table = FILED[SHAREHOLDERS].table
    return exists().where(table.c.is_current, table.c.group_id == group_id, table.c.period_end == period_end)


def _has_penalties(group_id: str, period_end: date) -> ColumnElement[bool]:
    table = FILED[PENALTIES].table
    within = and_(table.c.decided_on > last_year_end(period_end), table.c.decided_on <= period_end)
    return exists().where(table.c.is_current, table.c.group_id == group_id, within)


def _were_asked_for(group_id: str, period_end: date) -> ColumnElement[bool]:
    of_run = and_(INPUT_FILE.c.run_id == _HEAD.c.run_id, INPUT_FILE.c.table_name == PENALTIES)
    return exists().where(of_run, *_statement_of(group_id), _HEAD.c.period_end == period_end)


def _statement_of(group_id: str) -> tuple[ColumnElement[bool], ...]:
    return _HEAD.c.is_current, _HEAD.c.group_id == group_id


def accounts_not_received(connection: Connection, group_id: str, period_end: date) -> tuple[str, ...]:
    """The ids of the unsupervised members whose accounts for the period have not come.

    Who is a member the statement of the period says, and before there is one the latest.
    """
    latest = select(func.max(_HEAD.c.period_end)).where(
        *_statement_of(group_id), _HEAD.c.period_end <= period_end
    )
    received = FILED["member_accounts"].table
    came = exists().where(
        received.c.is_current,
        received.c.group_id == group_id,
        received.c.entity_id == _MEMBER.c.entity_id,
        received.c.period_end == period_end,
    )
    same = and_(
        _MEMBER.c.run_id == _HEAD.c.run_id,
        _MEMBER.c.group_id == _HEAD.c.group_id,
        _MEMBER.c.period_end == _HEAD.c.period_end,
    )
    query = (
        select(_MEMBER.c.entity_id)
        .select_from(_MEMBER)
        .join(_HEAD, same)
        .where(*_statement_of(group_id), _HEAD.c.period_end == latest.scalar_subquery(), ~came)
        .where(or_(_MEMBER.c.kind.is_(None), _MEMBER.c.kind.not_in(SUPERVISED)))
        .where(func.coalesce(_MEMBER.c.relation, "") != PARENT)
        .order_by(_MEMBER.c.position)
    )
    return tuple(connection.execute(query).scalars())
