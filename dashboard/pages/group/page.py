"""Group: one group on one date, from the headline to the cell that a figure was read from."""

from __future__ import annotations

from datetime import date

import polars as pl
import streamlit as st

from dashboard.actions import downloads, personal
from dashboard.components import choices
from dashboard.components.markup import Child, Column, show, table, tag
from dashboard.components.sections import empty_page, head, section
from dashboard.components.states import COMPREHENSIVE
from dashboard.components.subject.findings_table import findings_table
from dashboard.components.view import View, current_view
from dashboard.pages.entities.confirming import figures_to_confirm
from dashboard.pages.flags.own import own_flags
from dashboard.pages.group.explain import explanation
from dashboard.pages.group.members import eliminations, members, reconciliation, structure
from dashboard.pages.group.readings import readings_panel
from dashboard.pages.group.statement_table import beside, statement_table
from dashboard.pages.group.summary_strip import RATIO_LINES, incomplete_words, summary_strip
from dashboard.pages.group.waterfall import causes, group_outlook, trend, waterfall
from dashboard.pages.group.workbook import annex10
from dashboard.queries import groups, headlines
from dashboard.queries.groups import StatementRecord
from dashboard.queries.session import NotVisible
from monitoring.ratios import GROUP


def page(view: View) -> None:
    own = groups.groups(view.session)
    if own.is_empty():
        empty_page(view, view.say("page.group"))
        return
    left, star, middle, right = st.columns([2, 0.8, 1, 1], vertical_alignment="bottom")
    with left:
        group = choices.choose(
            view,
            "group",
            view.say("group"),
            own["group_id"].to_list(),
            shown=view.name,
            default=headlines.worst_group(view.session),
        )
    with star:
        _at_hand(view, group)
    days = groups.periods(view.session, group)
    if not days:
        head(view.name(group))
        _without_statement(view, group)
        return
    with middle:
        chosen = choices.choose(view, "period", view.say("period"), [d.isoformat() for d in days])
    day = choices.day_of(chosen) or days[0]
    record = groups.statement(view.session, group, day)
    with right:
        downloads.offer(view, view.say("group.workbook"), annex10(view, record), "export.annex10", group)
    head(
        view.name(group),
        view.label(f"group-type.{record.statement.group_type}"),
        day.isoformat(),
        _made_by(view, record),
    )
    counts = headlines.headline(view.session, group, day)
    if counts is None:
        raise NotVisible(group)
    summary_strip(view, record, counts)
    left, right = st.columns([1.25, 1], gap="medium")
    line = _chosen_line(record)
    with left:
        _statement(view, record, line)
    with right:
        section(view.say("group.why"), view.say("group.why-note"))
        for each in beside(record, line):
            show(explanation(view, record, each))
        waterfall(view, record)
        _of_the_computed_alone(view, counts)
        trend(view, group, day)
    members(view, record)
    structure(view, record)
    left, right = st.columns(2, gap="medium")
    with left:
        section(view.say("group.causes"), view.say("group.causes-note"))
        if counts.is_complete:
            causes(view, record)
        else:
            show(tag("p", view.say("group.incomplete.no-causes"), css="quiet"))
        eliminations(view, record)
    with right:
        reconciliation(view, record)
    readings_panel(view, record)
    _of_the_computed_alone(view, counts)
    figures_to_confirm(view, GROUP, group)
    group_outlook(view, group)
    own_flags(view, "group", GROUP, group)
    section(view.say("findings"), str(record.findings.height))
    show(findings_table(view, record.findings))


def _of_the_computed_alone(view: View, counts: headlines.Headline) -> None:
    """Below what only the computed statement can show: that it lacks members, where it does."""
    if not counts.is_complete:
        told = view.say("group.incomplete.computed", words=incomplete_words(view, counts))
        show(tag("p", told, css="quiet small", role="note"))


def _at_hand(view: View, group: str) -> None:
    """Keep the group in the side bar of every page, or no longer."""
    is_kept = group in view.person.favourites
    if st.button(view.say("search.drop" if is_kept else "search.keep"), key=f"group-at-hand-{group}"):
        personal.keep_at_hand(view.session, group, not is_kept)
        st.rerun()


def _made_by(view: View, record: StatementRecord) -> str:
    return view.say("group.made-by", run=record.run["run_id"], at=view.moment(record.run["recorded_at"]))


def _without_statement(view: View, group: str) -> None:
    stopped = groups.blocked(view.session).filter(pl.col("group_id") == group)
    st.info(view.say("group.no-statement"), icon=":material/info:")
    if stopped.height:
        show(table([Column(view.say("period")), Column(view.say("why"))], _stopped_rows(view, stopped)))


def _stopped_rows(view: View, stopped: pl.DataFrame) -> list[list[Child]]:
    return [[view.day(r["period_end"]), view.message(r)] for r in stopped.iter_rows(named=True)]


def _chosen_line(record: StatementRecord) -> str:
    asked = st.query_params.get("line", "")
    return asked if asked in record.statement.lines else RATIO_LINES[COMPREHENSIVE]


def _statement(view: View, record: StatementRecord, line: str) -> None:
    before = date(record.period_end.year - 1, 12, 31)
    has_opening = before in groups.periods(view.session, record.group_id)
    opening = groups.statement(view.session, record.group_id, before) if has_opening else None
    section(view.say("group.statement"), view.say("group.in-unit", unit=view.unit_name))
    show(statement_table(view, record, opening, line))


page(current_view())
