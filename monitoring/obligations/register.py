"""The register of obligations: read it, and write down what was done about each.

Everything is known by its *reference*, ``OBLIGATION/PARTY/PERIOD`` (``solo-flash/阳光人寿/2024-03-31``; a second event of one
day ends in ``#2``), or by its number. Whatever is written down is added to the history with who and when; a mistake is
taken back (``reversals``), never edited. What cannot be is refused with a :class:`NotPossible` in one sentence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import polars as pl
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    false,
    select,
    type_coerce,
    update,
)

from consolidation.rulebook import Rulebook
from monitoring.calendar import day_in_china
from monitoring.clock import database_time
from monitoring.obligations.catalogue import YEAR_AHEAD, Catalogue
from monitoring.obligations.fulfilment import REPORTS, is_filed, is_filed_by
from monitoring.obligations.generation import HISTORY, KEY, OBLIGATION, add_history, history_row
from monitoring.obligations.states import DONE, OPEN, ObligationState, ReminderSchedule, state
from monitoring.store import frames
from monitoring.store.layout.filed_tables import Base
from monitoring.store.store import Store

_INTERNAL = ("remind_on", "cause")
_AT_ONCE = 10_000
_FILED = "is_filed"


class UnknownObligation(LookupError):
    """There is no such obligation; the text says so for a person."""


class NotPossible(Exception):
    """What is to be written down cannot be; the text says why and what to do, for a person."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The obligation that was written about, as it stands now."""

    reference: str
    state: ObligationState
    last_day: date
    provisional: bool


def reference(obligation: str, party_id: str, period_end: date, occurrence: int = 1) -> str:
    """The text by which people call an obligation."""
    number = "" if occurrence == 1 else f"#{occurrence}"
    return f"{obligation}/{party_id}/{period_end.isoformat()}{number}"


# --- reading ------------------------------------------------------------------------------------------------------------


def obligations(
    store: Store,
    today: date,
    *,
    parties: Collection[str] | None = None,
    ids: Collection[str] | None = None,
    since: date | None = None,
    until: date | None = None,
    only_open: bool = False,
) -> pl.DataFrame:
    """The obligations with what is known of each, by last day; ``state`` and ``days_left`` are those of ``today``.

    :param parties: only these; :param ids: only these obligations (``solo-flash`` …).
    :param since: only with a last day from here on; :param until: only with a last day until here.
    :param only_open: only what is still to be done or written down.
    """
    conditions: list[ColumnElement[bool]] = []
    if parties is not None:
        conditions.append(OBLIGATION.c.party_id.in_(list(parties)))
    if ids is not None:
        conditions.append(OBLIGATION.c.obligation.in_(list(ids)))
    if since is not None:
        conditions.append(OBLIGATION.c.last_day >= since)
    if until is not None:
        conditions.append(OBLIGATION.c.last_day <= until)
    if only_open:
        conditions.append(OBLIGATION.c.state.in_([s.value for s in OPEN]))
    columns = [c for c in OBLIGATION.columns if c.name not in _INTERNAL]
    with store.reading() as connection:
        query = select(*columns, type_coerce(is_filed(), Boolean).label(_FILED)).where(
            and_(True, *conditions)
        )
        frame = frames.read(connection, query)
    return _as_of(frame, today).sort("last_day", "obligation", "party_id", "id")


def _as_of(frame: pl.DataFrame, today: date) -> pl.DataFrame:
    """The states as of a day; those in the table are of the last :func:`reminders.update_states`."""
    schedule = ReminderSchedule.of(Rulebook.load().on(today))
    soon = today + timedelta(days=schedule.days_before[0])
    last_day = pl.col("last_day")
    open_state = (
        pl.when(last_day < today)
        .then(pl.lit(ObligationState.OVERDUE.value))
        .when(last_day <= soon)
        .then(pl.lit(ObligationState.DUE_SOON.value))
        .otherwise(pl.lit(ObligationState.UPCOMING.value))
    )
    number = pl.when(pl.col("occurrence") == 1).then(pl.lit("")).otherwise(pl.format("#{}", "occurrence"))
    called = pl.format("{}/{}/{}{}", "obligation", "party_id", pl.col("period_end").cast(pl.String), number)
    is_open = pl.col("state").is_in([s.value for s in OPEN])
    filed = is_open & pl.col(_FILED)
    return frame.with_columns(
        reference=called,
        state=pl.when(filed)
        .then(pl.lit(ObligationState.FILED.value))
        .when(is_open)
        .then(open_state)
        .otherwise("state"),
        days_left=pl.when(is_open & ~filed).then((last_day - today).dt.total_days()),
    ).drop(_FILED)


def filed_with(store: Store, run: int, today: date) -> pl.DataFrame:
    """The open obligations whose report is in the data of a run, whether that counts yet or not, by last day.

    As :func:`obligations`, with ``filed_on``: the day in China on which the run was recorded.
    """
    runs = Base.metadata.tables["run"]
    with store.reading() as connection:
        found = connection.execute(
            select(runs.c.input_set_id, runs.c.recorded_at).where(runs.c.id == run)
        ).one_or_none()
        if found is None:
            return obligations(store, today, ids=()).with_columns(filed_on=pl.lit(None, pl.Date))
        wanted = select(OBLIGATION.c.id).where(
            is_filed_by(found.input_set_id), OBLIGATION.c.state.in_([s.value for s in OPEN])
        )
        numbers = connection.execute(wanted).scalars().all()
    on = day_in_china(found.recorded_at)
    mine = obligations(store, today, ids=REPORTS).filter(pl.col("id").is_in(list(numbers)))
    return mine.with_columns(filed_on=pl.lit(on))


def history(store: Store, which: str) -> pl.DataFrame:
    """at, who, what, state, detail (JSON): what happened to an obligation, oldest first.

    :raises UnknownObligation: if there is none.
    """
    with store.reading() as connection:
        condition, values = _called(which)
        found = connection.execute(select(OBLIGATION.c.id).where(condition), values).scalar_one_or_none()
        if found is None:
            raise _unknown(which)
        columns = [HISTORY.c[name] for name in ("id", "at", "who", "what", "state", "detail")]
        query = select(*columns).where(HISTORY.c.obligation_id == found)
        return frames.read(connection, query).sort("id").drop("id")


def open_obligations(connection: Connection, numbers: Collection[int]) -> dict[int, Mapping[str, Any]]:
    """The rows of those of some obligations that are still open, by number."""
    wanted, found = sorted(numbers), dict[int, Mapping[str, Any]]()
    for start in range(0, len(wanted), _AT_ONCE):  # a database takes only so many values in one query
        some = {"numbers": wanted[start : start + _AT_ONCE]}
        found |= {row.id: row._asdict() for row in connection.execute(_OPEN_ONES, some)}
    return found


# What every message and every submission sends is made once.
_OPEN_ONES = select(OBLIGATION).where(
    OBLIGATION.c.id.in_(bindparam("numbers", expanding=True)), OBLIGATION.c.state.in_([s.value for s in OPEN])
)
_NUMBERED = OBLIGATION.c.id == bindparam("number")
_NONE = false()
_NAMED = and_(*(OBLIGATION.c[name] == bindparam(name) for name in (*KEY, "occurrence")))
_NEXT_VERSION = (
    update(OBLIGATION).where(OBLIGATION.c.id == bindparam("changed")).values(version=OBLIGATION.c.version + 1)
)
"""Sets the columns that it is sent with, too."""


# --- writing ------------------------------------------------------------------------------------------------------------


def submit(store: Store, which: str, on: date, receipt: str, who: str, today: date) -> Recorded:
    """Write down that an obligation was met on a day, with what proves it.

    :raises UnknownObligation, NotPossible: see there.
    """
    if not receipt.strip():
        raise NotPossible("say what proves the submission: the receipt's number, or where it was published")
    if on > today:
        raise NotPossible(f"{on} has not come yet: write it down on the day it was submitted")
    with changing(store, which) as (connection, row, now):
        refuse_unless_open(row)
        if on < (first := first_day(row)):
            raise NotPossible(f"{on} is before {first}: too early for {reference_of(row)}")
        to = state(today, row["last_day"], reminder_schedule(today), submitted_on=on)
        values = {"submitted_on": on, "receipt": receipt.strip(), "remind_on": None}
        return write(
            connection, row, now, who, "submitted", to, values, {"on": on.isoformat(), "receipt": receipt}
        )


def first_day(row: Mapping[str, Any]) -> date:
    """The first day on which an obligation can have been met: its period's end; for a plan, in the year before it begins."""
    if row["obligation"] in (catalogue := Catalogue(Rulebook.load())).ids():
        version = catalogue.version(row["obligation"], row["period_end"])
        if version is not None and version.period == YEAR_AHEAD:
            return date(row["period_end"].year, 1, 1)
    return row["period_end"]


def waive(store: Store, which: str, reason: str, who: str) -> Recorded:
    """Write down that an obligation need not be met, and why.

    :raises UnknownObligation, NotPossible: see there.
    """
    if not reason.strip():
        raise NotPossible("say why it is waived: who released the party from it, and on what ground")
    with changing(store, which) as (connection, row, now):
        refuse_unless_open(row)
        values = {"reason": reason.strip(), "remind_on": None}
        return write(connection, row, now, who, "waived", ObligationState.WAIVED, values, {"reason": reason})


# --- how ----------------------------------------------------------------------------------------------------------------


@contextmanager
def changing(store: Store, which: str) -> Iterator[tuple[Connection, dict[str, Any], datetime]]:
    """One obligation, held for a change; everything inside is one transaction."""
    with store.writing() as connection:
        yield connection, find(connection, which), database_time(connection)


def find(connection: Connection, which: str) -> dict[str, Any]:
    """The row of an obligation, held for a change.

    :raises UnknownObligation: if there is none.
    """
    condition, values = _called(which)
    row = one(connection, condition, values)
    if row is None:
        raise _unknown(which)
    return row


def _unknown(which: str) -> UnknownObligation:
    return UnknownObligation(
        f"there is no obligation {which}; expected OBLIGATION/PARTY/PERIOD as `rule19 deadlines` lists them"
    )


def _called(which: str) -> tuple[ColumnElement[bool], dict[str, Any]]:
    """The condition that a reference or number says, and its values."""
    if which.isdecimal() and len(which) < 10:
        return _NUMBERED, {"number": int(which)}
    obligation, _, rest = which.partition("/")
    party_id, _, last = rest.rpartition("/")
    day, _, number = last.partition("#")
    try:
        period_end, occurrence = date.fromisoformat(day), int(number or 1)
    except ValueError:
        return _NONE, {}
    named = {"obligation": obligation, "party_id": party_id, "period_end": period_end}
    return _NAMED, {**named, "occurrence": occurrence}


def one(
    connection: Connection, condition: ColumnElement[bool], values: Mapping[str, Any] | None = None
) -> dict[str, Any] | None:
    """The row that meets a condition, if there is one; nobody else changes it until this transaction ends."""
    found = connection.execute(_held(condition), values).one_or_none()
    return found._asdict() if found else None


@lru_cache(10)
def _held(condition: ColumnElement[bool]) -> Select[Any]:
    return select(OBLIGATION).where(condition).with_for_update()


def refuse_unless_open(row: dict[str, Any]) -> None:
    """What is done is done, until it is opened again."""
    if row["state"] in DONE:
        raise NotPossible(
            f"{reference_of(row)} is {row['state'].replace('_', ' ')}; if that is a mistake, take it back first (rule19 take-back)"
        )


def write(
    connection: Connection,
    row: dict[str, Any],
    now: datetime,
    who: str,
    what: str,
    to: ObligationState,
    values: dict[str, Any],
    detail: dict[str, Any],
) -> Recorded:
    """Set values and state, and add what happened to the history."""
    changed = {"changed": row["id"], "state": to.value, "changed_at": now, **values}
    connection.execute(_NEXT_VERSION, changed)
    add_history(connection, [history_row(row["id"], now, who, what, to, detail)])
    return Recorded(reference_of(row), to, values.get("last_day", row["last_day"]), row["provisional"])


def reference_of(row: dict[str, Any]) -> str:
    """The reference of a row."""
    return reference(row["obligation"], row["party_id"], row["period_end"], row["occurrence"])


def recorded(row: dict[str, Any]) -> Recorded:
    """A row as it stands."""
    return Recorded(reference_of(row), ObligationState(row["state"]), row["last_day"], row["provisional"])


def reminder_schedule(today: date) -> ReminderSchedule:
    """The reminder schedule in force on a day."""
    return ReminderSchedule.of(Rulebook.load().on(today))
