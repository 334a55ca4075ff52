"""Generate obligations: what every party owes, written into the store thirteen months ahead.

What is owed follows from the rulebook, the calendar, the parties and the settings; a fingerprint of all of them is kept,
and while it stays there is nothing to generate. When something changes (a new company, a later notice, an announced
holiday) missing obligations are added, open ones move with their history, and those no longer owed lapse. What was
submitted or waived is never touched.
"""

from __future__ import annotations

import calendar
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

import polars as pl
from sqlalchemy import Connection, bindparam, case, insert, select, update

from consolidation.rulebook import Rulebook
from monitoring.calendar import WorkingDays
from monitoring.clock import database_time
from monitoring.obligations.catalogue import Catalogue, Profile
from monitoring.obligations.parties import (
    ObligationSettings,
    parties,
    settings_frame,
    settings_of,
    settings_text,
)
from monitoring.obligations.states import OPEN, ObligationState, ReminderSchedule, state
from monitoring.obligations.tables import ObligationGeneration, ObligationHistory, ObligationInstance
from monitoring.store import frames
from monitoring.store.integrity import chain
from monitoring.store.integrity.digests import PROGRAM
from monitoring.store.layout.filed_tables import Base
from monitoring.store.locks import Lock, take_lock
from monitoring.store.store import Store

OBLIGATION = Base.metadata.tables[str(ObligationInstance.__tablename__)]
HISTORY = Base.metadata.tables[str(ObligationHistory.__tablename__)]
GENERATION = Base.metadata.tables[str(ObligationGeneration.__tablename__)]

KEY = ["obligation", "party_id", "period_end"]
_DATES = ["due_on", "working_day", "provisional"]
_OPEN = [s.value for s in OPEN]
_MONTHS_AHEAD = 13


@dataclass(frozen=True, slots=True)
class GenerationResult:
    """How many obligations were added, moved, lapsed and revived."""

    added: int = 0
    moved: int = 0
    lapsed: int = 0
    revived: int = 0


def horizon(today: date) -> date:
    """How far ahead obligations are made: to the end of a month, a good year away."""
    month = today.month - 1 + _MONTHS_AHEAD
    year, month = today.year + month // 12, month % 12 + 1
    return date(year, month, calendar.monthrange(year, month)[1])


def generate_obligations(
    store: Store,
    rulebook: Rulebook,
    settings: ObligationSettings | None,
    today: date,
    *,
    days: WorkingDays | None = None,
    until: date | None = None,
    who: str = PROGRAM,
) -> GenerationResult:
    """Bring the obligations of the store up to date, in one transaction.

    :param settings: None: as the last time, so that one who knows no settings undoes nobody's.
    :param until: how far ahead, if farther than :func:`horizon`; the store never forgets a farther one.
    :raises StoreError: if the database cannot be used; nothing is changed then.
    """
    days = days or WorkingDays()
    with store.reading() as connection:
        known = _last_generation(connection)
        if settings is None:
            settings = settings_of(known["settings"] if known else None)
        wanted = _wanted(connection, rulebook, settings, today, until, days, known)
    if known and known["fingerprint"] == wanted.fingerprint:
        return GenerationResult()
    catalogue, schedule = Catalogue(rulebook), ReminderSchedule.of(rulebook.on(today))
    expected = _expected(catalogue, wanted, settings, days)
    with store.writing() as connection:
        take_lock(connection, Lock.OBLIGATIONS)
        now = database_time(connection)
        existing = frames.read_sent(connection, _regular(connection.dialect.name), {})
        result = GenerationResult(
            added=_add(connection, expected.join(existing, on=KEY, how="anti"), schedule, today, now),
            moved=_move(connection, _moved(expected, existing), schedule, today, now, who)
            + _settle_events(connection, catalogue, days, schedule, today, now, who),
            lapsed=_lapse(connection, existing.join(expected, on=KEY, how="anti"), now, who),
            revived=_revive(connection, expected, existing, schedule, today, now, who),
        )
        _note(connection, wanted, settings, now)
    return result


def invalidate(connection: Connection) -> None:
    """Make the next :func:`generate_obligations` compare everything, in the transaction that reopens an obligation.

    What is submitted or waived does not follow a notice or the list; opened again, it must. Take ``Lock.OBLIGATIONS`` first.
    """
    connection.execute(update(GENERATION).values(fingerprint=""))


# --- what is owed -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Wanted:
    owing: pl.DataFrame
    tracked_from: date
    until: date
    fingerprint: str


def _last_generation(connection: Connection) -> Mapping[str, Any] | None:
    found = connection.execute(select(GENERATION)).mappings().one_or_none()
    return dict(found) if found else None


def _wanted(
    connection: Connection,
    rulebook: Rulebook,
    settings: ObligationSettings,
    today: date,
    until: date | None,
    days: WorkingDays,
    known: Mapping[str, Any] | None,
) -> _Wanted:
    owing = parties(connection, rulebook, settings)
    tracked_from = settings.track_from or (known["tracked_from"] if known else today)
    farthest = max(d for d in (horizon(today), until, known and known["rolled_until"]) if d)
    said = [
        rulebook.hash,
        days.edition,
        tracked_from.isoformat(),
        farthest.isoformat(),
        settings_text(settings),
        owing.columns,
        owing.rows(),
    ]
    fingerprint = hashlib.sha256(json.dumps(said, default=str).encode()).hexdigest()
    return _Wanted(owing, tracked_from, farthest, fingerprint)


def _expected(
    catalogue: Catalogue, wanted: _Wanted, settings: ObligationSettings, days: WorkingDays
) -> pl.DataFrame:
    """:data:`KEY`, party_name, who, article, due_on, working_day, provisional: every obligation that should be there."""
    due = []
    for who, group_type, listing in wanted.owing.select("who", "group_type", "listing").unique().rows():
        profile = Profile(who, group_type, listing)
        for d in catalogue.due_dates(profile, wanted.tracked_from, wanted.until, days):
            due.append(
                (who, group_type, listing, d.obligation, d.period_end, d.article)
                + (d.due_on, d.working_day, d.provisional, d.with_report, d.looks_ahead)
            )
    dates = pl.DataFrame(
        due,
        schema={
            **dict.fromkeys(("who", "group_type", "listing", "obligation"), pl.String),
            "period_end": pl.Date,
            "article": pl.String,
            "due_on": pl.Date,
            "working_day": pl.Date,
            "provisional": pl.Boolean,
            "with_report": pl.Boolean,
            "looks_ahead": pl.Boolean,
        },
        orient="row",
    )
    there = pl.when("looks_ahead").then("due_on").otherwise("period_end")
    owed = wanted.owing.join(dates, on=["who", "group_type", "listing"]).filter(
        pl.coalesce(there >= pl.col("since"), True), pl.coalesce(there <= pl.col("until"), True)
    )
    return _with_reports(owed, settings, days).select(*KEY, "party_name", "who", "article", *_DATES)


def _with_reports(owed: pl.DataFrame, settings: ObligationSettings, days: WorkingDays) -> pl.DataFrame:
    """Disclosures that go with the financial report, moved to its day where that is known (and not after the last)."""
    reports = settings_frame(settings)
    working = {day: days.on_or_before(day) for day in reports["reported_on"].unique()}
    working_days = pl.DataFrame(
        [(day, found.day, found.provisional) for day, found in working.items()],
        schema={"reported_on": pl.Date, "report_working_day": pl.Date, "report_provisional": pl.Boolean},
        orient="row",
    )
    known = reports.join(working_days, on="reported_on")
    earlier = pl.col("with_report") & (pl.col("reported_on") < pl.col("due_on")).fill_null(False)

    def moved(column: str, report: str) -> pl.Expr:
        return pl.when(earlier).then(pl.col(report)).otherwise(pl.col(column)).alias(column)

    return owed.join(known, on=["party_id", "period_end"], how="left").with_columns(
        moved("due_on", "reported_on"),
        moved("working_day", "report_working_day"),
        moved("provisional", "report_provisional"),
    )


# --- what changes -------------------------------------------------------------------------------------------------------


_COMPARED = [
    OBLIGATION.c[name] for name in ("id", *KEY, "party_name", "article", *_DATES, "last_day", "state")
]
_OPEN_EVENTS = select(*_COMPARED, OBLIGATION.c.occasion).where(
    OBLIGATION.c.occasion.is_not(None), OBLIGATION.c.state.in_(_OPEN)
)


@cache
def _regular(dialect: str) -> frames.SentQuery:
    """All that no event has opened."""
    return frames.sent(select(*_COMPARED).where(OBLIGATION.c.occasion.is_(None)), dialect)


def _add(
    connection: Connection, new: pl.DataFrame, schedule: ReminderSchedule, today: date, now: datetime
) -> int:
    days = [
        (day, state(today, day, schedule).value, schedule.first_on(day)) for day in new["due_on"].unique()
    ]
    by_day = pl.DataFrame(
        days, schema={"due_on": pl.Date, "state": pl.String, "remind_on": pl.Date}, orient="row"
    )
    rows = new.join(by_day, on="due_on").with_columns(last_day="due_on").sort(*KEY)
    return frames.insert(connection, OBLIGATION, rows, occurrence=1, version=1, changed_at=now)


def _moved(expected: pl.DataFrame, existing: pl.DataFrame) -> pl.DataFrame:
    """Open obligations whose dates, article or party's name are no longer what they should be; new values end in _new."""
    both = existing.filter(pl.col("state").is_in(_OPEN)).join(expected, on=KEY, suffix="_new")
    names = ["party_name", "article", *_DATES]
    return both.filter(pl.any_horizontal(pl.col(name) != pl.col(f"{name}_new") for name in names))


def _move(
    connection: Connection,
    moved: pl.DataFrame,
    schedule: ReminderSchedule,
    today: date,
    now: datetime,
    who: str,
) -> int:
    changes, notes = [], []
    for row in moved.iter_rows(named=True):
        extended = row["last_day"] != row["due_on"]
        last_day = max(row["last_day"], row["due_on_new"]) if extended else row["due_on_new"]
        now_state = state(today, last_day, schedule).value
        changes.append(
            {
                "b_id": row["id"],
                "b_last_day": last_day,
                "b_state": now_state,
                "b_remind_on": schedule.first_on(last_day),
                **{f"b_{name}": row[f"{name}_new"] for name in ("party_name", "article", *_DATES)},
            }
        )
        what = "settled" if row["provisional"] and not row["provisional_new"] else "moved"
        detail = {"due_on": [row["due_on"].isoformat(), row["due_on_new"].isoformat()]}
        if any(row[name] != row[f"{name}_new"] for name in ("article", *_DATES)):
            notes.append(history_row(row["id"], now, who, what, now_state, detail))
    if changes:
        same_day = OBLIGATION.c.last_day == bindparam("b_last_day")
        connection.execute(
            update(OBLIGATION)
            .where(OBLIGATION.c.id == bindparam("b_id"))
            .values(
                {name: bindparam(f"b_{name}") for name in ("party_name", "article", *_DATES)}
                | {"last_day": bindparam("b_last_day"), "state": bindparam("b_state")}
                # a reminder that went out for this day is not due again
                | {"remind_on": case((same_day, OBLIGATION.c.remind_on), else_=bindparam("b_remind_on"))}
                | {"version": OBLIGATION.c.version + 1, "changed_at": now}
            ),
            changes,
        )
    add_history(connection, notes)
    return len(changes)


def _settle_events(
    connection: Connection,
    catalogue: Catalogue,
    days: WorkingDays,
    schedule: ReminderSchedule,
    today: date,
    now: datetime,
    who: str,
) -> int:
    """Count working days anew for open event reports: a provisional date is settled, a holiday was moved."""
    rows = []
    for row in connection.execute(_OPEN_EVENTS).mappings():
        try:
            due = catalogue.event_due(row["obligation"], row["occasion"], row["period_end"], days)
        except LookupError:
            continue  # the law has dropped the occasion: what was opened under it keeps its date
        if (due.due_on, due.working_day, due.provisional) != tuple(row[name] for name in _DATES):
            new = {"due_on_new": due.due_on, "working_day_new": due.working_day}
            same = {"party_name_new": row["party_name"], "article_new": due.article}
            rows.append({**row, **new, **same, "provisional_new": due.provisional})
    return _move(connection, pl.DataFrame(rows), schedule, today, now, who) if rows else 0


def _lapse(connection: Connection, gone: pl.DataFrame, now: datetime, who: str) -> int:
    ids = gone.filter(pl.col("state").is_in(_OPEN))["id"].to_list()
    _set_state(connection, ids, ObligationState.LAPSED, None, now)
    add_history(connection, [history_row(id, now, who, "lapsed", ObligationState.LAPSED) for id in ids])
    return len(ids)


def _revive(
    connection: Connection,
    expected: pl.DataFrame,
    existing: pl.DataFrame,
    schedule: ReminderSchedule,
    today: date,
    now: datetime,
    who: str,
) -> int:
    """Owed again: opened as it stands; its dates are brought up to date like those of any open one."""
    back = existing.filter(pl.col("state") == ObligationState.LAPSED).join(expected, on=KEY, how="semi")
    for row in back.iter_rows(named=True):
        opened = state(today, row["last_day"], schedule)
        _set_state(connection, [row["id"]], opened, schedule.first_on(row["last_day"]), now)
        add_history(connection, [history_row(row["id"], now, who, "revived", opened)])
    reopened = back.with_columns(state=pl.lit(ObligationState.UPCOMING.value))
    _move(connection, _moved(expected, reopened), schedule, today, now, who)
    return back.height


def _set_state(
    connection: Connection, ids: list[int], to: ObligationState, remind_on: date | None, now: datetime
) -> None:
    if ids:
        connection.execute(
            update(OBLIGATION)
            .where(OBLIGATION.c.id == bindparam("b_id"))
            .values(state=to.value, remind_on=remind_on, version=OBLIGATION.c.version + 1, changed_at=now),
            [{"b_id": id} for id in ids],
        )


def history_row(
    id: int, at: datetime, who: str, what: str, to: str, detail: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """A row of the history of obligation ``id``."""
    said = json.dumps(detail, ensure_ascii=False) if detail else None
    return {"obligation_id": id, "at": at, "who": who, "what": what, "state": str(to), "detail": said}


def add_history(connection: Connection, notes: Iterable[dict[str, Any]]) -> None:
    """Insert rows of an obligation's history."""
    rows = list(notes)
    if rows:
        connection.execute(insert(HISTORY), rows)
    for row in rows:
        if row["who"] != PROGRAM:
            id = row["obligation_id"]
            chain.note(connection, "obligation", id, row["who"], {"obligation": [id], "obligation_act": [id]})


def _note(connection: Connection, wanted: _Wanted, settings: ObligationSettings, now: datetime) -> None:
    values = {
        "fingerprint": wanted.fingerprint,
        "tracked_from": wanted.tracked_from,
        "rolled_until": wanted.until,
        "rolled_at": now,
        "settings": settings_text(settings),
    }
    if connection.execute(update(GENERATION).where(GENERATION.c.id == 1).values(values)).rowcount == 0:
        connection.execute(insert(GENERATION).values(id=1, **values))
