"""What was found while positions were read, kept to a length that a person can read.

Each block of positions tells its faults by itself; a fault that fills a file is told for its first rows and counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from consolidation.findings import MOST_REPORTED, Finding

REST = "more-of-the-same"


def shorten_findings(findings: Iterable[Finding]) -> list[Finding]:
    """For each fault, column, company and period the first :data:`MOST_REPORTED` rows by file and row, the rest counted."""
    told: dict[tuple[object, ...], set[_Told]] = {}
    counted: dict[tuple[object, ...], int] = {}
    for finding in findings:
        is_rest = finding.code == REST
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
            short.append(replace(first, code=REST, value=str(rest), detail={"code": str(key[0])}))
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
