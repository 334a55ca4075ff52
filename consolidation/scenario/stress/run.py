"""The whole stress test: report dates, their base, their scenarios and the reverse test."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from consolidation.filing_set import FilingSet
from consolidation.findings import Finding, info, warning
from consolidation.positions import SumsCache
from consolidation.positions.charges import Execution
from consolidation.progress import Progress
from consolidation.rulebook import NotInForce, Rulebook
from consolidation.scenario import definition as d
from consolidation.scenario.members.contradictions import contradictions
from consolidation.scenario.members.effects import ScenarioOnGroup
from consolidation.scenario.members.own_results import ARTICLE, OwnResults
from consolidation.scenario.outcome import Outcome, horizon_of
from consolidation.scenario.reading import group_scenarios
from consolidation.scenario.reverse import reverse_rows
from consolidation.scenario.stress.base import base_rows
from consolidation.scenario.stress.report_date import ReportDate
from consolidation.scenario.stress.result import StressRows, StressTest
from consolidation.scenario.stress.scenario_run import ScenarioRun


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
    rows = StressRows()
    how = Execution(workers=workers, scheduler=scheduler, cache=cache, progress=seen)
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
        rows.descriptions |= {scenario.name: scenario.description for scenario in chosen}
        at = ReportDate.of(filing_set, rulebook, day, group_id, chosen, actions, how)
        _test(at, rows, seen, actions, with_second_round=with_second_round, only_reached=scenarios is None)
    return rows.result(OwnResults.of(filing_set.tables["stress_results"]))


def report_dates(filing_set: FilingSet) -> list[date]:
    """The dates for which a member gave a result or drivers."""
    tables = filing_set.tables
    days = {*tables["stress_results"]["report_date"], *tables["stress_drivers"]["period_end"]}
    return sorted(days)


def _test(
    at: ReportDate,
    rows: StressRows,
    progress: Progress,
    actions: Sequence[d.Action],
    *,
    with_second_round: bool,
    only_reached: bool,
) -> None:
    """The test of one report date."""
    rows.findings += at.consolidation.findings
    rows.blocked += at.consolidation.blocked
    rows.consolidations[at.day] = at.consolidation
    rows.members |= {(group, at.day): members for group, members in at.members.items()}
    _strangers(at, rows)
    rows.findings += contradictions(at.filing_set, at.day, at.law)
    base_rows(at, rows)
    with progress.steps("scenarios", len(at.scenarios)) as done:
        for scenario in at.scenarios:
            ScenarioRun(at, rows, scenario, actions, with_second_round, only_reached).run()
            done()
    if only_reached:
        _reverse(at, rows)


def _strangers(at: ReportDate, rows: StressRows) -> None:
    """Companies that gave results for the date and are in no group then: it may be that they joined one later."""
    known = {entity for of_group in at.members.values() for entity in of_group}
    if at.group_id is None:
        for entity in sorted(at.given.results.companies(at.day) - known):
            rows.findings.append(
                info(
                    "stress-not-a-member",
                    table="stress_results",
                    entity_id=entity,
                    period_end=at.day,
                    expected="a member of a group on the report date",
                    article="Rule 19 A3",
                )
            )


def _reverse(at: ReportDate, rows: StressRows) -> None:
    for group, state in at.states.items():
        horizon = horizon_of(at.day, d.Scenario(name="base", stages=(d.Stage(),)))
        scenario = d.Scenario(name="base", base="base", stages=(d.Stage(),))
        run = ScenarioOnGroup(at.inputs(group), scenario, horizon).run()
        outcome = Outcome.of(run, state, (), with_second_round=False)
        drivers = {e: at.given.drivers[e].all for e in at.members[group] if e in at.given.drivers}
        for row in reverse_rows(outcome, drivers, at.remeasured, at.law):
            rows.reverse.append((group, at.day, horizon, *row))


def _not_in_force(day: date, reason: str) -> Finding:
    return warning(
        "stress-no-rule-in-force",
        table="stress_results",
        period_end=day,
        value=day.isoformat(),
        expected=reason,
        article="Rule 10",
    )
