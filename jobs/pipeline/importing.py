"""One workbook of an annex read into the CSV tables of a filing set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from consolidation.annex9 import ToldIdentity
from consolidation.annex_workbooks import read_annexes
from consolidation.filing_set.entities.known_entities import known_in
from consolidation.filing_set.merging import merge_tables_into_set
from consolidation.findings import Finding, Severity


@dataclass(frozen=True, slots=True)
class ImportedTables:
    """What became of one form of a workbook: the tables it goes to, and what was found; an error wrote nothing of it."""

    tables: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def refused(self) -> bool:
        """Whether an error kept it out."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)


def import_workbook(path: Path, into: Path, told: ToldIdentity) -> Iterator[ImportedTables]:
    """Read every form of a workbook into the set's CSV tables; each form is written whole or not at all.

    :param told: what the caller says of the workbook.
    """
    for reading in read_annexes(path, told, known_in(into)):
        yield ImportedTables(reading.tables, (*reading.findings, *merge_tables_into_set(reading.rows, into)))
