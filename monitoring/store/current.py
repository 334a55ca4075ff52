"""Which runs count, since when, and which rows that makes current.

A run is *effective* from ``effective_at`` until ``withdrawn_at`` (the transaction time of a bitemporal table, whose valid time
is ``period_end``). Of the rows about one thing (a company's filing for a date and basis, a group's statement for a date: the
table's ``scope``) those of the effective run with the highest ``effective_order`` are current. The order is counted, not taken from the clock, so a clock set back changes nothing.
``is_current`` says so on the row itself, for speed; every change of a run moves it in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Connection,
    Integer,
    Select,
    Subquery,
    Update,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
    update,
)

from monitoring.store.layout.filed_tables import FILED, Base, ScopedTable
from monitoring.store.layout.result_tables import RECOMPUTATION, STATEMENT

RUN = Base.metadata.tables["run"]
_PROVENANCE = ("input_set_id", "position", "is_current", "recorded_at", "source_file", "source_row")


SCOPED = {scoped.table.name: scoped for scoped in (*FILED.values(), STATEMENT, RECOMPUTATION)}
"""The tables whose rows can be current, by name."""


def make_effective(connection: Connection, run_id: int, at: datetime) -> None:
    """Make the run the newest effective one; its rows become current (new ones are already marked) and those they replace cease to be."""
    newest = connection.execute(select(func.coalesce(func.max(RUN.c.effective_order), 0) + 1)).scalar_one()
    connection.execute(
        update(RUN)
        .where(RUN.c.id == run_id)
        .values(effective_at=at, effective_order=newest, withdrawn_at=None)
    )
    for scoped, owner in _tables_of(connection, run_id):
        for statement in _replacing(scoped):
            connection.execute(statement, {"the_owner": owner})


@cache
def _replacing(scoped: ScopedTable) -> tuple[Update, Update]:
    """Make the rows of ``the_owner`` current, and those about the same things no longer."""
    older, new = scoped.table, scoped.table.alias("new")
    owner: BindParameter[int] = bindparam("the_owner")
    replaced = exists().where(new.c[scoped.owner] == owner, scoped.same_scope(new, older))
    return (
        update(older)
        .where(older.c.is_current, older.c[scoped.owner] != owner, replaced)
        .values(is_current=False),
        update(older).where(older.c[scoped.owner] == owner, ~older.c.is_current).values(is_current=True),
    )


def withdraw(connection: Connection, run_id: int, at: datetime) -> None:
    """End the effect of the run; what it had replaced becomes current again."""
    connection.execute(
        update(RUN).where(RUN.c.id == run_id, RUN.c.effective_at.is_not(None)).values(withdrawn_at=at)
    )
    for scoped, owner in _tables_of(connection, run_id):
        table, gone = scoped.table, scoped.table.alias("gone")
        touched = exists().where(gone.c[scoped.owner] == owner, scoped.same_scope(gone, table))
        connection.execute(update(table).where(table.c.is_current, touched).values(is_current=False))
        best = ranked(scoped, None, touched)
        chosen = select(best.c.owner, best.c.position).where(best.c.rank == 1)
        connection.execute(
            update(table)
            .where(tuple_(table.c[scoped.owner], table.c.position).in_(chosen))
            .values(is_current=True)
        )


def effective_owners(owner: str, known_at: datetime | BindParameter[datetime] | None) -> Subquery:
    """owner, effective_order: the input sets or runs that were effective at ``known_at`` (None: that are now)."""
    column = RUN.c.input_set_id if owner == "input_set_id" else RUN.c.id
    query: Select[Any] = select(
        column.label("owner"), func.max(RUN.c.effective_order).label("effective_order")
    ).group_by(column)
    if known_at is None:
        query = query.where(RUN.c.effective_at.is_not(None), RUN.c.withdrawn_at.is_(None))
    else:
        query = query.where(
            RUN.c.effective_at <= known_at, or_(RUN.c.withdrawn_at.is_(None), RUN.c.withdrawn_at > known_at)
        )
    return query.subquery("effective")


def ranked(
    scoped: ScopedTable, known_at: datetime | BindParameter[datetime] | None, *conditions: ColumnElement[bool]
) -> Subquery:
    """owner, position, rank of the rows that meet the conditions; rank 1 counts (several rows of one set may share it)."""
    table, effective = scoped.table, effective_owners(scoped.owner, known_at)
    rank = func.rank().over(
        partition_by=[table.c[name] for name in scoped.scope], order_by=effective.c.effective_order.desc()
    )
    return (
        select(table.c[scoped.owner].label("owner"), table.c.position, rank.label("rank"))
        .join(effective, effective.c.owner == table.c[scoped.owner])
        .where(*conditions)
        .subquery("ranked")
    )


def keep_first_known(connection: Connection, input_set_id: int, filled: Iterable[ScopedTable]) -> None:
    """A row that says just what the current row says was known since then, not only since this set.

    :param filled: the tables in which the set has rows.
    """
    for scoped in filled:
        connection.execute(_known_since(scoped), {"the_owner": input_set_id})


@cache
def _known_since(scoped: ScopedTable) -> Update:
    """Take over since when a row was known, for the rows of ``the_owner`` that say just what the current ones say."""
    new, old = scoped.table, scoped.table.alias("old")
    owner: BindParameter[int] = bindparam("the_owner")
    same = [
        new.c[c.name].is_not_distinct_from(old.c[c.name])
        for c in new.columns
        if c.name not in (*_PROVENANCE, *scoped.scope)
    ]
    return (
        update(new)
        .values(recorded_at=old.c.recorded_at)
        .where(
            new.c.input_set_id == owner,
            old.c.input_set_id != owner,
            old.c.is_current,
            scoped.same_scope(old, new),
            *same,
        )
    )


def _tables_of(connection: Connection, run_id: int) -> list[tuple[ScopedTable, int]]:
    """The tables with rows of the run or of its input set that can be current, each with the number of its owner."""
    input_set_id = connection.execute(select(RUN.c.input_set_id).where(RUN.c.id == run_id)).scalar_one()
    owners = {"input_set_id": input_set_id, "run_id": run_id}
    filled = connection.execute(_filled(), owners).scalars()
    return [(SCOPED[name], owners[SCOPED[name].owner]) for name in filled]


@cache
def _filled() -> CompoundSelect[Any]:
    """The names of the tables in which ``run_id`` or ``input_set_id`` has a row: most runs fill a few of them."""
    return union_all(
        *(
            select(literal(name)).where(
                exists().where(scoped.table.c[scoped.owner] == bindparam(scoped.owner, type_=Integer))
            )
            for name, scoped in SCOPED.items()
        )
    )
