"""The daily update of the open obligations: the state each is in today, and the reminders that fall due.

Both are found by index and changed in bulk, so a day on which nothing happens costs two small queries. A reminder is an
alert in the outbox, written in the transaction that moves the obligation's next reminder on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Insert,
    and_,
    bindparam,
    exists,
    insert,
    literal,
    not_,
    or_,
    select,
    update,
)

from consolidation.rulebook import Rulebook
from monitoring.alerts import outbox
from monitoring.clock import database_time
from monitoring.obligations.fulfilment import is_filed
from monitoring.obligations.generation import HISTORY, OBLIGATION
from monitoring.obligations.states import OPEN, ObligationState, ReminderSchedule
from monitoring.store.store import Store


@dataclass(frozen=True, slots=True)
class StateUpdate:
    """How many obligations changed their state with the day, and how many reminders were written."""

    changed: int = 0
    reminders: int = 0


def update_states(store: Store, rulebook: Rulebook, today: date) -> StateUpdate:
    """Set the states of ``today`` and write the reminders that fall on it, in one transaction.

    :raises StoreError: if the database cannot be used; nothing is changed then.
    """
    schedule = ReminderSchedule.of(rulebook.on(today))
    days = {"today": today, "soon": today + timedelta(days=schedule.days_before[0])}
    with store.reading() as connection:
        if not any(connection.execute(query, days).scalar_one() for query in _ARE_ANY):
            return StateUpdate()
    with store.writing() as connection:
        changed = sum(_enter(connection, to, days) for to in _ENTERED)
        return StateUpdate(changed, _remind(connection, today, schedule))


_last_day = OBLIGATION.c.last_day
_today: BindParameter[date] = bindparam("today")
_soon: BindParameter[date] = bindparam("soon")
_within = {
    ObligationState.OVERDUE: _last_day < _today,
    ObligationState.DUE_SOON: and_(_last_day >= _today, _last_day <= _soon),
    ObligationState.UPCOMING: _last_day > _soon,
}
_SHOULD_BE = {
    to: or_(*(and_(OBLIGATION.c.state == other.value, within) for other in OPEN if other != to))
    for to, within in _within.items()
}
"""For each state of an open obligation: which are not in it but should be."""

_TO_REMIND = and_(OBLIGATION.c.remind_on <= _today, not_(is_filed()))
"""What is to be reminded of: not a report that is in the store."""

# Every day sends the same few statements: made once.
_ARE_ANY = [select(exists().where(condition)) for condition in (*_SHOULD_BE.values(), _TO_REMIND)]


def _history_of(to: ObligationState, condition: ColumnElement[bool]) -> Insert:
    said = {
        "obligation_id": OBLIGATION.c.id,
        "at": bindparam("now", type_=HISTORY.c.at.type),
        "who": literal("rule19"),
        "what": literal("day"),
        "state": literal(to.value),
    }
    return insert(HISTORY).from_select([*said], select(*said.values()).where(condition))


_ENTERED = {
    to: (
        _history_of(to, condition),
        update(OBLIGATION).where(condition).values(version=OBLIGATION.c.version + 1),
    )
    for to, condition in _SHOULD_BE.items()
}
_REMINDED_OF = select(
    OBLIGATION.c.id, OBLIGATION.c.obligation, OBLIGATION.c.party_id, OBLIGATION.c.last_day
).where(_TO_REMIND)
_NEXT_REMINDER = (
    update(OBLIGATION)
    .where(_TO_REMIND, OBLIGATION.c.last_day == bindparam("b_last_day"))
    .values(remind_on=bindparam("b_next"))
)


def _enter(connection: Connection, to: ObligationState, days: Mapping[str, date]) -> int:
    history, change = _ENTERED[to]
    now = database_time(connection)
    connection.execute(history, {**days, "now": now})
    return connection.execute(change, {**days, "state": to.value, "changed_at": now}).rowcount


def _remind(connection: Connection, today: date, schedule: ReminderSchedule) -> int:
    rows = [dict(row) for row in connection.execute(_REMINDED_OF, {"today": today}).mappings()]
    written = outbox.raise_alerts(connection, [_reminder(row, today, schedule) for row in rows])
    days = sorted({row["last_day"] for row in rows})
    if days:
        connection.execute(
            _NEXT_REMINDER,
            [{"today": today, "b_last_day": day, "b_next": schedule.next_on(today, day)} for day in days],
        )
    return written


def remind_now(
    connection: Connection, row: Mapping[str, Any], today: date, schedule: ReminderSchedule
) -> None:
    """Write today's reminder of one obligation, in the transaction that makes it or opens it again.

    It does not wait for a digest, and is written although the same step was reminded of before the obligation changed.
    """
    reminder = _reminder(row, today, schedule)
    key = reminder.key.replace(f"/{row['id']}/", f"/{row['id']}.{row['version']}/", 1)
    outbox.raise_alerts(connection, [replace(reminder, key=key, urgent=True)])
    after = update(OBLIGATION).where(OBLIGATION.c.id == row["id"])
    connection.execute(after.values(remind_on=schedule.next_on(today, row["last_day"])))


def _reminder(row: Mapping[str, Any], today: date, schedule: ReminderSchedule) -> outbox.NewAlert:
    step = schedule.step(today, row["last_day"])
    assert step is not None, "a reminder falls on the first step or later"
    return outbox.NewAlert(
        key=f"{outbox.REMINDER}/{row['id']}/{row['last_day'].isoformat()}/{step}",
        topic=row["obligation"],
        words=outbox.REMINDER,
        party_id=row["party_id"],
        obligation_id=row["id"],
        escalated=schedule.escalates(step),
        urgent=step == 0,
    )
