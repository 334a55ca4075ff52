"""What if, the changes: what one may change, and how it gets into the address.

The scenario lives in the parameter ``scenario`` of the address and nowhere else, so that a link carries all of it. Every
input shows what the scenario has and, when changed, writes a new scenario back; one that makes no sense is not written, and
the page says why. Amounts are read exactly, in the chosen unit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation

import streamlit as st

from consolidation.money import ZERO, less, line_amount, plain, times
from consolidation.scenario.members.member import GroupMember
from consolidation.statement_lines import CAPITAL_TIER_LINES
from dashboard.components import formatting, sections
from dashboard.components.links import address
from dashboard.components.markup import show, tag
from dashboard.components.view import View
from monitoring.what_if.basis import Basis
from monitoring.what_if.scenario import (
    KINDS,
    MemberChange,
    Purchase,
    UnusableWhatIf,
    WhatIfScenario,
    read_scenario,
    write_scenario,
)

PARAMETER = "scenario"
_PROBLEM = "what-if-problem"
_MOST_DIGITS = 20


def scenario_of_address() -> WhatIfScenario:
    """What the address asks for.

    :raises UnusableWhatIf: if that is no scenario.
    """
    return read_scenario(st.query_params.get(PARAMETER, ""))


def keep(scenario: WhatIfScenario) -> None:
    """Write the scenario into the address, after the checks that every scenario from an address has to pass."""
    text = write_scenario(scenario)
    read_scenario(text)
    if text:
        st.query_params[PARAMETER] = text
    else:
        st.query_params.pop(PARAMETER, None)


def address_of(basis: Basis, scenario: WhatIfScenario) -> str:
    """The page with this scenario."""
    return address(
        "what-if",
        group=basis.group.group_id,
        period=basis.period_end,
        scenario=write_scenario(scenario),
    )


def problem(view: View, reason: UnusableWhatIf) -> None:
    """Say why a scenario cannot be used. Names in it are data, so not by Streamlit's own messages, which read Markdown."""
    places = {k: view.name(str(p)) if k == "entity" else p for k, p in reason.places.items()}
    sections.problem(view.say(f"scenario.{reason.code}", **places))


def show_problem(view: View) -> None:
    """The problem of the last input, once."""
    reason = st.session_state.pop(_PROBLEM, None)
    if isinstance(reason, UnusableWhatIf):
        problem(view, reason)


def inputs(view: View, basis: Basis, scenario: WhatIfScenario) -> None:
    """All that can be changed."""
    _group(view, basis, scenario)
    _member(view, basis, scenario)
    with st.expander(view.say("what-if.buy"), icon=":material/add:"):
        _purchase(view, scenario)
    if basis.exposures:
        with st.expander(view.say("what-if.default"), icon=":material/trending_down:"):
            _default(view, basis, scenario)


def _section(title: str, note: str = "") -> None:
    """A heading over inputs: what they say stands in the list of changes, so paper does without them."""
    show(
        tag("h2", tag("span", title), tag("span", note, css="quiet"), css="r19-section screen-only"),
    )


# --- one input each -------------------------------------------------------------------------------------------------------


def _group(view: View, basis: Basis, scenario: WhatIfScenario) -> None:
    _section(view.say("what-if.group"))
    left, middle, right = st.columns([1, 1, 1.3], vertical_alignment="bottom")
    filed = basis.assessment
    with left:
        shown = scenario.score if scenario.score is not None else filed.score if filed else None
        _text(
            view.say("what-if.score"),
            "what-if-score",
            "" if shown is None else plain(shown),
            lambda text: _scored(scenario, basis, text),
        )
    with middle:
        _text(
            view.say("what-if.injection", unit=view.unit_name),
            "what-if-injection",
            _as_text(scenario.injection, view.unit) if scenario.injection else "",
            lambda text: replace(scenario, injection=_amount(text, view.unit) or ZERO),
        )
    with right:
        st.session_state["what-if-tier"] = scenario.tier
        st.selectbox(
            view.say("what-if.tier"),
            CAPITAL_TIER_LINES,
            format_func=view.line,
            key="what-if-tier",
            disabled=not scenario.injection,
            on_change=_changed,
            args=("what-if-tier", lambda tier: replace(scenario, tier=tier)),
        )


def _scored(scenario: WhatIfScenario, basis: Basis, text: str) -> WhatIfScenario:
    score = _number(text)
    unchanged = score is None or (basis.assessment is not None and score == basis.assessment.score)
    return replace(scenario, score=None if unchanged else score)


def _member(view: View, basis: Basis, scenario: WhatIfScenario) -> None:
    _section(view.say("what-if.member"), view.say("what-if.member-note"))
    changeable = sorted(basis.members)
    changed = {*scenario.members, *scenario.sold}
    entity = st.selectbox(
        view.say("member"),
        changeable,
        format_func=lambda e: f"{view.name(e)} *" if e in changed else view.name(e),
        key=f"what-if-member-{basis.group.group_id}",
        label_visibility="collapsed",
    )
    member = basis.members[entity]
    change = scenario.members.get(entity, MemberChange())
    is_sold = entity in scenario.sold
    left, middle, right = st.columns([1, 1, 1.3], vertical_alignment="bottom")
    with left:
        own = member.actual_capital if change.capital is None else change.capital
        _text(
            view.say("what-if.capital", unit=view.unit_name),
            f"what-if-capital-{entity}",
            _as_text(own, view.unit),
            lambda text: _own(scenario, member, view.unit, capital=text),
            disabled=is_sold or member.actual_capital is None,
        )
    with middle:
        own = member.required if change.requirement is None else change.requirement
        _text(
            view.say("what-if.requirement", unit=view.unit_name),
            f"what-if-requirement-{entity}",
            _as_text(own, view.unit),
            lambda text: _own(scenario, member, view.unit, requirement=text),
            disabled=is_sold,
        )
    with right:
        _sale(view, scenario, member, is_sold)
    show(tag("p", _as_filed(view, member), css="quiet small screen-only"))


def _sale(view: View, scenario: WhatIfScenario, member: GroupMember, is_sold: bool) -> None:
    """Sold or not, and for how much."""
    entity = member.entity_id
    key = f"what-if-sold-{entity}"
    st.session_state[key] = is_sold
    st.checkbox(
        view.say("what-if.sell"),
        key=key,
        disabled=member.relation == "parent" or member.actual_capital is None,
        on_change=_changed,
        args=(key, lambda sold: _sold(scenario, member, sold)),
    )
    if is_sold:
        _text(
            view.say("what-if.price", unit=view.unit_name),
            f"what-if-price-{entity}",
            _as_text(scenario.sold[entity], view.unit),
            lambda text: replace(scenario, sold={**scenario.sold, entity: _amount(text, view.unit) or ZERO}),
        )


def _sold(scenario: WhatIfScenario, member: GroupMember, sold: bool) -> WhatIfScenario:
    """A sale begins at the capital that the company brings to the group, without gain or loss."""
    others = {e: p for e, p in scenario.sold.items() if e != member.entity_id}
    members = {e: c for e, c in scenario.members.items() if e != member.entity_id}
    price = (
        {member.entity_id: max(line_amount(times(member.capital_share, member.actual_capital or ZERO)), ZERO)}
        if sold
        else {}
    )
    return replace(scenario, sold={**others, **price}, members=members)


def _own(
    scenario: WhatIfScenario,
    member: GroupMember,
    unit: str,
    *,
    capital: str | None = None,
    requirement: str | None = None,
) -> WhatIfScenario:
    """The scenario with another capital or requirement of the member; what it filed is no change."""
    change = scenario.members.get(member.entity_id, MemberChange())
    if capital is not None:
        own = _amount(capital, unit)
        change = replace(change, capital=None if own == member.actual_capital else own)
    if requirement is not None:
        own = _amount(requirement, unit)
        change = replace(change, requirement=None if own == member.required else own)
    others = {e: c for e, c in scenario.members.items() if e != member.entity_id}
    kept = {} if change == MemberChange() else {member.entity_id: change}
    return replace(scenario, members={**others, **kept})


def _as_filed(view: View, member: GroupMember) -> str:
    return view.say(
        "what-if.as-filed",
        capital=view.amount(member.actual_capital),
        requirement=view.amount(member.required),
        unit=view.unit_name,
        share=formatting.share(member.capital_share),
    )


def _purchase(view: View, scenario: WhatIfScenario) -> None:
    with st.form("what-if-buy", clear_on_submit=True, border=False):
        left, middle, right = st.columns([2, 1, 1])
        name = left.text_input(view.say("what-if.buy.name"), max_chars=100)
        kind = middle.selectbox(view.say("kind"), KINDS, format_func=lambda k: view.label(f"kind.{k}"))
        share = right.text_input(view.say("what-if.buy.share"), "100")
        left, middle, right = st.columns(3)
        capital = left.text_input(view.say("what-if.capital", unit=view.unit_name))
        requirement = middle.text_input(view.say("what-if.requirement", unit=view.unit_name))
        price = right.text_input(view.say("what-if.price", unit=view.unit_name))
        if not st.form_submit_button(view.say("what-if.buy.go")):
            return

        def bought() -> WhatIfScenario:
            new = Purchase(
                name.strip(),
                kind,
                _amount(capital, view.unit) or ZERO,
                _amount(requirement, view.unit) or ZERO,
                _amount(price, view.unit) or ZERO,
                (_number(share) or ZERO) / 100,
            )
            return replace(scenario, bought=(*scenario.bought, new))

        _apply(bought)
        st.rerun()


def _default(view: View, basis: Basis, scenario: WhatIfScenario) -> None:
    largest = sorted(basis.exposures, key=lambda p: (less(ZERO, basis.exposures[p].amount), p))
    with st.form("what-if-default", border=False):
        left, right = st.columns([2, 1], vertical_alignment="bottom")
        party = left.selectbox(
            view.say("what-if.default.party"),
            largest,
            format_func=lambda p: (
                f"{view.party(p)} · {view.short(basis.exposures[p].amount)} {view.unit_name}"
            ),
        )
        rate = right.text_input(view.say("what-if.default.rate"), "100")
        if not st.form_submit_button(view.say("what-if.default.go")):
            return
        _apply(
            lambda: replace(scenario, defaults={**scenario.defaults, party: (_number(rate) or ZERO) / 100})
        )
        st.rerun()


# --- reading and writing --------------------------------------------------------------------------------------------------


def _text(
    label: str, key: str, shown: str, change: Callable[[str], WhatIfScenario], *, disabled: bool = False
) -> None:
    st.session_state[key] = shown
    st.text_input(label, key=key, disabled=disabled, on_change=_changed, args=(key, change))


def _changed(key: str, change: Callable[[str], WhatIfScenario]) -> None:
    given = st.session_state[key]
    _apply(lambda: change(given))


def _apply(change: Callable[[], WhatIfScenario]) -> None:
    """Write the changed scenario into the address, or keep the reason why not for the next look."""
    try:
        keep(change())
    except UnusableWhatIf as reason:
        st.session_state[_PROBLEM] = reason


def _as_text(value: Decimal | None, unit: str) -> str:
    """An amount as one types it: exact, in the chosen unit, with thousands marks."""
    if value is None:
        return ""
    shown = formatting.in_unit(value, unit)
    whole, _, places = plain(shown).partition(".")
    return f"{int(whole):,}{'.' + places if places else ''}" if int(whole) or not places else plain(shown)


def _amount(text: str, unit: str) -> Decimal | None:
    """A typed amount in 万元; None where nothing was typed.

    :raises UnusableWhatIf: where it is no number.
    """
    value = _number(text)
    return None if value is None else value * formatting.UNITS[unit].wan


_SIGNS: Mapping[int, str | None] = str.maketrans(
    {",": None, "，": None, " ": None, "\u3000": None, "−": "-", "％": "%", "。": "."}
)


def _number(text: str) -> Decimal | None:
    typed = text.translate(_SIGNS).rstrip("%")
    if not typed:
        return None
    try:
        value = Decimal(typed)
    except InvalidOperation:
        raise UnusableWhatIf("not-a-number", what="", value=text[:60]) from None
    # Before anything writes it out: a short "1e999999999" has a thousand million digits.
    if value and (not value.is_finite() or abs(value.adjusted()) > _MOST_DIGITS):
        raise UnusableWhatIf("too-many-digits", what="", value=text[:60])
    return value
