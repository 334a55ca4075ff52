"""What a scenario does to each member of a group: its own result, or the shocks by drivers, positions and dealings.

:class:`ScenarioOnGroup` goes through the stages in order. A member's own result stands for all shocks by drivers of the
scenario; every other shock hits it all the same. What cannot be told is named and leaves the member unchanged.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from consolidation.findings import Finding, info, warning
from consolidation.money import ZERO, less, times
from consolidation.scenario import definition as d
from consolidation.scenario.group_state import CORE_TIER1
from consolidation.scenario.members.dealings import BetweenMembers, purchase, restatement, sale
from consolidation.scenario.members.drivers import DriversOfMember, drivers_of, effect_on, is_by_drivers
from consolidation.scenario.members.member import GROUP_ITSELF, GroupMember, MemberEffect, OwnFigures
from consolidation.scenario.members.own_results import ARTICLE, TABLE, OwnResults, difference
from consolidation.scenario.members.staged import StagedEffects
from consolidation.structure.membership import INSURERS


@dataclass(frozen=True, slots=True)
class CalledGuarantee:
    """A guarantee between members: who pays for whom, 万元."""

    guarantee_id: str
    guarantor_id: str
    beneficiary_id: str
    balance: Decimal


@dataclass(frozen=True)
class GroupInputs:
    """What the shocks act on in one group on the report date.

    ``lost_on_positions``: by the name of a shock, what each company loses on its positions, and the group itself where only
    its sum is known. ``memo``: what has been worked out of the base, the same for every scenario. ``eliminations``: what is
    between members; ``rounding``: by how much tiers as filed may miss their sum.
    """

    group_id: str
    report_date: date
    members: Mapping[str, GroupMember]
    results: OwnResults
    drivers: Mapping[str, DriversOfMember]
    guarantees: Sequence[CalledGuarantee]
    lost_on_positions: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    memo: dict[Any, Any] = field(default_factory=dict)
    eliminations: Sequence[BetweenMembers] = ()
    rounding: Decimal = ZERO


@dataclass
class ScenarioOnGroup:
    """The effects of a scenario on one group at one horizon, and what is to be said of them.

    ``listed``: management actions beside the scenario's own, of which approved instruments are part of the base (Rule 10 A16).

    ``base``: what leads from the filings to the members' own base at the horizon; ``before``: the stages without their
    actions, ``after``: with them; ``beside``: by stage what the listed actions then do, empty where they touch nobody;
    ``gaps``: members that the figures are without; ``reached``: whether anything was given for the scenario.
    """

    inputs: GroupInputs
    scenario: d.Scenario
    horizon: date
    listed: Sequence[d.Action] = ()
    base: list[MemberEffect] = field(default_factory=list)
    before: StagedEffects = field(default_factory=StagedEffects)
    after: StagedEffects = field(default_factory=StagedEffects)
    beside: list[list[MemberEffect]] = field(default_factory=list)
    gaps: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    reached: bool = False

    def run(self) -> ScenarioOnGroup:
        """Work all effects out."""
        own = self._own_results()
        by_drivers = self._by_drivers(set(own))
        self._nobody_gave(set(own), by_drivers)
        approved = [a for a in self.listed if isinstance(a, d.InstrumentIssued) and a.approved]
        for action in approved:
            self.base += list(self._effects_of(action, _nothing_yet()))
        shocks_alone = [stage.model_copy(update={"actions": ()}) for stage in self.scenario.stages]
        self.before = self._staged(shocks_alone, list(own.values()), by_drivers)
        self.after = self.before
        if any(stage.actions for stage in self.scenario.stages):
            self.after = self._staged(self.scenario.stages, list(own.values()), by_drivers)
        self.beside = self._beside([action for action in self.listed if action not in approved])
        return self

    def _staged(
        self,
        stages: Iterable[d.Stage],
        own: Sequence[MemberEffect],
        by_drivers: Mapping[str, Sequence[MemberEffect]],
    ) -> StagedEffects:
        """The stages one after the other: each shock, then each action, on what those before it have left."""
        done = StagedEffects()
        for stage in stages:
            done.begin_stage()
            effects = done.shocks[-1]
            effects += own if len(done.shocks) == 1 else ()
            for shock in stage.shocks:
                if is_by_drivers(shock):
                    effects += [e for e in by_drivers.get(shock.name, ()) if e.entity_id not in done.sold[-1]]
                else:
                    effects += list(self._effects_of(shock, done))
            for action in stage.actions:
                done.actions[-1] += list(self._effects_of(action, done))
        return done

    def _beside(self, actions: Sequence[d.Action]) -> list[list[MemberEffect]]:
        """What the listed actions do, taken at the end of each stage."""
        found = []
        for stage in range(len(self.scenario.stages)):
            left, joined = self.after.sold[stage], self.after.bought[stage]
            done = StagedEffects(
                [self.after.until(stage)], [[]], [set()], [set(left)], [set(joined)], first=stage + 1
            )
            for action in actions:
                done.actions[-1] += list(self._effects_of(action, done))
            found.append(done.actions[-1])
        reduced = any(isinstance(a, d.PositionReduced) and any(self._hit(a, ())) for a in actions)
        return found if reduced or any(found) else []

    @property
    def plain_base(self) -> bool:
        """Whether the base is that of the members alone, without instruments that are approved."""
        return all(effect.step == self.scenario.base for effect in self.base)

    # --- own results ---------------------------------------------------------------------------------------------------

    def _own_results(self) -> dict[str, MemberEffect]:
        """By company the effect of its own result; members whose result is of no use are named."""
        found: dict[str, MemberEffect] = {}
        for entity, member in self.inputs.members.items():
            given = list(self.inputs.results.of_member(self.scenario, member, self.inputs.report_date))
            base = self.inputs.results.base(self.scenario, entity, self.inputs.report_date, self.horizon)
            self._shift_base(member, base)
            if not given:
                continue
            self.reached = True  # also where it cannot be used: the group is shown, and the member named
            at_horizon = [(name, rows[self.horizon]) for name, rows in given if self.horizon in rows]
            if not at_horizon:
                others = sorted({day.isoformat() for _, rows in given for day in rows})
                self._say_member("stress-horizon-differs", member, ", ".join(others))
                continue
            name, result = at_horizon[0]
            if base is None:
                self._say_member("stress-base-missing", member, self.scenario.base)
                continue
            if name.endswith("own") or "_own_" in name:
                self._remark("stress-own-scenario-used", member, name)
            told = difference(name, member, base, result, self.inputs.group_id, self.inputs.report_date)
            self.findings += told.findings
            if told.effect is not None:
                found[entity] = told.effect
            if not told.complete:
                self.gaps.add(entity)
        return found

    def _shift_base(self, member: GroupMember, base: OwnFigures | None) -> None:
        """From what the member filed for the report date to its own base at the horizon."""
        if base is None:
            return
        if member.filed is None:
            self._say_member("stress-member-not-filed", member, "")
            return
        key = ("shift", self.scenario.base, self.horizon, member.entity_id)
        told = self.inputs.memo.get(key)
        if told is None:
            told = self.inputs.memo[key] = difference(
                self.scenario.base, member, member.filed, base, self.inputs.group_id, self.inputs.report_date
            )
        self.findings += [f for f in told.findings if f.column != "core_capital"]
        if told.effect is not None:
            self.base.append(told.effect)
        if not told.complete:
            self.gaps.add(member.entity_id)

    # --- drivers -------------------------------------------------------------------------------------------------------

    def _by_drivers(self, own: set[str]) -> dict[str, list[MemberEffect]]:
        """By shock the effects on members that gave no result of their own."""
        found: dict[str, list[MemberEffect]] = {}
        shocks = [s for stage in self.scenario.stages for s in stage.shocks if is_by_drivers(s)]
        for entity, member in self.inputs.members.items():
            hitting = [s for s in shocks if s.hits(self.inputs.group_id, entity, member.kind)]
            if entity in own or not hitting:
                continue
            drivers = self.inputs.drivers.get(entity, DriversOfMember(None, {}))
            wanted = tuple(dict.fromkeys(name for shock in hitting for name in drivers_of(shock)))
            missing = drivers.missing(wanted)
            if missing and drivers.all.keys().isdisjoint(wanted) and member.kind not in INSURERS:
                self._remark("stress-other-unchanged", member, member.kind or "")
                continue
            if missing and (drivers.given is not None or not drivers.from_positions(wanted)):
                self._say_member("stress-result-missing", member, ", ".join(missing))
                continue
            if missing:
                self._say_member("stress-driver-missing", member, ", ".join(missing))
            if taken := drivers.from_positions(wanted):
                self._remark("stress-drivers-from-positions", member, ", ".join(taken))
            for shock in hitting:
                if not drivers.missing(drivers_of(shock)):
                    effect = effect_on(shock, entity, drivers.all, self.scenario.tax_rate)
                    found.setdefault(shock.name, []).append(effect)
            self.reached = self.reached or drivers.given is not None
        return found

    def _nobody_gave(self, own: set[str], by_drivers: Mapping[str, Sequence[MemberEffect]]) -> None:
        """Members of which neither a result nor drivers say anything: unchanged, and named."""
        told = own | {effect.entity_id for effects in by_drivers.values() for effect in effects}
        named = {finding.entity_id for finding in self.findings if finding.code in _UNCHANGED}
        for entity, member in self.inputs.members.items():
            if entity in told or entity in named or not self.scenario.results_of(member.kind):
                continue
            if self.scenario.needs_result(member.kind):
                self.gaps.add(entity)
                names = self.scenario.results_of(member.kind)
                self._say_member("stress-result-missing", member, ", ".join(f"{TABLE} {n}" for n in names))
            else:
                self._remark("stress-other-unchanged", member, member.kind or "")

    # --- other shocks, and actions -------------------------------------------------------------------------------------

    def _effects_of(self, step: Any, done: StagedEffects) -> Iterator[MemberEffect]:
        """The effects of a shock that is none by drivers, or of an action.

        :param done: what has happened beside the base; guarantees that the step calls and companies that it sells are noted.
        """
        if self.inputs.group_id in step.groups:
            for company in step.companies:
                if company not in self.inputs.members:
                    self._hits_nobody(step, company)
        sold = done.sold[-1]
        hit = list(self._hit(step, sold))
        match step:
            case d.AssetFall() | d.Default():
                lost = self.inputs.lost_on_positions.get(step.name, {})
                kept = less(Decimal(1), self.scenario.tax_rate)
                for entity in (*hit, GROUP_ITSELF):
                    if lost.get(entity):
                        yield _core(step, entity, less(ZERO, times(lost[entity], kept)))
            case d.CapitalLoss():
                for entity in hit:
                    yield _core(step, entity, less(ZERO, step.amount))
            case d.GuaranteeCalled():
                yield from self._guarantees_called(step, hit, done)
            case d.MemberSold():
                for entity in sorted(sold.intersection(step.companies, self.inputs.members)):
                    self._say_member("stress-sale-unknown", self.inputs.members[entity], step.name)
                for entity in hit:
                    yield from self._sale(step, entity, done)
            case d.MemberBought():
                if step.hits(self.inputs.group_id, step.company, step.kind):
                    yield from self._purchase(step, done)
            case d.MemberRestated():
                for entity in hit:
                    member = self.inputs.members[entity]
                    if step.actual_capital is not None and member.actual_capital is None:
                        self._say_member("stress-capital-unknown", member, step.name)
                    yield restatement(step, member, self._on(entity, done))
            case d.CapitalInjection():
                if step.hits(self.inputs.group_id, GROUP_ITSELF, None):
                    yield MemberEffect(step.name, GROUP_ITSELF, {step.tier: step.amount})
            case d.MemberSupported():
                for entity in hit:
                    yield _core(step, entity, step.amount)
                    if step.source in self.inputs.members.keys() - sold:
                        yield _core(step, step.source, less(ZERO, step.amount))
            case d.DividendCut():
                for entity in hit:
                    yield _core(step, entity, step.amount)
            case d.InstrumentIssued():
                for entity in hit:
                    yield MemberEffect(step.name, entity, {step.tier: step.amount})

    def _guarantees_called(
        self, step: d.GuaranteeCalled, hit: Collection[str], done: StagedEffects
    ) -> Iterator[MemberEffect]:
        """What guarantors lose, each guarantee being called once."""
        gone, there = done.called_until(len(done.called)), self.inputs.members.keys() - done.sold[-1]
        for one in self.inputs.guarantees:
            if one.beneficiary_id in hit and one.guarantor_id in there and one.guarantee_id not in gone:
                done.called[-1].add(one.guarantee_id)
                yield _core(step, one.guarantor_id, less(ZERO, times(step.loss, one.balance)))

    def _sale(self, step: d.MemberSold, entity: str, done: StagedEffects) -> Iterator[MemberEffect]:
        """The member leaves as it stands after all that came before."""
        member = self.inputs.members[entity]
        if member.actual_capital is None or member.relation == "parent":
            self._say_member("stress-sale-unknown", member, step.name)
            return
        on_it, between = self._on(entity, done), self.inputs.eliminations
        gone = frozenset(done.sold[-1])
        done.sold[-1].add(entity)
        yield from sale(step.name, member, step.price, on_it, between, self.inputs.rounding, gone)

    def _purchase(self, step: d.MemberBought, done: StagedEffects) -> Iterator[MemberEffect]:
        """The company joins, unless it is a member: what the group has of it would count twice."""
        if step.company in (self.inputs.members.keys() - done.sold[-1]) | done.bought[-1]:
            self._already_a_member(step, done.stage)
            return
        done.bought[-1].add(step.company)
        yield purchase(step)

    def _on(self, entity: str, done: StagedEffects) -> list[MemberEffect]:
        """What of the base and of all that has happened is about a company."""
        effects = (*self.base, *done.until(len(done.shocks)))
        return [effect for effect in effects if effect.entity_id == entity]

    def _hit(self, step: d.ScenarioStep, sold: Collection[str]) -> Iterator[str]:
        for entity, member in self.inputs.members.items():
            if entity not in sold and step.hits(self.inputs.group_id, entity, member.kind):
                yield entity

    # --- what is said --------------------------------------------------------------------------------------------------

    def _fields(self, member: GroupMember, value: str) -> dict[str, Any]:
        return {
            "table": TABLE,
            "group_id": self.inputs.group_id,
            "entity_id": member.entity_id,
            "period_end": self.inputs.report_date,
            "value": value,
            "expected": self.horizon.isoformat(),
            "article": ARTICLE,
            "detail": {"scenario": self.scenario.name, "kind": member.kind or ""},
        }

    def _say_member(self, code: str, member: GroupMember, value: str) -> None:
        """A warning: the member is unchanged, or what of it is, and the figures are partial."""
        self.gaps.add(member.entity_id)
        self.findings.append(warning(code, **self._fields(member, value)))

    def _remark(self, code: str, member: GroupMember, value: str) -> None:
        self.findings.append(info(code, **self._fields(member, value)))

    def _hits_nobody(self, step: d.ScenarioStep, company: str) -> None:
        told = self._of_step(step, company, "a member of the group on the report date")
        self.findings.append(warning("stress-step-hits-nobody", **told))

    def _already_a_member(self, step: d.MemberBought, stage: int) -> None:
        told = self._of_step(step, step.name, "a company that is no member", stage=str(stage))
        self.findings.append(warning("stress-already-a-member", entity_id=step.company, **told))

    def _of_step(self, step: d.ScenarioStep, value: str, expected: str, **detail: str) -> dict[str, Any]:
        return {
            "group_id": self.inputs.group_id,
            "period_end": self.inputs.report_date,
            "value": value,
            "expected": expected,
            "article": ARTICLE,
            "detail": {"scenario": self.scenario.name, "step": step.name, **detail},
        }


def _nothing_yet() -> StagedEffects:
    done = StagedEffects()
    done.begin_stage()
    return done


_UNCHANGED = frozenset(
    ("stress-horizon-differs", "stress-base-missing", "stress-result-missing", "stress-other-unchanged")
)
"""Codes of findings that already say that a member is unchanged."""


def needs_drivers(scenario: d.Scenario, group_id: str, member: GroupMember) -> bool:
    """Whether a shock by drivers hits the member, so that they count unless it gives a result of its own."""
    return any(
        is_by_drivers(shock) and shock.hits(group_id, member.entity_id, member.kind)
        for stage in scenario.stages
        for shock in stage.shocks
    )


def _core(step: d.ScenarioStep, entity_id: str, amount: Decimal) -> MemberEffect:
    return MemberEffect(step.name, entity_id, {CORE_TIER1: amount})
