"""When something is wrong: a page that says what and what to do, never a traceback.

The store's own troubles come with their sentence (``StoreError``); anything else is a fault of this program and is logged
on the console under a number that the page shows, so that the two can be brought together.
"""

from __future__ import annotations

import logging
import secrets

import streamlit as st

from consolidation.words import say
from dashboard.components.sections import not_visible
from dashboard.queries.session import NotVisible
from monitoring.store.store import StoreError

_LOG = logging.getLogger("rule19.dashboard")


def session_language() -> str:
    """The language of this session, as far as it is known."""
    chosen = st.session_state.get("lang") or st.query_params.get("lang")
    return "en" if chosen == "en" else "zh"


def show_error(fault: Exception) -> bool:
    """Say what went wrong; the main script and Streamlit's own hook for uncaught faults call it. Gives True: it has been said."""
    language = session_language()
    if isinstance(fault, StoreError):
        st.error(say("dashboard.error.store", language), icon=":material/error:")
        st.text(fault.message(language))
        st.caption(say("dashboard.error.store-help", language))
    elif isinstance(fault, NotVisible):
        not_visible(language)
    else:
        number = secrets.token_hex(3)
        _LOG.error("fault %s", number, exc_info=fault)
        st.error(say("dashboard.error.fault", language, number=number), icon=":material/error:")
    return True
