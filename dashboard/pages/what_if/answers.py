"""Show the answers of a what-if, always under the word for it.

Old and new ratios, the statement before and after, what each change does, and what would bring the ratio back; worked out
by ``monitoring.what_if.outcome``.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import polars as pl

from consolidation.money import ZERO, add, less
from consolidation.rulebook import Rulebook
from consolidation.statement import Statement
from dashboard.components import formatting, states
from dashboard.components.links import link
from dashboard.components.markup import Child, Column, Html, Row, TableCell, join, show, table, tag
from dashboard.components.sections import section
from dashboard.components.states import COMPREHENSIVE, CORE
from dashboard.components.view import View
from monitoring.what_if.basis import Basis
from monitoring.what_if.outcome import (
    ASSUMPTIONS,
    TIER_LIMITS,
    Effect,
    WhatIfOutcome,
    capital_to_reach,
    score_to_reach,
)
from monitoring.what_if.scenario import WhatIfScenario, write_scenario

_CORE_PARTS = ("core_tier1_capital", "core_tier2_capital")
_RATIOS = (COMPREHENSIVE, CORE)
_TARGETS = ("watch", "key_check", "minimum")


def outcome_strip(view: View, outcome: WhatIfOutcome) -> None:
    """The ratios, capital and requirement: new, old and the difference."""
    parts = [_ratio(view, outcome, which) for which in _RATIOS]
    parts += [_amount(view, outcome, line) for line in ("actual_capital", "minimum_capital")]
    show(tag("div", *parts, css="r19-figures"))


def _ratio(view: View, outcome: WhatIfOutcome, which: str) -> Html:
    line = f"{which}_solvency_ratio"
    before, after = outcome.before.amount(line), outcome.after.amount(line)
    state = states.state_of(
        which, _held(outcome.after, which), outcome.after.amount("minimum_capital"), outcome.after.period_end
    )
    moved = None if before is None or after is None else less(after, before)
    return _figure(
        view.line(line),
        formatting.ratio(after),
        _was(view, formatting.ratio(before), formatting.points(moved, 2), moved),
        view.mark(state),
    )


def _amount(view: View, outcome: WhatIfOutcome, line: str) -> Html:
    before, after = outcome.before.amount(line), outcome.after.amount(line)
    moved = None if before is None or after is None else less(after, before)
    return _figure(
        view.line(line),
        view.short(after),
        _was(view, view.short(before), _signed(view, moved), moved),
        view.unit_name,
    )


def _was(view: View, before: str, change: str, moved: Decimal | None) -> str:
    return (
        view.say("what-if.unchanged") if moved == 0 else view.say("what-if.was", before=before, change=change)
    )


def _figure(name: str, figure: str, note: Child, mark: Child) -> Html:
    return tag(
        "div",
        tag("div", name, css="label"),
        tag("div", figure, css="figure"),
        tag("div", note, css="note"),
        tag("div", mark, css="note"),
    )


def _held(statement: Statement, which: str) -> Decimal | None:
    if which == COMPREHENSIVE:
        return statement.amount("actual_capital")
    parts = [statement.amount(p) for p in _CORE_PARTS]
    known = [p for p in parts if p is not None]
    return add(known) if len(known) == len(parts) else None


def _signed(view: View, value: Decimal | None) -> str:
    if value is None:
        return formatting.NONE
    return formatting.signed_amount(value, view.unit)


# --- changes --------------------------------------------------------------------------------------------------------------


def changes(view: View, basis: Basis, scenario: WhatIfScenario, outcome: WhatIfOutcome) -> None:
    """What was changed, what each change does, and a link that takes it out again."""
    section(view.say("what-if.changes"), _clear(view, basis) if not scenario.is_empty else "")
    if scenario.is_empty:
        show(tag("p", view.say("what-if.nothing"), css="quiet"))
        return
    columns = [
        Column(view.say("what")),
        Column(view.say("what-if.on-capital", unit=view.unit_name), figures=True),
        Column(view.say("what-if.on-requirement", unit=view.unit_name), figures=True),
        Column(""),
    ]
    rows: list[list[Child | TableCell]] = []
    if scenario.score is not None:
        before = basis.assessment.score if basis.assessment else None
        words = view.say("what-if.change.score", before=_plain(before), after=_plain(scenario.score))
        rows.append([words, "", "", _without(view, basis, replace(scenario, score=None))])
    rows += [
        [
            _effect(view, effect, scenario),
            _moved_cell(view, effect.capital),
            _moved_cell(view, effect.requirement),
            "" if effect.kind == TIER_LIMITS else _without(view, basis, _taken_out(scenario, effect)),
        ]
        for effect in outcome.effects
    ]
    show(table(columns, rows))
    for over in outcome.over_limits:
        words = view.say(
            "what-if.over-limit",
            tier=view.line(over.tier),
            amount=view.money(over.amount),
            limit=formatting.ratio(over.limit, 0),
        )
        show(tag("p", f"▲ {words}", css="state key"))


def _effect(view: View, effect: Effect, scenario: WhatIfScenario) -> Html:
    company = view.party(effect.subject)
    places: dict[str, object] = {"company": company, "unit": view.unit_name}
    if effect.kind == "injection":
        places["tier"] = view.line(scenario.tier)
    elif effect.kind in ("capital", "requirement"):
        places["after"] = view.amount(getattr(scenario.members[effect.subject], effect.kind))
    elif effect.kind == "sold":
        places["price"] = view.amount(scenario.sold[effect.subject])
    elif effect.kind == "default":
        places["rate"] = formatting.share(scenario.defaults[effect.subject])
    return tag("span", view.say(f"what-if.change.{effect.kind}", **places))


def _taken_out(scenario: WhatIfScenario, effect: Effect) -> WhatIfScenario:
    """The scenario without what has this effect."""
    subject = effect.subject
    if effect.kind == "injection":
        return replace(scenario, injection=ZERO)
    if effect.kind in ("capital", "requirement"):
        left = replace(scenario.members[subject], **{effect.kind: None})
        others = {e: c for e, c in scenario.members.items() if e != subject}
        return replace(
            scenario,
            members=others
            if left.capital is None and left.requirement is None
            else {**others, subject: left},
        )
    if effect.kind == "sold":
        return replace(scenario, sold={e: p for e, p in scenario.sold.items() if e != subject})
    if effect.kind == "bought":
        return replace(scenario, bought=tuple(b for b in scenario.bought if b.name != subject))
    return replace(scenario, defaults={p: r for p, r in scenario.defaults.items() if p != subject})


def _without(view: View, basis: Basis, scenario: WhatIfScenario) -> Html:
    return _to(view.say("what-if.take-out"), basis, scenario)


def _clear(view: View, basis: Basis) -> Html:
    return _to(view.say("what-if.clear"), basis, WhatIfScenario())


def _to(label: Child, basis: Basis, scenario: WhatIfScenario) -> Html:
    return link(
        "what-if",
        label,
        group=basis.group.group_id,
        period=basis.period_end,
        scenario=write_scenario(scenario),
    )


def _moved_cell(view: View, value: Decimal) -> TableCell:
    return TableCell(_signed(view, value) if value else formatting.NONE, hint=view.exact(value))


def _plain(value: Decimal | None) -> str:
    return formatting.NONE if value is None else f"{value.normalize():f}"


# --- the reverse question -------------------------------------------------------------------------------------------------


def reverse(view: View, basis: Basis, scenario: WhatIfScenario, own_target: Decimal | None) -> None:
    """How much capital, or which score, makes the ratio just reach each line; a click puts the answer into the scenario."""
    section(view.say("what-if.reverse"), view.say("what-if.reverse-note"))
    columns = [
        Column(view.say("what-if.target")),
        Column(view.say("what-if.capital-needed", unit=view.unit_name), figures=True),
        Column(view.say("what-if.score-needed"), figures=True),
    ]
    rows = [
        _answer(view, basis, scenario, which, target, words)
        for which, target, words in _targets(view, basis, own_target)
    ]
    show(table(columns, rows))


def _targets(view: View, basis: Basis, own_target: Decimal | None) -> list[tuple[str, Decimal, str]]:
    found = []
    if own_target is not None:
        found.append((COMPREHENSIVE, own_target, view.say("what-if.target.own")))
    for which in _RATIOS:
        lines = states.limits(which, basis.period_end)
        if lines is not None:
            found += [(which, getattr(lines, t), view.say(f"what-if.target.{t}")) for t in _TARGETS]
    return found


def _answer(
    view: View,
    basis: Basis,
    scenario: WhatIfScenario,
    which: str,
    target: Decimal,
    words: str,
) -> Row:
    needed = capital_to_reach(basis, scenario, Rulebook.load(), which, target)
    score = score_to_reach(basis, scenario, Rulebook.load(), which, target)
    head = (
        f"{view.say(f'ratio.{which}')} {formatting.ratio(target, 0 if target * 100 % 1 == 0 else 2)}  {words}"
    )
    capital: Child | TableCell = formatting.NONE
    if needed is not None and needed > 0:
        with_it = replace(scenario, injection=add([scenario.injection, needed]), tier=_CORE_PARTS[0])
        capital = TableCell(_to(f"+{view.amount(needed)}", basis, with_it), hint=view.exact(needed))
    elif needed is not None:
        room = less(ZERO, needed)
        capital = TableCell(view.say("what-if.room", amount=view.amount(room)), "quiet", view.exact(room))
    if score is None:
        reached: Child | TableCell = TableCell(view.say("what-if.no-score"), "quiet")
    else:
        reached = _to(f"≥ {_plain(score)}", basis, replace(scenario, score=score))
    return Row([head, capital, reached])


# --- statement and assumptions --------------------------------------------------------------------------------------------


def beside(view: View, outcome: WhatIfOutcome) -> None:
    """Every line of the statement before and after."""
    section(view.say("what-if.statement"), view.say("group.in-unit", unit=view.unit_name))
    columns = [
        Column(view.say("statement.item")),
        Column(view.say("what-if.before"), figures=True),
        Column(view.say("what-if.after"), figures=True),
        Column(view.say("difference"), figures=True),
    ]
    rows = [
        _line(view, name, outcome.before.amount(name), line.amount)
        for name, line in outcome.after.lines.items()
        if outcome.before.amount(name) or line.amount
    ]
    show(table(columns, rows))


def _line(view: View, name: str, before: Decimal | None, after: Decimal | None) -> Row:
    is_ratio = name.endswith("_ratio")
    cell = view.ratio_cell if is_ratio else view.amount_cell
    moved = None if before is None or after is None else less(after, before)
    shown = formatting.points(moved, 2) if is_ratio else _signed(view, moved)
    unchanged = not moved
    return Row(
        [view.line(name), cell(before), cell(after), "" if unchanged else TableCell(tag("b", shown))],
        "quiet" if unchanged else None,
    )


def assumptions(view: View) -> None:
    """What the answers rest on; part of the page in print too."""
    section(view.say("what-if.assumptions"))
    show(tag("ul", *(tag("li", view.label(f"what-if-assumption.{key}")) for key in ASSUMPTIONS), css="small"))


def drift(view: View, outcome: WhatIfOutcome) -> None:
    """Say so where today's rules no longer give the stored statement."""
    if outcome.differs:
        names = join([tag("span", f"{view.line(name)} ") for name in outcome.differs])
        show(tag("p", "▲ ", view.say("what-if.drift"), " ", names, css="state watch"))


def frame(view: View, outcome: WhatIfOutcome) -> pl.DataFrame:
    """The statement before and after, every row under the word for it."""
    rows: list[tuple[Any, ...]] = [
        (
            view.say("what-if.label"),
            outcome.after.group_id,
            outcome.after.period_end,
            name,
            view.line(name),
            outcome.before.amount(name),
            line.amount,
        )
        for name, line in outcome.after.lines.items()
    ]
    schema: dict[str, Any] = {
        view.say("what-if.label"): pl.String,
        "group_id": pl.String,
        "period_end": pl.Date,
        "line": pl.String,
        view.say("statement.item"): pl.String,
        view.say("what-if.before"): pl.Decimal(38, 6),
        view.say("what-if.after"): pl.Decimal(38, 6),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")
