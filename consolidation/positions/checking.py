"""What is wrong with positions: as ``validate`` looks at them, which reads them for that alone, and kept to what a person can read.

Each block of positions tells its faults by itself; a fault that fills a file is told for its first rows and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import polars as pl

from consolidation.filing_set import FilingSet
from consolidation.filing_set.schemas.tables import EXPOSURES
from consolidation.findings import MOST_REPORTED, Finding, error, in_order, info
from consolidation.positions.readers.chunks import Chunk
from consolidation.positions.readers.read_task import read_chunks
from consolidation.positions.readers.tasks import UNREADABLE, PartUnreadable, Task, plan_tasks

MOST_CHECKED_ROWS = 20_000_000
"""Positions that are looked at in full; of more, evenly spread tasks, and a finding says so."""

_MOST_KEPT = 20_000
_REST = "more-of-the-same"


def check_positions(filing_set: FilingSet, most_rows: int = MOST_CHECKED_ROWS) -> FilingSet:
    """The filing set with the findings of its positions among its own."""
    if not filing_set.exposures:
        return filing_set
    findings: list[Finding] = []
    try:
        tasks = plan_tasks(filing_set.exposures)
        total, read = sum(_rows(task) for task in tasks), 0
        for chunk in _chunks(_sample(tasks, total, most_rows), filing_set.known_entities):
            findings += chunk.findings
            if len(findings) > _MOST_KEPT:
                findings = shorten_findings(findings)
            read += len(chunk)
            if read >= most_rows:
                break
        if total > most_rows:
            sizes = {"value": f"{read:,}", "expected": f"{total:,}"}
            findings.append(info("positions-sampled", table=EXPOSURES, **sizes))
    except PartUnreadable as reason:
        findings.append(error(UNREADABLE, table=EXPOSURES, file=reason.file, value=str(reason)))
    found = in_order([*filing_set.findings, *shorten_findings(findings)])
    return replace(filing_set, findings=tuple(found))


def holders_in_positions(filing_set: FilingSet) -> set[str]:
    """Whose positions they are.

    A position that cannot be read names nobody; it is a finding of :func:`check_positions`.
    """
    found: set[str] = set()
    try:
        for chunk in _chunks(plan_tasks(filing_set.exposures), filing_set.known_entities):
            found.update(chunk.encoded["entity_id"].values.cast(pl.String))
    except PartUnreadable:
        return found
    return found


def _sample(tasks: Sequence[Task], total: int, most_rows: int) -> Sequence[Task]:
    """All tasks, or evenly spread ones that together have about ``most_rows``."""
    return tasks[:: max(1, -(-total // most_rows))]


def _rows(task: Task) -> int:
    return sum(part.size for part in task)


def _chunks(tasks: Sequence[Task], known_entities: frozenset[str] | None) -> Iterator[Chunk]:
    for task in tasks:
        yield from read_chunks(task, known_entities)


def shorten_findings(findings: Iterable[Finding]) -> list[Finding]:
    """For each fault, column, company and period the first :data:`MOST_REPORTED` rows by file and row, the rest counted."""
    told: dict[tuple[object, ...], set[_Told]] = {}
    counted: dict[tuple[object, ...], int] = {}
    for finding in findings:
        is_rest = finding.code == _REST
        code = finding.detail["code"] if is_rest else finding.code
        key: tuple[object, ...] = (
            code,
            finding.severity,
            finding.column,
            finding.group_id,
            finding.entity_id,
            finding.period_end,
        )
        told.setdefault(key, set())
        if is_rest:
            counted[key] = counted.get(key, 0) + int(finding.value)
        else:
            told[key].add(_Told(finding))
    short: list[Finding] = []
    for key, members in told.items():
        rows = [member.finding for member in sorted(members, key=_Told.cell)]
        short += rows[:MOST_REPORTED]
        rest = len(rows[MOST_REPORTED:]) + counted.get(key, 0)
        if rest:
            first = rows[MOST_REPORTED] if len(rows) > MOST_REPORTED else rows[-1]
            short.append(replace(first, code=_REST, value=str(rest), detail={"code": str(key[0])}))
    return short


class _Told:
    """A finding that is the same as another if it says the same of the same cell."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding

    def cell(self) -> tuple[str, int, str]:
        return self.finding.file, self.finding.row or 0, self.finding.value

    def __hash__(self) -> int:
        return hash(self.cell())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Told) and self.cell() == other.cell()
