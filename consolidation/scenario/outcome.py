"""One scenario on one group at one horizon, stage by stage: the effects until then, and the statement before and after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from consolidation.minimum_capital.group_specific_risk import GroupSpecificRisk
from consolidation.money import ZERO, add, less, line_amount, ratio, times
from consolidation.provenance import Input, Status, Step
from consolidation.rulebook import RulesInForce
from consolidation.rulebook.periods import months_before
from consolidation.scenario import definition as d
from consolidation.scenario.contagion.second_round import CapitalHeld, OwnPosition, SecondRound, second_round
from consolidation.scenario.group_state import CORE_TIER1, CORE_TIER2, GroupState
from consolidation.scenario.members.effects import ScenarioOnGroup
from consolidation.scenario.members.member import GroupMember, MemberEffect, OwnFigures, change_of
from consolidation.scenario.members.staged import StagedEffects

BEFORE, AFTER = "before", "after"
PARTIAL = "partial"
ARTICLE = "Rule 19 A143"

LineRow = tuple[str, Decimal | None, Decimal | None, str]
"""line, base, stressed, status."""


@dataclass
class Outcome:
    """``filed``: the state of the report date; ``base``: that at the horizon."""

    run: ScenarioOnGroup
    filed: GroupState
    base: GroupState
    held: Sequence[tuple[str, str, Decimal]]
    with_second_round: bool = False
    _rounds: dict[tuple[int, str], SecondRound] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        run: ScenarioOnGroup,
        filed: GroupState,
        held: Sequence[tuple[str, str, Decimal]],
        *,
        with_second_round: bool,
    ) -> Outcome:
        """The outcome of a scenario whose effects have been worked out.

        :param held: investor, issuer and what the investor counts, of all capital held.
        """
        key = ("base", run.scenario.base, run.horizon)
        base = run.inputs.memo.get(key) if run.plain_base else None
        if base is None:
            members = run.inputs.members
            base = (
                filed.after(change_of(run.base, members), steps=_steps(run.base, members))
                if run.base
                else filed
            )
            if run.plain_base:
                run.inputs.memo[key] = base
        return cls(run, filed, base, held, with_second_round)

    @property
    def group_id(self) -> str:
        """The group."""
        return self.run.inputs.group_id

    @property
    def members(self) -> Mapping[str, GroupMember]:
        """Its members by id."""
        return self.run.inputs.members

    def has_actions(self, stage: int) -> bool:
        """Whether there are figures after actions at a stage (counted from 0)."""
        return bool(self.run.beside) or any(s.actions for s in self.run.scenario.stages[: stage + 1])

    def effects(self, stage: int, actions: str) -> list[MemberEffect]:
        """All effects until the end of a stage, in order: shocks, actions where they count, the second round."""
        found = self._staged(actions).until(stage)
        if actions == AFTER and self.run.beside:
            found += self.run.beside[stage]
        if self.with_second_round:
            found += self.second_round(stage, actions).effects
        return found

    def _staged(self, actions: str) -> StagedEffects:
        return self.run.after if actions == AFTER else self.run.before

    def called(self, stage: int, actions: str) -> set[str]:
        """The guarantees that no longer stand."""
        gone = self._staged(actions).called_until(stage)
        return gone | self.second_round(stage, actions).called if self.with_second_round else gone

    def loss(self, stage: int, actions: str) -> Decimal:
        """What the group's capital changes by, before limits: total and net assets change by as much."""
        return change_of(self.effects(stage, actions), self.members).actual

    def second_round(self, stage: int, actions: str) -> SecondRound:
        """The second round after a stage."""
        key = (stage, actions)
        if key not in self._rounds:
            plain = Outcome(self.run, self.filed, self.base, self.held)
            effects = plain.effects(stage, actions)
            gone, sold = plain.called(stage, actions), self._staged(actions).sold[stage]
            standing = [
                g
                for g in self.run.inputs.guarantees
                if g.guarantee_id not in gone and g.guarantor_id not in sold
            ]
            self._rounds[key] = second_round(
                dict(self._positions(effects)),
                self.members,
                standing,
                [CapitalHeld(*one) for one in self.held if one[0] in self.members and one[1] in self.members],
                self.base.law,
            )
        return self._rounds[key]

    def _positions(self, effects: Sequence[MemberEffect]) -> Iterator[tuple[str, OwnPosition]]:
        for entity in self.members:
            base = self.own_base(entity)
            if base is None or base.actual is None or base.minimum is None:
                continue
            after = stressed(base, [e for e in effects if e.entity_id == entity])
            yield (
                entity,
                OwnPosition(base.actual, after.actual or ZERO, after.core, after.minimum or ZERO),
            )

    def own_base(self, entity: str) -> OwnFigures | None:
        """A member's own figures in the base at the horizon."""
        return own_base(self.run, entity)

    def after(self, stage: int, actions: str, specific: GroupSpecificRisk | None) -> GroupState:
        """The group after a stage."""
        effects = self.effects(stage, actions)
        return self.base.after(change_of(effects, self.members), specific, _steps(effects, self.members))

    def group_rows(self, after: GroupState) -> Iterator[LineRow]:
        """The statement's lines, base and stressed."""
        for name, line in after.statement.lines.items():
            status = line.status.value
            if self.run.gaps and line.amount is not None:
                status = PARTIAL
            yield name, self.base.statement.amount(name), line.amount, status

    def member_rows(self, stage: int, actions: str) -> Iterator[tuple[str, LineRow]]:
        """Each member and its own figures, base and stressed."""
        return member_rows(self.run, self.effects(stage, actions), self.base.law)


def member_rows(
    run: ScenarioOnGroup, effects: Iterable[MemberEffect], law: RulesInForce
) -> Iterator[tuple[str, LineRow]]:
    """Each member of a run and its own figures, base and after the effects."""
    of_member: dict[str, list[MemberEffect]] = {}
    for effect in effects:
        of_member.setdefault(effect.entity_id, []).append(effect)
    for entity in run.inputs.members:
        base = own_base(run, entity)
        if base is None:
            continue
        before = _base_lines(run, entity, base, law)
        after = before
        if entity in of_member:
            after = dict(solvency_lines(stressed(base, of_member[entity]), law))
        status = PARTIAL if entity in run.gaps else Status.COMPUTED.value
        for name, amount in after.items():
            known = before[name] is not None and amount is not None
            yield entity, (name, before[name], amount, status if known else Status.NOT_COMPUTABLE.value)


def own_base(run: ScenarioOnGroup, entity: str) -> OwnFigures | None:
    """A member's own figures in the base at the horizon: its own base, else as it filed."""
    given = run.inputs.results.base(run.scenario, entity, run.inputs.report_date, run.horizon)
    filed = run.inputs.members[entity].filed
    beside = [e for e in run.base if e.entity_id == entity and e.step != run.scenario.base]
    found = given if given is not None else filed
    return found if found is None or not beside else stressed(found, beside)


def _base_lines(
    run: ScenarioOnGroup, entity: str, base: OwnFigures, law: RulesInForce
) -> dict[str, Decimal | None]:
    key = ("lines", run.scenario.base, run.horizon, entity)
    memo = run.inputs.memo if run.plain_base else {}
    if key not in memo:
        memo[key] = dict(solvency_lines(base, law))
    found: dict[str, Decimal | None] = memo[key]
    return found


def stressed(base: OwnFigures, effects: Iterable[MemberEffect]) -> OwnFigures:
    """A company's own figures after effects on them."""
    effects = list(effects)

    def moved(amount: Decimal | None, changes: Iterable[Decimal]) -> Decimal | None:
        return None if amount is None else add([amount, *changes])

    core = (add([e.tiers.get(CORE_TIER1, ZERO), e.tiers.get(CORE_TIER2, ZERO)]) for e in effects)
    return OwnFigures(
        moved(base.actual, (e.actual for e in effects)),
        moved(base.core, core),
        moved(base.minimum, (e.minimum for e in effects)),
    )


def solvency_lines(own: OwnFigures, law: RulesInForce) -> Iterator[tuple[str, Decimal | None]]:
    """A company's capital, requirement, surpluses and ratios; both surpluses are over the whole requirement.

    Rule 10 form 2.3 has them so, (16) = (13) − (14) for the core; half of it, as in Rule 19 A12, is the group's alone.
    """
    yield "actual_capital", _line(own.actual)
    yield "minimum_capital", _line(own.minimum)
    tests = (
        ("core", own.core, "solo.core_surplus_share"),
        ("comprehensive", own.actual, "solvency.comprehensive_minimum_ratio"),
    )
    for name, held, required in tests:
        surplus = found = None
        if held is not None and own.minimum is not None:
            surplus = line_amount(less(held, times(law.number(required), own.minimum)))
            found = ratio(held, own.minimum)
        yield f"{name}_solvency_surplus", surplus
        yield f"{name}_solvency_ratio", _line(found)


def _line(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else line_amount(amount)


def _steps(effects: Sequence[MemberEffect], members: Mapping[str, GroupMember]) -> tuple[Input, ...]:
    """What each effect comes to in the group's capital, for the explanation."""
    return tuple(
        Step(
            f"stress.{effect.step}",
            line_amount(amount),
            formula="share × change of its own actual capital",
            article=ARTICLE,
            note=effect.entity_id,
        )
        for effect in effects
        if (amount := change_of([effect], members).actual)
    )


def horizon_of(report_date: date, scenario: d.Scenario) -> date:
    """The horizon that a scenario has where no member's result says it."""
    return months_before(report_date, -_MONTHS[scenario.horizon])


_MONTHS = {"report_date": 0, "one_quarter": 3, "one_year": 12, "two_years": 24}
