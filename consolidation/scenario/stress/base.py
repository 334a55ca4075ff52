"""The base at every horizon for which a member gave its own, beside the report date's."""

from __future__ import annotations

from consolidation.provenance import Status
from consolidation.scenario import definition as d
from consolidation.scenario.members.effects import ScenarioOnGroup
from consolidation.scenario.outcome import BEFORE, Outcome, solvency_lines
from consolidation.scenario.stress.report_date import ReportDate
from consolidation.scenario.stress.result import StressRows
from consolidation.scenario.stress.rows import with_change

BASE_HORIZONS = ("base", "quarter_base")


def base_rows(at: ReportDate, rows: StressRows) -> None:
    """The base at every horizon for which a member gave its own."""
    for group, state in at.states.items():
        for name in BASE_HORIZONS:
            scenario = d.Scenario(name=name, base=name, stages=(d.Stage(),))  # type: ignore[arg-type]
            for horizon in at.horizons_of(group, (name,)):
                run = ScenarioOnGroup(at.inputs(group), scenario, horizon).run()
                outcome = Outcome.of(run, state, (), with_second_round=False)
                filed = state.statement
                for line, stressed in outcome.base.statement.lines.items():
                    status = "partial" if run.gaps and stressed.amount is not None else stressed.status.value
                    rows.base.append(
                        (group, None, at.day, name, 1, horizon, BEFORE, line,
                         *with_change(filed.amount(line), stressed.amount), status)
                    )  # fmt: skip
                rows.statements[group, at.day, name, 1, horizon, BEFORE] = outcome.base.statement
    _own_bases(at, rows)


def _own_bases(at: ReportDate, rows: StressRows) -> None:
    """The base that each company gave, beside what it filed for the report date."""
    filed = {e: m.filed for members in (*at.members.values(), at.outsiders) for e, m in members.items()}
    for (entity, day, name), by_horizon in sorted(at.given.results.rows.items()):
        if day != at.day or name not in BASE_HORIZONS or entity not in filed:
            continue
        own = filed[entity]
        before = {} if own is None else dict(solvency_lines(own, at.law))
        for horizon, figures in sorted(by_horizon.items()):
            for line, amount in solvency_lines(figures, at.law):
                status = Status.COMPUTED if amount is not None else Status.NOT_COMPUTABLE
                change = with_change(before.get(line), amount)
                rows.base.append((None, entity, day, name, 1, horizon, BEFORE, line, *change, status.value))
