"""The group stress test: every scenario on every group, from what members gave and what shocks do (Rule 19 A143; Rule 10).

The structure, the positions and the statements of the report date are computed once. A scenario moves members and figures;
group-specific risk is measured anew on the stressed positions, total and net assets, and the engine's own functions make the
statement. Nothing of it is a filing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

import dataframely as dy

from consolidation.consolidate import Consolidation, statements_of
from consolidation.explanation import Status
from consolidation.filing_set import FilingSet
from consolidation.filing_set.position_shocks import PositionShock
from consolidation.findings import Finding, in_order, info, warning
from consolidation.money import less, line_amount
from consolidation.positions import SumsCache
from consolidation.positions.charges import charges_on, positions_of_groups
from consolidation.progress import Progress
from consolidation.rulebook import NotInForce, Rulebook, RulesInForce
from consolidation.scenario import definition as d
from consolidation.scenario.attribution import attribution
from consolidation.scenario.contagion.clearing import OUTSIDE
from consolidation.scenario.group_state import GroupState, capital_sheets
from consolidation.scenario.members.effects import GroupInputs, ScenarioOnGroup, needs_drivers
from consolidation.scenario.members.given import Given, given, position_shock
from consolidation.scenario.members.member import (
    GROUP_ITSELF,
    GroupMember,
    MemberEffect,
    change_of,
    members_by_group,
    members_of_none,
)
from consolidation.scenario.members.own_results import ARTICLE, OwnResults
from consolidation.scenario.outcome import AFTER, BEFORE, Outcome, horizon_of, member_rows, solvency_lines
from consolidation.scenario.reading import group_scenarios
from consolidation.scenario.remeasured import Remeasured
from consolidation.scenario.reverse import reverse_rows
from consolidation.scenario.schemas import (
    ClearingPayments,
    MemberChanges,
    ReverseResults,
    StressAttribution,
    StressLines,
)
from consolidation.scenario.stressed_set import Moves, stressed_set
from consolidation.statement import Statement
from consolidation.statement_lines import CAPITAL_TIER_LINES
from consolidation.structure.scope import Scope, structure_of

BASE_HORIZONS = ("base", "quarter_base")
Key = tuple[str, date, str, int, date, str]
"""group_id, report_date, scenario, stage, horizon_end, actions."""
SetKey = tuple[date, str, int, date, str]
"""The same without the group: one filing set."""


@dataclass(frozen=True)
class StressTest:
    """What a stress test gives: frames of :mod:`consolidation.scenario.schemas`, and the stressed statements.

    ``base``: lines as in ``lines``, of the base at every horizon for which a member gave its own, beside the report date's.
    ``blocked``: groups whose statement of a report date an error stopped; ``members``: by group and report date;
    ``moves``: what each scenario moves in the tables, from which :meth:`filing_set` makes its filing set.
    """

    lines: dy.DataFrame[StressLines]
    base: dy.DataFrame[StressLines]
    attribution: dy.DataFrame[StressAttribution]
    reverse: dy.DataFrame[ReverseResults]
    changes: dy.DataFrame[MemberChanges]
    clearing: dy.DataFrame[ClearingPayments]
    findings: tuple[Finding, ...]
    blocked: tuple[tuple[str, date], ...]
    statements: Mapping[Key, Statement]
    consolidations: Mapping[date, Consolidation]
    moves: Mapping[SetKey, Moves]
    members: Mapping[tuple[str, date], Mapping[str, GroupMember]]
    results: OwnResults

    def filing_set(self, filed: FilingSet, *key: *SetKey) -> FilingSet:
        """The filing set that a scenario makes of the one that was filed."""
        statements = [s for (_, *rest), s in self.statements.items() if tuple(rest) == key]
        return stressed_set(filed, key[1], key[0], self.moves[key], statements)


def stress(
    filing_set: FilingSet,
    rulebook: Rulebook,
    scenarios: Sequence[d.Scenario] | None = None,
    *,
    group_id: str | None = None,
    report_date: date | None = None,
    actions: Sequence[d.Action] = (),
    with_second_round: bool = False,
    workers: int | None = None,
    scheduler: str | None = None,
    cache: SumsCache | None = None,
    progress: Progress | None = None,
) -> StressTest:
    """Stress the groups of a filing set.

    :param scenarios: None: the group scenarios of the rulebook for which a member gave a result or drivers.
    :param report_date: None: every date for which a member gave a result or drivers.
    :param actions: management actions beside those of the scenarios; figures are then given before and after.
    :param cache: what earlier runs counted of the positions, shocked or not.
    :raises consolidation.structure.scope.UnknownGroup: where the set does not know the group.
    :raises consolidation.positions.EngineFault: where the positions cannot be read to their end.
    """
    seen = progress or Progress()
    rows = _Rows()
    how = {"workers": workers, "scheduler": scheduler, "cache": cache, "progress": seen}
    days = [report_date] if report_date else report_dates(filing_set)
    if not days:
        rows.findings.append(warning("stress-nothing-given", table="stress_results", article=ARTICLE))
    for day in days:
        try:
            law = rulebook.on(day)
            chosen = group_scenarios(law) if scenarios is None else scenarios
        except NotInForce as reason:
            rows.findings.append(_not_in_force(day, str(reason)))
            continue
        test = _OfDate(filing_set, rulebook, law, day, group_id, tuple(chosen), how, rows)
        test.run(actions, with_second_round=with_second_round, only_reached=scenarios is None)
    return rows.result(OwnResults.of(filing_set.tables["stress_results"]))


def report_dates(filing_set: FilingSet) -> list[date]:
    """The dates for which a member gave a result or drivers."""
    tables = filing_set.tables
    days = {*tables["stress_results"]["report_date"], *tables["stress_drivers"]["period_end"]}
    return sorted(days)


@dataclass
class _Rows:
    """The rows of all frames while they are found."""

    lines: list[tuple[Any, ...]] = field(default_factory=list)
    base: list[tuple[Any, ...]] = field(default_factory=list)
    attribution: list[tuple[Any, ...]] = field(default_factory=list)
    reverse: list[tuple[Any, ...]] = field(default_factory=list)
    changes: list[tuple[Any, ...]] = field(default_factory=list)
    clearing: list[tuple[Any, ...]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    blocked: list[tuple[str, date]] = field(default_factory=list)
    statements: dict[Key, Statement] = field(default_factory=dict)
    consolidations: dict[date, Consolidation] = field(default_factory=dict)
    moves: dict[SetKey, Moves] = field(default_factory=dict)
    members: dict[tuple[str, date], Mapping[str, GroupMember]] = field(default_factory=dict)

    def result(self, results: OwnResults) -> StressTest:
        return StressTest(
            StressLines.of_rows(self.lines),
            StressLines.of_rows(self.base),
            StressAttribution.of_rows(self.attribution),
            ReverseResults.of_rows(self.reverse),
            MemberChanges.of_rows(self.changes),
            ClearingPayments.of_rows(self.clearing),
            tuple(in_order(self.findings)),
            tuple(sorted(self.blocked)),
            self.statements,
            self.consolidations,
            self.moves,
            self.members,
            results,
        )


@dataclass
class _OfDate:
    """The test of one report date."""

    filing_set: FilingSet
    rulebook: Rulebook
    law: RulesInForce
    day: date
    group_id: str | None
    scenarios: tuple[d.Scenario, ...]
    how: Mapping[str, Any]
    rows: _Rows
    memo: dict[str, dict[Any, Any]] = field(default_factory=dict)

    def run(self, actions: Sequence[d.Action], *, with_second_round: bool, only_reached: bool) -> None:
        result = self._consolidated()
        self.rows.findings += result.findings
        self.rows.blocked += result.blocked
        self.rows.consolidations[self.day] = result
        self.rows.members |= {(group, self.day): members for group, members in self.members.items()}
        self._strangers()
        self._bases()
        with self.how["progress"].steps("scenarios", len(self.scenarios)) as done:
            for scenario in self.scenarios:
                self._scenario(
                    scenario, actions, with_second_round=with_second_round, only_reached=only_reached
                )
                self._companies_alone(scenario, only_reached=only_reached)
                done()
        if only_reached:
            self._reverse()

    def _consolidated(self) -> Consolidation:
        """The statements of the report date, as filed."""
        with self.how["progress"].step("structure"):
            self.structure = structure_of(
                self.filing_set, self.rulebook, Scope(self.group_id, self.day, quarterly=True)
            )
        found = positions_of_groups(self.filing_set, self.structure, self.rulebook, **self.how)
        specific = charges_on(self.filing_set, self.structure, self.rulebook, found)
        result = statements_of(self.filing_set, self.rulebook, self.structure, specific)
        self.remeasured = Remeasured(
            self.filing_set, self.structure, self.rulebook, self.day, specific.charges, found, self.how
        )
        sheets = capital_sheets(self.filing_set.tables["group_capital"])
        self.states = {
            group: GroupState.of(parts, self.law, sheets.get((group, day), {}))
            for (group, day), parts in result.parts.items()
        }
        return result

    @cached_property
    def members(self) -> dict[str, dict[str, GroupMember]]:
        """By group its members."""
        found = members_by_group(self.filing_set, self.structure, self.rulebook)
        return {group: members for (group, _), members in found.items() if group in self.states}

    @cached_property
    def given(self) -> Given:
        results = OwnResults.of(self.filing_set.tables["stress_results"])
        by_drivers = {
            entity
            for scenario in self.scenarios
            for group, members in self.members.items()
            for entity, member in members.items()
            if needs_drivers(scenario, group, member)
            and not all(
                results.tells_change(scenario, member, self.day, horizon)
                for horizon in self._horizons(results, scenario, members)
            )
        }
        return given(self.filing_set, self.scenarios, sorted(by_drivers), self.day, self.law)

    def _inputs(self, group: str, scenario: d.Scenario | None = None) -> GroupInputs:
        return GroupInputs(
            group,
            self.day,
            self.members[group],
            self.given.results,
            self.given.drivers,
            self.given.guarantees.get(group, ()),
            self.given.lost_on_positions.get(scenario.name, {}) if scenario else {},
            self.memo.setdefault(group, {}),
        )

    def _strangers(self) -> None:
        """Companies that gave results for the date and are in no group then: it may be that they joined one later."""
        known = {entity for of_group in self.members.values() for entity in of_group}
        if self.group_id is None:
            for entity in sorted(self.given.results.companies(self.day) - known):
                self.rows.findings.append(
                    info(
                        "stress-not-a-member",
                        table="stress_results",
                        entity_id=entity,
                        period_end=self.day,
                        expected="a member of a group on the report date",
                        article="Rule 19 A3",
                    )
                )

    # --- the base --------------------------------------------------------------------------------------------------------

    def _bases(self) -> None:
        """The base at every horizon for which a member gave its own."""
        for group, state in self.states.items():
            for name in BASE_HORIZONS:
                scenario = d.Scenario(name=name, base=name, stages=(d.Stage(),))  # type: ignore[arg-type]
                for horizon in self._horizons_of(group, (name,)):
                    run = ScenarioOnGroup(self._inputs(group), scenario, horizon).run()
                    outcome = Outcome.of(run, state, (), (), with_second_round=False)
                    filed = state.statement
                    for line, stressed in outcome.base.statement.lines.items():
                        status = (
                            "partial" if run.gaps and stressed.amount is not None else stressed.status.value
                        )
                        self.rows.base.append(
                            (group, None, self.day, name, 1, horizon, BEFORE, line,
                             *_change(filed.amount(line), stressed.amount), status)
                        )  # fmt: skip
                    self.rows.statements[group, self.day, name, 1, horizon, BEFORE] = outcome.base.statement
        self._own_bases()

    def _own_bases(self) -> None:
        """The base that each company gave, beside what it filed for the report date."""
        filed = {
            e: m.filed for members in (*self.members.values(), self.outsiders) for e, m in members.items()
        }
        for (entity, day, name), rows in sorted(self.given.results.rows.items()):
            if day != self.day or name not in BASE_HORIZONS or entity not in filed:
                continue
            own = filed[entity]
            before = {} if own is None else dict(solvency_lines(own, self.law))
            for horizon, figures in sorted(rows.items()):
                for line, amount in solvency_lines(figures, self.law):
                    status = Status.COMPUTED if amount is not None else Status.NOT_COMPUTABLE
                    change = _change(before.get(line), amount)
                    self.rows.base.append(
                        (None, entity, day, name, 1, horizon, BEFORE, line, *change, status.value)
                    )

    def _horizons_of(self, group: str, names: Iterable[str]) -> list[date]:
        """The horizons for which a member of the group gave one of the scenarios of ``stress_results``."""
        return self.given.results.horizons(self.members[group], self.day, names)

    def _horizons(
        self, results: OwnResults, scenario: d.Scenario, members: Mapping[str, GroupMember]
    ) -> list[date]:
        """The horizons of the members' own results under the scenario, else the scenario's."""
        return results.horizons_under(scenario, members, self.day) or [horizon_of(self.day, scenario)]

    # --- scenarios -------------------------------------------------------------------------------------------------------

    def _scenario(
        self,
        scenario: d.Scenario,
        actions: Sequence[d.Action],
        *,
        with_second_round: bool,
        only_reached: bool,
    ) -> None:
        by_group: dict[str, list[Outcome]] = {}
        for group, state in self.states.items():
            runs = [
                ScenarioOnGroup(self._inputs(group, scenario), scenario, horizon).run()
                for horizon in self._horizons(self.given.results, scenario, self.members[group])
            ]
            reached = any(run.reached for run in runs)
            if only_reached and not reached:
                continue
            if not reached and (scenario.results or not any(e for r in runs for e in r.stages)):
                self.rows.findings.append(self._nobody(group, scenario))
            by_group[group] = [
                Outcome.of(run, state, actions, self.given.held_capital, with_second_round=with_second_round)
                for run in runs
            ]
            for run in runs:
                self.rows.findings += run.findings
        for number in range(max(map(len, by_group.values()), default=0)):
            at = [outcomes[number] for outcomes in by_group.values() if number < len(outcomes)]
            self._outcomes(scenario, actions, at)

    def _companies_alone(self, scenario: d.Scenario, *, only_reached: bool) -> None:
        """The figures of companies that gave results or drivers and are in no group on the report date."""
        members = self.outsiders
        if not members:
            return
        inputs = GroupInputs(
            "",
            self.day,
            members,
            self.given.results,
            self.given.drivers,
            (),
            {},
            self.memo.setdefault("", {}),
        )
        for horizon in self._horizons(self.given.results, scenario, members):
            run = ScenarioOnGroup(inputs, scenario, horizon).run()
            if only_reached and not run.reached:
                continue
            effects: list[MemberEffect] = []
            for stage, of_stage in enumerate(run.stages):
                effects += of_stage
                key = (self.day, scenario.name, stage + 1, horizon, BEFORE)
                for entity, (line, base, after, status) in member_rows(run, effects, self.law):
                    self.rows.lines.append((None, entity, *key, line, *_change(base, after), status))

    @cached_property
    def outsiders(self) -> dict[str, GroupMember]:
        """Companies in no group, each as the one member of nothing."""
        if self.group_id is not None:
            return {}
        inside = {entity for of_group in self.members.values() for entity in of_group}
        inside |= set(self.structure.members["entity_id"])
        given = self.given.results.companies(self.day) | set(self.given.drivers)
        return members_of_none(self.filing_set, sorted(given - inside), self.day)

    def _nobody(self, group: str, scenario: d.Scenario) -> Finding:
        return warning(
            "stress-nobody",
            group_id=group,
            period_end=self.day,
            value=scenario.name,
            expected="a member's result or drivers",
            article=ARTICLE,
        )

    def _outcomes(
        self, scenario: d.Scenario, actions: Sequence[d.Action], outcomes: Sequence[Outcome]
    ) -> None:
        """The rows of one scenario on several groups, each at one horizon."""
        for outcome in outcomes:
            self._changes_of(outcome)
        for stage in range(len(scenario.stages)):
            for when in (BEFORE, AFTER):
                at = [o for o in outcomes if when == BEFORE or o.has_actions(stage)]
                if not at:
                    continue
                shocks = self._shocks(scenario, stage, actions if when == AFTER else ())
                losses = {o.group_id: o.loss(stage, when) for o in at}
                called = {o.group_id: o.called(stage, when) for o in at}
                charges = self.remeasured.charges(losses, called, shocks)
                self._moves_of(at, stage, when, losses, called, shocks)
                for outcome in at:
                    after = outcome.after(stage, when, charges.get(outcome.group_id))
                    self._lines_of(outcome, after, stage, when)
                    if when == BEFORE:
                        self._attribution_of(outcome, after, stage)
                    if outcome.with_second_round:
                        self._clearing_of(outcome, stage, when)
                self._members_of(at, stage, when)

    def _moves_of(
        self,
        outcomes: Sequence[Outcome],
        stage: int,
        when: str,
        losses: Mapping[str, Decimal],
        called: Mapping[str, Collection[str]],
        shocks: tuple[PositionShock, ...],
    ) -> None:
        """Keep what the scenario moves in the tables, a set a horizon."""
        for horizon in {o.run.horizon for o in outcomes}:
            at = [o for o in outcomes if o.run.horizon == horizon]
            effects: dict[str, list[MemberEffect]] = {}
            capital = {}
            for outcome in at:
                of_group = [*outcome.run.base, *outcome.effects(stage, when)]
                capital[outcome.group_id] = change_of(of_group, outcome.members).tiers
                for entity in outcome.members.keys() - effects.keys():
                    effects[entity] = [e for e in of_group if e.entity_id == entity]
            groups = {o.group_id for o in at}
            key = (self.day, outcomes[0].run.scenario.name, stage + 1, horizon, when)
            self.rows.moves[key] = Moves(
                effects,
                capital,
                {g: loss for g, loss in losses.items() if g in groups},
                {g: ids for g, ids in called.items() if g in groups},
                shocks,
            )

    def _shocks(
        self, scenario: d.Scenario, stage: int, actions: Sequence[d.Action]
    ) -> tuple[PositionShock, ...]:
        """What happens to positions until the end of a stage."""
        stages = scenario.stages[: stage + 1]
        steps: list[d.ScenarioStep] = [shock for one in stages for shock in one.shocks]
        if actions or any(one.actions for one in stages):
            steps += [action for one in stages for action in one.actions]
            steps += actions
        found = (position_shock(step, self._holders(step), self.law) for step in steps)
        return tuple(shock for shock in found if shock is not None)

    def _holders(self, step: d.ScenarioStep) -> tuple[str, ...]:
        """The companies that a step hits; empty where it hits everybody."""
        if not (step.kinds or step.companies or step.groups):
            return ()
        rows = self.structure.companies.select("group_id", "entity_id", "kind").unique().iter_rows()
        return tuple(sorted({entity for group, entity, kind in rows if step.hits(group, entity, kind)})) or (
            "",
        )

    # --- rows ------------------------------------------------------------------------------------------------------------

    def _key(self, outcome: Outcome, stage: int) -> tuple[Any, ...]:
        return (self.day, outcome.run.scenario.name, stage + 1, outcome.run.horizon)

    def _lines_of(self, outcome: Outcome, after: GroupState, stage: int, when: str) -> None:
        key = self._key(outcome, stage)
        for line, base, stressed, status in outcome.group_rows(after):
            row = (outcome.group_id, None, *key, when, line, *_change(base, stressed), status)
            self.rows.lines.append(row)
        self.rows.statements[(outcome.group_id, *key, when)] = after.statement
        for tier in CAPITAL_TIER_LINES:
            amount = after.statement.amount(tier)
            if amount is not None and amount < 0 and not (outcome.base.statement.amount(tier) or amount) < 0:
                self.rows.findings.append(
                    warning(
                        "stress-tier-below-zero",
                        group_id=outcome.group_id,
                        period_end=self.day,
                        column=tier,
                        value=f"{amount:f}",
                        expected="zero or more",
                        article="Rule 1 A2, A41",
                        detail={"scenario": outcome.run.scenario.name},
                    )
                )

    def _members_of(self, outcomes: Sequence[Outcome], stage: int, when: str) -> None:
        """The members' own figures, each company once whatever groups it is in."""
        told: set[str] = set()
        for outcome in outcomes:
            key = self._key(outcome, stage)
            for entity, (line, base, stressed, status) in outcome.member_rows(stage, when):
                if entity not in told:
                    row = (None, entity, *key, when, line, *_change(base, stressed), status)
                    self.rows.lines.append(row)
            told |= set(outcome.members)

    def _attribution_of(self, outcome: Outcome, after: GroupState, stage: int) -> None:
        steps = [
            (effect.step, effect.entity_id, change_of([effect], outcome.members))
            for effect in outcome.effects(stage, BEFORE)
        ]
        key = self._key(outcome, stage)
        for row in attribution(outcome.base, steps, after.specific_line):
            self.rows.attribution.append((outcome.group_id, *key, *row))

    def _changes_of(self, outcome: Outcome) -> None:
        run = outcome.run
        parts = [(0, BEFORE, run.base)]
        parts += [(n + 1, BEFORE, effects) for n, effects in enumerate(run.stages)]
        parts += [(n + 1, AFTER, effects) for n, effects in enumerate(run.actions)]
        parts.append((len(run.stages), AFTER, list(outcome.beside)))
        for stage, when, effects in parts:
            for effect in effects:
                self.rows.changes.append(self._change_row(outcome, stage, when, effect))

    def _change_row(self, outcome: Outcome, stage: int, when: str, effect: MemberEffect) -> tuple[Any, ...]:
        one = Decimal(1)
        member = outcome.members.get(effect.entity_id)
        shares = (one, one) if member is None else (member.capital_share, member.requirement_share)
        tiers = (effect.tiers.get(tier) for tier in CAPITAL_TIER_LINES)
        amounts = [None if a is None else line_amount(a) for a in (*tiers, effect.actual, effect.requirement)]
        run = outcome.run
        who = None if effect.entity_id == GROUP_ITSELF else effect.entity_id
        return (
            outcome.group_id, self.day, run.scenario.name, stage, run.horizon, when, effect.step, who, *shares, *amounts,
        )  # fmt: skip

    def _clearing_of(self, outcome: Outcome, stage: int, when: str) -> None:
        found = outcome.second_round(stage, when)
        network, certificate = found.network, found.certificate
        for (debtor, creditor), owed in sorted(network.debts.items()):
            paid = certificate.paid(network, debtor, creditor)
            self.rows.clearing.append(
                (
                    outcome.group_id, *self._key(outcome, stage), when, debtor,
                    None if creditor == OUTSIDE else creditor,
                    _decimal(owed), _decimal(paid), str(paid), str(network.assets[debtor]),
                    certificate.ways_out.get(debtor),
                )
            )  # fmt: skip

    # --- the reverse test ------------------------------------------------------------------------------------------------

    def _reverse(self) -> None:
        for group, state in self.states.items():
            horizon = horizon_of(self.day, d.Scenario(name="base", stages=(d.Stage(),)))
            scenario = d.Scenario(name="base", base="base", stages=(d.Stage(),))
            run = ScenarioOnGroup(self._inputs(group), scenario, horizon).run()
            outcome = Outcome.of(run, state, (), (), with_second_round=False)
            drivers = {e: self.given.drivers[e].all for e in self.members[group] if e in self.given.drivers}
            for row in reverse_rows(outcome, drivers, self.remeasured, self.law):
                self.rows.reverse.append((group, self.day, horizon, *row))


def _decimal(value: Any) -> Decimal:
    return line_amount(Decimal(value.numerator) / Decimal(value.denominator))


def _change(
    base: Decimal | None, stressed: Decimal | None
) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    change = None if base is None or stressed is None else less(stressed, base)
    return base, stressed, change


def _not_in_force(day: date, reason: str) -> Finding:
    return warning(
        "stress-no-rule-in-force",
        table="stress_results",
        period_end=day,
        value=day.isoformat(),
        expected=reason,
        article="Rule 10",
    )
