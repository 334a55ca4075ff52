"""Obligations and their dates, as a person may see them: those of the own groups, of their members, or of everybody.

States are those of the day asked for, whatever the last update of states wrote down.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import polars as pl
import streamlit as st
from sqlalchemy import func, select

from dashboard.queries.session import NotVisible, StoreVersion, UserSession, only_own_companies
from monitoring.obligations import register
from monitoring.obligations.catalogue import GROUP, INSURER
from monitoring.obligations.states import OPEN, ObligationState
from monitoring.obligations.tables import ObligationGeneration, ObligationInstance
from monitoring.store.layout.filed_tables import Base
from monitoring.store.store import Store

_ROLL = Base.metadata.tables[str(ObligationGeneration.__tablename__)]
_OBLIGATION = Base.metadata.tables[str(ObligationInstance.__tablename__)]
_IS_OPEN = pl.col("state").is_in([s.value for s in OPEN])
_ARRIVED = pl.col("submitted_on").is_not_null()


def obligations(session: UserSession, today: date) -> pl.DataFrame:
    """All obligations that the person sees (``register.obligations``), by last day; ``days_left`` of what is open."""
    frame = _obligations(session.store, session.version, _obligations_version(session.store), today)
    if session.person.sees_everything:
        return frame
    of_groups = frame.filter(
        pl.col("who") == GROUP, pl.col("party_id").is_in(sorted(session.person.groups or ()))
    )
    insurers = frame.filter(pl.col("who") == INSURER).rename({"party_id": "entity_id"})
    of_companies = only_own_companies(session, insurers).rename({"entity_id": "party_id"})
    return pl.concat([of_groups, of_companies]).sort("last_day", "obligation", "party_id", "id")


def obligation(session: UserSession, reference: str, today: date) -> Mapping[str, Any]:
    """One obligation by its reference.

    :raises NotVisible: if there is none, or it is not the person's.
    """
    found = obligations(session, today).filter(pl.col("reference") == reference).rows(named=True)
    if not found:
        raise NotVisible(reference)
    return found[0]


def filed_with(session: UserSession, run: int, today: date) -> pl.DataFrame:
    """The person's open obligations whose report is in the data of a run (``register.filed_with``)."""
    found = register.filed_with(session.store, run, today)
    own = obligations(session, today).select("reference")
    return found.join(own, on="reference", how="semi", maintain_order="left")


def history(session: UserSession, reference: str, today: date) -> pl.DataFrame:
    """at, who, what, state, detail: what happened to an obligation, oldest first.

    :raises NotVisible: as :func:`obligation`.
    """
    obligation(session, reference, today)
    return register.history(session.store, reference)


def late(session: UserSession, today: date) -> pl.DataFrame:
    """Who is late, worst first.

    party_id, party_name, who, overdue, days_overdue (of the oldest), oldest (its last day), late_before (submitted late within
    a year).
    """
    frame = obligations(session, today)
    overdue, was_late = (
        pl.col("state") == ObligationState.OVERDUE.value,
        pl.col("state") == ObligationState.SUBMITTED_LATE.value,
    )
    lately = was_late & (pl.col("last_day") >= today - timedelta(days=365))
    return (
        frame.group_by("party_id", "who", maintain_order=True)
        .agg(
            pl.col("party_name").last(),
            overdue=overdue.sum().cast(pl.Int64),
            oldest=pl.col("last_day").filter(overdue).min(),
            late_before=lately.sum().cast(pl.Int64),
        )
        .filter((pl.col("overdue") > 0) | (pl.col("late_before") > 0))
        .with_columns(days_overdue=(today - pl.col("oldest")).dt.total_days())
        .sort(
            "overdue",
            "oldest",
            "late_before",
            "party_id",
            descending=[True, False, True, False],
            nulls_last=True,
        )
    )


def arrivals(session: UserSession, today: date) -> pl.DataFrame:
    """What came in against its last day, by obligation.

    Columns submitted, on_time, late, overdue, earliest, median, latest (days against the last day: below zero before it), and
    ``days``, all of them in order.
    """
    frame = obligations(session, today)
    against = (pl.col("submitted_on") - pl.col("last_day")).dt.total_days()
    return (
        frame.with_columns(days=against)
        .group_by("obligation", maintain_order=True)
        .agg(
            submitted=_ARRIVED.sum().cast(pl.Int64),
            on_time=(pl.col("days") <= 0).sum().cast(pl.Int64),
            late=(pl.col("days") > 0).sum().cast(pl.Int64),
            overdue=(pl.col("state") == ObligationState.OVERDUE.value).sum().cast(pl.Int64),
            earliest=pl.col("days").min(),
            median=pl.col("days").median(),
            latest=pl.col("days").max(),
            days=pl.col("days").drop_nulls().sort(),
        )
        .filter((pl.col("submitted") > 0) | (pl.col("overdue") > 0))
        .sort("obligation")
    )


def tracked_since(session: UserSession) -> date | None:
    """From when on obligations are tracked; None where nobody has worked them out yet. The same for everybody."""
    with session.store.reading() as connection:
        return connection.execute(select(_ROLL.c.tracked_from)).scalar_one_or_none()


def _obligations_version(store: Store) -> str:
    """Moves whenever the obligations do, which are also generated without anything else happening."""
    with store.reading() as connection:
        row = connection.execute(
            select(func.max(_OBLIGATION.c.changed_at), func.count(), func.sum(_OBLIGATION.c.version))
        ).one()
    return "/".join(map(str, row))


@st.cache_resource(max_entries=4, show_spinner=False)
def _obligations(_store: Store, version: StoreVersion, obligations_version: str, today: date) -> pl.DataFrame:
    return register.obligations(_store, today)
