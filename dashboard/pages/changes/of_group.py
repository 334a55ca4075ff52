"""Why a group's ratios changed; each step leads to a member's filing on the later date, or to the line of the statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import streamlit as st

from dashboard.components import choices
from dashboard.components.links import link
from dashboard.components.markup import Child, show, tag
from dashboard.components.sections import head, section
from dashboard.components.states import COMPREHENSIVE, CORE
from dashboard.components.view import View
from dashboard.pages.changes.periods import choose_two
from dashboard.pages.changes.steps import bridge_section
from dashboard.pages.group.summary_strip import RATIO_LINES
from dashboard.pages.group.waterfall import item_name
from dashboard.queries import groups, headlines
from monitoring.flags.attribution.gap_attribution import ELIMINATION, MEMBER
from monitoring.flags.attribution.ratio_bridge import Bridge


def with_two_statements(view: View) -> list[str]:
    """The groups of which there is something to compare."""
    return [g for g in groups.groups(view.session)["group_id"] if len(groups.periods(view.session, g)) > 1]


def changes(view: View, offered: Sequence[str]) -> None:
    """The page for the group that is chosen."""
    left, right = st.columns([1, 1], vertical_alignment="bottom")
    with left:
        group = choices.choose(
            view,
            "group",
            view.say("group"),
            offered,
            shown=view.name,
            default=headlines.worst_group(view.session),
        )
    with right:
        opening, closing = choose_two(view, groups.periods(view.session, group))
    head(view.say("page.changes"), link("group", view.name(group), group=group, period=closing))
    _incomplete(view, group, opening, closing)
    for side, which in zip(st.columns(2, gap="medium"), (COMPREHENSIVE, CORE), strict=True):
        with side:
            section(view.line(RATIO_LINES[which]), view.say("changes.note"))
            found = groups.bridge(view.session, group, opening, closing, which)
            bridge_section(view, found, which, lambda *step, found=found: _named(view, found, *step))


def _incomplete(view: View, group: str, *days: date) -> None:
    """The steps are those of the computed statements, also where these lack members and do not stand at the head."""
    lacking = [
        day
        for day in days
        if (counts := headlines.headline(view.session, group, day)) is not None and not counts.is_complete
    ]
    if lacking:
        told = ", ".join(day.isoformat() for day in lacking)
        show(tag("p", view.say("changes.incomplete", days=told), css="r19-problem", role="note"))


def _named(view: View, found: Bridge, kind: str, party: str, item: str) -> Child:
    """What a step is about, as a link to it."""
    day = found.closing.period_end
    if kind == MEMBER:
        on = found.opening.period_end if party in found.left else day
        return link("entities", view.short_name(party), company=party, period=on)
    if kind == ELIMINATION:
        return link(
            "group",
            view.label(f"step.elimination.{item}"),
            group=found.subject_id,
            period=day,
            line="actual_capital",
        )
    name = item_name(view, item) if item else view.label(f"cause.{kind}")
    return link("group", name, group=found.subject_id, period=day, line=item or RATIO_LINES[found.measure])
