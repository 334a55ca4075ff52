"""One company: its figures over time, its filings, their re-computation, its groups and what was found."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from consolidation.filing_set.filing_basis import prefer_audited
from consolidation.money import ratio
from dashboard.components import charts, formatting, states
from dashboard.components.charts import LimitLine, Series
from dashboard.components.links import link
from dashboard.components.markup import Child, Column, Html, Row, TableCell, show, table, tag
from dashboard.components.sections import head, section
from dashboard.components.states import COMPREHENSIVE, CORE, SolvencyState
from dashboard.components.subject.findings_table import findings_table
from dashboard.components.subject.flags import own_flags
from dashboard.components.subject.outlook import outlook_section
from dashboard.components.view import View
from dashboard.pages.entities.confirming import figures_to_confirm
from dashboard.pages.entities.heat_map import RATIO
from dashboard.pages.entities.items import item_name
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
        link("entities", view.say("company.back")),
    )
    if day is None:
        show(tag("p", view.say("company.nothing-filed"), css="quiet"))
        _groups(view, record)
        return
    left, right = st.columns([1.4, 1], gap="medium")
    with left:
        if record.filings.height:
            _filings(view, record, day)
            _minimum_capital(view, record, day)
        if record.sector_filings.height:
            _sector_filings(view, record)
        _recomputation(view, record, day)
    with right:
        if record.filings.height:
            _trend(view, record)
        _groups(view, record)
        _scores(view, record)
    figures_to_confirm(view, ENTITY, record.entity_id)
    _outlook(view, record)
    own_flags(view, ENTITY, record.entity_id)
    _findings(view, record)


def _outlook(view: View, record: CompanyRecord) -> None:
    """Where the ratios go; nothing for a company that files none."""
    if record.filings.is_empty():
        return
    own = prefer_audited(record.filings, "entity_id", "period_end")
    history = {w: dict(own.select("period_end", RATIO[w]).iter_rows()) for w in (COMPREHENSIVE, CORE)}
    alarms = outlook.record(view.session).alarms
    outlook_section(view, outlook.of_company(view.session, record.entity_id), alarms, history)


def _trend(view: View, record: CompanyRecord) -> None:
    section(view.say("group.trend"))
    own = prefer_audited(record.filings, "entity_id", "period_end").sort("period_end")
    days = own["period_end"].to_list()
    series = [Series(view.say(f"ratio.{w}"), w, own[RATIO[w]].to_list()) for w in (COMPREHENSIVE, CORE)]
    limits = [
        LimitLine(
            view.say("limit-of", ratio=view.say(f"ratio.{w}"), value=formatting.ratio(lines.minimum, 0)),
            "breach",
            lines.minimum,
        )
        for w in (COMPREHENSIVE, CORE)
        if (lines := states.limits(w, days[-1])) is not None
    ]

    def dated(of: date) -> Child:
        return link(
            "entities", formatting.quarter(of), hint=of.isoformat(), company=record.entity_id, period=of
        )

    show(charts.ratio_lines(days, series, limits, view.say("group.trend"), dated))


def _figure(row: Mapping[str, Any], which: str) -> tuple[Decimal | None, SolvencyState]:
    """A ratio and its state, both of one figure: the amounts where both were filed, else the filed ratio."""
    held = row["actual_capital"] if which == COMPREHENSIVE else _core(row)
    required, day = row["minimum_capital"], row["period_end"]
    if held is None or required is None:
        return row[RATIO[which]], states.state(which, row[RATIO[which]], day)
    return ratio(held, required), states.state_of(which, held, required, day)


def _core(row: Mapping[str, Any]) -> Decimal | None:
    tiers = row["core_tier1_capital"], row["core_tier2_capital"]
    return None if None in tiers else tiers[0] + tiers[1]


def _filings(view: View, record: CompanyRecord, chosen: date) -> None:
    section(view.say("company.filings"), view.say("group.in-unit", unit=view.unit_name))
    columns = [
        Column(view.say("period"), css="nowrap"),
        Column(view.say("company.basis"), css="nowrap"),
        Column(view.say("ratio.comprehensive"), figures=True),
        Column(view.say("ratio.core"), figures=True),
        Column(view.line("actual_capital"), figures=True),
        Column(view.line("minimum_capital"), figures=True),
        Column(view.say("rating")),
        Column(view.say("source")),
    ]
    rows = [_filing(view, record, r, chosen) for r in record.filings.iter_rows(named=True)]
    show(table(columns, rows, css="tight"))


def _filing(view: View, record: CompanyRecord, row: Mapping[str, Any], chosen: date) -> Row:
    cells: list[Child | TableCell] = [
        link("entities", view.day(row["period_end"]), company=record.entity_id, period=row["period_end"]),
        view.label(f"basis.{row['basis']}"),
        *(_ratio(view, row, which) for which in (COMPREHENSIVE, CORE)),
        view.amount_cell(row["actual_capital"]),
        view.amount_cell(row["minimum_capital"]),
        row["integrated_risk_rating"] or formatting.NONE,
        TableCell(view.filed_at(row), "quiet small nowrap"),
    ]
    return Row(cells, "chosen" if row["period_end"] == chosen else None)


def _ratio(view: View, row: Mapping[str, Any], which: str) -> TableCell:
    value, state = _figure(row, which)
    shown: list[Child] = [view.symbol(state), " ", formatting.ratio(value)]
    return TableCell(tag("span", *shown), hint=formatting.exact(value, ""))


_PARTS = (
    "quantifiable_risk_minimum_capital",
    "control_risk_minimum_capital",
    "add_on_capital",
    "minimum_capital",
)
"""Minimum capital and its parts (Rule 2 A5)."""


def _minimum_capital(view: View, record: CompanyRecord, day: date) -> None:
    """What the minimum capital of the period is made of, as filed."""
    filed = record.filings.filter(pl.col("period_end") == day)
    if filed.select(_PARTS[:-1]).null_count().sum_horizontal().item() == filed.height * len(_PARTS[:-1]):
        return
    section(view.say("company.minimum-capital", day=view.day(day)))
    columns = [
        Column(view.say("company.basis"), css="nowrap"),
        *(Column(item_name(view, part), figures=True) for part in _PARTS),
    ]
    rows: list[list[Child | TableCell]] = [
        [view.label(f"basis.{row['basis']}"), *(view.amount_cell(row[part]) for part in _PARTS)]
        for row in filed.iter_rows(named=True)
    ]
    show(table(columns, rows, css="tight"))


def _sector_filings(view: View, record: CompanyRecord) -> None:
    section(view.say("company.sector-filings"), view.say("group.in-unit", unit=view.unit_name))
    columns = [
        Column(view.say("period"), css="nowrap"),
        Column(view.say("company.measure")),
        Column(view.say("amount"), figures=True),
        Column(view.line("actual_capital"), figures=True),
        Column(view.say("adequacy"), figures=True),
        Column(view.say("company.required"), figures=True),
        Column(view.say("source")),
    ]
    show(
        table(
            columns,
            [
                [
                    view.day(r["period_end"]),
                    view.label(f"measure.{r['measure']}"),
                    view.amount_cell(r["amount"]),
                    view.amount_cell(r["actual_capital"]),
                    view.ratio_cell(r["adequacy_ratio"]),
                    view.ratio_cell(r["adequacy_requirement"]),
                    TableCell(view.filed_at(r), "place small"),
                ]
                for r in record.sector_filings.iter_rows(named=True)
            ],
        )
    )


def _recomputation(view: View, record: CompanyRecord, day: date) -> None:
    again = record.recomputation.filter(pl.col("period_end") == day)
    if again.is_empty():
        return
    failed = again.filter(~pl.col("within_tolerance").fill_null(True)).height
    verdict = (
        view.say("company.recomputed-off", count=failed) if failed else view.say("company.recomputed-fine")
    )
    section(view.say("company.recomputation", day=view.day(day)), verdict)
    columns = [
        Column(view.say("statement.item")),
        Column(view.say("company.basis"), css="nowrap"),
        Column(view.say("company.filed"), figures=True),
        Column(view.say("company.recomputed"), figures=True),
        Column(view.say("difference"), figures=True),
        Column(""),
        Column(view.say("article")),
    ]
    show(table(columns, [_recomputed(view, r) for r in again.iter_rows(named=True)]))


def _recomputed(view: View, row: Mapping[str, Any]) -> list[Child | TableCell]:
    is_fraction = row["item"].endswith(("_ratio", "_coefficient"))

    def figure(value: float | None) -> str:
        if value is None:
            return formatting.NONE
        exact = Decimal(repr(value))
        return formatting.ratio(exact) if is_fraction else view.amount(exact)

    return [
        item_name(view, row["item"]),
        view.label(f"basis.{row['basis']}"),
        figure(row["filed"]),
        figure(row["recomputed"]),
        figure(row["difference"]),
        _verdict(view, row["within_tolerance"]),
        TableCell(view.article(row["article"]), "quiet small"),
    ]


def _verdict(view: View, within: bool | None) -> Html:
    """Whether a re-computed item agrees with the filing; some cannot be compared."""
    if within is None:
        return view.mark(SolvencyState.UNKNOWN, view.say("company.not-compared"))
    state = SolvencyState.FINE if within else SolvencyState.BREACH
    return view.mark(state, view.say("company.agrees" if within else "company.differs"))


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


def _findings(view: View, record: CompanyRecord) -> None:
    section(view.say("findings"), str(record.findings.height))
    show(findings_table(view, record.findings))
