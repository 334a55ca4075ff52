"""The outlook as a person may see it: forecasts of own companies and groups, and of the rest only how good forecasts have been."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import dataframely as dy
import polars as pl
import streamlit as st

from consolidation.rulebook import Rulebook
from dashboard.queries.company import companies
from dashboard.queries.industry import FEWEST
from dashboard.queries.session import (
    NotVisible,
    StoreVersion,
    UserSession,
    only_own_companies,
    only_own_groups,
    own_group,
)
from monitoring.outlook import breaks
from monitoring.outlook.outlook import latest_of
from monitoring.outlook.ranking import who_is_next
from monitoring.outlook.register import (
    kept_alarm_records,
    kept_back_test,
    kept_forecasts,
    kept_own_forecasts,
    kept_reliability,
)
from monitoring.outlook.schema import AlarmRecords, BackTests, Outlooks, OwnForecasts, Reliability
from monitoring.ratios import ENTITY, GROUP
from monitoring.store.store import Store


@dataclass(frozen=True, slots=True)
class OutlookRecord:
    """How good the forecasts of all companies have been. Nobody is named in it."""

    scores: dy.DataFrame[BackTests]
    reliability: dy.DataFrame[Reliability]
    alarms: dy.DataFrame[AlarmRecords]


def of_company(session: UserSession, entity_id: str) -> dy.DataFrame[Outlooks]:
    """The newest forecasts of a company; empty where there is none.

    :raises NotVisible: if there is no such company, or it is not the person's.
    """
    if entity_id not in companies.companies(session)["entity_id"]:
        raise NotVisible(entity_id)
    return Outlooks.typed(_seen(session).filter(subject_kind=ENTITY, subject_id=entity_id))


def of_group(session: UserSession, group_id: str) -> dy.DataFrame[Outlooks]:
    """The newest forecasts of a group, from its statements and from its members; empty where there is none.

    :raises NotVisible: if the group is not the person's.
    """
    own = own_group(session, group_id)
    return Outlooks.typed(_seen(session).filter(subject_kind=GROUP, subject_id=own))


def breaks_of_company(session: UserSession, entity_id: str) -> Mapping[str, str]:
    """By measure what else changed where the company's latest ratio fell (:mod:`monitoring.series_breaks`).

    :raises NotVisible: as :func:`of_company`.
    """
    if of_company(session, entity_id).is_empty():
        return {}
    return breaks.breaks_of_company(session.store, Rulebook.load(), entity_id)


def breaks_of_group(session: UserSession, group_id: str) -> Mapping[str, str]:
    """The same of a group's own statements.

    :raises NotVisible: as :func:`of_group`.
    """
    if of_group(session, group_id).is_empty():
        return {}
    return breaks.breaks_of_group(session.store, Rulebook.load(), group_id)


def ranked(session: UserSession) -> pl.DataFrame:
    """Who is next: :func:`~monitoring.outlook.ranking.who_is_next` of the person's companies and groups, with ``kind``."""
    kinds = companies.companies(session).select("kind", subject_id="entity_id", subject_kind=pl.lit(ENTITY))
    found = who_is_next(_seen(session))
    return found.join(kinds, on=["subject_kind", "subject_id"], how="left", maintain_order="left")


def record(session: UserSession) -> OutlookRecord:
    """The record; for who does not see everything without figures of fewer than :data:`FEWEST` forecasts."""
    kept = _record(session.store, session.version)
    if session.person.sees_everything:
        return kept
    return OutlookRecord(
        BackTests.typed(kept.scores.filter(pl.col("n") >= FEWEST)),
        Reliability.typed(kept.reliability.filter(pl.col("n") >= FEWEST)),
        AlarmRecords.typed(kept.alarms.filter(pl.col("alarms") >= FEWEST)),
    )


def own_forecasts(session: UserSession) -> dy.DataFrame[OwnForecasts]:
    """What the person's companies forecast themselves, and how it came out."""
    kept = _own_forecasts(session.store, session.version)
    dated = only_own_companies(session, kept.with_columns(period_end="made_from"))
    return OwnForecasts.typed(dated.select(OwnForecasts.column_names()))


def sheets(session: UserSession) -> Mapping[str, pl.DataFrame]:
    """What the download holds, by name: ranked, forecasts, scores, reliability, alarms, own_forecasts."""
    known = record(session)
    found: dict[str, Any] = {
        "ranked": ranked(session).drop("kind"),
        "forecasts": _seen(session),
        "scores": known.scores,
        "reliability": known.reliability,
        "alarms": known.alarms,
        "own_forecasts": own_forecasts(session),
    }
    return found


def _seen(session: UserSession) -> dy.DataFrame[Outlooks]:
    """The newest forecasts of what the person may see."""
    kept = _forecasts(session.store, session.version)
    if session.person.groups is None:
        return kept
    of_companies = kept.filter(subject_kind=ENTITY).with_columns(
        entity_id="subject_id", period_end="made_from"
    )
    of_groups = kept.filter(subject_kind=GROUP).with_columns(group_id="subject_id")
    parts = (only_own_companies(session, of_companies), only_own_groups(session, of_groups))
    return Outlooks.typed(pl.concat(part.select(Outlooks.column_names()) for part in parts))


# --- loaders: for everybody, by the state of the store -----------------------------------------------------------------


@st.cache_resource(max_entries=2, show_spinner=False)
def _forecasts(_store: Store, version: StoreVersion) -> dy.DataFrame[Outlooks]:
    return latest_of(kept_forecasts(_store))


@st.cache_resource(max_entries=2, show_spinner=False)
def _record(_store: Store, version: StoreVersion) -> OutlookRecord:
    return OutlookRecord(kept_back_test(_store), kept_reliability(_store), kept_alarm_records(_store))


@st.cache_resource(max_entries=2, show_spinner=False)
def _own_forecasts(_store: Store, version: StoreVersion) -> dy.DataFrame[OwnForecasts]:
    return kept_own_forecasts(_store)
