"""Group: one group on one date, from the headline to the cell that a figure was read from."""

from __future__ import annotations

from datetime import date

import polars as pl
import streamlit as st

from dashboard.actions import downloads
from dashboard.components import choices
from dashboard.components.findings_table import findings_table
from dashboard.components.flag_table import own_flags
from dashboard.components.markup import Child, Column, show, table
from dashboard.components.sections import empty_page, head, section
from dashboard.components.states import COMPREHENSIVE
from dashboard.components.view import View, view
from dashboard.pages.group.explain import explanation
from dashboard.pages.group.members import eliminations, members, reconciliation, structure
from dashboard.pages.group.readings import readings_panel
from dashboard.pages.group.statement_table import beside, statement_table
from dashboard.pages.group.summary_strip import RATIO_LINES, headline
from dashboard.pages.group.waterfall import causes, trend, way_from_solos
from dashboard.pages.group.workbook import annex10
from dashboard.queries import groups
from dashboard.queries.groups import StatementRecord
from monitoring.ratios import GROUP


def page(v: View) -> None:
    own = groups.groups(v.desk)
    if own.is_empty():
        empty_page(v, v.say("page.group"))
        return
    left, middle, right = st.columns([2, 1, 1], vertical_alignment="bottom")
    with left:
        group = choices.choose(v, "group", v.say("group"), own["group_id"].to_list(), shown=v.name)
    days = groups.periods(v.desk, group)
    if not days:
        head(v.name(group))
        _without_statement(v, group)
        return
    with middle:
        chosen = choices.choose(v, "period", v.say("period"), [d.isoformat() for d in days])
    day = choices.day_of(chosen) or days[0]
    record = groups.statement(v.desk, group, day)
    with right:
        downloads.offer(v, v.say("group.workbook"), annex10(v, record), "export.annex10", group)
    head(v.name(group), v.label(f"group-type.{record.group_type}"), day.isoformat(), _made_by(v, record))
    headline(v, record)
    left, right = st.columns([1.25, 1], gap="medium")
    line = _chosen_line(record)
    with left:
        _statement(v, record, line)
    with right:
        section(v.say("group.why"), v.say("group.why-note"))
        for each in beside(record, line):
            show(explanation(v, record, each))
        way_from_solos(v, record)
        trend(v, group, day)
    members(v, record)
    structure(v, record)
    left, right = st.columns(2, gap="medium")
    with left:
        section(v.say("group.causes"), v.say("group.causes-note"))
        causes(v, record)
        eliminations(v, record)
    with right:
        reconciliation(v, record)
    readings_panel(v, record)
    own_flags(v, GROUP, group)
    section(v.say("findings"), str(record.findings.height))
    show(findings_table(v, record.findings))


def _made_by(v: View, record: StatementRecord) -> str:
    return v.say("group.made-by", run=record.run["run_id"], at=v.moment(record.run["recorded_at"]))


def _without_statement(v: View, group: str) -> None:
    stopped = groups.blocked(v.desk).filter(pl.col("group_id") == group)
    st.info(v.say("group.no-statement"), icon=":material/info:")
    if stopped.height:
        show(table([Column(v.say("period")), Column(v.say("why"))], _stopped_rows(v, stopped)))


def _stopped_rows(v: View, stopped: pl.DataFrame) -> list[list[Child]]:
    return [[v.day(r["period_end"]), v.message(r)] for r in stopped.iter_rows(named=True)]


def _chosen_line(record: StatementRecord) -> str:
    asked = st.query_params.get("line", "")
    return asked if asked in record.lines["line"].to_list() else RATIO_LINES[COMPREHENSIVE]


def _statement(v: View, record: StatementRecord, line: str) -> None:
    before = date(record.period_end.year - 1, 12, 31)
    has_opening = before in groups.periods(v.desk, record.group_id)
    opening = groups.statement(v.desk, record.group_id, before) if has_opening else None
    section(v.say("group.statement"), v.say("group.in-unit", unit=v.unit_name))
    show(statement_table(v, record, opening, line))


page(view())
