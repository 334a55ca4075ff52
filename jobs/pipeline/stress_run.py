"""One stress test of a filing set: compute, and write the output folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from consolidation.cell_text.spreadsheet_text import for_csv
from consolidation.filing_set import FilingSet
from consolidation.filing_set.schemas.member_filings import SoloFilings
from consolidation.findings import Finding, listing
from consolidation.positions import SumsCache
from consolidation.progress import Progress
from consolidation.rulebook import Rulebook, RulesInForce
from consolidation.scenario.definition import Action, Scenario
from consolidation.scenario.reading import GROUP_SCENARIOS, group_scenario, read_scenarios
from consolidation.scenario.schemas import StressLines
from consolidation.scenario.stress import StressTest, report_dates, stress
from jobs.pipeline.error_scope import errors_concerning
from jobs.pipeline.files.disk_faults import added_files
from jobs.usage import UsageError
from monitoring.access.system_account import system_account
from monitoring.store.recording import provenance

if TYPE_CHECKING:
    from jobs.pipeline.scan_inputs import ScanInputs


@dataclass(frozen=True, slots=True)
class FinishedStressTest:
    """What a stress test did: the set, the results, how many workbooks were written, its number in the store."""

    filing_set: FilingSet
    result: StressTest
    errors: Sequence[Finding]
    workbooks: int
    number: int | None = None

    def has_errors(self) -> bool:
        """Whether a group was stopped, or an error concerns what was asked for."""
        return bool(self.result.blocked or self.errors)


def scenarios_named(names: Sequence[str], law: RulesInForce) -> list[Scenario] | None:
    """The scenarios that were asked for, by name or in a file; None where none was.

    :raises UnusableScenario: where there is no such scenario or a file cannot be used.
    :raises UsageError: where a name is given twice.
    """
    if not names:
        return None
    found: list[Scenario] = []
    for name in names:
        if name in GROUP_SCENARIOS:
            found.append(group_scenario(name, law))
        elif Path(name).suffix in (".yaml", ".yml") or Path(name).exists():
            found += read_scenarios(Path(name))
        else:
            group_scenario(name, law)
    twice = sorted({s.name for s in found if [o.name for o in found].count(s.name) > 1})
    if twice:
        raise UsageError.says("usage.scenario-twice", names=", ".join(twice))
    return found


def day_of_law(filing_set: FilingSet, report_date: date | None) -> date:
    """The day whose rulebook entries name the scenarios: the report date, else the latest of the set."""
    days = report_dates(filing_set)
    filed = filing_set.table(SoloFilings)["period_end"]
    latest = days[-1] if days else filed.max()
    if report_date is None and latest is None:
        raise UsageError.says("usage.no-report-date")
    assert report_date is not None or isinstance(latest, date)
    return report_date or latest  # type: ignore[return-value]


def run_stress(
    filing_set: FilingSet,
    out: Path,
    rulebook: Rulebook,
    names: Sequence[str],
    *,
    group_id: str | None,
    report_date: date | None,
    actions: Sequence[Action],
    with_second_round: bool,
    progress: Progress,
    started_at: datetime,
    arguments: Mapping[str, Any],
    record: Callable[[StressTest, Mapping[str, Any]], int] | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    cache: Path | None = None,
) -> FinishedStressTest:
    """Stress the set into ``out``: stress.csv, stress_attribution.csv, stress_reverse.csv, findings.csv, and workbooks.

    :param record: writes the test to the store and gives its number; None keeps no store.
    :param cache: the folder that remembers what positions came to; None remembers nothing.
    :raises UnusableScenario: where a scenario cannot be used.
    :raises UsageError: where there is no date to test.
    :raises consolidation.structure.scope.UnknownGroup: where the set does not know the group.
    :raises consolidation.positions.EngineFault: where the positions cannot be read to their end.
    """
    day = day_of_law(filing_set, report_date)
    scenarios = scenarios_named(names, rulebook.on(day))
    if report_date is None and scenarios is not None and not report_dates(filing_set):
        report_date = day
    result = stress(
        filing_set,
        rulebook,
        scenarios,
        group_id=group_id,
        report_date=report_date,
        actions=actions,
        with_second_round=with_second_round,
        workers=workers,
        scheduler=scheduler,
        cache=SumsCache.of(cache, started_at.timestamp(), filing_set.inputs) if cache else None,
        progress=progress,
    )
    made = provenance(filing_set, rulebook, who=system_account(), started_at=started_at, arguments=arguments)
    with added_files(out) as draft:
        write_tables(result, draft)
        with progress.steps("workbooks", len(result.members)) as done:
            workbooks = write_workbooks(result, draft, rulebook, done)
        with progress.step("store"):
            number = record(result, made) if record else None
    errors = errors_concerning(filing_set, result.findings, group_id)
    return FinishedStressTest(filing_set, result, errors, workbooks, number)


def write_workbooks(result: StressTest, folder: Path, rulebook: Rulebook, done: Callable[[], None]) -> int:
    """One workbook a group and report date with the columns of form 2.3; ``done`` after each.

    :returns: how many were written.
    """
    from consolidation.annex10 import workbook_name
    from consolidation.scenario.workbook import columns_of, write_workbook

    groups = {group for group, _ in result.members}
    for (group, day), members in result.members.items():
        law = rulebook.on(day)
        columns = columns_of(result.lines, result.base, group, day, members, result.results, law)
        write_workbook(
            folder / f"stress_{workbook_name(group, day, groups)}", group, day, columns, members, law
        )
        done()
    return len(result.members)


def write_tables(result: StressTest, folder: Path) -> None:
    """The frames of a stress test as CSV."""
    for name, frame in (
        ("stress", result.lines),
        ("stress_base", result.base),
        ("stress_attribution", result.attribution),
        ("stress_reverse", result.reverse),
        ("stress_changes", result.changes),
        ("stress_clearing", result.clearing),
    ):
        for_csv(frame).write_csv(folder / f"{name}.csv")
    for_csv(listing(result.findings)).write_csv(folder / "findings.csv")


def with_stress(
    scan_inputs: ScanInputs,
    filing_set: FilingSet,
    rulebook: Rulebook,
    progress: Progress,
    workers: int | None = None,
) -> ScanInputs:
    """What flags look at, with the group scenarios of every report date for which a member gave something.

    :raises consolidation.positions.EngineFault: where the positions cannot be read to their end.
    """
    if not report_dates(filing_set):
        return scan_inputs
    test = stress(filing_set, rulebook, workers=workers, progress=progress)
    lines = StressLines.typed(pl.concat([test.base, test.lines]))
    return replace(scan_inputs, flag_inputs=replace(scan_inputs.flag_inputs, stress_lines=lines))
