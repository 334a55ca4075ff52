"""What if: one group's statement under other assumptions, the new beside the old, and what would bring its ratio back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation

import polars as pl
import streamlit as st

from consolidation.rulebook import Rulebook
from dashboard.actions import exports
from dashboard.components import choices
from dashboard.components.markup import show, tag
from dashboard.components.sections import empty_page, head
from dashboard.components.view import View, current_view
from dashboard.pages.what_if import answers, changes
from dashboard.queries import groups
from dashboard.queries.scenario import what_if as statements
from dashboard.queries.session import UserSession
from monitoring.what_if.basis import Basis
from monitoring.what_if.outcome import WhatIfOutcome, what_if
from monitoring.what_if.scenario import UnusableWhatIf, WhatIfScenario, write_scenario

_LAST_GROUP = "what-if-last-group"


def page(view: View) -> None:
    own = groups.groups(view.session)
    if own.is_empty():
        empty_page(view, view.say("page.what-if"))
        return
    left, middle, right = st.columns([2, 1, 1.2], vertical_alignment="bottom")
    with left:
        group = choices.choose(view, "group", view.say("group"), own["group_id"].to_list(), shown=view.name)
    _forget_other_groups_changes(group)
    days = groups.periods(view.session, group)
    if not days:
        head(view.say("page.what-if"), view.name(group))
        st.info(view.say("group.no-statement"), icon=":material/info:")
        return
    with middle:
        chosen = choices.choose(view, "period", view.say("period"), [d.isoformat() for d in days])
    basis = statements.basis(view.session, group, choices.day_of(chosen) or days[0])
    scenario, outcome = _asked(view, basis)
    with right:
        _offer(view, basis, scenario)
    head(view.say("page.what-if"), view.name(group), basis.period_end.isoformat())
    _banner(view)
    changes.show_problem(view)
    answers.drift(view, outcome)
    answers.outcome_strip(view, outcome)
    left, right = st.columns([1, 1], gap="medium")
    with left:
        changes.inputs(view, basis, scenario)
        answers.changes(view, basis, scenario, outcome)
    with right:
        answers.reverse(view, basis, scenario, _own_target())
        _ask_target(view)
        answers.beside(view, outcome)
    answers.assumptions(view)


def _forget_other_groups_changes(group: str) -> None:
    """Changes speak of one group's members: another group starts without any."""
    before = st.session_state.get(_LAST_GROUP)
    if before is not None and before != group:
        st.query_params.pop(changes.PARAMETER, None)
    st.session_state[_LAST_GROUP] = group


def _asked(view: View, basis: Basis) -> tuple[WhatIfScenario, WhatIfOutcome]:
    """What the address asks for with its answer; where it cannot be, why, and the statement as it is."""
    try:
        scenario = changes.scenario_of_address()
        return scenario, what_if(basis, scenario, Rulebook.load())
    except UnusableWhatIf as reason:
        changes.problem(view, reason)
        return WhatIfScenario(), what_if(basis, WhatIfScenario(), Rulebook.load())


def _banner(view: View) -> None:
    """The word for it, on screen and across every printed page."""
    word = view.say("what-if.label")
    note = tag("span", view.say("what-if.banner"), css="quiet")
    show(tag("div", tag("span", word), " ", note, css="what-if-banner", role="note", data_word=word))


def _own_target() -> Decimal | None:
    """A target of the reader's own, in percent, kept in the address."""
    try:
        target = Decimal(st.query_params.get("target", "").strip().rstrip("%％") or "NaN") / 100
    except InvalidOperation:
        return None
    return target if target.is_finite() and 0 < target <= 100 else None


def _ask_target(view: View) -> None:
    st.session_state["what-if-target"] = st.query_params.get("target", "")
    st.text_input(
        view.say("what-if.own-target"), key="what-if-target", max_chars=8, width=280, on_change=_keep_target
    )


def _keep_target() -> None:
    st.query_params["target"] = st.session_state["what-if-target"]


def _offer(view: View, basis: Basis, scenario: WhatIfScenario) -> None:
    """The statement before and after, and what was changed; on every sheet and row stands what it is."""
    group, day, text = basis.group.group_id, basis.period_end, write_scenario(scenario)
    label = view.say("what-if.label")

    def tables(session: UserSession) -> exports.Tables:
        again = what_if(statements.basis(session, group, day), scenario, Rulebook.load())
        changed = _changes(label, text, date.today())
        return {label: answers.frame(view, again), view.say("what-if.changes"): changed}

    exports.offer_tables(
        view,
        view.say("what-if.download"),
        f"假设情景-what-if-{day.isoformat()}",
        tables,
        "export.what-if",
        group_id=group,
        note=label,
    )


def _changes(label: str, text: str, today: date) -> pl.DataFrame:
    return pl.DataFrame({label: [label], "scenario": [text], "date": [today]})


page(current_view())
