"""The last run and those that wait for a decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from dashboard.queries.session import StoreVersion, UserSession
from monitoring.access.accounts import Right
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


@st.cache_resource(max_entries=2, show_spinner=False)
def _runs(_store: Store, version: StoreVersion) -> pl.DataFrame:
    return list_runs(_store)
