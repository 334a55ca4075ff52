"""The script that Streamlit runs for every click: who is signed in, in which language, and then the page.

Nothing of a page is drawn, and no page file is run, before a session has been found good.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from consolidation.words import say
from dashboard.app import error_page
from dashboard.app.appearance import appearance
from dashboard.app.finding import finding
from dashboard.app.navigation import NAVIGATION, navigation, no_page
from dashboard.auth import passwords, second_factor_form, session
from dashboard.components import links
from dashboard.components.chart.chart_frame import save_pictures
from dashboard.components.formatting import unit_for, unit_names
from dashboard.components.sections import as_of
from dashboard.components.view import View, clear_session, set_current_view
from dashboard.queries.session import NotVisible, open_session, shared_store
from monitoring.access import accounts
from monitoring.access.accounts import LANGUAGES, Person
from monitoring.store.store import Store, StoreError

STYLES = [Path(__file__).with_name(name) for name in ("style.css", "pages.css")]
ICON = Path(__file__).with_name("icon.svg")
LANGUAGE_NAMES = {"zh": "中文", "en": "English"}


def main() -> None:
    """Draw the dashboard for one request: sign in, navigation, the page asked for."""
    st.set_page_config(page_title="rule19", page_icon=str(ICON), layout="wide")
    for style in STYLES:
        st.html(style)
    try:
        store = shared_store()
        person = session.signed_in(store)
    except StoreError as problem:
        no_page()
        error_page.show_error(problem)
        return
    try:
        if person is None:
            _closed(store)
        elif person.is_held_up:
            _held_up(store, person)
        else:
            _open(store, person)
    except (StoreError, NotVisible) as problem:
        error_page.show_error(problem)


def _closed(store: Store) -> None:
    clear_session()
    no_page()
    session.ask(store, _language(LANGUAGES[0]))


def _held_up(store: Store, person: Person) -> None:
    """Nothing is shown before the account is safe: an own password, and the second factor where it is required."""
    no_page()
    language = _language(person.language)
    if person.must_change_password:
        passwords.form(store, person, language)
    else:
        second_factor_form.form(store, person, language)
    session.hand_over()


def _open(store: Store, person: Person) -> None:
    user_session = open_session(store, person, session.token())
    with st.sidebar:
        top = st.container()
        language = _language(person.language, store, person)
        unit = _unit(language, store, person)
        appearance((item.url_path for item in NAVIGATION), language)
        _who(store, person, language)
    pages, page = navigation(person, language)
    view = View(user_session, language, unit)
    set_current_view(view)
    with top:
        finding(view)
    session.hand_over()
    links.catch_clicks(pages)
    save_pictures()
    as_of(view)
    page.run()


def _language(default: str, store: Store | None = None, person: Person | None = None) -> str:
    """The switch between Chinese and English; a person's choice is kept in the account."""
    return _switch("lang", LANGUAGE_NAMES, "语言 / Language", default, store, person)


def _unit(language: str, store: Store, person: Person) -> str:
    """The switch between 万元 and 亿元, in English between millions and billions, kept in the account.

    An address or account that names the unit of the other language gets the one that stands for it.
    """
    for place in (st.query_params, st.session_state):
        if (kept := unit_for(place.get("unit"), language)) and kept != place.get("unit"):
            place["unit"] = kept
    default = unit_for(person.unit, language) or ""
    return _switch("unit", unit_names(language), say("dashboard.unit", language), default, store, person)


def _switch(
    parameter: str,
    names: Mapping[str, str],
    label: str,
    default: str,
    store: Store | None,
    person: Person | None,
) -> str:
    """A switch that every page has: the address wins, then the session, then the account.

    What is not the first of ``names`` stands in the address of every page, so that a link shows what the sender saw.
    """
    options = list(names)
    wanted = next(
        v
        for v in (st.query_params.get(parameter), st.session_state.get(parameter), default, options[0])
        if v in options
    )
    st.session_state[parameter] = wanted
    st.segmented_control(
        label,
        options,
        format_func=names.__getitem__,
        key=parameter,
        required=True,
        label_visibility="collapsed",
        on_change=_keep_choice,
        args=(parameter, store, person),
    )
    if wanted != options[0] and st.query_params.get(parameter) != wanted:
        st.query_params[parameter] = wanted
    return wanted


def _keep_choice(parameter: str, store: Store | None, person: Person | None) -> None:
    st.query_params[parameter] = st.session_state[parameter]
    if store is not None and person is not None:
        chosen = {"lang": person.language, "unit": person.unit, parameter: st.session_state[parameter]}
        accounts.choose(store, person, language=chosen["lang"], unit=chosen["unit"])


def _who(store: Store, person: Person, language: str) -> None:
    st.text(f"{person.display_name}\n{say(f'access.role.{person.role.value}', language)}")
    if st.button(say("dashboard.sign-out", language), key="sign-out"):
        session.leave(store)
        st.rerun()


main()
