"""The form by which a person confirms a figure in doubt, on the page of its company or group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from dashboard.actions import acting
from dashboard.components.markup import show, tag
from dashboard.components.subject.doubts import doubtful_figures
from dashboard.components.view import View
from dashboard.pages.acts import act
from monitoring.access.accounts import Right
from monitoring.doubt.sentences import figure_name

_SAID = "doubt-said"


def figures_to_confirm(view: View, kind: str, id: str) -> None:
    """What is in doubt about a subject, and for who may decide the form that confirms it.

    :param kind: ``entity`` or ``group``.
    """
    own = doubtful_figures(view, kind, id)
    if said := st.session_state.pop(_SAID, None):
        show(tag("p", f"✓ {said}", css="r19-done", role="status"))
    if own.height and view.person.may(Right.DECIDE):
        _form(view, own)


def _form(view: View, own: pl.DataFrame) -> None:
    rows = own.rows(named=True)
    with st.form(f"doubt-confirm-{rows[0]['subject_id']}", border=True):
        left, right = st.columns([1, 2])
        chosen = left.selectbox(
            view.say("doubt.which"), range(len(rows)), format_func=lambda n: _name(view, rows[n])
        )
        note = right.text_input(view.say("doubt.note"), max_chars=500)
        if st.form_submit_button(view.say("doubt.confirm"), icon=":material/check:"):
            done = view.say("doubt.was-confirmed", figure=_name(view, rows[chosen]))
            act(view, lambda: acting.confirm_figure(view.session, rows[chosen], note), _SAID, done)


def _name(view: View, row: Mapping[str, Any]) -> str:
    basis = view.label(f"basis.{row['basis']}")
    return f"{row['period_end']:%Y-%m-%d} {basis}: {figure_name(row['column'], view.language)}"
