"""Entities: every insurer's ratios over time at a glance, and one company in full."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
import streamlit as st

from dashboard.actions import exports
from dashboard.components import choices
from dashboard.components.chart.chart_frame import show_chart
from dashboard.components.markup import show, tag
from dashboard.components.sections import empty_page, head, not_visible
from dashboard.components.states import SolvencyState
from dashboard.components.view import View, current_view
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
from dashboard.queries import groups
from dashboard.queries.company import companies
from dashboard.queries.session import NotVisible

_ALL = ""
_KINDS = ("life", "property", "reinsurance")
_MOST_PERIODS = 24


def page(view: View) -> None:
    asked = st.query_params.get("company")
    if asked is None:
        _map(view)
        return
    try:
        company_page(view, companies.company(view.session, asked))
    except NotVisible:
        head(view.say("page.entities"))
        not_visible(view.language)


def _map(view: View) -> None:
    filings = companies.filings(view.session)
    if filings.is_empty():
        empty_page(view, view.say("page.entities"))
        return
    head(view.say("page.entities"), view.say("entities.about"))
    wanted, which, address = _filtered(view, filings)
    every = figures_of(view.session, which)
    found = {company: every[company] for company in wanted}
    days = sorted({day for own in found.values() for day in own}, reverse=True)[:_MOST_PERIODS]
    if not days:
        show(tag("p", view.say("entities.none-match"), css="quiet"))
        return
    sort = st.query_params.get("sort", BY_STATE)
    sort = sort if sort in {BY_STATE, BY_NAME, *(d.isoformat() for d in days)} else BY_STATE
    order = sorted_companies(found, {company: view.name(company) for company in found}, days, sort)
    if address["only"] == "trouble":
        order = [c for c in order if any(f.state.rank < SolvencyState.FINE.rank for f in found[c].values())]
    show(legend(view))
    show_chart(view, view.say(f"ratio.{which}"), heat_map(view, which, order, days, sort, address))
    show(tag("p", view.say("entities.count", shown=len(order), all=len(found)), css="quiet small"))
    exports.offer_table(
        view, view.say("entities.download"), "rule19-ratios", companies.filings, "export.ratios"
    )


def _filtered(view: View, filings: pl.DataFrame) -> tuple[list[str], str, Mapping[str, str]]:
    """The companies that the filters leave, the ratio to show, and the filters as parameters of the address."""
    first, second, third, fourth, fifth = st.columns([1.1, 1, 1.4, 1.2, 1.4], vertical_alignment="bottom")
    with first:
        which = choices.switch(
            view, "ratio", view.say("entities.ratio"), list(RATIO), shown=lambda w: view.say(f"ratio.{w}")
        )
    with second:
        kind = choices.choose(
            view,
            "kind",
            view.say("kind"),
            [_ALL, *_KINDS],
            shown=lambda k: view.label(f"kind.{k}") if k else view.say("all"),
        )
    with third:
        own = groups.groups(view.session)["group_id"].to_list()
        group = choices.choose(
            view,
            "of",
            view.say("group"),
            [_ALL, *own],
            shown=lambda g: view.name(g) if g else view.say("all"),
        )
    with fourth:
        only = choices.switch(
            view,
            "only",
            view.say("entities.only"),
            ["everyone", "trouble"],
            shown=lambda o: view.say(f"entities.only.{o}"),
        )
    with fifth:
        wanted = st.text_input(
            view.say("entities.search"), key="entities-search", icon=":material/search:"
        ).strip()
    if kind:
        filings = filings.filter(pl.col("kind") == kind)
    if group:
        members = companies.group_of(view.session).filter(pl.col("group_id") == group)
        filings = filings.filter(pl.col("entity_id").is_in(members["entity_id"].unique().to_list()))
    left = filings["entity_id"].unique().to_list()
    near = [c for c in left if wanted.casefold() in f"{c} {view.name(c)}".casefold()]
    return near, which, {"ratio": which, "kind": kind, "of": group, "only": only}


page(current_view())
