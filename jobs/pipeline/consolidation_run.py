"""One consolidation run, end to end: read the set, compute, write the folder, remember it in the store."""

from __future__ import annotations

import getpass
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from consolidation.consolidate import Computed, compute
from consolidation.filing_set import FilingSet
from consolidation.findings import Finding, Severity
from consolidation.progress import Progress
from consolidation.rulebook import Rulebook
from consolidation.statements import Consolidation, Scope
from jobs.pipeline import outputs
from jobs.pipeline.error_scope import errors_concerning
from jobs.pipeline.reading import usable_set
from jobs.usage import UsageError


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run did: its record, the set it read, what it computed, and where it is remembered."""

    record: Mapping[str, Any]
    scope: Scope
    filing_set: FilingSet
    rulebook: Rulebook
    computed: Computed
    workbooks: int
    run_id: str | None

    @property
    def result(self) -> Consolidation:
        return self.computed.result

    @property
    def recomputation(self) -> pl.DataFrame:
        return self.computed.recomputation

    @property
    def errors(self) -> list[Finding]:
        """The errors that concern what was asked for; a run of one group is not at fault for another's."""
        return errors_concerning(self.filing_set, self.result.findings, self.scope.group_id)

    @property
    def errors_elsewhere(self) -> int:
        """How many errors are certainly other groups'."""
        return sum(f.severity is Severity.ERROR for f in self.result.findings) - len(self.errors)

    def has_errors(self) -> bool:
        """Whether a group and period was stopped, or an error concerns what was asked for."""
        return bool(self.result.blocked or self.errors)


def record_of(
    filing_set: FilingSet,
    rulebook: Rulebook,
    arguments: Mapping[str, Any],
    started: datetime,
    result: Consolidation,
) -> dict[str, Any]:
    """What is kept of a run: who, when, from which data, by which rules, with which program."""
    return {
        "started_at": started.isoformat(),
        "finished_at": datetime.now(UTC).isoformat(),
        "who": getpass.getuser(),
        "source": filing_set.source,
        "engine_version": version("rule19"),
        "rulebook_hash": rulebook.hash,
        "rulebook_overlay": rulebook.differences(Rulebook.load()) or None,
        "data_hash": filing_set.data_hash(),
        "arguments": dict(arguments),
        "inputs": [
            {"path": i.path, "table": i.table, "sha256": i.sha256, "size": i.size, "rows": i.rows}
            for i in filing_set.inputs
        ],
        "statements": len(result.statements),
        "findings": len(result.findings),
        "blocked": [{"group_id": g, "period_end": p.isoformat()} for g, p in result.blocked],
    }


def check_period(filing_set: FilingSet, asked: date | None) -> None:
    """A period for which nobody filed has no statement: most often a mistyped date."""
    filed = {
        day for name in ("solo_filings", "sector_filings") for day in filing_set.tables[name]["period_end"]
    }
    if asked is not None and asked not in filed:
        there = ", ".join(map(str, sorted(filed))) or "none"
        raise UsageError(f"--period {asked}: nobody filed for it; the periods of the set are {there}")


def run(
    location: str,
    out: Path,
    *,
    scope: Scope,
    rulebook: Rulebook,
    encoding: str,
    arguments: Mapping[str, Any],
    remember: Callable[[RunResult], str] | None,
    progress: Progress,
    workers: int | None = None,
    scheduler: str | None = None,
) -> RunResult:
    """Consolidate the set at ``location`` into ``out``.

    :param remember: writes the run to the store and gives its id; None keeps no store.
    :param workers: processes for the positions, or ``scheduler``: a Dask cluster's address (:mod:`consolidation.positions.executor`).
    :raises consolidation.filing_set.UnusableSet: where there is no set, or none of its tables can be read.
    :raises UsageError: where nobody filed for the one period that is asked for.
    :raises consolidation.positions.EngineFault: where the positions cannot be read to their end.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    with progress.step("read"):
        filing_set = usable_set(location, encoding)
    check_period(filing_set, scope.period_end)
    computed = compute(filing_set, rulebook, scope, workers=workers, scheduler=scheduler, progress=progress)
    result = computed.result
    record = record_of(filing_set, rulebook, arguments, started, result)
    with outputs.output_folder(out) as draft:
        outputs.write_tables(result, draft)
        outputs.write_specific(computed.specific, draft)
        with progress.steps("workbooks", len(result.statements)) as done:
            count = outputs.write_workbooks(result, draft, rulebook, done)
        finished = RunResult(record, scope, filing_set, rulebook, computed, count, None)
        with progress.step("store"):
            run_id = remember(finished) if remember else None
        outputs.write_run(
            draft, {**record, "run_id": run_id, "seconds": round(time.perf_counter() - clock, 3)}
        )
    return replace(finished, run_id=run_id)
