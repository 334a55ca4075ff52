"""What is flagged about one subject now, on its own page; a flag is answered where it is seen."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard.components.links import address, link
from dashboard.components.markup import show
from dashboard.components.sections import section
from dashboard.components.view import View
from dashboard.pages.flags import card
from dashboard.pages.flags.listing import flag_table
from dashboard.queries.flags import flags

PARAMETER = "flag"


def own_flags(view: View, page: str, kind: str, id: str) -> None:
    """The section of what is flagged about a subject; nothing where there is no flag.

    :param page: the page that it stands on; :param kind: ``entity`` or ``group``.
    """
    own = flags(view.session).filter(pl.col("subject_kind") == kind, pl.col("subject_id") == id)
    chosen = chosen_flag()
    shown = own.filter(pl.col("covered_by").is_null() | (pl.col("flag_id") == chosen))
    if shown.is_empty():
        return
    section(view.say("flags"), str(shown.height))
    here = {k: v for k, v in st.query_params.items() if k != PARAMETER}
    card.said(view)
    if chosen in shown["flag_id"]:
        card.card(view, chosen, link(page, view.say("flags.back"), **here))
    show(
        flag_table(view, shown, lambda flag: address(page, **here, flag=flag["flag_id"]), with_subject=False)
    )


def chosen_flag() -> int:
    """The flag that the address names; 0 where it names none."""
    asked = st.query_params.get(PARAMETER, "")
    return int(asked) if asked.isdecimal() else 0
