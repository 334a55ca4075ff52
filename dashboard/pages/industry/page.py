"""Industry: how all insurers stand, who moved, who fell, who is silent, and what the groups hold in common."""

from __future__ import annotations

import streamlit as st

from dashboard.actions import exports
from dashboard.components import choices
from dashboard.components.markup import show, tag
from dashboard.components.sections import empty_page, head
from dashboard.components.states import COMPREHENSIVE, CORE
from dashboard.components.view import View, current_view
from dashboard.pages.industry.companies import beside_peers, companies_in_quadrant, falls
from dashboard.pages.industry.course import families, nearing, over_time
from dashboard.pages.industry.gap import common_holdings, disclosure_gap
from dashboard.pages.industry.levels import distribution, level_strip, migration, step_counts
from dashboard.pages.industry.names import KINDS, kind_name
from dashboard.pages.industry.outlook import outlook_sections
from dashboard.queries import industry

MEASURES = (COMPREHENSIVE, CORE)
_WIDTHS = [1.15, 1]


def page(view: View) -> None:
    days = industry.days(view.session)
    if not days:
        empty_page(view, view.say("page.industry"))
        return
    top = st.columns([1, 1.7, 1.2, 1], vertical_alignment="bottom")
    with top[0]:
        chosen = choices.choose_period(view, days)
    with top[1]:
        kind = choices.switch(view, "kind", view.say("kind"), KINDS, shown=lambda k: kind_name(view, k))
    with top[2]:
        measure = choices.switch(
            view, "measure", view.say("industry.measure"), MEASURES, shown=lambda m: view.say(f"ratio.{m}")
        )
    day = choices.day_of(chosen) or days[0]
    with top[3]:
        exports.offer_tables(
            view,
            view.say("industry.download"),
            f"industry-{day.isoformat()}",
            lambda session: dict(industry.scan(session).only(day).frames()),
            "export.industry",
        )
    scan = industry.scan(view.session)
    head(
        view.say("page.industry"),
        kind_name(view, kind),
        day.isoformat(),
        view.say("industry.as-of", day=view.day(scan.as_of)),
    )
    if not view.person.sees_everything:
        show(tag("p", view.say("industry.own-only", fewest=industry.FEWEST), css="quiet"))
    level_strip(view, kind, measure, day)
    left, right = st.columns(_WIDTHS, gap="medium")
    with left:
        nearing(view, kind, measure, day)
    with right:
        families(view, kind, day)
    over_time(view, kind, measure, day)
    outlook_sections(view, kind, measure)
    left, right = st.columns(_WIDTHS, gap="medium")
    with left:
        distribution(view, kind, measure, day)
        step_counts(view, kind, measure, day)
    with right:
        company = companies_in_quadrant(view, kind, day)
    left, right = st.columns(_WIDTHS, gap="medium")
    with left:
        migration(view, kind, measure, day)
    with right:
        if company:
            beside_peers(view, company, measure, day)
    left, right = st.columns(_WIDTHS, gap="medium")
    with left:
        disclosure_gap(view, kind, measure, day)
    with right:
        falls(view, kind, measure, day)
    common_holdings(view, day)


page(current_view())
