"""Who is signed in: the session's token in this browser, and the form that gives one.

The token is kept in the running Streamlit session and, so that a reload or a link in a new tab finds it, in a cookie that
no script can read (``dashboard.app.server`` sets it in exchange for a ticket that is good once, for a minute). Every run asks the
store whether the token still holds, so signing out or closing an account works at once, everywhere.

Where OpenID Connect is configured (``[auth]`` in Streamlit's secrets) its claims are exchanged for a session of ours; only
claims that were issued just now count, so a browser that once signed in there does not stay signed in here.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Mapping
from typing import Any

import streamlit as st

from consolidation.words import say
from monitoring.access import second_factor, sign_in
from monitoring.access.accounts import Person
from monitoring.access.sign_in import Caller, SignInDenied
from monitoring.store.store import Store

COOKIE, KNOWN = "rule19_session", "rule19_known"
"""The session; and by which a browser that has signed in is known (``monitoring.access.known_browsers``)."""
_TOKEN = "r19-token"
_TICKET_SECONDS = 60
_FRESH_SECONDS = 300
_THIS_MACHINE = "127.0.0.1"
_HAND_OVER = """
export default function ({ data }) {
  fetch('account/remember', { method: 'POST', body: data.ticket });
}
"""
"""A module, and no script in the page: the content security policy lets none of those run."""

_tickets: dict[str, tuple[float, str]] = {}
_tickets_lock = threading.Lock()


def token() -> str:
    """The token of this browser's session, or ""."""
    return str(st.session_state.get(_TOKEN) or st.context.cookies.get(COOKIE) or "")


def signed_in(store: Store) -> Person | None:
    """Who is signed in; None where nobody is or the session has ended."""
    someone = sign_in.person(store, token())
    if someone is None:
        st.session_state.pop(_TOKEN, None)
    return someone


def ask(store: Store, language: str) -> None:
    """The sign-in page; runs the script anew once somebody is signed in."""
    _, middle, _ = st.columns([1, 1.2, 1])
    with middle:
        st.title("rule19", anchor=False)
        st.caption(say("dashboard.sign-in.about", language))
        _by_provider(store, language)
        with st.form("sign-in"):
            name = st.text_input(say("dashboard.sign-in.name", language), autocomplete="username")
            password = st.text_input(
                say("dashboard.sign-in.password", language), type="password", autocomplete="current-password"
            )
            code = _code(store, language)
            if st.form_submit_button(say("dashboard.sign-in.go", language), type="primary", width="stretch"):
                _try(language, lambda: sign_in.sign_in(store, name, password, code, caller=_caller()))


def _code(store: Store, language: str) -> str:
    """The field for the code of a second factor, where anybody has one: it asks nobody in particular, and so tells nothing."""
    if not second_factor.in_use(store):
        return ""
    return st.text_input(say("dashboard.sign-in.code", language), autocomplete="one-time-code")


def _caller() -> Caller:
    """From where the form comes; Streamlit gives no address for this machine's own."""
    return Caller(st.context.ip_address or _THIS_MACHINE, str(st.context.cookies.get(KNOWN) or ""))


def leave(store: Store) -> None:
    """Sign out: the session ends in the store, the browser forgets it."""
    sign_in.sign_out(store, token())
    st.session_state.clear()
    st.session_state[_TOKEN] = "ended"
    if _provider_configured() and st.user.is_logged_in:
        st.logout()


def hand_over() -> None:
    """Let the browser keep the session of this run in its cookie, once; the main script calls it in every run."""
    mine = st.session_state.get(_TOKEN)
    if not mine or mine == st.context.cookies.get(COOKIE) or st.session_state.get("r19-handed") == mine:
        return
    st.session_state["r19-handed"] = mine
    component = st.components.v2.component("r19-hand-over", js=_HAND_OVER, isolate_styles=False)
    component(key="r19-hand-over", data={"ticket": ticket(mine)})


def ticket(for_token: str) -> str:
    """A word that :func:`redeem` exchanges for the token, once, within a minute."""
    word, now = secrets.token_urlsafe(24), time.monotonic()
    with _tickets_lock:
        for old in [w for w, (until, _) in _tickets.items() if until < now]:
            del _tickets[old]
        _tickets[word] = (now + _TICKET_SECONDS, for_token)
    return word


def redeem(word: str) -> str | None:
    """The token of a ticket; None where it is none, was used or is too old."""
    with _tickets_lock:
        until, found = _tickets.pop(word, (0.0, ""))
    return found if until >= time.monotonic() else None


def _by_provider(store: Store, language: str) -> None:
    """OpenID Connect, where it is configured."""
    if not _provider_configured():
        return
    claims: Mapping[str, Any] = st.user.to_dict()
    if st.user.is_logged_in and _is_fresh(claims):
        _try(language, lambda: sign_in.sign_in_by_claims(store, claims, claim=_claim()))
    if st.button(say("dashboard.sign-in.provider", language), type="primary", width="stretch"):
        st.login()


def _is_fresh(claims: Mapping[str, Any]) -> bool:
    """Whether the provider issued the claims just now: an old token in a browser is nobody signing in."""
    issued = claims.get("iat")
    return isinstance(issued, int | float) and abs(time.time() - issued) < _FRESH_SECONDS


def _provider_configured() -> bool:
    return st.secrets.load_if_toml_exists() and "auth" in st.secrets


def _claim() -> str:
    """Which claim is an account's identity."""
    return str(st.secrets.get("rule19", {}).get("claim", sign_in.DEFAULT_CLAIM))


def _try(language: str, sign: Any) -> None:
    try:
        st.session_state[_TOKEN] = sign()
    except SignInDenied as refusal:
        st.error(say(f"access.{refusal.code}", language, seconds=refusal.wait), icon=":material/error:")
        return
    st.rerun()
