"""The look of the pages Industry, What if, Deadlines, and Filings and runs, beside the shell's own."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_STYLE = Path(__file__).parent / "shell" / "pages.css"


def look() -> None:
    """Put the style sheet on the page; such a page calls this first."""
    st.html(_STYLE)
