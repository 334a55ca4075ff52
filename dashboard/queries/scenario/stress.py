"""Stress tests as a person may see them: groups × scenarios, one group with all that stands behind it, the industry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl
import streamlit as st

from consolidation.scenario.members.own_results import TABLE
from dashboard.queries.session import (
    NotVisible,
    StoreVersion,
    UserSession,
    memberships,
    only_own_companies,
    only_own_groups,
    own_group,
)
from monitoring.store import queries as store_queries
from monitoring.store.store import Store
from monitoring.store.stress import (
    StressResult,
    group_lines,
    outdated_scenarios,
    scenario_descriptions,
    stress_result,
)

_LINES = (
    "actual_capital",
    "minimum_capital",
    "core_solvency_surplus",
    "comprehensive_solvency_surplus",
    "core_solvency_ratio",
    "comprehensive_solvency_ratio",
)
_KEY = ("group_id", "entity_id", "report_date", "scenario", "stage", "horizon_end", "actions", "status")
DRIVERS = "stress_drivers"


def report_dates(session: UserSession) -> list[date]:
    """The dates from which a group of the person's was stressed, newest first."""
    own = only_own_groups(session, _solvency(session.store, session.version).drop_nulls("group_id"))
    return own["report_date"].unique().sort(descending=True).to_list()


def group_solvency(session: UserSession, report_date: date) -> pl.DataFrame:
    """One row a group, scenario, stage, horizon and whether actions count, in the order of the tests.

    The key, status, and for each line of solvency two columns: ``line`` under the scenario, ``base_line``.
    """
    own = only_own_groups(session, _solvency(session.store, session.version).drop_nulls("group_id"))
    return own.filter(report_date=report_date)


def company_solvency(session: UserSession, report_date: date) -> pl.DataFrame:
    """The same for companies."""
    every = _solvency(session.store, session.version).filter(
        pl.col("group_id").is_null(), pl.col("report_date") == report_date
    )
    dated = every.with_columns(period_end=pl.col("report_date"))
    return only_own_companies(session, dated).drop("period_end")


def outdated(session: UserSession, report_date: date) -> set[tuple[str, str]]:
    """Group and scenario of what is from a test on other data or by another rulebook than the group's newest."""
    own = only_own_groups(session, _outdated(session.store, session.version))
    return set(own.filter(report_date=report_date).select("group_id", "scenario").iter_rows())


def descriptions(session: UserSession) -> Mapping[str, Mapping[str, str]]:
    """By scenario and language what it is about, where its file says so."""
    return _descriptions(session.store, session.version)


def result(session: UserSession, group_id: str, report_date: date) -> StressResult:
    """The stress result of a group: its lines and its members', attribution, reverse test, changes, findings.

    :raises NotVisible: if there is none, or the group is not the person's.
    """
    found = _result(session.store, session.version, own_group(session, group_id), report_date)
    if found is None:
        raise NotVisible(group_id)
    return found


def filed_by_members(session: UserSession, group_id: str, report_date: date) -> dict[str, pl.DataFrame]:
    """The rows of ``stress_results`` and ``stress_drivers`` that the group's members filed, with file and row.

    :raises NotVisible: if the group is not the person's.
    """
    return _filed(session.store, session.version, own_group(session, group_id), report_date)


# --- loaders: for everybody, by the state of the store -----------------------------------------------------------------


@st.cache_resource(max_entries=2, show_spinner=False)
def _solvency(_store: Store, version: StoreVersion) -> pl.DataFrame:
    rows = group_lines(_store, _LINES)
    wide = rows.pivot(on="line", index=list(_KEY), values=["stressed", "base"], aggregate_function="first")
    names = {f"stressed_{line}": line for line in _LINES}
    missing = [
        pl.lit(None, pl.Decimal(38, 6)).alias(f"{of}_{line}")
        for of in ("stressed", "base")
        for line in _LINES
        if f"{of}_{line}" not in wide.columns
    ]
    return wide.with_columns(missing).rename(names)


@st.cache_resource(max_entries=2, show_spinner=False)
def _outdated(_store: Store, version: StoreVersion) -> pl.DataFrame:
    return outdated_scenarios(_store)


@st.cache_resource(max_entries=2, show_spinner=False)
def _descriptions(_store: Store, version: StoreVersion) -> dict[str, dict[str, str]]:
    return scenario_descriptions(_store)


@st.cache_resource(max_entries=48, show_spinner=False)
def _result(_store: Store, version: StoreVersion, group_id: str, report_date: date) -> StressResult | None:
    return stress_result(_store, group_id, report_date, _members(_store, version, group_id, report_date))


def _members(store: Store, version: StoreVersion, group_id: str, day: date) -> list[str]:
    return memberships(store, version).filter(group_id=group_id, period_end=day)["entity_id"].to_list()


@st.cache_resource(max_entries=48, show_spinner=False)
def _filed(_store: Store, version: StoreVersion, group_id: str, report_date: date) -> dict[str, pl.DataFrame]:
    members = _members(_store, version, group_id, report_date)
    results = store_queries.filed(_store, TABLE, entities=members).filter(report_date=report_date)
    return {
        TABLE: results,
        DRIVERS: store_queries.filed(_store, DRIVERS, entities=members, periods=[report_date]),
    }
