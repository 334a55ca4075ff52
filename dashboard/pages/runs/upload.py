"""Filings and runs, the upload: a set is checked first; filed, it waits for a second person before it counts."""

from __future__ import annotations

from dataclasses import astuple
from typing import BinaryIO, cast

import streamlit as st

from consolidation.filing_set import UnusableSet, ValidationStatus
from consolidation.filing_set.uploads import ENDINGS
from consolidation.findings import to_frame
from dashboard.actions import exports, uploads
from dashboard.actions.acting import ActionDenied
from dashboard.actions.uploads import Checked
from dashboard.actions.workbooks import WorkbookRefused
from dashboard.components.markup import Column, show, table, tag
from dashboard.components.sections import problem, section
from dashboard.components.states import SolvencyState
from dashboard.components.subject.findings_table import findings_table
from dashboard.components.view import View
from dashboard.pages.acts import refused
from dashboard.pages.runs import effect, workbook
from dashboard.pages.runs.published import published_statements
from monitoring.access.accounts import Right

_CHECKED = "runs-checked"
_ROUND = "runs-upload-round"
_MARKS = {
    ValidationStatus.VALID: SolvencyState.FINE,
    ValidationStatus.INVALID: SolvencyState.BREACH,
    ValidationStatus.NOT_RUN: SolvencyState.UNKNOWN,
}


def upload(view: View) -> None:
    """Choose a file, see what is in it, file it."""
    section(view.say("upload.title"), view.say("upload.note"))
    if not view.person.may(Right.FILE):
        show(tag("p", view.say("upload.not-allowed"), css="quiet"))
        return
    number = st.session_state.pop("runs-filed", None)
    if number is not None:
        st.success(view.say("upload.filed", run=number), icon=":material/check:")
    endings, most = ", ".join(f".{e}" for e in ENDINGS), st.get_option("server.maxUploadSize")
    with st.container(
        key=f"upload-{view.language}"
    ):  # pages.css gives Streamlit's own button Chinese words by this
        given = st.file_uploader(
            view.say("upload.choose", endings=endings, most=most),
            type=list(ENDINGS),
            key=f"runs-upload-{st.session_state.get(_ROUND, 0)}",
        )
    if given is None:
        st.session_state.pop(_CHECKED, None)
        show(tag("p", view.say("upload.about"), css="quiet"))
        return
    checked = _check(view, given.file_id, cast(BinaryIO, given), given.name)
    if checked is None:
        return
    _verdict(view, checked)
    if checked.figures:
        workbook.ask(view)  # what is not drawn is forgotten, and with it the answers
        workbook.figures(view, [astuple(figure) for figure in checked.figures])
    published_statements(view, checked.against_itself.published, checked.against_itself.implied)
    _file(view, checked, cast(BinaryIO, given), given.name)
    section(view.say("findings"), f"{len(checked.findings):,}")
    show(findings_table(view, to_frame(checked.findings)))
    if checked.findings:
        exports.offer_table(
            view,
            view.say("runs.findings-download"),
            "findings-upload",
            lambda _session: to_frame(checked.findings),
            "export.upload-findings",
        )


def _check(view: View, file_id: str, data: BinaryIO, name: str) -> Checked | None:
    """The check of this very upload, made once."""
    known, told = st.session_state.get(_CHECKED), workbook.told()
    if known is not None and known[0] == (file_id, told):
        return cast(Checked, known[1])
    try:
        with st.spinner(view.say("upload.checking")):
            checked = uploads.check(view.session, data, name, told)
    except WorkbookRefused as refusal:
        problem(refusal.message(view.language))
        workbook.ask(view)
        show(findings_table(view, to_frame(refusal.findings)))
        return None
    except UnusableSet as reason:
        problem(reason.message(view.language))
        return None
    except ActionDenied as refusal:
        refused(view, refusal)
        return None
    st.session_state[_CHECKED] = ((file_id, told), checked)
    return checked


def _verdict(view: View, checked: Checked) -> None:
    found = checked.verdict
    words = view.say(
        "upload.verdict",
        errors=found.errors,
        warnings=found.warnings,
        tables=found.tables,
        rows=f"{found.rows:,}",
    )
    mark = view.mark(_MARKS[found.word], view.say(f"upload.word.{found.word.name.lower()}"))
    show(
        tag(
            "p",
            mark,
            " ",
            tag("b", checked.name),
            " ",
            words,
            " ",
            tag("span", f"SHA-256 {checked.sha256[:12]}", css="quiet small"),
        )
    )
    rows = [[i.path, i.table, "" if i.rows is None else f"{i.rows:,}"] for i in checked.inputs]
    columns = [
        Column(view.say("finding.file")),
        Column(view.say("runs.table")),
        Column(view.say("runs.rows"), figures=True),
    ]
    with st.expander(view.say("upload.contents", count=len(rows)), icon=":material/folder_open:"):
        show(table(columns, rows, css="narrow"))


def _file(view: View, checked: Checked, data: BinaryIO, name: str) -> None:
    """The button that files the set; with errors only after a tick."""
    if checked.not_own:
        problem(view.say("upload.not-own", ids=", ".join(checked.not_own[:10]), count=len(checked.not_own)))
        return
    if checked.verdict.word is ValidationStatus.NOT_RUN:
        problem(view.say("upload.nothing"))
        return
    confirmed: list[str] = []
    if checked.effect is None:
        show(tag("p", view.say("upload_effect.unknown"), css="quiet"))
    else:
        confirmed = effect.confirm(view, checked.effect, checked.sha256[:12])
    seen = checked.effect is None or not checked.effect.unconfirmed(confirmed)
    sure = checked.verdict.word is ValidationStatus.VALID or st.checkbox(
        view.say("upload.despite-errors", errors=checked.verdict.errors), key="runs-despite-errors"
    )
    if not st.button(
        effect.on_button(view, view.say("upload.file"), checked.effect),
        key="runs-file",
        type="primary",
        icon=":material/send:",
        disabled=not (sure and seen),
    ):
        return
    try:
        with st.spinner(view.say("upload.computing")):
            number = uploads.file(view.session, data, name, workbook.told(), confirmed)
    except UnusableSet as reason:
        problem(reason.message(view.language))
        return
    except ActionDenied as refusal:
        refused(view, refusal)
        return
    st.session_state["runs-filed"] = number
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    st.session_state.pop(_CHECKED, None)
    st.rerun()
