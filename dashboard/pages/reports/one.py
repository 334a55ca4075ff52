"""One report: how far it is, what a later run has changed, its parts with the fields for texts, what can be done, its history."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

import streamlit as st

from consolidation.words import say
from dashboard.actions import downloads, reporting
from dashboard.actions.acting import ActionDenied
from dashboard.actions.downloads import File
from dashboard.components.links import link
from dashboard.components.markup import Column, show, table, tag
from dashboard.components.sections import problem, section
from dashboard.components.view import View
from dashboard.pages.reports import preview
from dashboard.queries.obligations import reports
from dashboard.queries.session import UserSession
from monitoring.access.accounts import Right
from monitoring.reports.catalogue import Kind
from monitoring.reports.content import PartState, ReportPart
from monitoring.reports.documents import office
from monitoring.reports.documents.formats import MEDIA_TYPES, PDF, WEB, WORD, file_name
from monitoring.reports.lifecycle.register import LifeState, ReportKey, StoredReport

_SAID = "reports-said"
_MOST_CHANGES = 30
_MARKS = {
    PartState.EMPTY: ":material/edit:",
    PartState.DRAFT: ":material/rule:",
    PartState.CHECKED: ":material/check:",
}


def report(view: View, kind: str, group: str, period: date, today: date) -> None:
    """The report that the address asks for."""
    found = reports.report(view.session, kind, group, period, view.language, today)
    section(found.report.title, link("reports", view.say("deadlines.close")))
    said = st.session_state.pop(_SAID, None)
    if said:
        st.success(said, icon=":material/check:")
    show(
        tag("p", f"{found.report.name} · {found.report.about} · {view.label(f'reports.life.{found.state}')}")
    )
    to_do = found.to_do()
    if to_do and found.state is LifeState.DRAFT:
        show(tag("p", view.say("reports.to-do", parts=view.say("reports.comma").join(to_do)), css="quiet"))
    _stale(view, found)
    _files(view, found, today)
    for shown in found.report.parts:
        _part(view, found, shown)
    _acts(view, found, today)
    _history(view, found)


def _stale(view: View, found: StoredReport) -> None:
    """What a later run has changed of what was checked, approved or quoted."""
    if not found.is_stale:
        return
    show(tag("p", view.say("reports.stale", count=len(found.changes)), css="r19-problem", role="status"))
    for quote in found.quotes:
        now = view.say("reports.comma").join(c.now or "–" for c in quote.figures)
        title = found.report.part(quote.part).title
        show(tag("p", view.say("reports.quote", part=title, number=quote.number, now=now), css="r19-problem"))
    columns = [
        Column(view.say("reports.figure")),
        Column(view.say("reports.before"), figures=True),
        Column(view.say("reports.now"), figures=True),
    ]
    rows = [[c.source, c.before or "–", c.now or "–"] for c in found.changes[:_MOST_CHANGES]]
    if rows:
        show(table(columns, rows, css="tight"))


def _files(view: View, found: StoredReport, today: date) -> None:
    key = found.key
    endings = [WORD, WEB] + ([PDF] if office.is_installed() else [])
    for column, ending in zip(st.columns(6), endings, strict=False):

        def make(session: UserSession, ending: str = ending) -> bytes:
            return reports.document(
                session, key.kind, key.group_id, key.period_end, view.language, ending, today
            )

        name = file_name(key.kind, key.group_id, key.period_end, ending)
        with column:
            downloads.offer(
                view,
                view.say(f"reports.download{ending.replace('.', '-')}"),
                File(name, MEDIA_TYPES[ending], make),
                f"export.report{ending}",
                key.group_id,
            )


def _part(view: View, found: StoredReport, shown: ReportPart) -> None:
    label = f"{_MARKS[shown.state]} {shown.title} · {view.label(f'reports.state.{shown.state}')}"
    with st.expander(label, expanded=st.query_params.get("part") == shown.id):
        preview.part(view, shown)
        may_write = found.state is LifeState.DRAFT and view.person.may(Right.FILE)
        for place in shown.texts():
            where = f"reports-{found.key.reference}-{shown.id}-{place.id}"
            show(tag("p", place.prompt, css="quiet small"))
            if not may_write:
                show(tag("p", place.text or "–"))
                continue
            text = st.text_area(
                view.say("reports.text"),
                value=place.text,
                key=where,
                label_visibility="collapsed",
                max_chars=20_000,
            )
            if place.at is not None:
                show(
                    tag(
                        "p",
                        view.say("reports.written", who=place.who, at=view.moment(place.at)),
                        css="quiet small",
                    )
                )
            if st.button(view.say("reports.save"), key=f"save-{where}", icon=":material/save:"):
                _do(view, partial(reporting.write_text, view.session, found.key, shown.id, place.id, text))
        if may_write and shown.state is PartState.DRAFT:
            pressed = st.button(
                view.say("reports.check"),
                key=f"check-{found.key.reference}-{shown.id}",
                icon=":material/check:",
            )
            if pressed:
                _do(view, lambda: reporting.check_part(view.session, found.key, shown.id))


def _acts(view: View, found: StoredReport, today: date) -> None:
    """What the person may do about it next."""
    key, state = found.key, found.state
    is_ready = state is LifeState.DRAFT and view.person.may(Right.DECIDE) and not found.to_do()
    if is_ready and st.button(view.say("reports.approve"), type="primary", icon=":material/verified:"):
        _do(view, lambda: reporting.approve(view.session, key))
    if state is LifeState.SUSPENDED:
        show(tag("p", view.label("reports.suspension"), css="r19-problem"))
    goes_out = state is LifeState.APPROVED or (state is LifeState.SUSPENDED and key.kind is Kind.SUMMARY)
    if goes_out and view.person.may(Right.FILE):
        _going_out(view, key, today)
    if state is LifeState.APPROVED and view.person.may(Right.DECIDE):
        with st.form("reports-back"):
            reason = st.text_input(view.say("reports.reason"), max_chars=500)
            left, right = st.columns(2)
            back = left.form_submit_button(view.say("reports.return"), icon=":material/undo:")
            is_summary = key.kind is Kind.SUMMARY
            stop = is_summary and right.form_submit_button(
                view.say("reports.suspend"), icon=":material/pause:"
            )
        if back:
            _do(view, lambda: reporting.return_to_draft(view.session, key, reason))
        if stop:
            _do(view, lambda: reporting.suspend(view.session, key, reason))


def _going_out(view: View, key: ReportKey, today: date) -> None:
    is_summary = key.kind is Kind.SUMMARY
    with st.form("reports-out"):
        left, right = st.columns([1, 2])
        on = left.date_input(view.say("reports.on"), value=today, max_value=today, format="YYYY-MM-DD")
        proof = right.text_input(view.say("reports.url" if is_summary else "reports.receipt"), max_chars=500)
        pressed = st.form_submit_button(
            view.say("reports.publish" if is_summary else "reports.submit"),
            type="primary",
            icon=":material/send:",
        )
    if pressed and isinstance(on, date):
        act = reporting.publish if is_summary else reporting.submit
        _do(view, lambda: act(view.session, key, on, proof))


def _do(view: View, act: Callable[[], None]) -> None:
    """Do it, and draw the page anew; a refusal is said where one looks."""
    try:
        act()
    except ActionDenied as refusal:
        places = dict(refusal.places)
        if refusal.code == reporting.REPORT:
            if "state" in places:
                places["state"] = view.label(f"reports.life.{places['state']}")
            told = say(f"reports.denied.{places.pop('denied')}", view.language, **places)
        else:
            told = view.say(f"acting.{refusal.code}", **places)
        problem(told)
        return
    st.session_state[_SAID] = view.say("reports.done")
    st.rerun()


def _history(view: View, found: StoredReport) -> None:
    key = found.key
    acts = reports.acts(view.session, key.kind, key.group_id, key.period_end)
    if acts.is_empty():
        return
    section(view.say("reports.history"))
    columns = [
        Column(view.say("reports.at")),
        Column(view.say("reports.who")),
        Column(view.say("reports.act")),
    ]
    rows = [[view.moment(at), who, view.label(f"audit.{action}")] for at, who, action, _ in acts.iter_rows()]
    show(table(columns, rows, css="tight"))
