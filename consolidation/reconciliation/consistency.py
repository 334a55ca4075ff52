"""Filings against themselves: figures that their own filing contradicts, and control risk implied by a published requirement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import dataframely as dy
import polars as pl

from consolidation.filing_set import FilingSet
from consolidation.findings import Finding, in_order
from consolidation.reconciliation.implied_control_risk import implied_control_risk, implied_findings
from consolidation.reconciliation.published_lines import published_lines
from consolidation.results.schemas import FiguresInDoubt, ImpliedControlRisk, PublishedLines
from consolidation.rulebook import Rulebook
from consolidation.solo.adding_up import filings_far_apart
from consolidation.solo.contradictions import ENTITY, GROUP, contradicted_figures, doubt_findings


@dataclass(frozen=True, slots=True)
class Consistency:
    """What filings say against themselves: the figures in doubt, the published lines with what they imply, and findings."""

    doubts: dy.DataFrame[FiguresInDoubt]
    published: dy.DataFrame[PublishedLines]
    implied: dy.DataFrame[ImpliedControlRisk]
    findings: tuple[Finding, ...]


def consistency_of(filing_set: FilingSet, rulebook: Rulebook) -> Consistency:
    """Hold every filing of insurers and groups against itself."""
    tables = filing_set.tables
    of_companies = contradicted_figures(tables["solo_filings"], ENTITY, rulebook)
    of_groups = contradicted_figures(tables["group_filings"], GROUP, rulebook)
    doubts = FiguresInDoubt.typed(pl.concat([of_companies, of_groups]))
    far = [
        *filings_far_apart(tables["solo_filings"], ENTITY, doubts, rulebook),
        *filings_far_apart(tables["group_filings"], GROUP, doubts, rulebook),
    ]
    published = published_lines(tables["group_filings"], tables["group_filing_lines"])
    implied = implied_control_risk(published, filing_set, rulebook)
    return Consistency(
        doubts, published, implied, (*doubt_findings(doubts), *far, *implied_findings(implied))
    )


def with_findings(filing_set: FilingSet, found: Sequence[Finding]) -> FilingSet:
    """The filing set with these findings among its own."""
    if not found:
        return filing_set
    return replace(filing_set, findings=tuple(in_order([*filing_set.findings, *found])))
