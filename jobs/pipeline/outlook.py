"""The outlook of a filing set: companies from their filings, groups from what a consolidation gives."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from consolidation.filing_set import FilingSet
from consolidation.progress import Progress
from consolidation.results.schemas import Contributions, Members, StatementLines
from consolidation.rulebook import Rulebook
from monitoring.outlook.result import Outlook, inputs_of

if TYPE_CHECKING:
    from jobs.pipeline.scan_inputs import ScanInputs


def companies_of_set(filing_set: FilingSet, rulebook: Rulebook) -> Outlook:
    """The insurers alone; nothing is consolidated."""
    return Outlook(
        inputs_of(
            filing_set.tables,
            StatementLines.without_rows(),
            Members.without_rows(),
            Contributions.without_rows(),
        ),
        rulebook,
    )


def outlook_of_set(
    filing_set: FilingSet, rulebook: Rulebook, progress: Progress, workers: int | None = None
) -> Outlook:
    """Insurers and groups.

    :raises consolidation.positions.EngineFault: where the positions cannot be read to their end.
    """
    from consolidation.consolidate import consolidate

    result = consolidate(filing_set, rulebook, workers=workers, progress=progress)
    return Outlook(
        inputs_of(filing_set.tables, result.lines(), result.members, result.contributions), rulebook
    )


def with_outlook(scan_inputs: ScanInputs, filing_set: FilingSet, rulebook: Rulebook) -> ScanInputs:
    """What flags look at, with the forecasts of every period."""
    flag_inputs = scan_inputs.flag_inputs
    outlook = Outlook(
        inputs_of(filing_set.tables, flag_inputs.lines, flag_inputs.members, flag_inputs.contributions),
        rulebook,
    )
    return replace(
        scan_inputs,
        flag_inputs=replace(
            flag_inputs, outlook=outlook.alarm_forecasts, alarm_records=outlook.alarm_records
        ),
    )
