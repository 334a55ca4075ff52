"""What if: a stored statement under other assumptions, and the question turned round: what brings the ratio back.

:class:`Basis` is a statement as the store has it, with the members' own figures. :func:`what_if` makes of a
``monitoring.what_if.scenario.WhatIfScenario`` the steps of a scenario (:mod:`consolidation.scenario.definition`), has
:class:`consolidation.scenario.members.effects.ScenarioOnGroup` say what they do, as in a stress test, and the engine's own
statement comes of it. No formula stands here a second time; nothing is stored and nothing becomes a filing.

Assumptions, stated with every result (:data:`ASSUMPTIONS`): what a member's capital gains or loses, the group's core tier 1
gains or loses by the member's share; a company is sold or bought for cash at the price given, and takes its own capital and
the eliminations with it along; a loss from a counterparty hits core tier 1 in full, without tax relief; other charges for
group-specific risk and the total assets behind the limits stay; what a change adds to the excess of a tier over its limit is cut,
what it releases comes back, and what the stored statement exceeds without being cut stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal

from consolidation.actual_capital.capital_items import ActualCapital, CapitalItem
from consolidation.actual_capital.capital_sheet import POLICY_SURPLUS_CORE1
from consolidation.actual_capital.tier_limits import Exceeded, Tiers, exceeded
from consolidation.minimum_capital.control_risk import Assessment
from consolidation.minimum_capital.group_specific_risk import Charge, GroupSpecificRisk
from consolidation.money import EXACT, QUANTUM, ZERO, add, less, line_amount, plain, times
from consolidation.provenance import Status
from consolidation.rulebook import Rulebook, RulesInForce
from consolidation.scenario import definition as d
from consolidation.scenario.group_state import CapitalChange, GroupState
from consolidation.scenario.members.effects import GroupInputs, ScenarioOnGroup
from consolidation.scenario.members.member import GROUP_ITSELF, change_of
from consolidation.scenario.members.own_results import OwnResults
from consolidation.statement import Statement, StatementParts
from consolidation.statement_lines import CAPITAL_TIER_LINES, MEMBER_LINES
from monitoring.what_if.basis import Basis
from monitoring.what_if.scenario import UnusableWhatIf, WhatIfScenario

__all__ = [
    "ASSUMPTIONS",
    "Basis",
    "Effect",
    "WhatIfOutcome",
    "capital_to_reach",
    "score_to_reach",
    "what_if",
]

ASSUMPTIONS = ("member-capital", "cash", "loss", "charges-stay", "tier-limits")
"""Keys ``what-if-assumption.<key>`` of the table of words."""

CORE, COMPREHENSIVE = "core", "comprehensive"
SCORE_STEP = Decimal("0.01")
"""Assessments are published with two decimals."""

TIER_LIMITS = "tier-limits"
"""The effect of holding the limits on tiers anew, after all others."""

_FORMULA = "as stored, with the changes"


@dataclass(frozen=True, slots=True)
class Effect:
    """What one change does to the group: to its capital by tier, and to the members' requirement by line, 万元, exact."""

    kind: str
    subject: str
    change: CapitalChange

    @property
    def capital(self) -> Decimal:
        """The sum of the tiers, 万元."""
        return self.change.actual

    @property
    def requirement(self) -> Decimal:
        """The sum of the lines, 万元."""
        return add(self.change.requirement.values())


@dataclass(frozen=True, slots=True)
class WhatIfOutcome:
    """``before`` is the statement as put together anew without any change, ``after`` with the changes.

    ``differs`` names the lines on which ``before`` is not what the store has (the rules have changed since that run);
    ``over_limits`` the limits on tiers (Rule 1 A41) that are exceeded after the changes.
    """

    before: Statement
    after: Statement
    effects: tuple[Effect, ...]
    differs: tuple[str, ...]
    over_limits: tuple[Exceeded, ...]


def what_if(basis: Basis, scenario: WhatIfScenario, rulebook: Rulebook) -> WhatIfOutcome:
    """The statement before and after the changes.

    :raises UnusableWhatIf: for a company, counterparty or score that the group cannot have.
    """
    law = rulebook.on(basis.period_end)
    state = _state(basis, law)
    before = state.statement
    effects = tuple(_effects(basis, scenario, law))
    after = (
        _assessed(state, basis, scenario.score, law)
        .after(_change(effects), _specific(basis, scenario))
        .statement
    )
    differs = tuple(
        name
        for name, line in before.lines.items()
        if name in basis.lines and line.amount != basis.lines[name]
    )
    tiers = [after.amount(tier) for tier in CAPITAL_TIER_LINES]
    known = [amount for amount in tiers if amount is not None]
    over = exceeded(Tiers(*known), law, basis.bank_items) if len(known) == len(CAPITAL_TIER_LINES) else ()
    # What the limits have cut is rounded to the line: less than a unit of it is no excess.
    told = tuple(one for one in over if one.amount >= QUANTUM)
    return WhatIfOutcome(before, after, (*effects, *_limits_anew(before, after, effects)), differs, told)


def capital_to_reach(
    basis: Basis, scenario: WhatIfScenario, rulebook: Rulebook, ratio: str, target: Decimal
) -> Decimal | None:
    """How much core tier 1 capital (万元, six places) makes the ratio just reach ``target``; below zero: as much may leave.

    Put in beside the scenario, all that it puts in counting as core tier 1, it gives that very ratio: every unit more of core
    tier 1 counts once, and more where it brings back what a limit cuts. None where there is no ratio.

    :param ratio: ``core`` or ``comprehensive``.
    :param target: as a fraction.
    """
    law = rulebook.on(basis.period_end)
    injected = replace(scenario, tier=CAPITAL_TIER_LINES[0])
    state = _assessed(_state(basis, law), basis, scenario.score, law)
    change = _change(tuple(_effects(basis, injected, law)))
    required = state.after(change, _specific(basis, scenario)).statement.amount("minimum_capital")
    if required is None or required <= 0:
        return None

    def missing(more: Decimal) -> Decimal | None:
        actual, core = state.capital(change.plus(CapitalChange({CAPITAL_TIER_LINES[0]: more})))
        held = actual if ratio == COMPREHENSIVE else core
        return None if held is None else less(times(target, required), held)

    now = missing(ZERO)
    if now is None:
        return None
    steps = int((now / QUANTUM).to_integral_value(ROUND_CEILING))
    return times(
        Decimal(_fewest(lambda n: (missing(times(Decimal(n), QUANTUM)) or ZERO) <= 0, steps)), QUANTUM
    )


def _fewest(suffices: Callable[[int], bool], without_limits: int) -> int:
    """The fewest steps that suffice; with the limits it is never farther from none than ``without_limits``."""
    fails, enough = (-1, without_limits) if without_limits > 0 else (without_limits - 1, 0)
    while not suffices(enough):  # by the rounding of a share, at most
        fails, enough = enough, enough + 1
    while enough - fails > 1:
        middle = (fails + enough) // 2
        fails, enough = (fails, middle) if suffices(middle) else (middle, enough)
    return enough


def score_to_reach(
    basis: Basis, scenario: WhatIfScenario, rulebook: Rulebook, ratio: str, target: Decimal
) -> Decimal | None:
    """The lowest assessment score, in steps of :data:`SCORE_STEP`, at which the ratio reaches ``target``; None if none does.

    The other changes of the scenario hold; a score that is capped (A126) stays so.
    """
    law = rulebook.on(basis.period_end)
    effects = tuple(_effects(basis, scenario, law))
    lowest, highest = (law.number(f"control_risk.score_{end}imum") for end in ("min", "max"))

    state, change, specific = _state(basis, law), _change(effects), _specific(basis, scenario)

    def reaches(step: int) -> bool:
        score = add([lowest, times(SCORE_STEP, Decimal(step))])
        statement = _assessed(state, basis, score, law).after(change, specific).statement
        held, required = _held(statement, ratio), statement.amount("minimum_capital")
        return held is not None and required is not None and required > 0 and held >= times(target, required)

    # The requirement never rises with the score, so the scores that suffice are all above the first that does.
    last = int(EXACT.divide_int(less(highest, lowest), SCORE_STEP))
    if not reaches(last):
        return None
    fails, suffices = -1, last
    while suffices - fails > 1:
        middle = (fails + suffices) // 2
        fails, suffices = (fails, middle) if reaches(middle) else (middle, suffices)
    return add([lowest, times(SCORE_STEP, Decimal(suffices))])


def _held(statement: Statement, ratio: str) -> Decimal | None:
    if ratio == COMPREHENSIVE:
        return statement.amount("actual_capital")
    tiers = [statement.amount(tier) for tier in CAPITAL_TIER_LINES[:2]]
    known = [amount for amount in tiers if amount is not None]
    return add(known) if len(known) == len(tiers) else None


# --- what each change does ------------------------------------------------------------------------------------------------


def _effects(basis: Basis, scenario: WhatIfScenario, law: RulesInForce) -> Iterator[Effect]:
    """By change what it comes to in the group."""
    _check(basis, scenario)
    steps = tuple(_steps(scenario))
    lost = {
        step.name: {GROUP_ITSELF: times(step.loss, basis.exposure(step.counterparty).amount)}
        for step in steps
        if isinstance(step, d.Default)
    }
    inputs = GroupInputs(
        basis.group.group_id, basis.period_end, basis.members, OwnResults({}), {}, (), lost,
        eliminations=basis.eliminations, rounding=law.number("solo.tolerance_absolute"),
    )  # fmt: skip
    run = ScenarioOnGroup(
        inputs, d.Scenario(name="what_if", stages=(d.Stage(shocks=steps),)), basis.period_end
    )
    (effects,) = run.run().before.shocks
    for step in steps:
        kind, _, subject = step.name.partition(" ")
        own = [effect for effect in effects if effect.step == step.name]
        yield Effect(kind, subject, change_of(own, basis.members))


def _steps(scenario: WhatIfScenario) -> Iterator[d.Shock]:
    """The changes as steps of a scenario; a step's name is the kind of change and its subject."""
    if scenario.injection:
        yield d.CapitalInjection(
            id="injection", type="capital_injection", amount=scenario.injection, tier=scenario.tier
        )
    for entity, change in scenario.members.items():
        for kind, capital, requirement in (
            ("capital", change.capital, None),
            ("requirement", None, change.requirement),
        ):
            if capital is not None or requirement is not None:
                yield d.MemberRestated(
                    id=f"{kind} {entity}", type="member_restated", companies=(entity,),
                    actual_capital=capital, minimum_capital=requirement,
                )  # fmt: skip
    for entity, price in scenario.sold.items():
        yield d.MemberSold(id=f"sold {entity}", type="member_sold", companies=(entity,), price=price)
    for bought in scenario.bought:
        yield d.MemberBought(
            id=f"bought {bought.name}", type="member_bought", company=bought.name, kind=bought.kind,
            actual_capital=bought.capital, minimum_capital=bought.requirement, price=bought.price, share=bought.share,
        )  # fmt: skip
    for party, rate in scenario.defaults.items():
        yield d.Default(id=f"default {party}", type="default", counterparty=party, loss=rate)


def _check(basis: Basis, scenario: WhatIfScenario) -> None:
    """:raises UnusableWhatIf: for a company or counterparty that the group cannot have."""
    for entity, change in scenario.members.items():
        basis.member(entity)
        if change.capital is not None:
            basis.own_capital(entity)
    for entity in scenario.sold:
        if basis.member(entity).relation == "parent":
            raise UnusableWhatIf("parent-not-for-sale", entity=entity)
        basis.own_capital(entity)
    names = [*basis.members, *(bought.name for bought in scenario.bought)]
    for bought in scenario.bought:
        if names.count(bought.name) > 1:
            raise UnusableWhatIf("already-a-member", entity=bought.name)
    for party in scenario.defaults:
        basis.exposure(party)


# --- the statement anew ---------------------------------------------------------------------------------------------------


def _state(basis: Basis, law: RulesInForce) -> GroupState:
    """The stored statement as a scenario finds it."""
    parts = StatementParts(
        basis.group,
        basis.period_end,
        {line: basis.exact_total(line) for line in MEMBER_LINES},
        _specific(basis, WhatIfScenario()),
        _capital(basis),
        basis.assessment,
        frozenset(line for line in MEMBER_LINES if basis.status(line) is Status.INCOMPLETE),
    )
    surplus = basis.policy_surplus
    return GroupState.of(parts, law, {} if surplus is None else {POLICY_SURPLUS_CORE1: surplus})


def _capital(basis: Basis) -> ActualCapital:
    """Capital as stored, with the lines of Annex 10 behind it, which say what the limits cut."""

    def item(line: str) -> CapitalItem:
        return CapitalItem(basis.lines.get(line), basis.status(line), _FORMULA, "")

    tiers = {tier: item(tier) for tier in CAPITAL_TIER_LINES}
    return ActualCapital(tiers, item("actual_capital"), lines=basis.capital_lines)


def _change(effects: tuple[Effect, ...]) -> CapitalChange:
    return CapitalChange.sum(effect.change for effect in effects)


def _limits_anew(before: Statement, after: Statement, effects: tuple[Effect, ...]) -> Iterator[Effect]:
    """What the limits on tiers cut, or bring back, beside what the changes themselves do."""
    moved = _change(effects).tiers
    found = {}
    for tier in CAPITAL_TIER_LINES:
        old, new = before.amount(tier), after.amount(tier)
        if old is not None and new is not None:
            found[tier] = line_amount(less(new, old, moved.get(tier, ZERO)))
    if any(found.values()):
        yield Effect(TIER_LIMITS, "", CapitalChange(found))


def _assessed(state: GroupState, basis: Basis, score: Decimal | None, law: RulesInForce) -> GroupState:
    """The state under another score, if there is one."""
    return replace(state, parts=replace(state.parts, assessment=_assessment(basis, score, law)))


def _specific(basis: Basis, scenario: WhatIfScenario) -> GroupSpecificRisk:
    """The charges as stored; that on counterparties without what the defaulted ones cost beyond their limits."""
    spared = []
    for party, rate in scenario.defaults.items():
        exposure = basis.exposure(party)
        left = less(exposure.amount, times(rate, exposure.amount))
        spared.append(less(exposure.charge, exposure.as_limit().charge(left)))

    def charge(line: str, taken: Decimal = ZERO) -> Charge:
        amount = line_amount(max(less(basis.lines.get(line) or ZERO, taken), ZERO))
        return Charge(amount, basis.status(line), _FORMULA, "")

    return GroupSpecificRisk(
        contagion=charge("contagion_risk_minimum_capital"),
        counterparty=charge("counterparty_concentration_minimum_capital", add(spared)),
        sector=charge("sector_concentration_minimum_capital"),
        customer=charge("customer_concentration_minimum_capital"),
    )


def _assessment(basis: Basis, score: Decimal | None, law: RulesInForce) -> Assessment | None:
    if score is None:
        return basis.assessment
    lowest, highest = (law.number(f"control_risk.score_{end}imum") for end in ("min", "max"))
    if not lowest <= score <= highest:
        raise UnusableWhatIf(
            "score-out-of-range", value=plain(score), lowest=plain(lowest), highest=plain(highest)
        )
    capped = basis.assessment is not None and basis.assessment.capped
    return basis.assessed(score, capped, basis.period_end)
