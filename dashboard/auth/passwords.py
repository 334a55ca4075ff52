"""The form in which a person changes the own password."""

from __future__ import annotations

import streamlit as st

from consolidation.words import say
from dashboard.auth import session
from monitoring.access import accounts, password_rules
from monitoring.access.accounts import AccountError, Person
from monitoring.store.store import Store


def form(store: Store, person: Person, language: str) -> None:
    """Ask for the old and the new password; runs the script anew once it is changed."""
    with st.form("password", width=480):
        st.subheader(say("dashboard.password.title", language), anchor=False)
        if person.must_change_password:
            st.caption(say("dashboard.password.one-time", language))
        old = st.text_input(
            say("dashboard.password.old", language), type="password", autocomplete="current-password"
        )
        new = st.text_input(
            say("dashboard.password.new", language, length=password_rules.SHORTEST),
            type="password",
            autocomplete="new-password",
        )
        again = st.text_input(
            say("dashboard.password.again", language), type="password", autocomplete="new-password"
        )
        if not st.form_submit_button(say("dashboard.password.go", language), type="primary"):
            return
        if new != again:
            st.error(say("dashboard.password.differ", language), icon=":material/error:")
            return
        try:
            accounts.change_password(store, person, old, new, keep=session.token())
        except AccountError as problem:
            st.error(say(f"access.{problem.code}", language, **problem.places), icon=":material/error:")
            return
    st.toast(say("dashboard.password.done", language), icon=":material/check:")
    st.rerun()
