"""Filings and runs, the list: every run with who recorded and who decided, and one of them in full with the decision on it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from consolidation.money import less
from dashboard.actions import acting, exports
from dashboard.components import formatting
from dashboard.components.links import link
from dashboard.components.markup import Child, Column, Html, Row, TableCell, show, table, tag
from dashboard.components.sections import section
from dashboard.components.states import SolvencyState
from dashboard.components.subject.findings_table import findings_table
from dashboard.components.view import View
from dashboard.pages.acts import act
from dashboard.pages.deadlines import words as duties
from dashboard.pages.runs import effect, workbook
from dashboard.queries.obligations import deadlines
from dashboard.queries.record import runs
from dashboard.queries.record.runs import PENDING, REJECTED
from monitoring.access.accounts import Right
from monitoring.calendar import today

Head = Mapping[str, Any]
_MOST_RUNS = 60
_MOST_FILES = 200
_SAID = "runs-said"


def run_list(view: View) -> None:
    """The runs, newest first, and the chosen one below."""
    heads = runs.runs(view.session)
    chosen = _chosen(view, heads)
    told = st.session_state.pop(_SAID, None)
    if told:
        st.success(told, icon=":material/check:")
    section(view.say("runs.list"), view.say("runs.waiting", count=runs.waiting(view.session).height))
    columns = [
        Column(view.say("runs.run"), figures=True),
        Column(view.say("state"), css="nowrap"),
        Column(view.say("runs.recorded"), css="nowrap"),
        Column(view.say("runs.who")),
        Column(view.say("source")),
        Column(view.say("runs.statements"), figures=True),
        Column(view.say("runs.filings"), figures=True),
        Column(view.say("runs.errors"), figures=True),
        Column(view.say("runs.warnings"), figures=True),
        Column(view.say("runs.decided")),
    ]
    rows = [_row(view, h, chosen) for h in heads.head(_MOST_RUNS).iter_rows(named=True)]
    show(table(columns, rows))
    if chosen is not None:
        _detail(view, chosen)


def _chosen(view: View, heads: pl.DataFrame) -> Head | None:
    """The run of the address; else the oldest that waits for a decision, else the newest."""
    asked = st.query_params.get("run", "")
    if asked.isdecimal() and len(asked) < 10:
        return runs.run(view.session, int(asked))
    waiting = heads.filter(pl.col("status") == PENDING)
    first = waiting.tail(1) if waiting.height else heads.head(1)
    return first.row(0, named=True) if first.height else None


def _row(view: View, head: Head, chosen: Head | None) -> Row:
    number = head["run_id"]
    return Row(
        [
            link("runs", str(number), run=number),
            state_of(view, head),
            view.moment(head["recorded_at"]),
            head["who"] or formatting.NONE,
            TableCell(head["source"] or formatting.NONE, "place"),
            _count(head["statements"]),
            _count(head["filings"]),
            _count(head["errors"]),
            _count(head["warnings"]),
            _decided(view, head),
        ],
        "chosen" if chosen is not None and chosen["run_id"] == number else None,
    )


def _count(number: int | None) -> str:
    return formatting.NONE if number is None else f"{number:,}"


def state_of(view: View, head: Head) -> Html:
    """What has become of a run, as symbol and word."""
    if head["status"] == PENDING:
        return view.mark(SolvencyState.WATCH, view.say("runs.state.pending"))
    if head["status"] == REJECTED:
        return view.mark(SolvencyState.BREACH, view.say("runs.state.rejected"))
    if head["is_standing"]:
        return view.mark(SolvencyState.FINE, view.say("runs.state.counts"))
    return view.mark(SolvencyState.UNKNOWN, view.say("runs.state.what-if"))


def _decided(view: View, head: Head) -> str:
    if head["rejected_at"] is not None:
        words = view.say(
            "runs.rejected-by",
            who=head["rejected_by"] or formatting.NONE,
            at=view.moment(head["rejected_at"]),
        )
        return f"{words}: {head['reason']}" if head["reason"] else words
    if head["approved_at"] is not None:
        return view.say(
            "runs.approved-by",
            who=head["approved_by"] or formatting.NONE,
            at=view.moment(head["approved_at"]),
        )
    return ""


# --- one run --------------------------------------------------------------------------------------------------------------


def _detail(view: View, head: Head) -> None:
    number = head["run_id"]
    section(view.say("runs.one", run=number), state_of(view, head))
    if head["status"] == PENDING:
        _decision(view, head)
    if read := json.loads(head["arguments"] or "{}").get("figures"):
        workbook.figures(view, read)
    _figures(view, number)
    found = runs.findings(view.session, number)
    section(view.say("findings"), f"{found.height:,}")
    show(findings_table(view, found))
    exports.offer_table(
        view,
        view.say("runs.findings-download"),
        f"findings-run-{number}",
        lambda session: runs.findings(session, number),
        "export.findings",
    )
    _files(view, number)


def _decision(view: View, head: Head) -> None:
    """What the person may do about a run that waits."""
    number, session = head["run_id"], view.session
    may_decide = view.person.may(Right.DECIDE) and not head["is_own"]
    may_withdraw = head["is_own"]
    if not (may_decide or may_withdraw):
        show(tag("p", view.say("runs.second-person"), css="quiet"))
        return
    fulfilled = _fulfilled(view, number) if may_decide else []
    told = runs.effect(session, number)
    confirmed = effect.confirm(view, told, str(number)) if may_decide else []
    left, middle, right = st.columns([2, 2, 1], vertical_alignment="bottom")
    with middle:
        reason = st.text_input(view.say("runs.reason"), key=f"runs-reason-{number}", max_chars=500)
    with left:
        if may_decide and st.button(
            effect.on_button(view, view.say("runs.approve"), told),
            key=f"runs-approve-{number}",
            type="primary",
            icon=":material/check:",
            disabled=bool(told.unconfirmed(confirmed)),
        ):
            act(
                view,
                lambda: acting.approve(session, number, fulfilled, confirmed),
                _SAID,
                view.say("runs.approved", run=number),
            )
    with right:
        word = "runs.reject" if may_decide else "runs.withdraw"
        if st.button(view.say(word), key=f"runs-reject-{number}", icon=":material/close:"):
            undo = acting.reject if may_decide else acting.withdraw
            act(view, lambda: undo(session, number, reason), _SAID, view.say("runs.was-rejected", run=number))


def _fulfilled(view: View, number: int) -> list[str]:
    """References of the obligations that the run fulfils and that the person wants written down with the approval."""
    offered = deadlines.filed_with(view.session, number, today())
    if offered.is_empty():
        return []
    late = offered.filter(pl.col("filed_on") > pl.col("last_day")).height
    told = view.say("runs.fulfils", count=offered.height, late=late, day=view.day(offered["filed_on"][0]))
    wanted = st.checkbox(told, value=True, key=f"runs-fulfils-{number}")
    columns = [
        Column(view.say("deadlines.party")),
        Column(view.say("deadlines.obligation")),
        Column(view.say("period"), css="nowrap"),
        Column(view.say("deadlines.last-day"), css="nowrap"),
    ]
    rows: list[list[Child | TableCell]] = [
        [duties.party(view, r), duties.name(view, r), view.day(r["period_end"]), duties.when(view, r)]
        for r in offered.head(_MOST_FILES).iter_rows(named=True)
    ]
    with st.expander(view.say("runs.fulfils-which", count=offered.height), icon=":material/task_alt:"):
        show(table(columns, rows, css="narrow"))
    return offered["reference"].to_list() if wanted else []


def _figures(view: View, number: int) -> None:
    """The headlines of the run beside those that count now."""
    section(view.say("runs.beside"), view.say("runs.beside-note"))
    frame = runs.beside_current(view.session, number)
    if frame.is_empty():
        show(tag("p", view.say("runs.beside-none"), css="quiet"))
        return
    columns = [
        Column(view.say("group")),
        Column(view.say("period"), css="nowrap"),
        Column(view.say("statement.item")),
        Column(view.say("runs.now"), figures=True),
        Column(view.say("runs.in-run"), figures=True),
        Column(view.say("difference"), figures=True),
    ]
    shown = frame.sort("group_id", "period_end", descending=[False, True], maintain_order=True).head(40)
    show(table(columns, [_headline(view, r) for r in shown.iter_rows(named=True)]))
    if frame.height > shown.height:
        show(tag("p", view.say("runs.more-lines", count=frame.height - shown.height), css="quiet"))


def _headline(view: View, row: Mapping[str, Any]) -> list[Child | TableCell]:
    is_ratio = row["unit"] == "ratio"
    cell = view.ratio_cell if is_ratio else view.amount_cell
    known = row["current"] is not None and row["in_run"] is not None
    moved = less(row["in_run"], row["current"]) if known else None
    return [
        link("group", view.name(row["group_id"]), group=row["group_id"], period=row["period_end"]),
        view.day(row["period_end"]),
        view.line(row["line"]),
        cell(row["current"]),
        cell(row["in_run"]),
        formatting.points(moved, 2) if is_ratio else view.amount_cell(moved),
    ]


def _files(view: View, number: int) -> None:
    files = runs.files(view.session, number)
    if files.is_empty():
        return
    columns = [
        Column(view.say("finding.file")),
        Column(view.say("runs.table")),
        Column(view.say("runs.rows"), figures=True),
        Column("SHA-256"),
    ]
    rows: list[list[Child | TableCell]] = [
        [r["path"], r["table"], _count(r["rows"]), TableCell(r["sha256"][:12], "place", r["sha256"])]
        for r in files.head(_MOST_FILES).iter_rows(named=True)
    ]
    with st.expander(f"{view.say('runs.files')} · {files.height}", icon=":material/folder_open:"):
        show(table(columns, rows, css="narrow"))
