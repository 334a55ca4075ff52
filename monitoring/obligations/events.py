"""Events that must be reported, and notices that a disclosure will be late: obligations that no calendar makes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, case, func, insert, select

from consolidation.rulebook import Rulebook
from monitoring.calendar import WorkingDays
from monitoring.clock import database_time
from monitoring.measures import article_of
from monitoring.obligations.catalogue import NET_ASSETS, ORDERED_MEASURE, Catalogue, DueDate
from monitoring.obligations.generation import OBLIGATION, add_history, history_row
from monitoring.obligations.losses import LossComparison, compare_loss
from monitoring.obligations.register import (
    NotPossible,
    Recorded,
    changing,
    one,
    recorded,
    reference_of,
    refuse_unless_open,
    reminder_schedule,
    write,
)
from monitoring.obligations.reminders import remind_now
from monitoring.obligations.states import ObligationState, ReminderSchedule, state
from monitoring.store import queries as reading
from monitoring.store.store import Store


class NotDue(NotPossible):
    """The loss is not one that has to be reported; nothing was written down. ``loss`` is the comparison."""

    def __init__(self, loss: LossComparison) -> None:
        super().__init__(f"{loss.amount:f} is not above {loss.limit:f}: no report is due")
        self.loss = loss


def report_event(
    store: Store,
    rulebook: Rulebook,
    obligation: str,
    party_id: str,
    occasion: str,
    counted_from: date,
    what: str,
    who: str,
    today: date,
    *,
    amount: Decimal | None = None,
    days: WorkingDays | None = None,
) -> Recorded:
    """An event has happened that must be reported: write down until when.

    :param counted_from: the day of the event, of its discovery or of the audit report, as the obligation counts.
    :param what: what happened.
    :param amount: what it came to, 万元; needed where the law compares it with net assets.
    :raises NotDue: for a loss that is not above the law's share of net assets.
    :raises NotPossible: for an obligation or occasion that the law does not have, or a party that owes nothing.
    """
    if not what.strip():
        raise NotPossible("say what happened: it stands in every reminder of the report")
    if counted_from > today:
        raise NotPossible(f"{counted_from} has not come yet: an event is reported once it has happened")
    loss = loss_of(store, rulebook, obligation, party_id, occasion, counted_from, amount)
    if loss is not None and not loss.is_due:
        raise NotDue(loss)
    with store.writing() as connection:
        return event_report(
            connection,
            rulebook,
            obligation,
            party_id,
            occasion,
            counted_from,
            what,
            who,
            today,
            amount=amount,
            days=days,
        )


def loss_of(
    store: Store,
    rulebook: Rulebook,
    obligation: str,
    party_id: str,
    occasion: str,
    happened_on: date,
    amount: Decimal | None,
) -> LossComparison | None:
    """An event's amount against the group's net assets as the store knows them; None where the law compares nothing.

    :raises NotPossible: where the amount is needed and missing, or no amount of a loss.
    """
    found = Catalogue(rulebook).occasion(obligation, occasion, happened_on)
    if amount is not None and amount <= 0:
        raise NotPossible(f"{amount:f} is no loss: give it in 万元, above zero")
    if found is None or found.share_of != NET_ASSETS:
        return None
    if amount is None:
        raise NotPossible("say what the loss came to, in 万元: it is compared with the group's net assets")
    return compare_loss(found, amount, reading.group_financials(store), party_id, happened_on)


def event_report(
    connection: Connection,
    rulebook: Rulebook,
    obligation: str,
    party_id: str,
    occasion: str,
    counted_from: date,
    what: str,
    who: str,
    today: date,
    *,
    cause: str | None = None,
    amount: Decimal | None = None,
    days: WorkingDays | None = None,
) -> Recorded:
    """:func:`report_event` inside a transaction; one ``cause`` (a flag) makes one report, however often it is given."""
    if cause is not None and (row := one(connection, OBLIGATION.c.cause == cause)) is not None:
        return recorded(row)
    catalogue = Catalogue(rulebook)
    try:
        due = catalogue.event_due(obligation, occasion, counted_from, days or WorkingDays())
    except LookupError as problem:
        raise NotPossible(str(problem)) from None
    version = catalogue.version(obligation, counted_from)
    assert version is not None
    name = _name_of(connection, party_id, version.who)
    schedule = ReminderSchedule.of(rulebook.on(today))
    to = state(today, due.due_on, schedule)
    row = _insert(
        connection,
        {
            **_of_due(due),
            "party_id": party_id,
            "party_name": name,
            "who": version.who,
            "occasion": occasion,
            "cause": cause,
            "amount": amount,
            "note": what,
            "state": to.value,
            "remind_on": schedule.first_on(due.due_on),
        },
    )
    add_history(
        connection, [history_row(row["id"], row["changed_at"], who, "event", to, _said(what, amount))]
    )
    if today >= schedule.first_on(due.due_on):
        remind_now(connection, row, today, schedule)
    return recorded(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureOrder:
    """A measure that the supervisor orders of a party; ``item`` is that of the rulebook's ``measures.*``.

    ``who``: an insurer or a group. ``cause`` says what it follows from, once each; ``note`` what exactly is ordered.
    """

    item: str
    party_id: str
    party_name: str
    who: str
    last_day: date
    note: str | None
    cause: str


def order_measure(connection: Connection, ordered: MeasureOrder, who: str, today: date) -> Recorded:
    """Write down an ordered measure as a duty of its party, inside a transaction; reminded of as everything is.

    :raises NotPossible: where it was ordered before.
    """
    if (row := one(connection, OBLIGATION.c.cause == ordered.cause)) is not None:
        raise NotPossible(f"{ordered.item} is ordered already: {reference_of(row)}, until {row['last_day']}")
    working = WorkingDays().on_or_before(ordered.last_day)
    schedule = reminder_schedule(today)
    to = state(today, ordered.last_day, schedule)
    row = _insert(
        connection,
        {
            "obligation": ORDERED_MEASURE,
            "period_end": today,
            "article": article_of(ordered.item),
            "due_on": ordered.last_day,
            "working_day": working.day,
            "provisional": working.provisional,
            "last_day": ordered.last_day,
            "party_id": ordered.party_id,
            "party_name": ordered.party_name,
            "who": ordered.who,
            "occasion": ordered.item,
            "cause": ordered.cause,
            "note": ordered.note,
            "state": to.value,
            "remind_on": schedule.first_on(ordered.last_day),
        },
    )
    said = {"what": ordered.note} if ordered.note else {}
    add_history(connection, [history_row(row["id"], row["changed_at"], who, "event", to, said)])
    if today >= schedule.first_on(ordered.last_day):
        remind_now(connection, row, today, schedule)
    return recorded(row)


def _said(what: str, amount: Decimal | None) -> dict[str, str]:
    return {"what": what} if amount is None else {"what": what, "amount": f"{amount:f}"}


def announce_delay(
    store: Store,
    rulebook: Rulebook,
    which: str,
    announced_on: date,
    expected_on: date,
    where: str,
    who: str,
    today: date,
) -> Recorded:
    """Write down the notice that a disclosure will be late (Rule 19 A147, Rule 15 A14).

    Announced before the disclosure's due date, the notice moves its last day to the announced one, at most as many days
    later as the law allows.

    :raises UnknownObligation, NotPossible: see there.
    """
    if not where.strip():
        raise NotPossible("say where the notice stands: the address of the page")
    if announced_on > today:
        raise NotPossible(f"{announced_on} has not come yet: write the notice down once it is published")
    with changing(store, which) as (connection, row, now):
        refuse_unless_open(row)
        found = Catalogue(rulebook).delay_of(row["obligation"], row["period_end"])
        if found is None:
            raise NotPossible(f"{row['obligation']} is not a disclosure whose delay can be announced")
        version, rule = found
        if announced_on < row["period_end"]:
            raise NotPossible(f"{announced_on} is before {row['period_end']}, which the disclosure is about")
        before = row["due_on"] - timedelta(days=rule.days)
        latest = row["due_on"] + timedelta(days=version.late_disclosure_days)
        if announced_on > before:
            raise NotPossible(
                f"a notice had to be published by {before} ({version.article}); one of {announced_on} changes nothing"
            )
        if not row["due_on"] < expected_on <= latest:
            raise NotPossible(
                f"the disclosure may be announced for a day after {row['due_on']} and until {latest} ({version.article}), not {expected_on}"
            )
        notice = {
            "obligation": version.id,
            "period_end": row["period_end"],
            "article": version.article,
            "due_on": before,
            "working_day": before,
            "provisional": False,
            "last_day": before,
            "party_id": row["party_id"],
            "party_name": row["party_name"],
            "who": row["who"],
            "occasion": rule.occasions[0].id,
            "note": reference_of(row),
            "state": ObligationState.SUBMITTED.value,
            "submitted_on": announced_on,
            "receipt": where,
        }
        made = _insert(connection, notice)
        said = {"on": announced_on.isoformat(), "receipt": where}
        add_history(
            connection, [history_row(made["id"], now, who, "submitted", ObligationState.SUBMITTED, said)]
        )
        schedule = reminder_schedule(today)
        to = state(today, expected_on, schedule)
        values = {"last_day": expected_on, "remind_on": schedule.first_on(expected_on)}
        detail = {"announced_on": announced_on.isoformat(), "last_day": expected_on.isoformat()}
        return write(connection, row, now, who, "delay_announced", to, values, detail)


def _of_due(due: DueDate) -> dict[str, Any]:
    return {
        "obligation": due.obligation,
        "period_end": due.period_end,
        "article": due.article,
        "due_on": due.due_on,
        "working_day": due.working_day,
        "provisional": due.provisional,
        "last_day": due.due_on,
    }


def _insert(connection: Connection, values: dict[str, Any]) -> dict[str, Any]:
    same = [OBLIGATION.c[name] == values[name] for name in ("obligation", "party_id", "period_end")]
    earlier = connection.execute(select(func.max(OBLIGATION.c.occurrence)).where(*same)).scalar_one()
    row = {
        **values,
        "occurrence": (earlier or 0) + 1,
        "version": 1,
        "changed_at": database_time(connection),
    }
    number = connection.execute(insert(OBLIGATION).values(row)).inserted_primary_key
    return {**row, "id": number[0] if number else None}


def _name_of(connection: Connection, party_id: str, who: str) -> str:
    """The party's name, if it still owes reports by the calendar: what it owes last has not lapsed."""
    query = select(OBLIGATION.c.party_name, OBLIGATION.c.state).where(
        OBLIGATION.c.party_id == party_id, OBLIGATION.c.who == who, OBLIGATION.c.occasion.is_(None)
    )
    has_lapsed = case((OBLIGATION.c.state == ObligationState.LAPSED.value, 1), else_=0)
    last = query.order_by(OBLIGATION.c.due_on.desc(), has_lapsed, OBLIGATION.c.id.desc()).limit(1)
    found = connection.execute(last).one_or_none()
    if found is None or found.state == ObligationState.LAPSED:
        raise NotPossible(
            f"there is no {who} {party_id!r} that owes anything; `rule19 deadlines` lists who does"
        )
    return str(found.party_name)
