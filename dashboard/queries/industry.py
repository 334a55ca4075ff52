"""The industry scan, as a person may see it.

Who sees everything sees every company by name. Others see their own companies and, of the rest, only figures of at least
:data:`FEWEST` companies together, and none from which a figure of fewer could be worked out (``monitoring.industry.disclosure_control``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from consolidation.money import AMOUNT, RATE
from consolidation.rulebook import Rulebook
from dashboard.queries.session import (
    NotVisible,
    StoreVersion,
    UserSession,
    names,
    only_own_companies,
    only_own_groups,
)
from monitoring.calendar import today
from monitoring.doubt.register import doubts_of_store
from monitoring.flags.kinds.filings.missing_filings import judged_on
from monitoring.formatting import sector_in_words
from monitoring.industry.common_exposures import common_exposures, concentration_index
from monitoring.industry.disclosure_control import of_many
from monitoring.industry.nearing import nearing as closest_above
from monitoring.industry.risk_families import risk_families
from monitoring.industry.scan import IndustryScan, scan_industry
from monitoring.store import queries as store_queries
from monitoring.store.store import Store

FEWEST = 10
"""Of fewer companies a figure of all would tell the figures of each."""

ALL = "all"
_OF_COMPANIES = ("ranks", "moves", "falls", "beyond", "not_computable", "in_doubt", "silent")


def scan(session: UserSession) -> IndustryScan:
    """The scan over all filings; for who does not see everything with own companies only and nothing told of a few."""
    groups = session.person.groups
    if groups is None:
        return _scan(session.store, session.version, today())
    return _scan_within(session, session.version, tuple(sorted(groups)))


def days(session: UserSession) -> list[date]:
    """The dates for which insurers filed, newest first."""
    return scan(session).levels["period_end"].unique().sort(descending=True).to_list()


def step_counts(session: UserSession, kind: str, measure: str) -> pl.DataFrame:
    """period_end, step, companies: of one kind, or of all kinds together."""
    frame = scan(session).ladder.filter(pl.col("measure") == measure, _of(kind))
    return frame.group_by("period_end", "step").agg(pl.col("companies").sum()).sort("period_end", "step")


def migration(session: UserSession, kind: str, measure: str, day: date) -> pl.DataFrame:
    """from_step, to_step, companies: from the quarter before to ``day``."""
    frame = scan(session).migration.filter(
        pl.col("measure") == measure, pl.col("period_end") == day, _of(kind)
    )
    return frame.group_by("from_step", "to_step").agg(pl.col("companies").sum()).sort("from_step", "to_step")


def quadrant(session: UserSession, kind: str, day: date) -> pl.DataFrame:
    """entity_id, kind, band, core, comprehensive: the companies with both ratios on ``day``, those that the person sees."""
    rows = scan(session).ranks.filter(pl.col("period_end") == day, _of(kind))
    wide = rows.pivot("measure", index=["entity_id", "kind", "band"], values="ratio")
    missing = [pl.lit(None, RATE).alias(m) for m in ("core", "comprehensive") if m not in wide.columns]
    return (
        wide.with_columns(missing)
        .select("entity_id", "kind", "band", "core", "comprehensive")
        .drop_nulls(["core", "comprehensive"])
        .sort("entity_id")
    )


def nearing(session: UserSession, day: date) -> pl.DataFrame:
    """Who fell on the quarter and stands closest above a line, of those that the person sees (``monitoring.industry.nearing``)."""
    found = scan(session)
    return closest_above(found.ranks, found.ladder_bounds, day)


def families(session: UserSession) -> pl.DataFrame:
    """The families of risk by kind and quarter (``monitoring.industry.risk_families``); of few companies only for who sees all."""
    found = _families(session.store, session.version)
    return found if session.person.sees_everything else found.filter(pl.col("companies") >= FEWEST)


def ranks(session: UserSession, entity_id: str) -> pl.DataFrame:
    """One company's ranks among its kind and size, both measures, all dates (``monitoring.industry.levels.ranks``).

    :raises NotVisible: if there is no such company, or it is not the person's.
    """
    rows = scan(session).ranks.filter(pl.col("entity_id") == entity_id)
    if rows.is_empty():
        raise NotVisible(entity_id)
    return rows.sort("period_end", "measure")


def common(session: UserSession, day: date) -> pl.DataFrame:
    """The counterparties and sectors that the person's groups hold on ``day`` (``monitoring.industry.common_exposures``)."""
    if session.person.sees_everything:
        found = _common(session.store, session.version)
    else:
        found = common_exposures(only_own_groups(session, _concentration(session.store, session.version)))
    return found.filter(pl.col("period_end") == day)


def parties(session: UserSession, test: str, language: str) -> Mapping[str, str]:
    """Counterparty, sector or customer → its name, of those that the person's groups hold; the most held first.

    :param test: counterparty, sector or customer.
    :param language: of the names; what has no English name has its own.
    """
    own = only_own_groups(session, _concentration(session.store, session.version)).filter(
        pl.col("test") == test, pl.col("exposure") > 0
    )
    newest = pl.col("period_end") == pl.col("period_end").max()
    held = own.group_by("party").agg(
        pl.col("party_name", "party_name_en").drop_nulls().last(), now=pl.col("exposure").filter(newest).sum()
    )
    ordered = held.sort("now", "party", descending=[True, False])
    columns = ("party_name_en", "party_name") if language == "en" else ("party_name",)
    named = ordered.select("party", pl.coalesce(*columns, "party").alias("name"))
    known = names(session, language)  # a customer may be a company of the store
    return {
        party: sector_in_words(known.get(party, name) if name == party else name, language)
        for party, name in named.iter_rows()
    }


def held_by_groups(session: UserSession, test: str, party: str) -> pl.DataFrame:
    """group_id, period_end, exposure, limit, charge of a counterparty, sector or customer in the person's groups."""
    own = only_own_groups(session, _concentration(session.store, session.version))
    return own.filter(pl.col("test") == test, pl.col("party") == party, pl.col("exposure") > 0).select(
        "group_id", "period_end", "exposure", "limit", "charge"
    )


def concentration(session: UserSession, day: date) -> pl.DataFrame:
    """How concentrated each group is, by test (``common_exposures.concentration_index``), without the line of all together."""
    index = _index(session.store, session.version).filter(
        pl.col("period_end") == day, pl.col("group_id") != ""
    )
    return only_own_groups(session, index)


def measured_days(session: UserSession) -> list[date]:
    """The dates on which any of the person's groups was measured against its limits, newest first."""
    own = only_own_groups(session, _concentration(session.store, session.version))
    return own["period_end"].unique().sort(descending=True).to_list()


def _of(kind: str) -> pl.Expr:
    return pl.lit(True) if kind == ALL else pl.col("kind") == kind


@st.cache_resource(max_entries=16, show_spinner=False)
def _scan_within(_session: UserSession, version: StoreVersion, groups: tuple[str, ...]) -> IndustryScan:
    """The scan for everybody who sees these groups and no others."""
    whole = _scan(_session.store, version, today())
    frames: dict[str, Any] = {
        name: only_own_companies(_session, getattr(whole, name)) for name in _OF_COMPANIES
    }
    many = of_many(whole, FEWEST, Rulebook.load())
    return IndustryScan(**dict(many.frames()) | frames, as_of=many.as_of)


# --- loaders: for everybody, by the state of the store -----------------------------------------------------------------


@st.cache_resource(max_entries=2, show_spinner=False)
def _scan(_store: Store, version: StoreVersion, day: date) -> IndustryScan:
    filings, book = store_queries.solo_filings(_store), Rulebook.load()
    return scan_industry(
        filings,
        store_queries.entities(_store),
        store_queries.industry_averages(_store),
        book,
        as_of=judged_on(filings, book, day),
        doubts=doubts_of_store(_store),
    )


@st.cache_resource(max_entries=2, show_spinner=False)
def _families(_store: Store, version: StoreVersion) -> pl.DataFrame:
    return risk_families(store_queries.solo_filings(_store), Rulebook.load())


@st.cache_resource(max_entries=2, show_spinner=False)
def _concentration(_store: Store, version: StoreVersion) -> pl.DataFrame:
    return store_queries.concentration(_store).with_columns(
        pl.col("exposure", "limit", "charge").cast(AMOUNT)
    )


@st.cache_resource(max_entries=2, show_spinner=False)
def _common(_store: Store, version: StoreVersion) -> pl.DataFrame:
    return common_exposures(_concentration(_store, version))


@st.cache_resource(max_entries=2, show_spinner=False)
def _index(_store: Store, version: StoreVersion) -> pl.DataFrame:
    return concentration_index(_concentration(_store, version))
