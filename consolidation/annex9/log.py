"""What the import of one workbook has to say."""

from __future__ import annotations

from dataclasses import dataclass, field

from consolidation.findings import Finding, Severity


@dataclass
class ImportLog:
    """Findings of the import of one workbook."""

    file: str
    findings: list[Finding] = field(default_factory=list)

    def report(self, finding: Finding) -> None:
        """Add a finding."""
        self.findings.append(finding)

    @property
    def failed(self) -> bool:
        """Whether an error stops the import."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)
