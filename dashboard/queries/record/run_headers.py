"""The last run and those that wait for a decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
import streamlit as st

from consolidation.rulebook import Rulebook
from dashboard.queries.session import StoreVersion, UserSession
from monitoring.access.accounts import Right
from monitoring.flags.kinds.filings.missing_filings import due_periods, quarter_ends
from monitoring.ratios import ENTITY
from monitoring.store import queries as store_queries
from monitoring.store.runs import list_runs
from monitoring.store.store import PENDING, Store

_FOR_EVERYBODY = ("run_id", "recorded_at", "status", "is_standing")


def last_run(session: UserSession) -> Mapping[str, Any] | None:
    """The head of the newest run, cut to what the person may know of it."""
    runs = _runs(session.store, session.version)
    return None if runs.is_empty() else for_person(session, runs.row(-1, named=True))


def for_person(session: UserSession, head: Mapping[str, Any]) -> Mapping[str, Any]:
    """A run's head; for who does not see all groups without counts, source and who recorded it."""
    return head if session.person.sees_everything else {name: head[name] for name in _FOR_EVERYBODY}


def waiting(session: UserSession) -> int:
    """How many runs wait for a second person to decide; nought for who may not."""
    if not session.person.may(Right.DECIDE):
        return 0
    return _runs(session.store, session.version).filter(pl.col("status") == PENDING).height


@dataclass(frozen=True, slots=True)
class AsOf:
    """What the figures of all pages rest on.

    The newest run that counts, the newest period that insurers filed for, and the due periods for which nobody has.
    """

    run_id: int
    recorded_at: datetime
    newest: date | None
    absent: tuple[date, ...]


def as_of(session: UserSession, today: date) -> AsOf | None:
    """As of when the figures are; None where no run counts. The same for everybody, without anybody's figures."""
    return _as_of(session.store, session.version, today)


@st.cache_resource(max_entries=2, show_spinner=False)
def _as_of(_store: Store, version: StoreVersion, today: date) -> AsOf | None:
    standing = _runs(_store, version).filter("is_standing")
    if standing.is_empty():
        return None
    filed = (
        store_queries.solo_filings(_store, columns=("period_end",))["period_end"].unique().sort().to_list()
    )
    due: list[date] = []
    if filed:
        ends = quarter_ends(filed[0], today)
        due = due_periods(Rulebook.load(), ends, today, ENTITY)["period_end"].unique().sort().to_list()
    head = standing.row(-1, named=True)
    absent = tuple(day for day in due if day not in filed)
    return AsOf(head["run_id"], head["recorded_at"], filed[-1] if filed else None, absent)


@st.cache_resource(max_entries=2, show_spinner=False)
def _runs(_store: Store, version: StoreVersion) -> pl.DataFrame:
    return list_runs(_store)
