"""Deadlines, the list and one obligation in full: what became of it, and writing down a submission; a waiver takes two."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from functools import partial

import polars as pl
import streamlit as st

from consolidation.rulebook import Rulebook
from dashboard.actions import acting, exports
from dashboard.components.links import link
from dashboard.components.markup import Child, Column, Html, TableCell, join, show, table, tag
from dashboard.components.markup import Row as TableRow
from dashboard.components.sections import section
from dashboard.components.view import View
from dashboard.pages.acts import act
from dashboard.pages.deadlines import words
from dashboard.pages.deadlines.words import MARKS, Row
from dashboard.queries.obligations import deadlines
from dashboard.queries.session import UserSession
from monitoring.access.accounts import Right
from monitoring.obligations.register import first_day
from monitoring.obligations.reversals import latest_entry
from monitoring.obligations.states import TO_DO, ObligationState
from monitoring.obligations.waivers import AskedWaiver, asked_waiver
from monitoring.reports.catalogue import kind_of

_MOST = 80
_SAID = "deadlines-said"


def listed(view: View, rows: pl.DataFrame, chosen: str) -> None:
    """The obligations, by last day; each leads to itself in full."""
    counts = dict(rows.group_by("state").len().iter_rows())
    told = [
        f"{view.label(f'deadlines.state.{s.value}')} {counts[s.value]:,}"
        for s in ObligationState
        if s.value in counts
    ]
    section(view.say("deadlines.list"), " · ".join(told))
    if rows.is_empty():
        show(tag("p", view.say("deadlines.none"), css="quiet"))
        return
    columns = [
        Column(view.say("state"), css="nowrap"),
        Column(view.say("deadlines.last-day"), css="nowrap"),
        Column(view.say("deadlines.left"), css="nowrap"),
        Column(view.say("deadlines.party")),
        Column(view.say("deadlines.obligation"), css="middle"),
        Column(view.say("period"), css="nowrap"),
        Column(view.say("deadlines.submitted"), css="nowrap"),
        Column(view.say("deadlines.receipt")),
    ]
    shown = [_row(view, r, chosen) for r in rows.head(_MOST).iter_rows(named=True)]
    more = rows.height - len(shown)
    rest = tag("p", view.say("deadlines.more", count=f"{more:,}"), css="quiet") if more else None
    show(join([table(columns, shown), rest]))


def _row(view: View, row: Row, chosen: str) -> TableRow:
    note = (
        words.note(view, row) if row["state"] in (ObligationState.UPCOMING, ObligationState.DUE_SOON) else ""
    )
    short = view.say("deadlines.may-move") if row["provisional"] else note
    day = tag("span", words.when(view, row))
    onward = link("deadlines", words.name(view, row), **_asked(), obligation=row["reference"])
    return TableRow(
        [
            words.mark(view, row),
            TableCell(join([day, tag("span", f" {short}", css="quiet small", title=note) if note else None])),
            words.left(view, row),
            words.party(view, row),
            onward,
            view.day(row["period_end"]),
            view.day(row["submitted_on"]),
            TableCell(row["receipt"] or row["reason"] or "", "place"),
        ],
        "chosen" if row["reference"] == chosen else None,
    )


def _asked() -> dict[str, str]:
    """What the address chooses, but for the obligation: a link to one keeps the list as it is."""
    return {k: v for k, v in st.query_params.items() if k not in ("obligation", "lang", "unit")}


# --- one obligation -------------------------------------------------------------------------------------------------------


def in_full(view: View, reference: str, today: date) -> None:
    """One obligation: dates, source, history, and what can be done about it."""
    row = deadlines.obligation(view.session, reference, today)
    told = st.session_state.pop(_SAID, None)
    if told:
        st.success(told, icon=":material/check:")
    close = link("deadlines", view.say("deadlines.close"), **_asked())
    section(words.name(view, row), close)
    facts: list[tuple[str, Child]] = [
        (view.say("deadlines.party"), words.party(view, row)),
        (view.say("period"), view.day(row["period_end"])),
        (view.say("state"), words.mark(view, row)),
        (view.say("deadlines.last-day"), f"{words.when(view, row)}  {words.left(view, row)}"),
        (view.say("deadlines.note"), words.note(view, row)),
        (view.say("article"), view.article(row["article"])),
        (view.say("deadlines.submitted"), view.day(row["submitted_on"]) if row["submitted_on"] else ""),
        (view.say("deadlines.receipt"), row["receipt"] or ""),
        (view.say("deadlines.reason"), row["reason"] or ""),
        (view.say("page.reports"), _report(view, row)),
    ]
    left, right = st.columns([1, 1.2], gap="medium")
    with left:
        show(table([Column(""), Column("")], [[k, x] for k, x in facts if x], css="facts"))
        _history(view, reference, today)
    with right:
        if view.person.may(Right.FILE):
            _acts(view, row, today)


def _report(view: View, row: Row) -> Child:
    """The way to the report that meets the obligation, where the program makes it."""
    kind = kind_of(row["obligation"], Rulebook.load(), row["period_end"])
    if kind is None:
        return ""
    label = view.label(f"reports.kind.{kind}")
    return link("reports", label, kind=kind.value, of=row["party_id"], ends=row["period_end"].isoformat())


def _history(view: View, reference: str, today: date) -> None:
    frame = deadlines.history(view.session, reference, today)
    if frame.is_empty():
        return
    columns = [
        Column(view.say("runs.at"), css="nowrap"),
        Column(view.say("runs.who")),
        Column(view.say("what")),
        Column(view.say("runs.detail")),
    ]
    rows: list[list[Child | TableCell]] = [
        [
            view.moment(r["at"]),
            r["who"],
            view.label(f"deadlines.what.{r['what']}"),
            TableCell(_detail(r["detail"]), "quiet small"),
        ]
        for r in frame.iter_rows(named=True)
    ]
    show(table(columns, rows))


def _detail(text: str | None) -> str:
    said = json.loads(text) if text else {}
    return ", ".join(" → ".join(map(str, x)) if isinstance(x, list) else str(x) for x in said.values())


def _acts(view: View, row: Row, today: date) -> None:
    if row["state"] in TO_DO:
        _submit_or_waive(view, row, today)
    if row["state"] != ObligationState.LAPSED:
        _reverse(view, row, today)


def _reverse(view: View, row: Row, today: date) -> None:
    """What was written down last, should that have been a mistake."""
    session, reference = view.session, row["reference"]
    entry = latest_entry(deadlines.history(session, reference, today))
    if entry is None:
        return
    with st.form(f"deadlines-take-back-{reference}", border=True):
        reason = st.text_input(view.say("deadlines.take-back-reason"), max_chars=500)
        words = view.say("deadlines.take-back", entry=view.label(f"deadlines.what.{entry}"))
        if st.form_submit_button(words, icon=":material/undo:"):
            act(
                view,
                lambda: acting.reverse(session, reference, reason),
                _SAID,
                view.say("deadlines.was-taken-back"),
            )


def _submit_or_waive(view: View, row: Row, today: date) -> None:
    session, reference = view.session, row["reference"]
    first = first_day(row)
    with st.form(f"deadlines-submit-{reference}", border=True):
        left, right = st.columns([1, 2])
        on = left.date_input(
            view.say("deadlines.submitted-on"),
            value=today,
            min_value=min(first, today),
            max_value=today,
            format="YYYY-MM-DD",
        )
        receipt = right.text_input(view.say("deadlines.receipt-given"), max_chars=500)
        if st.form_submit_button(view.say("deadlines.submit"), type="primary", icon=":material/task_alt:"):
            day = on if isinstance(on, date) else today
            act(
                view,
                lambda: acting.submit(session, reference, day, receipt),
                _SAID,
                view.say("deadlines.was-submitted"),
            )
    asked = asked_waiver(deadlines.history(session, reference, today))
    if asked is None:
        _ask_waiver(view, reference)
    else:
        _decide_waiver(view, reference, asked)


def _ask_waiver(view: View, reference: str) -> None:
    with st.form(f"deadlines-waive-{reference}", border=True):
        reason = st.text_input(view.say("deadlines.waive-reason"), max_chars=500)
        if st.form_submit_button(view.say("deadlines.waive"), icon=":material/block:"):
            act(
                view,
                lambda: acting.ask_waiver(view.session, reference, reason),
                _SAID,
                view.say("deadlines.was-asked"),
            )


def _decide_waiver(view: View, reference: str, asked: AskedWaiver) -> None:
    """What was asked for, and for a second person the decision."""
    session = view.session
    show(tag("p", view.say("deadlines.waiver-asked", who=asked.who, reason=asked.reason)))
    if not view.person.may(Right.DECIDE) or asked.who == view.person.name:
        show(tag("p", view.say("deadlines.waiver-waits"), css="quiet"))
        return
    with st.form(f"deadlines-decide-{reference}", border=True):
        reason = st.text_input(view.say("deadlines.waiver-reason"), max_chars=500)
        left, right = st.columns(2)
        if left.form_submit_button(view.say("deadlines.grant"), type="primary"):
            act(
                view, lambda: acting.grant_waiver(session, reference), _SAID, view.say("deadlines.was-waived")
            )
        if right.form_submit_button(view.say("deadlines.refuse")):
            act(
                view,
                lambda: acting.refuse_waiver(session, reference, reason),
                _SAID,
                view.say("deadlines.was-refused"),
            )


# --- downloads ------------------------------------------------------------------------------------------------------------


def offer_list(view: View, today: date, pick: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    """The list to take along."""

    def rows(session: UserSession) -> pl.DataFrame:
        return pick(deadlines.obligations(session, today)).drop("id", "version", "changed_at")

    name = f"deadlines-{today.isoformat()}"
    what = view.say("deadlines.list-download")
    exports.offer_table(view, what, name, rows, "export.deadlines", shown=partial(in_words, view))


def in_words(view: View, rows: pl.DataFrame) -> pl.DataFrame:
    """What is owed, by whom and why in the reader's words."""
    every = rows.rows(named=True)
    told: dict[str, list[str | None]] = {
        "obligation": [words.name(view, r) for r in every],
        "party_name": [words.party_name(view, r) for r in every],
        "occasion": [words.occasion(view, r) for r in every],
    }
    columns = [pl.Series(column, texts, pl.String) for column, texts in told.items()]
    return rows.with_columns(columns).drop("party_id", "reference")


def legend(view: View) -> Html:
    """The states with their marks."""
    return tag(
        "div",
        *(view.mark(m, view.label(f"deadlines.state.{s.value}")) for s, m in MARKS.items()),
        css="legend",
    )
