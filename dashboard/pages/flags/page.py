"""Flags: those that wait for an answer first; one in full, where it is answered."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard.components import choices
from dashboard.components.links import address, link
from dashboard.components.markup import show, tag
from dashboard.components.sections import empty_page, head
from dashboard.components.view import View, current_view
from dashboard.pages.flags import card
from dashboard.pages.flags.listing import flag_table
from dashboard.pages.flags.own import PARAMETER, chosen_flag
from dashboard.queries import flags
from dashboard.queries.record import run_headers
from monitoring.calendar import today

_MOST = 80
_MINE = "mine"
_SHOWS = ("unanswered", _MINE, "late", "all")


def page(view: View) -> None:
    if run_headers.last_run(view.session) is None:  # no flags where nothing was looked at
        empty_page(view, view.say("page.flags"))
        return
    up = flags.flags(view.session)
    open_flags = up.filter(pl.col("covered_by").is_null())
    head(view.say("page.flags"), view.day(today()), view.say("flags.counts", **_counts(view, open_flags)))
    shown = choices.switch(
        view, "show", view.say("state"), _SHOWS, shown=lambda s: view.say(f"flags.show.{s}")
    )
    here = {k: v for k, v in st.query_params.items() if k != PARAMETER}
    card.said(view)
    if chosen := chosen_flag():
        card.card(view, chosen, link("flags", view.say("flags.back"), **here))
    rows = open_flags.filter(_wanted(view, shown))
    if rows.is_empty():
        show(tag("p", view.say("flags.none"), css="quiet"))
        return
    show(flag_table(view, rows.head(_MOST), lambda flag: address("flags", **here, flag=flag["flag_id"])))
    if rows.height > _MOST:
        show(tag("p", view.say("flags.more", count=rows.height - _MOST), css="quiet"))


def _wanted(view: View, shown: str) -> pl.Expr:
    return {
        "unanswered": flags.UNANSWERED,
        _MINE: (pl.col("assignee") == view.person.name).fill_null(False),
        "late": flags.UNANSWERED & (pl.col("answer_by") < today()).fill_null(False),
        "all": pl.lit(True),
    }[shown]


def _counts(view: View, rows: pl.DataFrame) -> dict[str, str]:
    return {s.replace("-", "_"): f"{rows.filter(_wanted(view, s)).height:,}" for s in _SHOWS}


page(current_view())
