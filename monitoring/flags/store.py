"""Flags in the store: brought up to date after each run, and read; people answer them in ``monitoring.flags.answers``.

Everything that happens to a flag is added to ``flag_event``; the row in ``flag`` is its latest state. Both are written in
one transaction, under a lock, with whatever the caller wants to write along (an alert's outbox).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import dataframely as dy
import polars as pl
from sqlalchemy import Boolean, Connection, Table, bindparam, func, or_, select, type_coerce, update

from consolidation.findings import Finding
from consolidation.reconciliation.published_lines import published_totals
from consolidation.results.schemas import FiguresInDoubt
from consolidation.rulebook import Rulebook
from consolidation.scenario.stress import StressTest
from monitoring.calendar import day_in_china, today
from monitoring.doubt.register import confirm, contributions_in_doubt, doubts_of_store
from monitoring.flags import lifecycle
from monitoring.flags import schema as rows
from monitoring.flags.evaluate import raise_flags
from monitoring.flags.inputs import SOLO_COLUMNS, FlagInputs, RecordedEvents, TrackedReports
from monitoring.flags.kinds.events import OBLIGATION
from monitoring.flags.kinds.filings.missing_filings import GROUP_REPORTS, SOLO_REPORTS
from monitoring.flags.lifecycle import FlagEvents
from monitoring.flags.tables import Flag, FlagEvent
from monitoring.obligations.catalogue import GROUP as PARTY_GROUP
from monitoring.obligations.catalogue import INSURER
from monitoring.obligations.fulfilment import is_filed
from monitoring.obligations.states import OPEN
from monitoring.obligations.tables import ObligationInstance
from monitoring.outlook.register import kept_alarm_records, kept_forecasts
from monitoring.ratios import ENTITY, GROUP
from monitoring.store import frames
from monitoring.store import queries as reading
from monitoring.store.integrity import chain
from monitoring.store.integrity.digests import PROGRAM
from monitoring.store.layout.filed_tables import Base
from monitoring.store.locks import Lock, take_lock
from monitoring.store.store import RunRecord, Store, record_run
from monitoring.store.stress import record_stress, stress_lines

_FLAG: Table = Base.metadata.tables[str(Flag.__tablename__)]
_EVENT: Table = Base.metadata.tables[str(FlagEvent.__tablename__)]
_OBLIGATION: Table = Base.metadata.tables[str(ObligationInstance.__tablename__)]
Along = Callable[[Connection, pl.DataFrame], None]
"""What is to be written in the same transaction: called with the connection and the events, if there are any."""


class UnknownFlag(LookupError):
    """There is no flag of that number; the text says so for a person."""

    def __init__(self, store: Store, flag: int) -> None:
        super().__init__(f"there is no flag {flag} in the store at {store.where}; `rule19 flags` lists them")


@dataclass(frozen=True)
class UpdateResult:
    """What an update did.

    ``events``: a frame of :class:`~monitoring.flags.lifecycle.FlagEvents`, every id filled; empty where nothing had
    changed. ``findings``: figures that could not be tested.
    """

    events: dy.DataFrame[FlagEvents]
    findings: tuple[Finding, ...]

    def count(self, *what: str) -> int:
        """How many of these events there were."""
        return int(self.events["what"].is_in(list(what)).sum())


def flag_inputs_of_store(store: Store) -> FlagInputs:
    """What there is to look at in the store: what is current of every table."""
    doubts = doubts_of_store(store)
    return FlagInputs(
        solo_filings=reading.solo_filings(store, columns=SOLO_COLUMNS),
        sector_filings=reading.sector_filings(store),
        group_filings=published_totals(
            reading.group_filings(store), reading.filed(store, "group_filing_lines")
        ),
        doubts=doubts,
        contributions=contributions_in_doubt(store, doubts),
        entities=reading.filed(store, "entities"),
        ratings=reading.ratings(store),
        transitional_measures=reading.filed(store, "transitional_measures"),
        lines=reading.lines(store),
        bank_items=reading.bank_items(store),
        members=reading.members(store),
        recomputation=reading.recomputation(store),
        group_financials=reading.group_financials(store),
        concentration=reading.concentration(store),
        stress_lines=stress_lines(store),
        outlook=kept_forecasts(store),
        alarm_records=kept_alarm_records(store),
        events=_recorded_events(store),
        reports=_tracked_reports(store),
    )


def _recorded_events(store: Store) -> dy.DataFrame[RecordedEvents]:
    """The events that a person wrote down and whose report is owed; those that a flag made are flags already."""
    named = {"group_id": "party_id", "happened_on": "period_end"}
    wanted = [_OBLIGATION.c[named.get(c, c)].label(c) for c in RecordedEvents.column_names()]
    query = select(*wanted).where(
        _OBLIGATION.c.obligation == OBLIGATION,
        _OBLIGATION.c.cause.is_(None),
        _OBLIGATION.c.state.in_([state.value for state in OPEN]),
    )
    with store.reading() as connection:
        return RecordedEvents.typed(frames.read(connection, query))


def _tracked_reports(store: Store) -> dy.DataFrame[TrackedReports]:
    """The reports that are tracked as obligations; what has lapsed was never owed."""
    done = or_(_OBLIGATION.c.state.not_in([state.value for state in OPEN]), is_filed())
    query = select(
        _OBLIGATION.c.who,
        *(_OBLIGATION.c[name] for name in ("party_id", "period_end", "last_day", "article")),
        type_coerce(done, Boolean).label("is_done"),
    ).where(_OBLIGATION.c.obligation.in_([*SOLO_REPORTS, *GROUP_REPORTS]))
    with store.reading() as connection:
        found = frames.read(connection, query)
    kinds = {INSURER: ENTITY, PARTY_GROUP: GROUP}
    kind = pl.col("who").replace_strict(kinds, default=None, return_dtype=pl.String)
    return TrackedReports.typed(found.with_columns(subject_kind=kind).select(TrackedReports.column_names()))


def keep_run(store: Store, record: RunRecord) -> int:
    """Record the run and the flags that follow from it in one transaction; gives its number.

    :raises monitoring.store.store.StoreError: if the database cannot be used; nothing of the run is kept then.
    :raises monitoring.store.store.OutcomeUnknown: if the database went away while it committed.
    """
    with store.writing() as connection:
        inside = store.inside(connection)
        run_id = record_run(inside, record)
        update_flags(inside, run_id)
    return run_id


def keep_stress(store: Store, test: StressTest, made: Mapping[str, Any]) -> int:
    """Record the stress test and the flags that follow from it in one transaction; gives its number.

    :param made: as :func:`monitoring.store.recording.provenance` gives it.
    :raises monitoring.store.store.StoreError: if the database cannot be used; nothing of the test is kept then.
    """
    with store.writing() as connection:
        inside = store.inside(connection)
        number = record_stress(inside, test, made)
        update_flags(inside)
    return number


def update_flags(
    store: Store,
    run_id: int | None = None,
    *,
    rulebook: Rulebook | None = None,
    as_of: date | None = None,
    at: datetime | None = None,
    along: Along | None = None,
) -> UpdateResult:
    """Work out all flags from what is current in the store and record what has changed, in one transaction.

    Called after every run and whenever a run is approved or rejected; doing it again changes nothing.

    :param run_id: the run after which this happens, for the history.
    :param as_of: the day on which due dates count as passed; None: the day in China at ``at``.
    :param at: when this happens; now unless an older history is being loaded.
    :param along: writes into the same transaction, told of the events.
    :raises monitoring.store.store.StoreError: if the database cannot be used; nothing is changed then.
    """
    book, moment = rulebook or Rulebook.load(), at or datetime.now(UTC)
    with store.writing() as connection:
        take_lock(connection, Lock.FLAGS)
        found = raise_flags(flag_inputs_of_store(store), book, as_of or day_in_china(moment))
        law = book.on(found.as_of or today())
        happened = lifecycle.events(found.now(), flag_rows(connection), law)
        happened = _record(connection, happened, moment, run_id)
        if along is not None and happened.height:
            along(connection, happened)
    return UpdateResult(happened, found.findings)


def confirm_figure(
    store: Store,
    subject_id: str,
    period_end: date,
    column: str | None,
    basis: str | None,
    who: str,
    note: str,
) -> dy.DataFrame[FiguresInDoubt]:
    """Confirm a figure in doubt, and bring the flags up to date in the same transaction; gives the figure.

    :raises monitoring.doubt.register.NotInDoubt: where none is, or several could be meant.
    """
    with store.writing() as connection:
        inside = store.inside(connection)
        figure = confirm(inside, subject_id, period_end, column, basis, who, note)
        update_flags(inside)
    return figure


def update_after(store: Store, reference: str) -> None:
    """Bring the flags up to date after something was written down about an obligation that one of them is about.

    :param reference: the obligation, as the register calls it; most are no flag's business, and nothing is done.
    """
    if reference.startswith(f"{OBLIGATION}/"):
        update_flags(store)


def flag_rows(connection: Connection, *conditions: Any) -> pl.DataFrame:
    """The rows of the table of flags that fulfil the conditions."""
    return frames.read(connection, select(*_FLAG.columns).where(*conditions))


def _record(
    connection: Connection, happened: dy.DataFrame[FlagEvents], at: datetime, run_id: int | None
) -> dy.DataFrame[FlagEvents]:
    """Write the events and what they make of the flags; gives them back with every id filled."""
    if happened.is_empty():
        return happened
    first = connection.execute(select(func.coalesce(func.max(_FLAG.c.id), 0) + 1)).scalar_one()
    is_new = pl.col("id").is_null()
    happened = FlagEvents.typed(
        happened.with_columns(
            id=pl.when(is_new).then(is_new.cum_sum().cast(pl.Int64) + first - 1).otherwise("id")
        )
    )
    known = connection.execute(select(func.coalesce(func.max(_FLAG.c.id), 0))).scalar_one()
    new = happened.filter(pl.col("id") > known)
    frames.insert(connection, _FLAG, new.drop("gravity", "what"), raised_at=at, changed_at=at)
    old = happened.filter(pl.col("id") <= known)
    begins = pl.col("what").is_in([lifecycle.RAISED, lifecycle.RERAISED])
    _move(connection, old.filter(~begins), {"changed_at": at})
    _move(connection, old.filter(begins), {"changed_at": at, "raised_at": at, **_UNANSWERED})
    add_events(connection, happened, at, run_id)
    return happened


_UNANSWERED = {"acknowledged_by": None, "closed_by": None, "note": None, "answered_gravity": None}


def _move(connection: Connection, happened: pl.DataFrame, marks: dict[str, Any]) -> None:
    """Let the flags' rows say what the events say."""
    if happened.is_empty():
        return
    figures = {frames.RENAMED.get(c, c): c for c in (*lifecycle.FIGURES, "state")}
    moved = update(_FLAG).where(_FLAG.c.id == bindparam("flag"))
    moved = moved.values({**{column: bindparam(name) for column, name in figures.items()}, **marks})
    rows = happened.select(pl.col("id").alias("flag"), *figures.values()).to_dicts()
    connection.execute(moved, rows)


def add_events(
    connection: Connection, happened: pl.DataFrame, at: datetime, run_id: int | None, **same: object
) -> None:
    """Write down what happened to flags, in the caller's transaction, and in the record's chain.

    :param happened: id of the flag, identity, figures, what, state.
    :param same: other columns of the history, the same for all.
    """
    first = connection.execute(select(func.coalesce(func.max(_EVENT.c.id), 0) + 1)).scalar_one()
    numbered = happened.rename({"id": "flag_id"}).with_row_index("id", offset=first)
    frames.insert(connection, _EVENT, numbered, at=at, run_id=run_id, **same)
    touched = {"flag": numbered["flag_id"].to_list(), "flag_event": numbered["id"].to_list()}
    chain.note(connection, "flags", run_id or "", str(same.get("who") or PROGRAM), touched)


# --- reading ------------------------------------------------------------------------------------------------------------


def current_flags(
    store: Store,
    *,
    entities: Collection[str] | None = None,
    groups: Collection[str] | None = None,
    codes: Collection[str] | None = None,
    closed: bool = False,
) -> pl.DataFrame:
    """The flags that are not closed (with ``closed``: all), the gravest first.

    flag_id, then :class:`~monitoring.flags.schema.Flags` without ``latest``, then state, raised_at, changed_at,
    acknowledged_by, closed_by, note, assignee, answer_by.

    :param entities: only flags of these companies, and of groups about them as a member.
    :param groups: only flags of these groups; together with ``entities`` those of either.
    """
    about = [
        condition
        for ids, condition in (
            (entities, (_FLAG.c.subject_kind == "entity") & _FLAG.c.subject_id.in_(list(entities or ()))),
            (entities, _FLAG.c.party.in_(list(entities or ()))),
            (groups, (_FLAG.c.subject_kind == "group") & _FLAG.c.subject_id.in_(list(groups or ()))),
        )
        if ids is not None
    ]
    conditions = [] if closed else [_FLAG.c.state != lifecycle.CLOSED]
    if about:
        conditions.append(or_(*about))
    if codes is not None:
        conditions.append(_FLAG.c.code.in_(list(codes)))
    with store.reading() as connection:
        heads = flag_rows(connection, *conditions)
    tail = (
        "state",
        "raised_at",
        "changed_at",
        "acknowledged_by",
        "closed_by",
        "note",
        "assignee",
        "answer_by",
    )
    return heads.select(pl.col("id").alias("flag_id"), *rows.IDENTITY, *lifecycle.FIGURES, *tail).sort(
        "severity", *rows.IDENTITY, nulls_last=True
    )


def flag_history(store: Store, flag: int) -> pl.DataFrame:
    """Everything that happened to a flag, in order.

    flag_id, at, what, state, who, note, assignee, answer_by, run_id, then its figures then.

    :raises UnknownFlag: if there is no such flag.
    """
    query = select(*_EVENT.columns).where(_EVENT.c.flag_id == flag)
    with store.reading() as connection:
        history = frames.read(connection, query)
    if history.is_empty():
        raise UnknownFlag(store, flag)
    first = ("flag_id", "at", "what", "state", "who", "note", "assignee", "answer_by", "run_id")
    return history.sort("id").select(*first, pl.exclude("id", *first))


def flag_events(store: Store, *, since: datetime | None = None) -> pl.DataFrame:
    """What happened to all flags since a moment, in order: flag_id, identity, at, what, state, who, note, run_id, figures."""
    query = select(*(_FLAG.c[name] for name in rows.IDENTITY), *(c for c in _EVENT.columns)).join(
        _FLAG, _FLAG.c.id == _EVENT.c.flag_id
    )
    if since is not None:
        query = query.where(_EVENT.c.at >= since)
    with store.reading() as connection:
        return frames.read(connection, query).sort("id").drop("id")
