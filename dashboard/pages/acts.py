"""What a button comes to: the act is carried out and the page drawn anew with the good news, or it is said why it was refused."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard.actions.acting import ActionDenied
from dashboard.components.sections import problem
from dashboard.components.view import View


def act(view: View, what: Callable[[], object], said: str, done: str) -> None:
    """Carry out an act.

    :param said: where in the session's state the page looks for good news when it is drawn anew.
    :param done: the good news.
    """
    try:
        what()
    except ActionDenied as refusal:
        refused(view, refusal)
        return
    st.session_state[said] = done
    st.rerun()


def refused(view: View, refusal: ActionDenied) -> None:
    """Say why an act was refused."""
    problem(view.say(f"acting.{refusal.code}", **refusal.places))
