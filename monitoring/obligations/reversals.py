"""Taking back what was written down by mistake: always the latest entry of an obligation that still stands.

Entries are a submission, a waiver, a notice of late disclosure, and the event that made a report. They stand in the history
one upon another, and so they are taken back: the last first. What an entry had changed returns to what the entries below
it say, the obligation's own date where there is none; a report whose event is taken back is not owed any more. The
history keeps the entry, and who took it back and why.

People who may have been told something else hear what holds now: of an obligation that is open again and due for a
reminder at once, of a report that is owed no more where its event had been told of.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, or_, select

from consolidation.rulebook import Rulebook
from consolidation.words import LANGUAGES
from monitoring.alerts import messages, outbox
from monitoring.alerts.messages import MESSAGE
from monitoring.clock import database_time
from monitoring.obligations.catalogue import ANY, Catalogue
from monitoring.obligations.generation import HISTORY, OBLIGATION, invalidate
from monitoring.obligations.presentation.wording import title
from monitoring.obligations.register import (
    NotPossible,
    Recorded,
    find,
    reference_of,
    reminder_schedule,
    write,
)
from monitoring.obligations.reminders import remind_now
from monitoring.obligations.states import ObligationState, state
from monitoring.store.locks import Lock, take_lock
from monitoring.store.store import Store

SUBMITTED, WAIVED, DELAY, EVENT = "submitted", "waived", "delay_announced", "event"
WITHDRAWN = "withdrawn"
"""``words`` of the alert that a report which people were told of is not owed."""
_ENTRIES = (SUBMITTED, WAIVED, DELAY, EVENT)
_TAKEN_BACK = "_taken_back"
_REOPENED = "reopened"
"""How earlier editions wrote that a submission or a waiver was taken back."""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """Something that was written down: ``what`` is its word in the history, ``detail`` what was said."""

    what: str
    detail: Mapping[str, Any]


def reverse(store: Store, which: str, reason: str, who: str, today: date) -> Recorded:
    """Take back the latest entry of an obligation that was written down by mistake.

    A notice of late disclosure is taken back by the disclosure's reference or by its own, which mean the same.

    :raises UnknownObligation: see there.
    :raises NotPossible: without a reason, where nothing was written down, or where something rests upon the entry.
    """
    if not reason.strip():
        raise NotPossible("say why it is taken back")
    with store.writing() as connection:
        take_lock(connection, Lock.OBLIGATIONS)
        named = find(connection, which)
        row = _disclosure_of(connection, named) or named
        latest = _latest(connection, row, named)
        now = database_time(connection)
        if latest.what == EVENT:
            return _withdraw(connection, row, now, who, reason)
        return _open_again(connection, row, latest, now, who, reason, today)


def latest_entry(history: pl.DataFrame) -> str | None:
    """The word of the entry that would be taken back (``submitted``, ``waived``, ``delay_announced``, ``event``); None: none.

    :param history: as ``register.history`` gives it, of an obligation that has not lapsed.
    """
    standing = _standing(history.select("what", "detail").rows())
    return standing[-1].what if standing else None


# --- what stands --------------------------------------------------------------------------------------------------------


def _latest(connection: Connection, row: dict[str, Any], named: dict[str, Any]) -> HistoryEntry:
    """The entry on top, if it is the one that is meant.

    :param named: the obligation that was asked for: ``row`` itself, or a notice of its delay.
    """
    meant = reference_of(named)
    if ObligationState.LAPSED in (row["state"], named["state"]):
        raise NotPossible(f"{meant} is no longer owed: there is nothing to take back")
    entries = _entries(connection, row)
    if not entries:
        raise NotPossible(f"nothing was written down about {meant} that could be taken back")
    if named is not row:
        if entries[-1].what != DELAY:
            raise NotPossible(
                f"{reference_of(row)} is {row['state'].replace('_', ' ')} under this notice; take that back first"
            )
        if (newer := _notice_of(connection, row)) and newer["id"] != named["id"]:
            raise NotPossible(f"{meant} was replaced by {reference_of(newer)}; take that back first")
    return entries[-1]


def _entries(connection: Connection, row: dict[str, Any]) -> list[HistoryEntry]:
    query = select(HISTORY.c.what, HISTORY.c.detail).where(HISTORY.c.obligation_id == row["id"])
    return _standing((what, detail) for what, detail in connection.execute(query.order_by(HISTORY.c.id)))


def _standing(history: Iterable[tuple[str, str | None]]) -> list[HistoryEntry]:
    """The entries that stand, oldest first, of what happened and its details, oldest first."""
    standing: list[HistoryEntry] = []
    for what, detail in history:
        if what in _ENTRIES:
            standing.append(HistoryEntry(what, json.loads(detail) if detail else {}))
        elif standing and (what.endswith(_TAKEN_BACK) or what == _REOPENED):
            standing.pop()
    return standing


def _disclosure_of(connection: Connection, row: dict[str, Any]) -> dict[str, Any] | None:
    """The disclosure that a notice is about; None for any other obligation."""
    catalogue = Catalogue(Rulebook.load())
    known = row["obligation"] in catalogue.ids()
    version = catalogue.version(row["obligation"], row["period_end"]) if known else None
    return find(connection, row["note"]) if version is not None and version.who == ANY else None


def _notice_of(connection: Connection, row: dict[str, Any]) -> dict[str, Any] | None:
    """The last notice of a disclosure's delay that was not taken back."""
    found = Catalogue(Rulebook.load()).delay_of(row["obligation"], row["period_end"])
    if found is None:
        return None
    notices = (
        select(OBLIGATION)
        .where(
            OBLIGATION.c.obligation == found[0].id,
            OBLIGATION.c.party_id == row["party_id"],
            OBLIGATION.c.period_end == row["period_end"],
            OBLIGATION.c.note == reference_of(row),
            OBLIGATION.c.state != ObligationState.LAPSED.value,
        )
        .order_by(OBLIGATION.c.occurrence.desc())
        .limit(1)
    )
    notice = connection.execute(notices).mappings().one_or_none()
    return dict(notice) if notice else None


# --- what follows -------------------------------------------------------------------------------------------------------


def _open_again(
    connection: Connection,
    row: dict[str, Any],
    latest: HistoryEntry,
    now: datetime,
    who: str,
    reason: str,
    today: date,
) -> Recorded:
    said, schedule = {"reason": reason.strip()}, reminder_schedule(today)
    last_day = row["last_day"]
    if latest.what == DELAY:
        earlier = [e.detail["last_day"] for e in _entries(connection, row)[:-1] if e.what == DELAY]
        last_day = max([row["due_on"], *map(date.fromisoformat, earlier[-1:])])
        if notice := _notice_of(connection, row):
            gone = {"submitted_on": None, "receipt": None}
            write(connection, notice, now, who, SUBMITTED + _TAKEN_BACK, ObligationState.LAPSED, gone, said)
    else:
        invalidate(connection)
    values = {
        "last_day": last_day,
        "submitted_on": None,
        "receipt": None,
        "reason": None,
        "remind_on": schedule.first_on(last_day),
    }
    to = state(today, last_day, schedule)
    done = write(connection, row, now, who, latest.what + _TAKEN_BACK, to, values, said)
    if today >= schedule.first_on(last_day):
        remind_now(connection, {**row, **values, "version": row["version"] + 1}, today, schedule)
    return done


def _withdraw(connection: Connection, row: dict[str, Any], now: datetime, who: str, reason: str) -> Recorded:
    """A report is not owed after all. Should its cause be found again (a flag), that makes a new one."""
    nothing, said = {"remind_on": None, "cause": None}, {"reason": reason.strip()}
    done = write(connection, row, now, who, EVENT + _TAKEN_BACK, ObligationState.LAPSED, nothing, said)
    told = _told(connection, row["id"])
    if told:
        called = {language: title(row, language) for language in LANGUAGES}
        correction = outbox.NewAlert(
            key=f"{WITHDRAWN}/{row['id']}",
            topic=row["obligation"],
            words=WITHDRAWN,
            places={"title": called, **said},
            party_id=row["party_id"],
            obligation_id=row["id"],
            escalated=any(told),
            urgent=True,
        )
        outbox.raise_alerts(connection, [correction])
    return done


def _told(connection: Connection, id: int) -> list[bool]:
    """Of the alerts about an obligation that may have reached somebody: which went to the next level up, too."""
    on_its_way = MESSAGE.c.status.in_([messages.CLAIMED, messages.IN_FLIGHT, messages.SENT])
    query = (
        select(outbox.ALERT.c.escalated)
        .join(outbox.COPY, outbox.COPY.c.alert_id == outbox.ALERT.c.id)
        .join(MESSAGE, MESSAGE.c.id == outbox.COPY.c.message_id)
        .where(outbox.ALERT.c.obligation_id == id, or_(on_its_way, MESSAGE.c.lost > 0))
    )
    return list(connection.execute(query).scalars())
