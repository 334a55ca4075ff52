"""The two dates of a comparison, in the address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import streamlit as st

from dashboard.components import choices
from dashboard.components.view import View


def choose_two(view: View, days: Sequence[date]) -> tuple[date, date]:
    """The earlier and the later date.

    :param days: at least two, newest first.
    """
    options = [day.isoformat() for day in days]
    left, right = st.columns(2, vertical_alignment="bottom")
    with right:
        closing = choices.choose(view, "period", view.say("changes.to"), options[:-1])
    with left:
        opening = choices.choose(
            view, "since", view.say("changes.from"), [day for day in options if day < closing]
        )
    return date.fromisoformat(opening), date.fromisoformat(closing)
