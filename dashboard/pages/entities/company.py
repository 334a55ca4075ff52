"""One company: its figures with what moved them, what it is made of, its peers, duties, filings, and what was found."""

from __future__ import annotations

from datetime import date

import polars as pl
import streamlit as st

from dashboard.components import formatting
from dashboard.components.chart import charts
from dashboard.components.chart.chart_frame import show_chart
from dashboard.components.chart.charts import Series
from dashboard.components.chart.limit_lines import minimum_lines
from dashboard.components.links import link
from dashboard.components.markup import Child, Column, TableCell, show, table, tag
from dashboard.components.sections import head, section
from dashboard.components.states import COMPREHENSIVE, CORE
from dashboard.components.subject.doubts import doubt_remarks
from dashboard.components.subject.findings_table import findings_table
from dashboard.components.subject.outlook import outlook_section
from dashboard.components.view import View
from dashboard.pages.entities.company_parts.breakdown import capital_by_tier, requirement_by_part
from dashboard.pages.entities.company_parts.download import offer_download
from dashboard.pages.entities.company_parts.duties import duties
from dashboard.pages.entities.company_parts.filings import filings, recomputation, sector_filings
from dashboard.pages.entities.company_parts.peers import peers
from dashboard.pages.entities.company_parts.tiles import tiles
from dashboard.pages.entities.confirming import figures_to_confirm
from dashboard.pages.entities.heat_map import ratio_history
from dashboard.pages.flags.own import own_flags
from dashboard.queries import outlook
from dashboard.queries.company.companies import CompanyRecord
from monitoring.ratios import ENTITY


def company_page(view: View, record: CompanyRecord) -> None:
    """Everything about the company, for the period that the address asks for or the last one."""
    days = sorted({*record.filings["period_end"], *record.sector_filings["period_end"]}, reverse=True)
    asked = st.query_params.get("period", "")
    day = next((d for d in days if d.isoformat() == asked), days[0] if days else None)
    head(
        view.name(record.entity_id),
        view.label(f"kind.{record.kind}") if record.kind else "",
        record.jurisdiction if record.jurisdiction not in (None, "CN") else "",
        view.day(day) if day else "",
        link("entities", view.say("company.back")),
    )
    if day is None:
        show(tag("p", view.say("company.nothing-filed"), css="quiet"))
        _groups(view, record)
        return
    if record.filings.height:
        tiles(view, record, day)
    own_flags(view, "entities", ENTITY, record.entity_id)
    left, right = st.columns([1.4, 1], gap="medium")
    with left:
        capital_by_tier(view, record, day)
        requirement_by_part(view, record, day)
        duties(view, record.entity_id)
        if record.sector_filings.height:
            sector_filings(view, record)
    with right:
        if record.filings.height:
            _trend(view, record)
        _groups(view, record)
        _scores(view, record)
    if record.filings.height:
        peers(view, record, day)
        _outlook(view, record)
        filings(view, record, day)
    recomputation(view, record, day)
    figures_to_confirm(view, ENTITY, record.entity_id)
    section(view.say("findings"), str(record.findings.height))
    show(findings_table(view, record.findings))
    offer_download(view, record.entity_id)


def _outlook(view: View, record: CompanyRecord) -> None:
    """Where the ratios go."""
    history = {w: dict(ratio_history(view, record.entity_id, w).ratios) for w in (COMPREHENSIVE, CORE)}
    alarms = outlook.record(view.session).alarms
    breaks = outlook.breaks_of_company(view.session, record.entity_id)
    outlook_section(view, outlook.of_company(view.session, record.entity_id), alarms, history, breaks)


def _trend(view: View, record: CompanyRecord) -> None:
    """The ratios that the head and the table of filings have: by the amounts where both were filed."""
    section(view.say("group.trend"))
    days = sorted(record.filings["period_end"].unique())
    past = {w: ratio_history(view, record.entity_id, w) for w in (COMPREHENSIVE, CORE)}
    series = [
        Series(
            view.say(f"ratio.{w}"),
            w,
            [past[w].ratios.get(day) for day in days],
            doubt_remarks(view, (day in past[w].doubted for day in days)),
        )
        for w in (COMPREHENSIVE, CORE)
    ]
    limits = minimum_lines(view, COMPREHENSIVE, CORE, day=days[-1])

    def dated(of: date) -> Child:
        return link(
            "entities", formatting.quarter(of), hint=of.isoformat(), company=record.entity_id, period=of
        )

    title = view.say("group.trend")
    show_chart(view, title, charts.ratio_lines(days, series, limits, title, view.say("period"), dated))


def _groups(view: View, record: CompanyRecord) -> None:
    section(view.say("company.groups"))
    if record.groups.is_empty():
        show(tag("p", view.say("company.no-group"), css="quiet"))
        return
    spans = (
        record.groups.group_by("group_id", "relation", "share", maintain_order=True)
        .agg(first=pl.col("period_end").min(), last=pl.col("period_end").max())
        .sort("last", descending=True)
    )
    columns = [
        Column(view.say("group")),
        Column(view.say("relation")),
        Column(view.say("share"), figures=True),
        Column(view.say("company.statements-from")),
        Column(view.say("company.statements-to")),
    ]
    show(
        table(
            columns,
            [
                [
                    link("group", view.name(r["group_id"]), group=r["group_id"], period=r["last"]),
                    view.label(f"relation.{r['relation']}"),
                    formatting.share(r["share"]),
                    view.day(r["first"]),
                    view.day(r["last"]),
                ]
                for r in spans.iter_rows(named=True)
            ],
        )
    )


def _scores(view: View, record: CompanyRecord) -> None:
    scored = record.assessments.filter(pl.col("sarmra_score").is_not_null())
    if scored.is_empty():
        return
    section(view.say("company.scores"))
    columns = [
        Column(view.say("period")),
        Column(view.say("company.score"), figures=True),
        Column(view.say("source")),
    ]
    rows: list[list[Child | TableCell]] = [
        [
            view.day(r["period_end"]),
            f"{r['sarmra_score'].normalize():f}",
            TableCell(view.filed_at(r), "quiet small"),
        ]
        for r in scored.head(6).iter_rows(named=True)
    ]
    show(table(columns, rows, css="narrow"))
