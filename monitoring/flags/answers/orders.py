"""Measures that follow a flag, ordered by the supervisor: each becomes a duty of the company or group, due on the day ordered.

Regulation 2021 A26 says which must be taken and which may; it sets no day, so the order does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from sqlalchemy import select

from monitoring.flags import lifecycle
from monitoring.flags.answers.answering import FlagChangeDenied, changing, write
from monitoring.measures import items_of, joined
from monitoring.obligations.catalogue import GROUP, INSURER
from monitoring.obligations.events import MeasureOrder, order_measure
from monitoring.obligations.generation import OBLIGATION
from monitoring.obligations.register import NotPossible, reference
from monitoring.ratios import ENTITY
from monitoring.store.store import Store

ORDERED = "ordered"
_CAUSE = "measure/{flag}/{since}/"


def order(
    store: Store,
    flag: int,
    items: Sequence[str],
    last_day: date,
    note: str,
    who: str,
    today: date,
    *,
    party_name: str,
) -> list[str]:
    """Order measures that follow a flag; gives the references of the duties.

    :param items: of the flag's ``measures_required`` and ``measures_allowed``, at least one.
    :param note: what exactly is ordered; it stands in every reminder.
    :raises monitoring.flags.store.UnknownFlag: if there is no such flag.
    :raises FlagChangeDenied: if it is closed, none of its measures is named, one is ordered already, or the day has passed.
    """
    with changing(store, flag) as (connection, head):
        row = head.row(0, named=True)
        follow = [*items_of(row["measures_required"]), *items_of(row["measures_allowed"])]
        if row["state"] == lifecycle.CLOSED:
            raise FlagChangeDenied(f"flag {flag} is closed: no measure follows from it any more")
        if not items or not set(items) <= set(follow):
            raise FlagChangeDenied(f"choose among the measures that follow flag {flag}: {joined(follow)}")
        if last_day < today:
            raise FlagChangeDenied(f"{last_day} has passed: order a measure for a day to come")
        cause = _CAUSE.format(flag=flag, since=row["since"])
        try:
            made = [
                order_measure(
                    connection,
                    MeasureOrder(
                        item=item,
                        party_id=row["subject_id"],
                        party_name=party_name,
                        who=INSURER if row["subject_kind"] == ENTITY else GROUP,
                        last_day=last_day,
                        note=note.strip() or None,
                        cause=cause + item,
                    ),
                    who,
                    today,
                ).reference
                for item in items
            ]
        except NotPossible as problem:
            raise FlagChangeDenied(str(problem)) from None
        said = joined(items) if not note.strip() else f"{joined(items)}: {note.strip()}"
        write(connection, head, ORDERED, who, datetime.now(UTC), {}, note=said, answer_by=last_day)
    return made


def ordered(store: Store, flag: int, since: date) -> dict[str, str]:
    """Item → reference of the duty, of the measures ordered after a flag in the spell that began then."""
    cause = _CAUSE.format(flag=flag, since=since)
    columns = ("occasion", "obligation", "party_id", "period_end", "occurrence")
    query = select(*(OBLIGATION.c[name] for name in columns)).where(OBLIGATION.c.cause.startswith(cause))
    with store.reading() as connection:
        found = connection.execute(query).all()
    return {item: reference(*rest) for item, *rest in found}
