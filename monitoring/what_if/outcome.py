"""What if: a stored statement under other assumptions, and the question turned round: what brings the ratio back.

:class:`Basis` is a statement as the store has it, with the members' own figures. :func:`what_if` lays a
``monitoring.what_if.scenario.WhatIfScenario`` over it and lets the engine's own :func:`consolidation.statement.build` put the statement
together anew; no formula of the law stands here a second time. Nothing is stored and nothing becomes a filing.

Assumptions, stated with every result (:data:`ASSUMPTIONS`): what a member's capital gains or loses, the group's core tier 1
gains or loses by the member's share; a company is sold or bought for cash at the price given, and takes its own capital and
the eliminations with it along; a loss from a counterparty hits core tier 1 in full, without tax relief; other charges for
group-specific risk and the total assets behind the limits stay; tiers over a limit are named, not cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from consolidation.actual_capital.capital_items import ActualCapital, CapitalItem
from consolidation.actual_capital.tier_limits import Exceeded, Tiers, exceeded
from consolidation.minimum_capital.control_risk import Assessment
from consolidation.minimum_capital.group_specific_risk import Charge, GroupSpecificRisk
from consolidation.minimum_capital.member_lines import Key
from consolidation.money import EXACT, QUANTUM, ZERO, add, less, line_amount, plain, times
from consolidation.rulebook import Rulebook, RulesInForce
from consolidation.statement import Statement, build
from consolidation.statement_lines import CAPITAL_TIER_LINES, MEMBER_LINES
from monitoring.what_if.basis import Basis, Member
from monitoring.what_if.scenario import UnusableWhatIf, WhatIfScenario, line_of

__all__ = [
    "ASSUMPTIONS",
    "Basis",
    "Effect",
    "WhatIfOutcome",
    "capital_to_reach",
    "score_to_reach",
    "what_if",
]

ASSUMPTIONS = ("member-capital", "cash", "loss", "charges-stay", "tiers-named")
"""Keys ``what-if-assumption.<key>`` of the table of words."""

CORE, COMPREHENSIVE = "core", "comprehensive"
SCORE_STEP = Decimal("0.01")
"""Assessments are published with two decimals."""

_FORMULA = "as stored, with the changes"


@dataclass(frozen=True, slots=True)
class Effect:
    """What one change does: to the group's capital (in ``tiers``) and to members' requirement (``line``), 万元, exact."""

    kind: str
    subject: str
    tiers: Mapping[str, Decimal]
    line: str = ""
    requirement: Decimal = ZERO

    @property
    def capital(self) -> Decimal:
        """The sum of the tiers, 万元."""
        return add(self.tiers.values())


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
    before = _statement(basis, WhatIfScenario(), (), law)
    effects = tuple(_effects(basis, scenario, law))
    after = _statement(basis, scenario, effects, law)
    differs = tuple(
        name
        for name, line in before.lines.items()
        if name in basis.lines and line.amount != basis.lines[name]
    )
    tiers = [after.amount(tier) for tier in CAPITAL_TIER_LINES]
    known = [amount for amount in tiers if amount is not None]
    over = (
        tuple(exceeded(Tiers(*known), law, basis.bank_items)) if len(known) == len(CAPITAL_TIER_LINES) else ()
    )
    return WhatIfOutcome(before, after, effects, differs, over)


def capital_to_reach(statement: Statement, ratio: str, target: Decimal) -> Decimal | None:
    """How much core tier 1 capital (万元, six places) makes the ratio just reach ``target``; below zero: as much may leave.

    None where there is no ratio.

    :param ratio: ``core`` or ``comprehensive``.
    :param target: as a fraction.
    """
    held, required = _held(statement, ratio), statement.amount("minimum_capital")
    if held is None or required is None or required <= 0:
        return None
    return less(times(target, required), held).quantize(QUANTUM, ROUND_CEILING, EXACT)


def score_to_reach(
    basis: Basis, scenario: WhatIfScenario, rulebook: Rulebook, ratio: str, target: Decimal
) -> Decimal | None:
    """The lowest assessment score, in steps of :data:`SCORE_STEP`, at which the ratio reaches ``target``; None if none does.

    The other changes of the scenario hold; a score that is capped (A126) stays so.
    """
    law = rulebook.on(basis.period_end)
    effects = tuple(_effects(basis, scenario, law))
    lowest, highest = (law.number(f"control_risk.score_{end}imum") for end in ("min", "max"))

    def reaches(step: int) -> bool:
        score = add([lowest, times(SCORE_STEP, Decimal(step))])
        statement = _statement(basis, scenario, effects, law, score=score)
        needed = capital_to_reach(statement, ratio, target)
        return needed is not None and needed <= 0

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
    if scenario.injection:
        yield Effect("injection", "", {scenario.tier: scenario.injection})
    for entity, change in scenario.members.items():
        member = basis.member(entity)
        if change.capital is not None:
            if member.actual_capital is None:
                raise UnusableWhatIf("capital-unknown", entity=entity)
            gained = times(member.share, less(change.capital, member.actual_capital))
            yield Effect("capital", entity, {CAPITAL_TIER_LINES[0]: gained})
        if change.requirement is not None:
            more = times(member.requirement_share, less(change.requirement, member.requirement or ZERO))
            yield Effect("requirement", entity, {}, member.line, more)
    for entity, price in scenario.sold.items():
        yield _sale(basis, basis.member(entity), price, law)
    for number, bought in enumerate(scenario.bought):
        if bought.name in basis.members or bought.name in {b.name for b in scenario.bought[:number]}:
            raise UnusableWhatIf("already-a-member", entity=bought.name)
        gained = less(times(bought.share, bought.capital), bought.price)
        own = times(bought.share, bought.requirement)
        yield Effect("bought", bought.name, {CAPITAL_TIER_LINES[0]: gained}, line_of(bought.kind, None), own)
    for party, rate in scenario.defaults.items():
        exposure = basis.exposure(party)
        yield Effect("default", party, {CAPITAL_TIER_LINES[0]: less(ZERO, times(rate, exposure.amount))})


def _sale(basis: Basis, member: Member, price: Decimal, law: RulesInForce) -> Effect:
    """The company's capital and requirement leave, the price comes in, and nothing between it and the others is taken out.

    Where a member's stake in it was eliminated, cash stands in the stake's place: the elimination ends, and so does what
    the investor counted.
    """
    if member.relation == "parent":
        raise UnusableWhatIf("parent-not-for-sale", entity=member.entity_id)
    if member.actual_capital is None:
        raise UnusableWhatIf("capital-unknown", entity=member.entity_id)
    own = member.capital_by_tier(law.number("solo.tolerance_absolute"))
    tiers = {tier: less(ZERO, times(member.share, amount)) for tier, amount in own.items()}
    for elimination in basis.eliminations:
        own_stake = elimination.kind == "equity" and elimination.to_id == member.entity_id
        if member.entity_id in (elimination.from_id, elimination.to_id) and not own_stake:
            tiers[elimination.tier] = add([tiers.get(elimination.tier, ZERO), elimination.amount])
    tiers[CAPITAL_TIER_LINES[0]] = add([tiers.get(CAPITAL_TIER_LINES[0], ZERO), price])
    left = less(ZERO, times(member.requirement_share, member.requirement or ZERO))
    return Effect("sold", member.entity_id, tiers, member.line, left)


# --- the statement anew ---------------------------------------------------------------------------------------------------


def _statement(
    basis: Basis,
    scenario: WhatIfScenario,
    effects: tuple[Effect, ...],
    law: RulesInForce,
    *,
    score: Decimal | None = None,
) -> Statement:
    return build(
        basis.group,
        basis.period_end,
        member_totals=_totals(basis, effects),
        specific=_specific(basis, scenario),
        capital=_capital(basis, effects),
        assessment=_assessment(basis, scenario.score if score is None else score, law),
        law=law,
    )


def _totals(basis: Basis, effects: tuple[Effect, ...]) -> dict[Key, Decimal]:
    totals = {}
    for line in MEMBER_LINES:
        changed = add(e.requirement for e in effects if e.line == line)
        totals[basis.group.group_id, basis.period_end, line] = add([basis.exact_total(line), changed])
    return totals


def _specific(basis: Basis, scenario: WhatIfScenario) -> GroupSpecificRisk:
    """The charges as stored; that on counterparties without what the defaulted ones cost beyond their limits."""
    spared = []
    for party, rate in scenario.defaults.items():
        exposure = basis.exposure(party)
        over = less(exposure.amount, exposure.limit)
        if over > 0 and exposure.charge:
            still_over = max(less(over, times(rate, exposure.amount)), ZERO)
            spared.append(less(exposure.charge, EXACT.divide(times(exposure.charge, still_over), over)))

    def charge(line: str, taken: Decimal = ZERO) -> Charge:
        amount = line_amount(max(less(basis.lines.get(line) or ZERO, taken), ZERO))
        return Charge(amount, basis.status(line), _FORMULA, "")

    return GroupSpecificRisk(
        contagion=charge("contagion_risk_minimum_capital"),
        counterparty=charge("counterparty_concentration_minimum_capital", add(spared)),
        sector=charge("sector_concentration_minimum_capital"),
        customer=charge("customer_concentration_minimum_capital"),
    )


def _capital(basis: Basis, effects: tuple[Effect, ...]) -> ActualCapital:
    changed = {tier: add(e.tiers.get(tier, ZERO) for e in effects) for tier in CAPITAL_TIER_LINES}

    def item(line: str, change: Decimal) -> CapitalItem:
        stored = basis.lines.get(line)
        amount = None if stored is None else line_amount(add([stored, change]))
        return CapitalItem(amount, basis.status(line), _FORMULA, "")

    tiers = {tier: item(tier, changed[tier]) for tier in CAPITAL_TIER_LINES}
    return ActualCapital(tiers, item("actual_capital", add(changed.values())))


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
