"""Entities: every insurer's ratios over time at a glance, and one company in full."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
import streamlit as st

from dashboard.actions import downloads
from dashboard.actions.downloads import File
from dashboard.app.error_page import not_visible
from dashboard.components import choices
from dashboard.components.markup import show, tag
from dashboard.components.sections import empty_page, head
from dashboard.components.states import State
from dashboard.components.view import View, view
from dashboard.pages.entities.company import company_page
from dashboard.pages.entities.heat_map import (
    BY_NAME,
    BY_STATE,
    RATIO,
    figures_of,
    heat_map,
    legend,
    sorted_companies,
)
from dashboard.queries import companies, groups
from dashboard.queries.session import Desk, NotVisible

_ALL = ""
_KINDS = ("life", "property", "reinsurance")
_MOST_PERIODS = 24


def page(v: View) -> None:
    asked = st.query_params.get("company")
    if asked is None:
        _map(v)
        return
    try:
        company_page(v, companies.company(v.desk, asked))
    except NotVisible:
        head(v.say("page.entities"))
        not_visible(v.language)


def _map(v: View) -> None:
    filings = companies.filings(v.desk)
    if filings.is_empty():
        empty_page(v, v.say("page.entities"))
        return
    head(v.say("page.entities"), v.say("entities.about"))
    wanted, which, address = _filtered(v, filings)
    every = figures_of(v.desk, which)
    found = {company: every[company] for company in wanted}
    days = sorted({day for own in found.values() for day in own}, reverse=True)[:_MOST_PERIODS]
    if not days:
        show(tag("p", v.say("entities.none-match"), css="quiet"))
        return
    sort = st.query_params.get("sort", BY_STATE)
    sort = sort if sort in {BY_STATE, BY_NAME, *(d.isoformat() for d in days)} else BY_STATE
    order = sorted_companies(found, {company: v.name(company) for company in found}, days, sort)
    if address["only"] == "trouble":
        order = [c for c in order if any(f.state.rank < State.FINE.rank for f in found[c].values())]
    show(legend(v))
    show(heat_map(v, which, order, days, sort, address))
    show(tag("p", v.say("entities.count", shown=len(order), all=len(found)), css="quiet small"))
    downloads.offer(
        v, v.say("entities.download"), File("rule19-ratios.csv", downloads.CSV, _as_csv), "export.ratios"
    )


def _filtered(v: View, filings: pl.DataFrame) -> tuple[list[str], str, Mapping[str, str]]:
    """The companies that the filters leave, the ratio to show, and the filters as parameters of the address."""
    first, second, third, fourth, fifth = st.columns([1.1, 1, 1.4, 1.2, 1.4], vertical_alignment="bottom")
    with first:
        which = choices.switch(
            v, "ratio", v.say("entities.ratio"), list(RATIO), shown=lambda w: v.say(f"ratio.{w}")
        )
    with second:
        kind = choices.choose(
            v,
            "kind",
            v.say("kind"),
            [_ALL, *_KINDS],
            shown=lambda k: v.label(f"kind.{k}") if k else v.say("all"),
        )
    with third:
        own = groups.groups(v.desk)["group_id"].to_list()
        group = choices.choose(
            v, "of", v.say("group"), [_ALL, *own], shown=lambda g: v.name(g) if g else v.say("all")
        )
    with fourth:
        only = choices.switch(
            v,
            "only",
            v.say("entities.only"),
            ["everyone", "trouble"],
            shown=lambda o: v.say(f"entities.only.{o}"),
        )
    with fifth:
        wanted = st.text_input(
            v.say("entities.search"), key="entities-search", icon=":material/search:"
        ).strip()
    if kind:
        filings = filings.filter(pl.col("kind") == kind)
    if group:
        members = companies.group_of(v.desk).filter(pl.col("group_id") == group)
        filings = filings.filter(pl.col("entity_id").is_in(members["entity_id"].unique().to_list()))
    left = filings["entity_id"].unique().to_list()
    near = [c for c in left if wanted.casefold() in f"{c} {v.name(c)}".casefold()]
    return near, which, {"ratio": which, "kind": kind, "of": group, "only": only}


def _as_csv(desk: Desk) -> bytes:
    return downloads.csv(companies.filings(desk))


page(view())
