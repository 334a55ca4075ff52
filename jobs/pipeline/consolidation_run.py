"""One consolidation run of a filing set: compute, write the output folder, record it in the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from consolidation.consolidate import Consolidation, consolidate
from consolidation.filing_set import FilingSet
from consolidation.findings import Finding, Severity
from consolidation.positions import SumsCache
from consolidation.progress import Progress
from consolidation.rulebook import Rulebook
from consolidation.sentence import in_words
from consolidation.structure.scope import Scope
from jobs.pipeline.error_scope import errors_concerning
from jobs.pipeline.files import outputs
from jobs.pipeline.files.run_folder import DraftFolder, draft_of
from jobs.pipeline.reading import check_period
from jobs.usage import UsageError
from monitoring.access.system_account import system_account
from monitoring.store.recording import provenance, run_record
from monitoring.store.store import RunRecord


class FolderNotWritten(UsageError):
    """The run is recorded in the store, but its folder could not be put in its place; the text says so for a person."""

    def __init__(self, run_id: str, folder: Path, problem: OSError) -> None:
        told = {"run": run_id, "folder": str(folder), "reason": problem.strerror or str(problem)}
        super().__init__(in_words("fault.folder-not-written", **told))


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run did: the set, what was computed, what ``run.json`` says of it, and its number in the store, if it has one."""

    filing_set: FilingSet
    result: Consolidation
    record: Mapping[str, Any]
    workbooks: int
    run_id: str | None

    @property
    def errors(self) -> list[Finding]:
        """The errors that concern what was asked for; a run of one group is not at fault for another's."""
        return errors_concerning(self.filing_set, self.result.findings, self.result.scope.group_id)

    @property
    def errors_elsewhere(self) -> int:
        """How many errors are certainly other groups'."""
        return sum(f.severity is Severity.ERROR for f in self.result.findings) - len(self.errors)

    def has_errors(self) -> bool:
        """Whether a group and period was stopped, or an error concerns what was asked for."""
        return bool(self.result.blocked or self.errors)


def run(
    filing_set: FilingSet,
    out: Path,
    *,
    scope: Scope,
    rulebook: Rulebook,
    started_at: datetime,
    arguments: Mapping[str, Any],
    record: Callable[[RunRecord], int] | None,
    progress: Progress,
    workers: int | None = None,
    scheduler: str | None = None,
    cache: Path | None = None,
) -> RunResult:
    """Consolidate the set into ``out``.

    :param record: writes the run to the store and gives its number; None keeps no store.
    :param workers: processes for the positions, or ``scheduler``: a Dask cluster's address (:mod:`consolidation.positions.execution.executor`).
    :param cache: the folder that remembers what positions came to; None remembers nothing.
    :raises UsageError: where nobody filed for the one period that is asked for.
    :raises consolidation.structure.scope.UnknownGroup: where the scope names a group that the set does not know.
    :raises consolidation.positions.EngineFault: where the positions cannot be read to their end.
    :raises FolderNotWritten: where the run was recorded and its folder could not be written.
    """
    check_period(filing_set, scope.period_end)
    result = consolidate(
        filing_set,
        rulebook,
        scope,
        workers=workers,
        scheduler=scheduler,
        cache=SumsCache.of(cache, started_at.timestamp(), filing_set.inputs) if cache else None,
        progress=progress,
    )
    made = provenance(filing_set, rulebook, who=system_account(), started_at=started_at, arguments=arguments)
    with draft_of(out) as draft:
        outputs.write_tables(result, draft.path)
        with progress.steps("workbooks", len(result.statements)) as done:
            workbooks = outputs.write_workbooks(result, draft.path, rulebook, done)
        finished = RunResult(filing_set, result, _summary(filing_set, result, made), workbooks, None)
        to_record = run_record(filing_set, result, rulebook, made) if record else None
        with draft.alone():
            with progress.step("store"):
                number = record(to_record) if record and to_record else None
            finished = replace(finished, run_id=None if number is None else str(number))
            _put_in_place(draft, finished, started_at)
    return finished


def _put_in_place(draft: DraftFolder, finished: RunResult, started_at: datetime) -> None:
    """The last step. The run is in the store by now, if it keeps one: whatever fails from here on must not deny it."""
    seconds = round((datetime.now(UTC) - started_at).total_seconds(), 3)
    try:
        outputs.write_run(draft.path, {**finished.record, "run_id": finished.run_id, "seconds": seconds})
        draft.put_in_place()
    except OSError as problem:
        if finished.run_id is None:
            raise
        raise FolderNotWritten(finished.run_id, draft.folder, problem) from problem


def _summary(filing_set: FilingSet, result: Consolidation, made: Mapping[str, Any]) -> dict[str, Any]:
    """What ``run.json`` keeps: the run's provenance, the files it read, and how much came of them."""
    return {
        "started_at": made["started_at"].isoformat(),
        "finished_at": datetime.now(UTC).isoformat(),
        **{name: value for name, value in made.items() if name != "started_at"},
        "inputs": [
            {"path": i.path, "table": i.table, "sha256": i.sha256, "size": i.size, "rows": i.rows}
            for i in filing_set.inputs
        ],
        "statements": len(result.statements),
        "findings": len(result.findings),
        "blocked": [{"group_id": g, "period_end": p.isoformat()} for g, p in result.blocked],
    }
