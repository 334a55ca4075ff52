"""One workbook read into the tables of a filing set: an insurer's own (Annex 9), its stress test (Annex 11, ST01), a group's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from consolidation.annex9 import ToldIdentity, is_form, merge_into_set, read_form
from consolidation.annex10 import is_group_form, read_group_form
from consolidation.annex11 import is_stress_form, read_stress_form
from consolidation.filing_set.entities.known_entities import known_in
from consolidation.filing_set.merging import STRESS_RESULTS
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
    if is_group_form(path):
        group = read_group_form(path, told)
        findings = (*group.findings, *group.merge_into(into))
        yield ImportedTables(tuple(table.name for table in group.rows), findings)
        return
    has_stress = is_stress_form(path)
    if is_form(path) or not has_stress:
        reading = read_form(path, told, known_in(into))
        findings = reading.findings
        if not ImportedTables((), findings).refused:
            findings = (*findings, *merge_into_set(reading.rows, into))
        yield ImportedTables(("solo_filings",), findings)
        if reading.rows.height:  # who and when is settled, and has been said
            first = reading.rows.row(0, named=True)
            told = replace(told, entity=first["entity_id"], period=first["period_end"])
    if has_stress:
        stress = read_stress_form(path, told, known_in(into))
        findings = stress.findings
        if stress.rows.height:
            findings = (*findings, *merge_into_set(stress.rows, into, STRESS_RESULTS))
        yield ImportedTables(("stress_results",), findings)
