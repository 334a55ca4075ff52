"""The page in which Streamlit begins, with two things told that it would otherwise try to find out.

Where its server is: without it the browser asks below the address of the page first (``/today/_stcore/health``), is told twice that
nothing is there, and waits before it asks again: an error in the browser's log and time lost on every page that is loaded. And
which pages it may stand in and be steered by: only its own, where it would ask the server before it connects to it.

Nor is the browser told to fetch Streamlit's own typeface ahead of everything else: the pages are set in others
(``.streamlit/config.toml``).
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import streamlit as st

_BEFORE = "<head>"
_TYPEFACE = re.compile(r'<link\s+rel="preload"[^>]*as="font"[^>]*>')


def index_page(base: str) -> str:
    """The page as it is sent.

    :param base: the path below which the server answers, without a slash at its end; empty for all.
    :raises ValueError: if Streamlit's page has no head (another version of it).
    """
    page = (Path(st.__file__).parent / "static" / "index.html").read_text("utf-8")
    if page.count(_BEFORE) != 1:
        raise ValueError("Streamlit's index.html is not the one that is known: no <head>")
    said = (
        f"window.__streamlit = {{ BACKEND_BASE_URL: location.origin + {json.dumps(base)}, "
        "HOST_CONFIG: { allowedOrigins: [location.origin], useExternalAuthToken: false } }"
    )
    return _TYPEFACE.sub("", page).replace(_BEFORE, f"{_BEFORE}<script>{said}</script>")
