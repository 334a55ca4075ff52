"""Which figures of a group stand at the head of its page: those of its statement, or the published ones where that lacks members."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from consolidation.rulebook import Rulebook
from dashboard.queries.session import StoreVersion, UserSession, only_own_groups, own_group
from monitoring.completeness import completeness
from monitoring.doubt.figures import of_statements, with_doubt
from monitoring.doubt.register import contributions_in_doubt, doubts_of_store
from monitoring.ratios import COMPREHENSIVE, CORE, PUBLISHED, STATEMENT, published_figures, statement_figures
from monitoring.store import queries as store_queries
from monitoring.store.store import Store

_KEYS = ("group_id", "period_end")


@dataclass(frozen=True, slots=True)
class Measured:
    """One ratio with what it is made of, 万元; the amounts may be unknown where only the ratio was published.

    ``in_doubt``: it rests on a figure that its own filing contradicts.
    """

    capital: Decimal | None
    required: Decimal | None
    ratio: Decimal | None
    in_doubt: bool = False


@dataclass(frozen=True, slots=True)
class Headline:
    """What counts for a group on a date.

    ``source``: statement, published, or none where the statement lacks members and nothing was published; ``measured`` by
    measure; ``computed`` the same of the statement, whatever counts; ``published_ratio`` the published comprehensive one.
    ``is_complete``, ``members``, ``coverage``, ``lacks_filing``, ``share``: as :class:`~monitoring.completeness.Completeness` has them.
    """

    source: str | None
    measured: dict[str, Measured]
    computed: dict[str, Measured]
    is_complete: bool
    members: int
    coverage: str | None
    lacks_filing: bool
    share: Decimal | None
    published_ratio: Decimal | None
    rating: str | None


def headlines(session: UserSession) -> pl.DataFrame:
    """One row a statement of the person's groups, oldest first.

    group_id, period_end, then ``core``, ``comprehensive`` (the ratios that count; null: none does), ``core_capital``,
    ``comprehensive_capital``, ``required``, ``source``; the same with ``computed_`` and ``published_`` before it; then the columns
    of :class:`~monitoring.completeness.Completeness`.
    """
    return only_own_groups(session, _headlines(session.store, session.version))


def by_group(session: UserSession) -> Mapping[str, Mapping[date, Headline]]:
    """Group → date → what counts, of all statements of the person's groups."""
    every = _by_group(session.store, session.version)
    return {group: history for group, history in every.items() if session.person.sees(group)}


def worst_group(session: UserSession) -> str | None:
    """The group whose newest comprehensive ratio that counts is the lowest; None where none has one."""
    newest = headlines(session).filter(pl.col(COMPREHENSIVE).is_not_null()).group_by("group_id").last()
    ranked = newest.sort(COMPREHENSIVE, "group_id")["group_id"].to_list()
    return ranked[0] if ranked else None


def headline(session: UserSession, group_id: str, period_end: date) -> Headline | None:
    """What counts for a group on a date; None where it has no statement.

    :raises dashboard.queries.session.NotVisible: if the group is not the person's.
    """
    rows = _headlines(session.store, session.version).filter(
        group_id=own_group(session, group_id), period_end=period_end
    )
    return _of_row(rows.row(0, named=True)) if rows.height else None


def _of_row(row: Mapping[str, Any]) -> Headline:
    def measured(prefix: str) -> dict[str, Measured]:
        return {
            which: Measured(
                row[f"{prefix}{which}_capital"],
                row[f"{prefix}required"],
                row[f"{prefix}{which}"],
                bool(row[f"{prefix}{which}_doubt"]),
            )
            for which in (CORE, COMPREHENSIVE)
        }

    return Headline(
        row["source"],
        measured(""),
        measured("computed_"),
        bool(row["is_complete"]),
        int(row["members"]),
        row["coverage"],
        bool(row["lacks_filing"]),
        row["share"],
        row[f"published_{COMPREHENSIVE}"],
        row["integrated_risk_rating"],
    )


# --- loader: for everybody, by the state of the store ------------------------------------------------------------------


@st.cache_resource(max_entries=2, show_spinner=False)
def _headlines(_store: Store, version: StoreVersion) -> pl.DataFrame:
    lines, filed = store_queries.lines(_store), store_queries.group_filings(_store)
    members, doubts = store_queries.members(_store), doubts_of_store(_store)
    inherited = of_statements(doubts, lines, contributions_in_doubt(_store, doubts))
    found = completeness(lines, members, filed, Rulebook.load())
    computed = _wide(with_doubt(statement_figures(lines), inherited), "computed_")
    published = _wide(with_doubt(published_figures(filed), doubts), "published_")
    ratings = store_queries.ratings(_store).filter(pl.col("group_id").fill_null("") != "")
    rated = ratings.unique(_KEYS, keep="last").select(*_KEYS, "integrated_risk_rating")
    joined = (
        found.drop("computed", "published")
        .join(rated, on=_KEYS, how="left")
        .join(computed, on=_KEYS, how="left")
        .join(published, on=_KEYS, how="left")
    )
    has_published = pl.col(f"published_{COMPREHENSIVE}").is_not_null()
    source = pl.when("is_complete").then(pl.lit(STATEMENT)).when(has_published).then(pl.lit(PUBLISHED))
    names = [name.removeprefix("computed_") for name in computed.columns if name not in _KEYS]
    return (
        joined.with_columns(source=source)
        .with_columns(
            pl.when(source=STATEMENT)
            .then(f"computed_{name}")
            .when(source=PUBLISHED)
            .then(f"published_{name}")
            .alias(name)
            for name in names
        )
        .sort(_KEYS)
    )


@st.cache_resource(max_entries=2, show_spinner=False)
def _by_group(_store: Store, version: StoreVersion) -> Mapping[str, Mapping[date, Headline]]:
    found: dict[str, dict[date, Headline]] = {}
    for row in _headlines(_store, version).iter_rows(named=True):
        found.setdefault(row["group_id"], {})[row["period_end"]] = _of_row(row)
    return found


def _wide(figures: pl.DataFrame, prefix: str) -> pl.DataFrame:
    """group_id, period_end, then ratio and capital of both measures and the requirement."""
    of = {which: pl.col("measure") == which for which in (CORE, COMPREHENSIVE)}
    return figures.group_by(pl.col("subject_id").alias("group_id"), "period_end").agg(
        *(pl.col("ratio").filter(is_it).first().alias(f"{prefix}{which}") for which, is_it in of.items()),
        *(
            pl.col("capital").filter(is_it).first().alias(f"{prefix}{which}_capital")
            for which, is_it in of.items()
        ),
        *(
            pl.col("in_doubt").filter(is_it).first().alias(f"{prefix}{which}_doubt")
            for which, is_it in of.items()
        ),
        pl.col("required").first().alias(f"{prefix}required"),
    )
