"""Stress: what becomes of the groups under scenarios, and why; nothing on it is a filing."""

from __future__ import annotations

from datetime import date
from functools import partial

import polars as pl
import streamlit as st

from dashboard.actions import exports
from dashboard.components import choices, states
from dashboard.components.chart.chart_frame import show_chart
from dashboard.components.markup import show, tag
from dashboard.components.sections import empty_page, head, not_visible
from dashboard.components.subject.scenarios import scenario_name
from dashboard.components.view import View, current_view
from dashboard.pages.stress import one_group, steps
from dashboard.pages.stress.industry import ranking
from dashboard.pages.stress.one_group import Chosen
from dashboard.pages.stress.overview import heat_map, legend
from dashboard.pages.stress.words import BASES, variant_in_words, with_scenario_names
from dashboard.queries.record import run_headers
from dashboard.queries.scenario import stress
from dashboard.queries.session import NotVisible, UserSession

_SHOWS = ("all", "one", "industry")


def page(view: View) -> None:
    days = stress.report_dates(view.session)
    if not days:
        _nothing(view)
        return
    left, middle, right = st.columns([1.6, 1, 1], vertical_alignment="bottom")
    with left:
        shown = choices.switch(
            view, "show", view.say("stress.show"), _SHOWS, shown=lambda s: view.say(f"stress.show.{s}")
        )
    with middle:
        chosen = choices.choose(view, "date", view.say("stress.report-date"), [d.isoformat() for d in days])
    day = choices.day_of(chosen) or days[0]
    with right:
        _offer(view, day)
    _banner(view)
    if shown == "one":
        _one(view, day)
    elif shown == "industry":
        _industry(view, day)
    else:
        _all(view, day)


def _nothing(view: View) -> None:
    if view.person.sees_everything and run_headers.last_run(view.session) is not None:
        head(view.say("page.stress"))
        st.info(view.say("stress.none"), icon=":material/info:")
        st.code("rule19 stress SET --out DIR", language=None)
    else:
        empty_page(view, view.say("page.stress"))


def _banner(view: View) -> None:
    """The word for it, on screen and across every printed page."""
    word = view.say("stress.label")
    note = tag("span", view.say("stress.banner"), css="quiet")
    show(tag("div", tag("span", word), " ", note, css="what-if-banner", role="note", data_word=word))


def _all(view: View, day: date) -> None:
    head(view.say("page.stress"), view.say("stress.about"), day.isoformat())
    which = choices.switch(
        view,
        "ratio",
        view.say("entities.ratio"),
        [states.COMPREHENSIVE, states.CORE],
        shown=lambda w: view.say(f"ratio.{w}"),
    )
    show(legend(view))
    outdated = stress.outdated(view.session, day)
    show_chart(
        view,
        view.say(f"ratio.{which}"),
        heat_map(view, stress.group_solvency(view.session, day), which, day, outdated),
    )


def _industry(view: View, day: date) -> None:
    every = pl.concat([stress.group_solvency(view.session, day), stress.company_solvency(view.session, day)])
    names = [s for s in every["scenario"].unique(maintain_order=True) if s not in BASES]
    head(view.say("page.stress"), view.say("stress.show.industry"), day.isoformat())
    if not names:
        show(tag("p", view.say("stress.no-scenario"), css="quiet"))
        return
    scenario = choices.choose(
        view,
        "stress",
        view.say("stress.scenario"),
        names,
        shown=lambda s: scenario_name(view, s),
        default="macro",
    )
    ranking(view, every, scenario, day)


def _one(view: View, day: date) -> None:
    own = stress.group_solvency(view.session, day)["group_id"].unique(maintain_order=True).to_list()
    left, middle, right = st.columns([1.4, 1.2, 1.4], vertical_alignment="bottom")
    with left:
        group = choices.choose(view, "group", view.say("group"), own, shown=view.name)
    try:
        result = stress.result(view.session, group, day)
    except NotVisible:
        head(view.say("page.stress"))
        not_visible(view.language)
        return
    filed = stress.filed_by_members(view.session, group, day)
    if not result.scenarios:
        show(tag("p", view.say("stress.no-scenario"), css="quiet"))
        return
    with middle:
        scenario = choices.choose(
            view,
            "stress",
            view.say("stress.scenario"),
            result.scenarios,
            shown=lambda s: scenario_name(view, s),
            default="macro",
        )
    of_group = result.lines.filter(pl.col("group_id").is_not_null(), pl.col("scenario") == scenario)
    variants = {
        f"{stage} {horizon} {actions}": (stage, horizon, actions)
        for stage, horizon, actions in of_group.select("stage", "horizon_end", "actions")
        .unique(maintain_order=True)
        .iter_rows()
    }
    with right:
        last = list(variants)[-1]
        variant = choices.choose(
            view,
            "variant",
            view.say("stress.variant"),
            list(variants),
            shown=lambda v: variant_in_words(view, variants[v]),
            default=last,
        )
    chosen = Chosen(result, scenario, *variants[variant])
    test = result.test_behind(scenario)
    head(
        view.name(group),
        scenario_name(view, scenario),
        day.isoformat(),
        view.say("stress.made", number=test["id"], who=test["who"], at=view.moment(test["recorded_at"])),
    )
    one_group.strip(view, chosen)
    left, right = st.columns([1, 1], gap="medium")
    with left:
        one_group.lines_table(view, chosen)
        if line := st.query_params.get("line"):
            steps.explanation(view, chosen, line, filed)
    with right:
        steps.waterfall(view, chosen)
        steps.reverse(view, chosen)
    steps.clearing(view, chosen)
    one_group.members_table(view, chosen, filed)
    steps.filed_cells(view, chosen, filed)
    one_group.not_given(view, chosen)


def _offer(view: View, day: date) -> None:
    """Every figure of the overview, each row under the word for it."""
    label = view.say("stress.label")

    def rows(session: UserSession) -> pl.DataFrame:
        found = pl.concat([stress.group_solvency(session, day), stress.company_solvency(session, day)])
        return found.select(pl.lit(label).alias(label), pl.all())

    name = f"压力测试-stress-{day.isoformat()}"
    what = view.say("stress.download")
    exports.offer_table(
        view, what, name, rows, "export.stress", note=label, shown=partial(with_scenario_names, view)
    )


page(current_view())
