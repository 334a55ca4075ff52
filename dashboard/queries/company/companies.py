"""Companies: their filings, the re-computation of them and what was found, as a person may see them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl
import streamlit as st

from consolidation.filing_set.entities.companies import Companies
from consolidation.filing_set.filing_basis import prefer_audited
from dashboard.queries.session import (
    NotVisible,
    StoreVersion,
    UserSession,
    memberships,
    only_own_companies,
    only_own_groups,
)
from monitoring.doubt.figures import with_doubt
from monitoring.doubt.register import doubts_of_store
from monitoring.flags.attribution.company_bridge import company_bridge
from monitoring.flags.attribution.ratio_bridge import Bridge
from monitoring.ratios import solo_figures
from monitoring.store import queries as store_queries
from monitoring.store.store import Store


@dataclass(frozen=True, slots=True)
class CompanyRecord:
    """One company with all that it filed; newest first. Frames as ``monitoring.store.queries`` gives them."""

    entity_id: str
    kind: str | None
    jurisdiction: str | None
    filings: pl.DataFrame
    sector_filings: pl.DataFrame
    recomputation: pl.DataFrame
    ratings: pl.DataFrame
    assessments: pl.DataFrame
    findings: pl.DataFrame
    groups: pl.DataFrame
    """group_id, period_end, relation, share: of which group it was a member when."""


def companies(session: UserSession) -> pl.DataFrame:
    """entity_id, name, kind, jurisdiction of every company that the person may see."""
    return only_own_companies(session, _companies(session.store, session.version))


def filings(session: UserSession) -> pl.DataFrame:
    """One row an insurer and date, the audited filing where there are two, oldest first.

    entity_id, period_end, basis, kind, core_capital, actual_capital, minimum_capital, core_solvency_ratio,
    comprehensive_solvency_ratio, integrated_risk_rating. Amounts in 万元, ratios as filed.
    """
    return only_own_companies(session, _filings(session.store, session.version))


@dataclass(frozen=True, slots=True)
class FiledPeriod:
    """A period's end with how many insurers filed for it, of how many at the fullest period; partial: not most of them."""

    day: date
    filed: int
    of: int

    @property
    def is_partial(self) -> bool:
        """Whether half of them or fewer have filed."""
        return 2 * self.filed <= self.of


def filed_periods(session: UserSession) -> list[FiledPeriod]:
    """The periods for which the person's companies filed, newest first."""
    counted = filings(session).group_by("period_end").len().sort("period_end", descending=True).rows()
    most = max((count for _, count in counted), default=0)
    return [FiledPeriod(day, count, most) for day, count in counted]


def ratios(session: UserSession) -> pl.DataFrame:
    """The ratios that count, each with what it is made of: one row an insurer, date and measure.

    entity_id, period_end, measure, capital, required, ratio (from the amounts where both were filed, else as filed; null where there is
    none), figure_basis, in_doubt (its own filing contradicts a figure that it rests on).
    """
    return only_own_companies(session, _ratios(session.store, session.version))


def group_of(session: UserSession) -> pl.DataFrame:
    """entity_id, period_end, group_id: the group of each company on the date of each statement."""
    frame = only_own_groups(session, memberships(session.store, session.version))
    return frame.select("entity_id", "period_end", "group_id")


def company(session: UserSession, entity_id: str) -> CompanyRecord:
    """All about one company that the person may see.

    :raises NotVisible: if there is no such company, or none that is the person's.
    """
    known = companies(session).filter(pl.col("entity_id") == entity_id)
    if known.is_empty():
        raise NotVisible(entity_id)
    head = known.row(0, named=True)
    of_groups = only_own_groups(session, memberships(session.store, session.version)).filter(
        pl.col("entity_id") == entity_id
    )
    own = {
        name: _newest_first(only_own_companies(session, frame))
        for name, frame in _company(session.store, session.version, entity_id).items()
    }
    return CompanyRecord(
        entity_id=entity_id,
        kind=head["kind"],
        jurisdiction=head["jurisdiction"],
        groups=_newest_first(of_groups.select("group_id", "period_end", "relation", "share")),
        **own,
    )


def filed_in_full(session: UserSession, entities: Collection[str], period_end: date) -> pl.DataFrame:
    """The rows of ``solo_filings`` that count for a date, of those of the insurers that the person may see."""
    found = _in_full(session.store, session.version).filter(
        pl.col("period_end") == period_end, pl.col("entity_id").is_in(list(entities))
    )
    return only_own_companies(session, found)


def bridge(session: UserSession, entity_id: str, opening: date, closing: date, measure: str) -> Bridge | None:
    """Why an insurer's ratio changed from one of its filings to a later one; None where one is not there or has no ratio.

    :param measure: core or comprehensive.
    :raises NotVisible: if the company is not the person's.
    """
    return company_bridge(company(session, entity_id).filings, opening, closing, measure)


def _newest_first(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.sort("period_end", descending=True, nulls_last=True, maintain_order=True)


# --- loaders: for everybody, by the state of the store -----------------------------------------------------------------


@st.cache_resource(max_entries=2, show_spinner=False)
def _companies(_store: Store, version: StoreVersion) -> pl.DataFrame:
    declared = store_queries.entities(_store).select("entity_id", "name", "kind", "jurisdiction")
    listed = (
        memberships(_store, version).sort("period_end").unique("entity_id", keep="last", maintain_order=True)
    )
    undeclared = listed.join(declared, on="entity_id", how="anti").select("entity_id", "kind")
    return pl.concat([declared, undeclared], how="diagonal").sort("entity_id")


@st.cache_resource(max_entries=2, show_spinner=False)
def _in_full(_store: Store, version: StoreVersion) -> pl.DataFrame:
    return prefer_audited(store_queries.solo_filings(_store), "entity_id", "period_end")


@st.cache_resource(max_entries=2, show_spinner=False)
def _filings(_store: Store, version: StoreVersion) -> pl.DataFrame:
    return (
        _in_full(_store, version)
        .select(
            "entity_id",
            "period_end",
            "basis",
            "kind",
            (pl.col("core_tier1_capital") + pl.col("core_tier2_capital")).alias("core_capital"),
            "actual_capital",
            "minimum_capital",
            "core_solvency_ratio",
            "comprehensive_solvency_ratio",
            "integrated_risk_rating",
        )
        .sort("entity_id", "period_end")
    )


@st.cache_resource(max_entries=2, show_spinner=False)
def _ratios(_store: Store, version: StoreVersion) -> pl.DataFrame:
    figures = solo_figures(store_queries.solo_filings(_store))
    return with_doubt(figures, doubts_of_store(_store)).select(
        pl.col("subject_id").alias("entity_id"),
        *("period_end", "measure", "capital", "required", "ratio", "figure_basis", "in_doubt"),
    )


@st.cache_resource(max_entries=48, show_spinner=False)
def _company(_store: Store, version: StoreVersion, entity_id: str) -> Mapping[str, pl.DataFrame]:
    """By field of :class:`CompanyRecord`."""
    names = Companies(store_queries.filed(_store, "entities"))
    one = names.names(entity_id)
    found = {
        "filings": store_queries.solo_filings(_store, entities=one),
        "sector_filings": store_queries.sector_filings(_store, entities=one),
        "recomputation": store_queries.recomputation(_store, entities=one),
        "ratings": store_queries.ratings(_store, entities=one),
        "assessments": store_queries.assessments(_store, entities=one),
        "findings": store_queries.findings(_store, entities=one),
    }
    return {name: names.under_current_names(frame) for name, frame in found.items()}
