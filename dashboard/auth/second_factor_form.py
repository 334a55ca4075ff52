"""The forms by which a person adds the second factor to the own account, and takes it away for a new phone."""

from __future__ import annotations

from collections.abc import Callable

import segno
import streamlit as st

from consolidation.words import say
from dashboard.auth import session
from dashboard.components.markup import show, tag
from monitoring.access import second_factor
from monitoring.access.accounts import AccountError, Person
from monitoring.store.store import Store

_SECRET = "r19-second-factor"
_BLOCK = 4


def form(store: Store, person: Person, language: str) -> None:
    """Add the second factor, or take it away where there is one; runs the script anew once it is done."""
    if person.has_second_factor:
        _drop(store, person, language)
    else:
        _add(store, person, language)


def _add(store: Store, person: Person, language: str) -> None:
    # drawn anew at every click, the same secret until its first code has come: it is nowhere but in this session until then
    secret = st.session_state.setdefault(_SECRET, second_factor.new_secret())
    with st.form("second-factor", width=480):
        st.subheader(say("dashboard.second-factor.title", language), anchor=False)
        key = "required" if person.must_add_second_factor else "about"
        st.caption(say(f"dashboard.second-factor.{key}", language))
        picture = segno.make(second_factor.address(secret, person.name), error="m").png_data_uri(scale=4)
        show(tag("img", src=picture, alt=say("dashboard.second-factor.picture", language)))
        st.caption(say("dashboard.second-factor.by-hand", language))
        blocks = [secret[at : at + _BLOCK] for at in range(0, len(secret), _BLOCK)]
        st.code(" ".join(blocks), language=None)
        code = _code(language)
        if not st.form_submit_button(say("dashboard.second-factor.go", language), type="primary"):
            return
        if not _done(language, lambda: second_factor.add(store, person, secret, code, keep=session.token())):
            return
    del st.session_state[_SECRET]
    st.toast(say("dashboard.second-factor.added", language), icon=":material/check:")
    st.rerun()


def _drop(store: Store, person: Person, language: str) -> None:
    with st.form("second-factor-drop", width=480):
        st.subheader(say("dashboard.second-factor.title", language), anchor=False)
        st.caption(say("dashboard.second-factor.there", language))
        code = _code(language)
        if not st.form_submit_button(say("dashboard.second-factor.drop", language)):
            return
        if not _done(language, lambda: second_factor.drop(store, person, code, keep=session.token())):
            return
    st.toast(say("dashboard.second-factor.dropped", language), icon=":material/check:")
    st.rerun()


def _code(language: str) -> str:
    label = say("dashboard.second-factor.code", language)
    return st.text_input(label, autocomplete="one-time-code", max_chars=10)


def _done(language: str, act: Callable[[], None]) -> bool:
    """Do it; False where it cannot be, which is said."""
    try:
        act()
    except AccountError as problem:
        st.error(say(f"access.{problem.code}", language, **problem.places), icon=":material/error:")
        return False
    return True
