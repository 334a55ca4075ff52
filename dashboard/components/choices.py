"""Choices that live in the page's address: group, period, line and whatever else a page lets one choose.

The address wins; without a word in it the last choice of the session stands, then the page's own default. Every change
is written back into the address, so that what is on screen can always be sent to somebody as a link.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import streamlit as st

from dashboard.components.view import View
from dashboard.queries.company import companies


def choose(
    view: View,
    parameter: str,
    label: str,
    options: Sequence[str],
    *,
    shown: Callable[[str], str] = str,
    default: str | None = None,
) -> str:
    """A select box for the parameter of the address; gives the chosen option.

    :param options: at least one; their text is what stands in the address.
    :param shown: what a person reads for an option.
    :param default: where neither address nor session says; the first option if not given.
    """
    key = f"choice-{parameter}"
    asked = st.query_params.get(parameter)
    if asked is not None and asked not in options:
        st.warning(view.say("choice.unavailable", label=label), icon=":material/warning:")
    wanted = next(
        (v for v in (asked, st.session_state.get(f"last-{parameter}"), default) if v in options), options[0]
    )
    st.session_state[key] = wanted
    chosen = st.selectbox(
        label, options, key=key, format_func=shown, on_change=_write_back, args=(parameter, key)
    )
    st.session_state[f"last-{parameter}"] = chosen
    if asked != chosen:
        st.query_params[parameter] = chosen
    return chosen


def switch(
    view: View,
    parameter: str,
    label: str,
    options: Sequence[str],
    *,
    shown: Callable[[str], str] = str,
    default: str | None = None,
) -> str:
    """Like :func:`choose`, as a row of buttons, for few options that are words of ours: Streamlit reads Markdown in them."""
    key = f"choice-{parameter}"
    asked = st.query_params.get(parameter)
    wanted = next((v for v in (asked, default) if v in options), options[0])
    st.session_state[key] = wanted
    chosen = st.segmented_control(
        label,
        options,
        key=key,
        format_func=shown,
        required=True,
        on_change=_write_back,
        args=(parameter, key),
        label_visibility="collapsed",
    )
    return str(chosen or wanted)


def choose_period(view: View, days: Sequence[date]) -> str:
    """The period, at first the newest for which most insurers have filed; one for which most have not is marked.

    :param days: at least one, newest first.
    """
    partial = {p.day.isoformat(): p for p in companies.filed_periods(view.session) if p.is_partial}
    options = [day.isoformat() for day in days]

    def shown(day: str) -> str:
        found = partial.get(day)
        return day if found is None else view.say("choice.partial", day=day, filed=found.filed, of=found.of)

    default = next((day for day in options if day not in partial), options[0])
    return choose(view, "period", view.say("period"), options, shown=shown, default=default)


def day_of(text: str) -> date | None:
    """A date of the address; None where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _write_back(parameter: str, key: str) -> None:
    st.query_params[parameter] = st.session_state[key]
