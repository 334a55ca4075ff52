"""Runs, as a person may see them: heads, findings, files, and what differs between two.

Who does not see everything sees the runs that concern the person's groups, and the own ones: of the others' the number, date
and state, and of findings, lines and filings those of the own groups and their members.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import polars as pl
import streamlit as st
from sqlalchemy import select

from consolidation.rulebook import Rulebook
from dashboard.queries.session import (
    NotVisible,
    StoreVersion,
    UserSession,
    memberships,
    only_own_companies,
    only_own_groups,
)
from monitoring.access import audit
from monitoring.ratios import ENTITY, GROUP
from monitoring.store import frames
from monitoring.store import queries as store_queries
from monitoring.store.layout.filed_tables import Base
from monitoring.store.runs import ROW, Comparison, compare_runs, list_runs
from monitoring.store.store import PENDING, REJECTED, Store
from monitoring.upload_effect import UploadEffect, effect_of_run

__all__ = [
    "ACTS",
    "HEADLINES",
    "PENDING",
    "REJECTED",
    "ROW",
    "Comparison",
    "beside_current",
    "compare",
    "files",
    "findings",
    "history",
    "not_own",
    "run",
    "runs",
    "statements_of",
    "waiting",
]

HEADLINES = (
    "comprehensive_solvency_ratio",
    "core_solvency_ratio",
    "actual_capital",
    "minimum_capital",
)
ACTS = ("run.", "deadline.")
"""How the actions of the audit log begin that these pages show."""

_FOR_ALL = ("run_id", "recorded_at", "status", "is_standing", "approved_at", "rejected_at")
_KEYS = ["group_id", "period_end", "line"]


def runs(session: UserSession) -> pl.DataFrame:
    """The heads of the person's runs (``monitoring.store.runs.list_runs``) with ``is_own``, newest first.

    Of a run that somebody else recorded, who does not see everything gets number, moments and state only.
    """
    heads = _runs(session.store, session.version).with_columns(is_own=pl.col("who") == session.person.name)
    if not session.person.sees_everything:
        about = only_own_groups(session, _groups(session.store, session.version))["run_id"].unique()
        heads = heads.filter(pl.col("is_own") | pl.col("run_id").is_in(about.implode()))
        hidden = [c for c in heads.columns if c not in (*_FOR_ALL, "is_own")]
        heads = heads.with_columns(pl.when("is_own").then(pl.col(c)).alias(c) for c in hidden)
    return heads.sort("run_id", descending=True)


def run(session: UserSession, number: int) -> Mapping[str, Any]:
    """The head of one run.

    :raises NotVisible: if there is no such run, or none that is the person's.
    """
    found = runs(session).filter(pl.col("run_id") == number).rows(named=True)
    if not found:
        raise NotVisible(str(number))
    return found[0]


def waiting(session: UserSession) -> pl.DataFrame:
    """The runs of :func:`runs` that wait for a decision."""
    return runs(session).filter(pl.col("status") == PENDING)


def findings(session: UserSession, number: int) -> pl.DataFrame:
    """What was found in a run (``results.schemas.Findings``): of an own run all, else what is about the person's.

    :raises NotVisible: as :func:`run`.
    """
    head = run(session, number)
    found = _findings(session.store, session.version, number)
    return found if head["is_own"] else _cut(session, found)


def files(session: UserSession, number: int) -> pl.DataFrame:
    """path, table, sha256, size, rows of the files that a run read; none of others' for who does not see everything.

    :raises NotVisible: as :func:`run`.
    """
    head = run(session, number)
    found = _files(session.store, session.version, number)
    return found if head["is_own"] or session.person.sees_everything else found.clear()


def beside_current(session: UserSession, number: int) -> pl.DataFrame:
    """group_id, period_end, line, unit, in_run, current: the headlines of a run beside what counts now, where they differ.

    :raises NotVisible: as :func:`run`.
    """
    run(session, number)
    mine = only_own_groups(session, _headlines(session.store, session.version, number))
    now = only_own_groups(session, _headlines(session.store, session.version, None))
    both = mine.join(
        now.rename({"amount": "current"}).drop("unit"), on=_KEYS, how="left", maintain_order="left"
    )
    return both.filter(pl.col("amount").ne_missing(pl.col("current"))).rename({"amount": "in_run"})


def effect(session: UserSession, number: int) -> UploadEffect:
    """What a run that waits will do once it counts, cut to what the person may see.

    :raises NotVisible: as :func:`run`.
    """
    run(session, number)
    return cut_effect(session, _effect(session.store, session.version, number))


def cut_effect(session: UserSession, whole: UploadEffect) -> UploadEffect:
    """The part of an effect that is about the person's groups and their members."""
    if session.person.sees_everything:
        return whole
    frames: dict[str, Any] = {
        name: _cut_subjects(session, getattr(whole, name)) for name in ("periods", "flags", "ratios")
    }
    frames["recomputation"] = _cut(session, whole.recomputation)
    return replace(whole, **frames)


def _cut_subjects(session: UserSession, frame: pl.DataFrame) -> pl.DataFrame:
    of_groups = only_own_groups(
        session, frame.filter(subject_kind=GROUP).rename({"subject_id": "group_id"})
    ).rename({"group_id": "subject_id"})
    of_companies = only_own_companies(
        session, frame.filter(subject_kind=ENTITY).rename({"subject_id": "entity_id"})
    ).rename({"entity_id": "subject_id"})
    return pl.concat([of_groups, of_companies])


def compare(session: UserSession, a: int, b: int) -> Comparison:
    """Two runs line by line, cut to what the person may see.

    :raises NotVisible: as :func:`run`.
    """
    first, second = run(session, a), run(session, b)
    if session.person.sees_everything:
        return _comparison(session.store, session.version, a, b)
    found = compare_runs(session.store, a, b, cut=lambda frame: _cut(session, frame))
    are_own = first["is_own"] and second["is_own"]
    return replace(
        found, a=dict(first), b=dict(second), files=found.files if are_own else found.files.clear()
    )


def statements_of(session: UserSession, number: int) -> pl.DataFrame:
    """group_id, period_end, counts: the statements that a run made, and whether the run is the one that counts for them now.

    :raises NotVisible: as :func:`run`.
    """
    run(session, number)
    own = ["group_id", "period_end"]
    made = store_queries.statements(session.store, run=number).select(own)
    current = store_queries.statements(session.store).filter(pl.col("run_id") == number).select(own)
    counting = current.with_columns(counts=pl.lit(True))
    told = made.join(counting, on=own, how="left", maintain_order="left").with_columns(
        pl.col("counts").fill_null(False)
    )
    return only_own_groups(session, told)


def not_own(session: UserSession, groups: Collection[str], companies: Collection[str]) -> list[str]:
    """Which of the groups, and of the companies that the store knows, are not the person's to file for.

    The person's are members and parents of the own groups, though a parent need not be a member (Rule 19 A3).
    """
    if session.person.sees_everything:
        return []
    others = [g for g in groups if not session.person.sees(g)]
    known = pl.concat(
        [
            store_queries.entities(session.store).select("entity_id"),
            memberships(session.store, session.version).select("entity_id"),
        ]
    ).unique()
    parents = only_own_groups(session, store_queries.groups(session.store))["parent_id"].drop_nulls()
    own = {*only_own_companies(session, known)["entity_id"], *parents}
    foreign = set(known["entity_id"]) - own
    return sorted({*others, *foreign.intersection(companies)})


def history(session: UserSession, *, latest: int = 100) -> pl.DataFrame:
    """at, who, role, action, subject, group_id, detail: who filed, decided, submitted and waived what, newest first.

    Who does not see everything gets what concerns the own groups, and the own acts.
    """
    entries = _history(session.store, session.version)
    if not session.person.sees_everything:
        own = pl.col("group_id").is_in(sorted(session.person.groups or ())).fill_null(False)
        entries = entries.filter(own | (pl.col("who") == session.person.name))
    return entries.head(latest)


def _cut(session: UserSession, frame: pl.DataFrame) -> pl.DataFrame:
    """The rows about the person's groups, or without a group about their members; of what is about neither, none."""
    if session.person.sees_everything:
        return frame
    has_group, has_company = "group_id" in frame.columns, "entity_id" in frame.columns
    if has_group and has_company:
        of_group = pl.col("group_id").fill_null("") != ""
        companies = only_own_companies(session, frame.filter(~of_group))
        return pl.concat([only_own_groups(session, frame.filter(of_group)), companies])
    if has_group:
        return only_own_groups(session, frame)
    return only_own_companies(session, frame) if has_company else frame.clear()


# --- loaders: for everybody, by the state of the store -----------------------------------------------------------------


@st.cache_resource(max_entries=2, show_spinner=False)
def _runs(_store: Store, version: StoreVersion) -> pl.DataFrame:
    return list_runs(_store)


@st.cache_resource(max_entries=2, show_spinner=False)
def _groups(_store: Store, version: StoreVersion) -> pl.DataFrame:
    """run_id, group_id: which groups each run computed or tried to."""
    member = Base.metadata.tables["group_member"]
    with _store.reading() as connection:
        return frames.read(connection, select(member.c.run_id, member.c.group_id).distinct())


@st.cache_resource(max_entries=8, show_spinner=False)
def _effect(_store: Store, version: StoreVersion, number: int) -> UploadEffect:
    return effect_of_run(_store, number, Rulebook.load())


@st.cache_resource(max_entries=16, show_spinner=False)
def _findings(_store: Store, version: StoreVersion, number: int) -> pl.DataFrame:
    return store_queries.findings(_store, run=number)


@st.cache_resource(max_entries=16, show_spinner=False)
def _files(_store: Store, version: StoreVersion, number: int) -> pl.DataFrame:
    file = Base.metadata.tables["input_file"]
    with _store.reading() as connection:
        found = frames.read(connection, select(*file.columns).where(file.c.run_id == number))
    return found.sort("position").drop("run_id", "position")


@st.cache_resource(max_entries=16, show_spinner=False)
def _headlines(_store: Store, version: StoreVersion, number: int | None) -> pl.DataFrame:
    lines = store_queries.lines(_store, run=number)
    return lines.filter(pl.col("line").is_in(HEADLINES)).select(*_KEYS, "unit", "amount")


@st.cache_resource(max_entries=4, show_spinner=False)
def _comparison(_store: Store, version: StoreVersion, a: int, b: int) -> Comparison:
    return compare_runs(_store, a, b)


def _history(store: Store, version: StoreVersion) -> pl.DataFrame:
    """Not kept in memory: the log moves without the store's state moving."""
    entries = audit.entries(store, latest=2000)
    return entries.filter(pl.any_horizontal(pl.col("action").str.starts_with(act) for act in ACTS))
