"""The reports that fall due, as a person may see them: their list by due day, one with its state, and its documents."""

from __future__ import annotations

from datetime import date

import polars as pl
import streamlit as st

from consolidation.rulebook import Rulebook
from dashboard.queries.session import NotVisible, StoreVersion, UserSession, only_own_groups, own_group
from monitoring.access import audit
from monitoring.obligations import register as obligations
from monitoring.obligations.catalogue import GROUP
from monitoring.reports.assembly import WrongPeriod
from monitoring.reports.catalogue import Kind, definition, kind_of
from monitoring.reports.lifecycle.downloads import document_of
from monitoring.reports.lifecycle.register import ReportKey, StoredReport, begun, checked_parts, stored_report
from monitoring.reports.sources import GroupNotStored
from monitoring.store.store import Store


def reports(session: UserSession, today: date) -> pl.DataFrame:
    """kind, group_id, period_end, reference, last_day, obligation_state, days_left, parts, state, checked: the reports that the person's groups owe, by last day.

    ``state`` is the report's own (``draft`` where nobody has begun it), ``checked`` how many of its ``parts`` somebody has checked.
    """
    return only_own_groups(session, _reports(session.store, session.version, _moved(session.store), today))


def report(
    session: UserSession, kind: str, group_id: str, period_end: date, language: str, today: date
) -> StoredReport:
    """A report as the store has it now.

    :raises NotVisible: if there is none, or the group is not the person's.
    """
    key = _key(session, kind, group_id, period_end)
    try:
        return stored_report(session.store, Rulebook.load(), key, language, today=today)
    except (GroupNotStored, WrongPeriod) as problem:
        raise NotVisible(str(problem)) from None


def document(
    session: UserSession, kind: str, group_id: str, period_end: date, language: str, ending: str, today: date
) -> bytes:
    """The report as a file of that ending: as approved, else the draft.

    :raises NotVisible: as :func:`report`.
    """
    key = _key(session, kind, group_id, period_end)
    try:
        return document_of(session.store, Rulebook.load(), key, language, ending, today=today)[0]
    except (GroupNotStored, WrongPeriod) as problem:
        raise NotVisible(str(problem)) from None


def acts(session: UserSession, kind: str, group_id: str, period_end: date) -> pl.DataFrame:
    """at, who, action, detail: what people did about a report, the newest first.

    :raises NotVisible: if the group is not the person's.
    """
    key = _key(session, kind, group_id, period_end)
    own = audit.entries(session.store, groups=[group_id])
    return own.filter(pl.col("subject") == key.reference).select("at", "who", "action", "detail")


def _key(session: UserSession, kind: str, group_id: str, period_end: date) -> ReportKey:
    if kind not in set(Kind):
        raise NotVisible(kind)
    return ReportKey(Kind(kind), own_group(session, group_id), period_end)


def _moved(store: Store) -> str:
    """Moves whenever a report or an obligation does."""
    heads, checked = begun(store), checked_parts(store)
    return "/".join(f"{n}{state}{checked.get(n, 0)}" for n, state in heads.select("id", "state").iter_rows())


@st.cache_resource(max_entries=4, show_spinner=False)
def _reports(_store: Store, version: StoreVersion, moved: str, today: date) -> pl.DataFrame:
    book = Rulebook.load()
    owed = obligations.obligations(_store, today).filter(pl.col("who") == GROUP)
    rows = []
    for row in owed.iter_rows(named=True):
        kind = kind_of(row["obligation"], book, row["period_end"])
        if kind is not None:
            rows.append(
                (
                    kind.value,
                    row["party_id"],
                    row["period_end"],
                    row["reference"],
                    row["last_day"],
                    row["state"],
                    row["days_left"],
                    len(definition(book, kind, row["period_end"]).parts),
                )
            )
    schema = {
        "kind": pl.String,
        "group_id": pl.String,
        "period_end": pl.Date,
        "reference": pl.String,
        "last_day": pl.Date,
        "obligation_state": pl.String,
        "days_left": pl.Int64,
        "parts": pl.Int64,
    }
    listed = pl.DataFrame(rows, schema=schema, orient="row")
    checked = checked_parts(_store)
    heads = begun(_store).select("kind", "group_id", "period_end", "state", "id")
    counted = pl.col("id").replace_strict(checked, default=0, return_dtype=pl.Int64)
    heads = heads.with_columns(checked=counted).drop("id")
    joined = listed.join(heads, on=["kind", "group_id", "period_end"], how="left", maintain_order="left")
    return joined.with_columns(pl.col("state").fill_null("draft"), pl.col("checked").fill_null(0))
