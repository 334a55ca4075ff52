"""One scenario on every group of a report date, and on the companies that are in none."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from consolidation.filing_set.position_shocks import PositionShock
from consolidation.findings import Finding, warning
from consolidation.scenario import definition as d
from consolidation.scenario.members.drivers import is_by_drivers
from consolidation.scenario.members.effects import ScenarioOnGroup
from consolidation.scenario.members.member import MemberEffect, change_of
from consolidation.scenario.members.own_results import ARTICLE
from consolidation.scenario.outcome import AFTER, BEFORE, Outcome, member_rows
from consolidation.scenario.stress import rows as row
from consolidation.scenario.stress.report_date import ReportDate
from consolidation.scenario.stress.result import StressRows
from consolidation.scenario.stressed_set import Moves


@dataclass(frozen=True)
class ScenarioRun:
    """A scenario on a report date; its rows are added to ``rows``.

    ``actions``: management actions beside those of the scenario; ``only_reached``: leave out groups for which nothing was given.
    """

    at: ReportDate
    rows: StressRows
    scenario: d.Scenario
    actions: Sequence[d.Action]
    with_second_round: bool
    only_reached: bool

    def run(self) -> None:
        """The outcomes of all groups, then the companies that are in none."""
        self._names_unknown()
        self._groups()
        self._companies_alone()

    def _names_unknown(self) -> None:
        """What the scenario names and nobody bears: companies and groups, and what no position is held against."""
        lost = self.at.given.lost_on_positions.get(self.scenario.name, {})
        known = {entity for members in self.at.members.values() for entity in members}
        known |= set(self.at.outsiders) | set(self.at.states)
        steps = [step for stage in self.scenario.stages for step in (*stage.shocks, *stage.actions)]
        for step in (*steps, *self.actions):
            for name in (*step.companies, *step.groups):
                if name not in known:
                    self.rows.findings.append(self._unknown(step, name))
            if isinstance(step, d.AssetFall | d.Default) and not any(lost.get(step.name, {}).values()):
                self.rows.findings.append(self._no_position(step))

    def _unknown(self, step: d.ScenarioStep, name: str) -> Finding:
        return warning(
            "stress-name-unknown",
            period_end=self.at.day,
            value=name,
            expected="entity_id of a member on the report date, group_id",
            article=ARTICLE,
            detail={"scenario": self.scenario.name, "step": step.name},
        )

    def _no_position(self, shock: d.AssetFall | d.Default) -> Finding:
        if isinstance(shock, d.Default):
            named: tuple[str, ...] = (shock.counterparty,)
        else:
            named = (*shock.asset_classes, *shock.sectors, *shock.counterparties)
        return warning(
            "stress-no-position",
            table="exposures",
            period_end=self.at.day,
            value=", ".join(named) or shock.name,
            expected="counterparty_id, sector_scheme/sector, asset_class",
            article=ARTICLE,
            detail={"scenario": self.scenario.name, "step": shock.name},
        )

    def _groups(self) -> None:
        by_group: dict[str, list[Outcome]] = {}
        for group, state in self.at.states.items():
            runs = [
                ScenarioOnGroup(
                    self.at.inputs(group, self.scenario), self.scenario, horizon, self.actions
                ).run()
                for horizon in self.at.horizons(self.scenario, self.at.members[group])
            ]
            reached = any(run.reached for run in runs)
            if self.only_reached and not reached:
                continue
            if not reached and (self.scenario.results or self._waits_for_drivers(runs)):
                self.rows.findings.append(self._nobody(group))
            by_group[group] = [
                Outcome.of(
                    run,
                    state,
                    self.at.given.held_capital,
                    with_second_round=self.with_second_round,
                )
                for run in runs
            ]
            for run in runs:
                self.rows.findings += run.findings
        for number in range(max(map(len, by_group.values()), default=0)):
            at = [outcomes[number] for outcomes in by_group.values() if number < len(outcomes)]
            self._outcomes(at)

    def _waits_for_drivers(self, runs: Sequence[ScenarioOnGroup]) -> bool:
        """Whether all that the scenario does is by drivers, and nothing has come of it."""
        shocks = [shock for stage in self.scenario.stages for shock in stage.shocks]
        return all(map(is_by_drivers, shocks)) and not any(e for run in runs for e in run.before.shocks)

    def _companies_alone(self) -> None:
        """The figures of companies that gave results or drivers and are in no group on the report date."""
        if not self.at.outsiders:
            return
        inputs = self.at.inputs_of_outsiders()
        for horizon in self.at.horizons(self.scenario, inputs.members):
            run = ScenarioOnGroup(inputs, self.scenario, horizon).run()
            if self.only_reached and not run.reached:
                continue
            effects: list[MemberEffect] = []
            for stage, of_stage in enumerate(run.before.shocks):
                effects += of_stage
                key = (self.at.day, self.scenario.name, stage + 1, horizon, BEFORE)
                for entity, (line, base, after, status) in member_rows(run, effects, self.at.law):
                    self.rows.lines.append((None, entity, *key, line, *row.with_change(base, after), status))

    def _nobody(self, group: str) -> Finding:
        return warning(
            "stress-nobody",
            group_id=group,
            period_end=self.at.day,
            value=self.scenario.name,
            expected="a member's result or drivers",
            article=ARTICLE,
            detail={"scenario": self.scenario.name},
        )

    def _outcomes(self, outcomes: Sequence[Outcome]) -> None:
        """The rows of one scenario on several groups, each at one horizon."""
        for outcome in outcomes:
            row.add_changes(self.rows, outcome)
        for stage in range(len(self.scenario.stages)):
            for when in (BEFORE, AFTER):
                at = [o for o in outcomes if when == BEFORE or o.has_actions(stage)]
                if not at:
                    continue
                shocks = self.at.position_shocks(self.scenario, stage, when, self.actions)
                losses = {o.group_id: o.loss(stage, when) for o in at}
                called = {o.group_id: o.called(stage, when) for o in at}
                charges = self.at.remeasured.charges(losses, called, shocks)
                self._moves_of(at, stage, when, losses, called, shocks)
                for outcome in at:
                    after = outcome.after(stage, when, charges.get(outcome.group_id))
                    row.add_lines(self.rows, outcome, after, stage, when)
                    if when == BEFORE:
                        row.add_attribution(self.rows, outcome, after, stage)
                    if outcome.with_second_round:
                        row.add_clearing(self.rows, outcome, stage, when)
                row.add_members(self.rows, at, stage, when)

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
            key = (self.at.day, outcomes[0].run.scenario.name, stage + 1, horizon, when)
            self.rows.moves[key] = Moves(
                effects,
                capital,
                {g: loss for g, loss in losses.items() if g in groups},
                {g: ids for g, ids in called.items() if g in groups},
                shocks,
            )
