"""Industry: how all insurers stand, who moved, who fell, who is silent, and what the groups hold in common."""

from __future__ import annotations

from datetime import date

import streamlit as st

from dashboard.actions import downloads
from dashboard.actions.downloads import File
from dashboard.components import choices
from dashboard.components.markup import show, tag
from dashboard.components.sections import empty_page, head
from dashboard.components.states import COMPREHENSIVE, CORE
from dashboard.components.view import View, view
from dashboard.pages.industry.companies import beside_peers, companies_in_quadrant, falls
from dashboard.pages.industry.gap import common_holdings, disclosure_gap
from dashboard.pages.industry.levels import distribution, headline, ladder, migration
from dashboard.pages.industry.names import KINDS, kind_name
from dashboard.queries import industry
from dashboard.queries.session import Desk

MEASURES = (COMPREHENSIVE, CORE)
_WIDTHS = [1.15, 1]


def page(v: View) -> None:
    days = industry.days(v.desk)
    if not days:
        empty_page(v, v.say("page.industry"))
        return
    top = st.columns([1, 1.7, 1.2, 1], vertical_alignment="bottom")
    with top[0]:
        chosen = choices.choose(v, "period", v.say("period"), [d.isoformat() for d in days])
    with top[1]:
        kind = choices.switch(v, "kind", v.say("kind"), KINDS, shown=lambda k: kind_name(v, k))
    with top[2]:
        measure = choices.switch(
            v, "measure", v.say("industry.measure"), MEASURES, shown=lambda m: v.say(f"ratio.{m}")
        )
    day = choices.day_of(chosen) or days[0]
    with top[3]:
        downloads.offer(v, v.say("industry.download"), _workbook(day), "export.industry")
    scan = industry.scan(v.desk)
    head(
        v.say("page.industry"),
        kind_name(v, kind),
        day.isoformat(),
        v.say("industry.as-of", day=v.day(scan.as_of)),
    )
    if not v.person.sees_everything:
        show(tag("p", v.say("industry.own-only", fewest=industry.FEWEST), css="quiet"))
    headline(v, kind, measure, day)
    left, right = st.columns(_WIDTHS, gap="medium")
    with left:
        distribution(v, kind, measure, day)
        ladder(v, kind, measure, day)
    with right:
        company = companies_in_quadrant(v, kind, day)
    left, right = st.columns(_WIDTHS, gap="medium")
    with left:
        migration(v, kind, measure, day)
    with right:
        if company:
            beside_peers(v, company, measure, day)
    left, right = st.columns(_WIDTHS, gap="medium")
    with left:
        disclosure_gap(v, kind, measure, day)
    with right:
        falls(v, kind, measure, day)
    common_holdings(v, day)


def _workbook(day: date) -> File:
    """Every frame of the scan on the chosen date as a workbook, as the person may see it."""

    def make(desk: Desk) -> bytes:
        return downloads.excel(dict(industry.scan(desk).only(day).frames()))

    return File(f"industry-{day.isoformat()}.xlsx", downloads.EXCEL, make)


page(view())
