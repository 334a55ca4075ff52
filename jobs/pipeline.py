"""One consolidation run, end to end: read the set, compute, write the folder, remember it in the store."""

from __future__ import annotations

import getpass
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from consolidation.consolidate import Consolidation, Scope, statements_of, structure
from consolidation.engine import SpecificRun, specific_risk
from consolidation.findings import Severity
from consolidation.intake import FilingSet, read_filing_set
from consolidation.rulebook import Rulebook
from consolidation.solo import recompute
from jobs import outputs
from jobs.progress import Progress


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run did: its record, the set it read, what it computed, and where it is remembered."""

    record: Mapping[str, Any]
    filing_set: FilingSet
    result: Consolidation
    recomputation: pl.DataFrame
    workbooks: int
    run_id: str | None

    def has_errors(self) -> bool:
        return any(f.severity is Severity.ERROR for f in self.result.findings)


def recompute_set(filing_set: FilingSet, rulebook: Rulebook) -> pl.DataFrame:
    """The re-computation of every solo filing of the set."""
    scores = filing_set.tables["assessments"].filter(pl.col("entity_id").is_not_null())
    return recompute(filing_set.tables["solo_filings"], scores, cache(rulebook.on))


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


def compute(filing_set: FilingSet, rulebook: Rulebook, scope: Scope) -> Consolidation:
    """Structure, group-specific charges, statements."""
    return _compute(filing_set, rulebook, scope, None, None, Progress())[0]


def _compute(
    filing_set: FilingSet,
    rulebook: Rulebook,
    scope: Scope,
    workers: int | None,
    scheduler: str | None,
    progress: Progress,
) -> tuple[Consolidation, SpecificRun]:
    with progress.step("structure"):
        house = structure(filing_set, scope)
    specific = specific_risk(
        filing_set, house, rulebook, workers=workers, scheduler=scheduler, progress=progress
    )
    with progress.step("compute"):
        return (
            statements_of(filing_set, rulebook, house, specific.charges, specific.findings),
            specific,
        )


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
    :param workers: processes for the positions, or ``scheduler``: a Dask cluster's address (:mod:`consolidation.crew`).
    :raises consolidation.intake.UnusableSet: where there is no set to read.
    :raises consolidation.engine.EngineFault: where the positions cannot be read to their end.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    with progress.step("read"):
        filing_set = read_filing_set(location, encoding=encoding)
    result, specific = _compute(filing_set, rulebook, scope, workers, scheduler, progress)
    again = recompute_set(filing_set, rulebook)
    record = record_of(filing_set, rulebook, arguments, started, result)
    with outputs.output_folder(out) as draft:
        outputs.write_tables(result, draft)
        outputs.write_specific(specific, draft)
        with progress.steps("workbooks", len(result.statements)) as done:
            count = outputs.write_workbooks(
                result, draft, lambda day: rulebook.on(day).number("solvency.core_minimum_ratio"), done
            )
        finished = RunResult(record, filing_set, result, again, count, None)
        with progress.step("store"):
            run_id = remember(finished) if remember else None
        outputs.write_run(
            draft, {**record, "run_id": run_id, "seconds": round(time.perf_counter() - clock, 3)}
        )
    return RunResult(record, filing_set, result, again, count, run_id)
