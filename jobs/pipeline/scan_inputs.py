"""Flags and scan over a filing set or a store: what the commands ``flags`` and ``scan`` share.

A set is consolidated first (its positions included), so that groups are judged by their computed statements as well as by
their published ones; a store is read as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import dataframely as dy
import polars as pl

from consolidation.findings import Finding, Severity
from consolidation.progress import Progress
from consolidation.results.schemas import ConcentrationMeasures
from consolidation.rulebook import Rulebook
from consolidation.words import LANGUAGES
from monitoring.flags.attribution.gap_attribution import GapInputs
from monitoring.flags.inputs import FlagInputs, flag_inputs_of_set
from monitoring.flags.store import flag_inputs_of_store
from monitoring.store import queries as reading
from monitoring.what_if.held_against import held_against

if TYPE_CHECKING:
    from consolidation.filing_set import FilingSet
    from consolidation.filing_set.readers.contents import Part
    from monitoring.store.store import Store


@dataclass(frozen=True)
class ScanInputs:
    """All that flags, causes, scan and what-if look at.

    ``parts`` are the positions, none where only a store is at hand; ``blocked`` names the groups and periods that an
    error stopped; ``names``: by language id → name.
    """

    flag_inputs: FlagInputs
    gap_inputs: GapInputs
    averages: pl.DataFrame
    concentration: dy.DataFrame[ConcentrationMeasures]
    guarantees: pl.DataFrame
    parts: tuple[Part, ...]
    names: Mapping[str, Mapping[str, str]]
    findings: tuple[Finding, ...]
    blocked: tuple[tuple[str, date], ...]

    @property
    def errors(self) -> list[Finding]:
        """What is wrong with the data, so that something was left out."""
        return [finding for finding in self.findings if finding.severity is Severity.ERROR]


def scan_inputs_of_set(
    filing_set: FilingSet, rulebook: Rulebook, progress: Progress, workers: int | None = None
) -> ScanInputs:
    """What there is to look at in a filing set, consolidated.

    :raises consolidation.positions.EngineFault: where the positions cannot be read to their end.
    """
    from consolidation.consolidate import consolidate

    tables = filing_set.tables
    result = consolidate(filing_set, rulebook, workers=workers, progress=progress)
    gap_inputs = GapInputs(
        lines=result.lines(),
        contributions=result.contributions,
        eliminations=result.eliminations,
        members=result.members,
        solo_filings=tables["solo_filings"],
        sector_filings=tables["sector_filings"],
    )
    return ScanInputs(
        flag_inputs_of_set(filing_set, result),
        gap_inputs,
        tables["industry_averages"],
        ConcentrationMeasures.typed(result.group_specific_risk.concentration),
        tables["guarantees"],
        filing_set.exposures,
        {language: names_of_set(tables, language) for language in LANGUAGES},
        result.findings,
        result.blocked,
    )


def scan_inputs_of_store(store: Store) -> ScanInputs:
    """What there is to look at in a store: what is current. It keeps no positions and no guarantees."""
    from consolidation.filing_set.schemas.tables import TABLES

    flag_inputs = flag_inputs_of_store(store)
    gap_inputs = GapInputs(
        lines=flag_inputs.lines,
        contributions=reading.contributions(store),
        eliminations=reading.eliminations(store),
        members=flag_inputs.members,
        solo_filings=flag_inputs.solo_filings,
        sector_filings=flag_inputs.sector_filings,
    )
    return ScanInputs(
        flag_inputs,
        gap_inputs,
        reading.industry_averages(store),
        flag_inputs.concentration,
        TABLES["guarantees"].empty(),
        (),
        {language: reading.names(store, language) for language in LANGUAGES},
        (),
        (),
    )


def names_of_set(tables: Mapping[str, pl.DataFrame], language: str) -> dict[str, str]:
    """Id → name of counterparties, groups and companies that have one; in English the English name where one is given."""
    named = {"counterparties": "counterparty_id", "groups": "group_id", "entities": "entity_id"}
    return {
        id: found
        for table, key in named.items()
        for id, name, english in tables[table].select(key, "name", "name_en").iter_rows()
        if (found := (english if language == "en" else "") or name)
    }


def exposures_to(scan_inputs: ScanInputs, party: str, period_end: date) -> dict[str, Decimal]:
    """Company → what it holds against the party; without positions group → its measured exposure.

    :raises consolidation.positions.readers.tasks.PartUnreadable: where the positions cannot be read.
    """
    from monitoring.industry.default_scenario import group_exposures

    if scan_inputs.parts:
        return held_against(scan_inputs.parts, party, period_end)
    return group_exposures(scan_inputs.concentration, party, period_end)
