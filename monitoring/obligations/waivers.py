"""Waivers by two people: one asks for it with the reason, another grants or refuses it. What is asked for is still owed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl
from sqlalchemy import Connection, select

from monitoring.obligations.generation import HISTORY, add_history, history_row
from monitoring.obligations.register import NotPossible, changing, reference_of, refuse_unless_open, waive
from monitoring.store.store import Store

ASKED, REFUSED = "waiver_asked", "waiver_refused"
_SETTLES = (REFUSED, "waived", "submitted", "lapsed")
"""What follows an asking and settles it."""


@dataclass(frozen=True, slots=True)
class AskedWaiver:
    """A waiver that waits for a second person."""

    who: str
    reason: str


def ask(store: Store, which: str, reason: str, who: str) -> None:
    """Ask that an obligation need not be met.

    :raises monitoring.obligations.register.NotPossible: without a reason, for what is done, or where it is asked for already.
    :raises monitoring.obligations.register.UnknownObligation: see there.
    """
    if not reason.strip():
        raise NotPossible("say why it is waived: who released the party from it, and on what ground")
    with changing(store, which) as (connection, row, now):
        refuse_unless_open(row)
        if _asked(connection, row["id"]) is not None:
            raise NotPossible(f"a waiver of {reference_of(row)} is asked for already")
        said = {"reason": reason.strip()}
        add_history(connection, [history_row(row["id"], now, who, ASKED, row["state"], said)])


def grant(store: Store, which: str, who: str) -> None:
    """Waive what somebody else asked for, for the reason given there.

    :raises monitoring.obligations.register.NotPossible: where nothing is asked for, or by oneself.
    """
    with store.writing() as connection:
        inside = store.inside(connection)
        asked = _waiting(inside, which, who)
        waive(inside, which, asked.reason, who)


def refuse(store: Store, which: str, reason: str, who: str) -> None:
    """Refuse what somebody asked for; the obligation stays as it is. Raises as :func:`grant`, and without a reason."""
    if not reason.strip():
        raise NotPossible("say why the waiver is refused")
    with store.writing() as connection:
        inside = store.inside(connection)
        _waiting(inside, which, who)
        with changing(inside, which) as (same, row, now):
            said = {"reason": reason.strip()}
            add_history(same, [history_row(row["id"], now, who, REFUSED, row["state"], said)])


def _waiting(store: Store, which: str, who: str) -> AskedWaiver:
    with changing(store, which) as (connection, row, _):
        refuse_unless_open(row)
        asked = _asked(connection, row["id"])
        if asked is None:
            raise NotPossible(f"no waiver of {reference_of(row)} is asked for")
        if asked.who == who:
            raise NotPossible(f"{who} asked for the waiver of {reference_of(row)}: a second person decides")
        return asked


def _asked(connection: Connection, number: int) -> AskedWaiver | None:
    query = select(HISTORY.c.what, HISTORY.c.who, HISTORY.c.detail).where(HISTORY.c.obligation_id == number)
    return _standing(tuple(row) for row in connection.execute(query.order_by(HISTORY.c.id)))


def asked_waiver(history: pl.DataFrame) -> AskedWaiver | None:
    """The waiver that waits, of an obligation's history as ``register.history`` gives it."""
    return _standing(history.select("what", "who", "detail").iter_rows())


def _standing(history: Iterable[tuple[str, str, str | None]]) -> AskedWaiver | None:
    found: AskedWaiver | None = None
    for what, who, detail in history:
        if what == ASKED:
            found = AskedWaiver(who, json.loads(detail or "{}").get("reason", ""))
        elif what in _SETTLES:
            found = None
    return found
