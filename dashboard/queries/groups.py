"""Groups and their statements, as a person may see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import dataframely as dy
import polars as pl
import streamlit as st

from consolidation.filing_set.filing_basis import prefer_audited
from consolidation.reconciliation.published_lines import published_lines
from consolidation.results.schemas import (
    Contributions,
    Eliminations,
    Findings,
    Members,
    NamedConcentration,
    PublishedLines,
    ReconciledLines,
    StatementLines,
    WaterfallSteps,
)
from consolidation.statement import Statement
from dashboard.queries.record.run_headers import for_person
from dashboard.queries.session import (
    NotVisible,
    StoreVersion,
    UserSession,
    groups_with,
    memberships,
    only_own_groups,
    own_group,
)
from monitoring.flags.attribution.gap_attribution import GapInputs, GapParts, gap_of
from monitoring.flags.attribution.ratio_bridge import Bridge, stored_bridge
from monitoring.store import queries as store_queries
from monitoring.store.runs import list_runs
from monitoring.store.statements import stored_statement
from monitoring.store.store import Store


@dataclass(frozen=True, slots=True)
class StatementRecord:
    """One statement with all that stands behind it; frames as ``monitoring.store.queries`` gives them, of this statement alone.

    ``statement`` as the engine had it, ``lines`` its lines in their order; ``readings`` what hangs on how the law is read
    (``monitoring.store.recording.readings_of``; empty where the run did not compute it); ``findings`` are those about the group
    or its members on this date; ``rating``, ``score`` and ``published`` are the rows of the rating for the date, the latest
    assessment at or before it and the published statement, ``published_lines`` each published figure
    (``results.schemas.PublishedLines``), with where they stand; ``run`` the head of the run that made the statement
    (``monitoring.store.runs.list_runs``).
    """

    group_id: str
    period_end: date
    statement: Statement
    lines: dy.DataFrame[StatementLines]
    readings: Mapping[str, Any]
    contributions: dy.DataFrame[Contributions]
    members: dy.DataFrame[Members]
    eliminations: dy.DataFrame[Eliminations]
    reconciliation: dy.DataFrame[ReconciledLines]
    waterfall: dy.DataFrame[WaterfallSteps]
    concentration: dy.DataFrame[NamedConcentration]
    findings: dy.DataFrame[Findings]
    rating: Mapping[str, Any] | None
    score: Mapping[str, Any] | None
    published: Mapping[str, Any] | None
    published_lines: dy.DataFrame[PublishedLines]
    run: Mapping[str, Any]


def groups(session: UserSession) -> pl.DataFrame:
    """group_id, name, name_en, type, parent_id of the person's groups, those without a statement too."""
    frame = only_own_groups(session, _groups(session.store, session.version))
    return frame.select("group_id", "name", "name_en", "type", "parent_id")


def periods(session: UserSession, group_id: str) -> list[date]:
    """The dates for which the group has a statement, newest first.

    :raises NotVisible: if the group is not the person's.
    """
    own = _made(session.store, session.version).filter(group_id=own_group(session, group_id))
    return own["period_end"].sort(descending=True).to_list()


def statement(session: UserSession, group_id: str, period_end: date) -> StatementRecord:
    """A group's statement.

    :raises NotVisible: if there is none, or the group is not the person's.
    """
    record = _statement(session.store, session.version, own_group(session, group_id), period_end)
    return replace(record, run=for_person(session, record.run))


def stakes(session: UserSession, group_id: str, period_end: date) -> pl.DataFrame:
    """Who holds how much of the group's members on the date, and where the register says so.

    Columns owner_id, entity_id, stake, relation, file, row (of several rows all numbers, as a text). Only rows in which both
    sides are members or the group's parent; owners from outside are summed as ``owner_id`` "".
    """
    record = statement(session, group_id, period_end)
    return _stakes(
        session.store, session.version, group_id, period_end, tuple(record.members["entity_id"].to_list())
    )


def member_figures(session: UserSession, group_id: str, period_end: date) -> pl.DataFrame:
    """entity_id, relation, share, kind and what each member filed for the date itself, in the order of the statement.

    core_solvency_ratio, comprehensive_solvency_ratio, minimum_capital, actual_capital, core_capital,
    integrated_risk_rating of insurers; adequacy_ratio, adequacy_requirement of banks and others; ``filing_file``,
    ``filing_row``: where that was filed; ``file``, ``row``: where the share is declared; ``counted_minimum_capital``: what the
    member adds to the group's, ``counted_in``: the line of the statement (the first) in which it does.
    """
    record = statement(session, group_id, period_end)
    return _member_figures(session.store, session.version, record.group_id, period_end)


def gap(session: UserSession, group_id: str, period_end: date, measure: str, limit: Decimal) -> pl.DataFrame:
    """What the distance of a group from a limit is made of, the largest first: ``monitoring.flags.attribution.gap_attribution.GapParts``.

    The amounts add up to limit × minimum capital − capital; empty where the statement has no capital.

    :param measure: core or comprehensive.
    :raises NotVisible: if there is no such statement, or the group is not the person's.
    """
    if period_end not in periods(session, group_id):
        raise NotVisible(f"{group_id} {period_end}")
    return _gap(session.store, session.version, group_id, period_end, measure, limit)


def bridge(session: UserSession, group_id: str, opening: date, closing: date, measure: str) -> Bridge | None:
    """Why a group's ratio changed from one statement to a later one; None where one of them is not there or has no capital.

    :param measure: core or comprehensive.
    :raises NotVisible: if the group is not the person's.
    """
    return _bridge(session.store, session.version, own_group(session, group_id), opening, closing, measure)


def blocked(session: UserSession) -> pl.DataFrame:
    """Of ``results.schemas.Findings`` the errors that stopped a group's statement in the newest run, the group in each."""
    return only_own_groups(session, _blocked(session.store, session.version))


# --- loaders: for everybody, by the state of the store -----------------------------------------------------------------


@st.cache_resource(max_entries=2, show_spinner=False)
def _groups(_store: Store, version: StoreVersion) -> pl.DataFrame:
    return store_queries.groups(_store).sort("group_id")


@st.cache_resource(max_entries=2, show_spinner=False)
def _made(_store: Store, version: StoreVersion) -> pl.DataFrame:
    """group_id, period_end of every statement."""
    return store_queries.statements(_store).select("group_id", "period_end").sort("group_id", "period_end")


@st.cache_resource(max_entries=48, show_spinner=False)
def _statement(_store: Store, version: StoreVersion, group_id: str, period_end: date) -> StatementRecord:
    one: Any = {"groups": [group_id], "periods": [period_end]}
    head = store_queries.statements(_store, **one)
    if head.is_empty():
        raise NotVisible(f"{group_id} {period_end}")
    run_id, name, group_type = head.select("run_id", "name", "group_type").row(0)
    explained = store_queries.explanation(_store, group_id, period_end) or {}
    runs = list_runs(_store).filter(pl.col("run_id") == run_id)
    members = store_queries.members(_store, **one)
    ratings = store_queries.ratings(_store, **one)
    # A result counts until the next one; the statement rests on those that its own run read.
    scores = store_queries.assessments(_store, run=run_id, groups=[group_id], until=period_end)
    published = store_queries.group_filings(_store, run=run_id, **one)
    lines, contributions = store_queries.lines(_store, **one), store_queries.contributions(_store, **one)
    eliminations = store_queries.eliminations(_store, **one)
    return StatementRecord(
        group_id,
        period_end,
        stored_statement(
            (group_id, period_end, name or group_id, group_type or ""),
            explained,
            lines=lines,
            contributions=contributions,
            eliminations=eliminations,
        ),
        lines,
        explained.get("readings", {}),
        contributions,
        members,
        eliminations,
        store_queries.reconciliation(_store, **one),
        store_queries.waterfall(_store, **one),
        store_queries.concentration(_store, **one),
        _findings_about(_store, run_id, group_id, period_end, members["entity_id"].to_list()),
        _first(ratings),
        _first(scores.sort("period_end", descending=True)),
        _first(prefer_audited(published, "group_id", "period_end")),
        published_lines(published, store_queries.group_filing_lines(_store, run=run_id, **one)),
        runs.row(0, named=True),
    )


def _first(rows: pl.DataFrame) -> Mapping[str, Any] | None:
    return rows.row(0, named=True) if rows.height else None


def _findings_about(
    store: Store, run_id: int, group_id: str, day: date, members: list[str]
) -> dy.DataFrame[Findings]:
    on_day = pl.col("period_end").is_null() | (pl.col("period_end") == day)
    of_group = pl.col("group_id") == group_id
    of_member = pl.col("group_id").fill_null("").eq("") & pl.col("entity_id").is_in(members)
    return Findings.typed(store_queries.findings(store, run=run_id).filter(on_day, of_group | of_member))


@st.cache_resource(max_entries=48, show_spinner=False)
def _stakes(
    _store: Store, version: StoreVersion, group_id: str, period_end: date, members: tuple[str, ...]
) -> pl.DataFrame:
    on = pl.lit(period_end)
    rows = store_queries.ownership(_store, entities=members).filter(
        pl.col("valid_from").is_null() | (pl.col("valid_from") <= on),
        pl.col("valid_to").is_null() | (pl.col("valid_to") >= on),
    )
    parent = store_queries.groups(_store, groups=[group_id])["parent_id"].to_list()
    inside = [*members, *(p for p in parent if p)]
    owner = pl.when(pl.col("owner_id").is_in(inside)).then("owner_id").otherwise(pl.lit(""))
    outside = pl.col("owner_id") == ""
    return (
        rows.with_columns(owner_id=owner)
        .group_by("owner_id", "entity_id", maintain_order=True)
        .agg(
            pl.col("stake").sum(),
            pl.col("relation").first(),
            file=pl.col("source_file").first(),
            row=pl.col("source_row").cast(pl.String).str.join(", "),
        )
        .with_columns(relation=pl.when(outside).then(pl.lit("outside")).otherwise("relation"))
    )


@st.cache_resource(max_entries=48, show_spinner=False)
def _member_figures(_store: Store, version: StoreVersion, group_id: str, period_end: date) -> pl.DataFrame:
    record = _statement(_store, version, group_id, period_end)
    asked: Any = {"entities": record.members["entity_id"].to_list(), "periods": [period_end]}
    core = (pl.col("core_tier1_capital") + pl.col("core_tier2_capital")).alias("core_capital")
    solo = prefer_audited(store_queries.solo_filings(_store, **asked), "entity_id", "period_end").select(
        "entity_id",
        "core_solvency_ratio",
        "comprehensive_solvency_ratio",
        "minimum_capital",
        "actual_capital",
        core,
        "integrated_risk_rating",
        solo_file="source_file",
        solo_row="source_row",
    )
    sector = store_queries.sector_filings(_store, **asked).select(
        "entity_id",
        "adequacy_ratio",
        "adequacy_requirement",
        sector_file="source_file",
        sector_row="source_row",
    )
    counted = (
        record.contributions.filter(pl.col("line").str.ends_with("_minimum_capital"))
        .group_by("entity_id")
        .agg(counted_minimum_capital=pl.col("amount").sum(), counted_in=pl.col("line").first())
    )
    kept = record.members.select("entity_id", "relation", "share", "kind", "file", "row")
    for more in (solo, sector, counted):
        kept = kept.join(more, on="entity_id", how="left", maintain_order="left")
    return kept.with_columns(
        filing_file=pl.coalesce("solo_file", "sector_file"), filing_row=pl.coalesce("solo_row", "sector_row")
    ).drop("solo_file", "sector_file", "solo_row", "sector_row")


@st.cache_resource(max_entries=96, show_spinner=False)
def _gap(
    _store: Store, version: StoreVersion, group_id: str, period_end: date, measure: str, limit: Decimal
) -> pl.DataFrame:
    one: Any = {"groups": [group_id], "periods": [period_end]}
    members = store_queries.members(_store, **one)
    asked: Any = {"entities": members["entity_id"].to_list(), "periods": [period_end]}
    gap_inputs = GapInputs(
        lines=store_queries.lines(_store, **one),
        contributions=store_queries.contributions(_store, **one),
        eliminations=store_queries.eliminations(_store, **one),
        members=members,
        solo_filings=store_queries.solo_filings(_store, **asked),
        sector_filings=store_queries.sector_filings(_store, **asked),
    )
    found = gap_of(gap_inputs, group_id, period_end, measure, limit)
    return GapParts.without_rows() if found is None else found.frame()


@st.cache_resource(max_entries=96, show_spinner=False)
def _bridge(
    _store: Store, version: StoreVersion, group_id: str, opening: date, closing: date, measure: str
) -> Bridge | None:
    return stored_bridge(_store, group_id, opening, closing, measure)


@st.cache_resource(max_entries=2, show_spinner=False)
def _blocked(_store: Store, version: StoreVersion) -> pl.DataFrame:
    """Errors about a group, or about a company that is a member on the nearest date with a statement."""
    errors = store_queries.findings(_store).filter(
        pl.col("severity") == "error", pl.col("period_end").is_not_null()
    )
    if errors.is_empty():
        return errors  # the first page asks for it: who is a member when is read where it is wanted
    of_group = errors.filter(pl.col("group_id").fill_null("") != "")
    of_company = errors.filter(
        pl.col("group_id").fill_null("") == "", pl.col("entity_id").fill_null("") != ""
    )
    touched = pl.DataFrame(
        groups_with(
            memberships(_store, version), of_company.select("entity_id", "period_end").unique().rows()
        ),
        schema={"entity_id": pl.String, "period_end": pl.Date, "group_id": pl.String},
        orient="row",
    )
    of_company = (
        of_company.drop("group_id").join(touched, on=["entity_id", "period_end"]).select(errors.columns)
    )
    made = _made(_store, version)
    return (
        pl.concat([of_group, of_company])
        .join(made, on=["group_id", "period_end"], how="anti")
        .filter(pl.col("period_end").is_in(made["period_end"].unique().implode()))
        .sort("period_end", "group_id", descending=[True, False])
    )
