"""What all scenarios of one report date share: the statements as filed, the members, and what they gave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from consolidation.consolidate import Consolidation, statements_of
from consolidation.filing_set import FilingSet
from consolidation.filing_set.position_shocks import PositionShock
from consolidation.positions.charges import Execution, charges_on, positions_under
from consolidation.progress import Progress
from consolidation.rulebook import Rulebook, RulesInForce
from consolidation.scenario import definition as d
from consolidation.scenario.group_state import GroupState, capital_sheets
from consolidation.scenario.members.dealings import BetweenMembers
from consolidation.scenario.members.effects import GroupInputs, needs_drivers
from consolidation.scenario.members.given import Given, given, position_shock
from consolidation.scenario.members.member import GroupMember, members_by_group, members_of_none
from consolidation.scenario.members.own_results import OwnResults
from consolidation.scenario.outcome import AFTER, BEFORE, horizon_of
from consolidation.scenario.remeasured import READ_TOGETHER, Remeasured
from consolidation.structure.scope import Scope, Structure, structure_of


@dataclass
class ReportDate:
    """One report date. ``states``: by group, those without error."""

    filing_set: FilingSet
    rulebook: Rulebook
    law: RulesInForce
    day: date
    group_id: str | None
    scenarios: tuple[d.Scenario, ...]
    consolidation: Consolidation
    structure: Structure
    states: Mapping[str, GroupState]
    remeasured: Remeasured
    memo: dict[str, dict[Any, Any]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        filing_set: FilingSet,
        rulebook: Rulebook,
        day: date,
        group_id: str | None,
        scenarios: Sequence[d.Scenario],
        actions: Sequence[d.Action],
        how: Execution,
    ) -> ReportDate:
        """Consolidate the filings of the report date.

        :param actions: management actions beside those of the scenarios.
        """
        law = rulebook.on(day)
        with (how.get("progress") or Progress()).step("structure"):
            structure = structure_of(filing_set, rulebook, Scope(group_id, day))
        expected = _expected_shocks(scenarios, actions, structure, law) if filing_set.exposures else []
        together = ((), *expected[: READ_TOGETHER - 1])
        positions = dict(
            zip(together, positions_under(filing_set, structure, rulebook, together, **how), strict=True)
        )
        specific = charges_on(filing_set, structure, rulebook, positions[()])
        result = statements_of(filing_set, rulebook, structure, specific)
        remeasured = Remeasured(
            filing_set, structure, rulebook, day, specific.charges, positions, expected, how
        )
        sheets = capital_sheets(filing_set.tables["group_capital"])
        states = {
            group: GroupState.of(parts, law, sheets.get((group, day), {}))
            for (group, day), parts in result.parts.items()
        }
        return cls(
            filing_set, rulebook, law, day, group_id, tuple(scenarios), result, structure, states, remeasured
        )

    @cached_property
    def members(self) -> dict[str, dict[str, GroupMember]]:
        """By group its members."""
        contributions = self.consolidation.contributions
        found = members_by_group(self.filing_set, self.structure, self.rulebook, contributions)
        return {group: members for (group, _), members in found.items() if group in self.states}

    @cached_property
    def given(self) -> Given:
        """What the members gave, and what the shocks need to be known."""
        results = OwnResults.of(self.filing_set.tables["stress_results"])
        by_drivers = {
            entity
            for scenario in self.scenarios
            for group, members in self.members.items()
            for entity, member in members.items()
            if needs_drivers(scenario, group, member)
            and not all(
                results.tells_change(scenario, member, self.day, horizon)
                for horizon in self.horizons(scenario, members, results)
            )
        }
        none_set_aside = not self.remeasured.positions[()].sums.findings
        return given(self.filing_set, self.scenarios, sorted(by_drivers), self.day, self.law, none_set_aside)

    def inputs(self, group: str, scenario: d.Scenario | None = None) -> GroupInputs:
        """What the shocks of a scenario act on in one group."""
        return GroupInputs(
            group,
            self.day,
            self.members[group],
            self.given.results,
            self.given.drivers,
            self.given.guarantees.get(group, ()),
            self.given.lost_on_positions.get(scenario.name, {}) if scenario else {},
            self.memo.setdefault(group, {}),
            self._between_members.get(group, ()),
            self.law.number("solo.tolerance_absolute"),
        )

    @cached_property
    def _between_members(self) -> dict[str, tuple[BetweenMembers, ...]]:
        """By group what its capital lost because of something between two members."""
        rows = self.consolidation.eliminations.filter(period_end=self.day)
        return {str(group): BetweenMembers.of(own) for (group,), own in rows.group_by("group_id")}

    @cached_property
    def outsiders(self) -> dict[str, GroupMember]:
        """Companies in no group, each as the one member of nothing."""
        if self.group_id is not None:
            return {}
        inside = {entity for of_group in self.members.values() for entity in of_group}
        inside |= set(self.structure.members["entity_id"])
        given = self.given.results.companies(self.day) | set(self.given.drivers)
        return members_of_none(self.filing_set, sorted(given - inside), self.day)

    def inputs_of_outsiders(self) -> GroupInputs:
        """What shocks act on in the companies that are in no group."""
        results, drivers = self.given.results, self.given.drivers
        return GroupInputs(
            "", self.day, self.outsiders, results, drivers, (), {}, self.memo.setdefault("", {})
        )

    def horizons_of(self, group: str, names: Iterable[str]) -> list[date]:
        """The horizons for which a member of the group gave one of the scenarios of ``stress_results``."""
        return self.given.results.horizons(self.members[group], self.day, names)

    def horizons(
        self, scenario: d.Scenario, members: Mapping[str, GroupMember], results: OwnResults | None = None
    ) -> list[date]:
        """The horizons of the members' own results under the scenario, else the scenario's."""
        own = results or self.given.results
        return own.horizons_under(scenario, members, self.day) or [horizon_of(self.day, scenario)]

    def position_shocks(
        self, scenario: d.Scenario, stage: int, when: str, beside: Sequence[d.Action]
    ) -> tuple[PositionShock, ...]:
        """What happens to positions until the end of a stage, before or after management actions."""
        return _position_shocks(scenario, stage, when, beside, self.structure, self.law)


def _position_shocks(
    scenario: d.Scenario,
    stage: int,
    when: str,
    beside: Sequence[d.Action],
    structure: Structure,
    law: RulesInForce,
) -> tuple[PositionShock, ...]:
    stages = scenario.stages[: stage + 1]
    steps: list[d.ScenarioStep] = [shock for one in stages for shock in one.shocks]
    if when == AFTER:
        steps += [action for one in stages for action in one.actions]
        steps += beside
    found = (position_shock(step, _holders(step, structure), law) for step in steps)
    return tuple(shock for shock in found if shock is not None)


def _holders(step: d.ScenarioStep, structure: Structure) -> tuple[str, ...]:
    """The companies that a step hits; empty where it hits everybody."""
    if not (step.kinds or step.companies or step.groups):
        return ()
    rows = structure.companies.select("group_id", "entity_id", "kind").unique().iter_rows()
    return tuple(sorted({entity for group, entity, kind in rows if step.hits(group, entity, kind)})) or ("",)


def _expected_shocks(
    scenarios: Iterable[d.Scenario], actions: Sequence[d.Action], structure: Structure, law: RulesInForce
) -> list[tuple[PositionShock, ...]]:
    """The different shocks that the stages of all scenarios have for positions, in the order in which they are asked for."""
    found = (
        _position_shocks(scenario, stage, when, actions, structure, law)
        for scenario in scenarios
        for stage in range(len(scenario.stages))
        for when in (BEFORE, AFTER)
    )
    return [shocks for shocks in dict.fromkeys(found) if shocks]
