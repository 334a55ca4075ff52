"""A whole consolidation of one filing set: structure, group-specific charges, statements, and every filing computed anew.

The command line and the dashboard's upload both start here, so that a set gives the same run whichever way it came.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import polars as pl

from consolidation.filing_set import FilingSet
from consolidation.minimum_capital import assessments
from consolidation.positions import SpecificRun, specific_risk
from consolidation.progress import Progress
from consolidation.recompute import before_the_rules, recompute
from consolidation.rulebook import Rulebook
from consolidation.statements import Consolidation, Scope, statements_of, structure


@dataclass(frozen=True, slots=True)
class Computed:
    """All that follows from a filing set, as far as ``scope`` goes."""

    scope: Scope
    result: Consolidation
    specific: SpecificRun
    recomputation: pl.DataFrame


def compute(
    filing_set: FilingSet,
    rulebook: Rulebook,
    scope: Scope,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> Computed:
    """Compute everything.

    :param workers: processes for the positions, or ``scheduler``: a Dask cluster's address (:mod:`consolidation.positions.executor`).
    :raises consolidation.statements.UnknownGroup: where the scope names a group that the set does not know.
    :raises consolidation.positions.EngineFault: where the positions cannot be read to their end.
    """
    seen = progress or Progress()
    with seen.step("structure"):
        house = structure(filing_set, rulebook, scope)
    specific = specific_risk(filing_set, house, rulebook, workers=workers, scheduler=scheduler, progress=seen)
    with seen.step("compute"):
        law_on = cache(rulebook.on)
        findings = [
            *specific.findings,
            *before_the_rules(filing_set.tables["solo_filings"], law_on),
            *assessments.old_results_of_insurers(filing_set, law_on),
        ]
        result = statements_of(filing_set, rulebook, house, specific.charges, findings)
        again = recompute_set(filing_set, rulebook)
    return Computed(scope, result, specific, again)


def recompute_set(filing_set: FilingSet, rulebook: Rulebook) -> pl.DataFrame:
    """The re-computation of every solo filing of the set."""
    scores = assessments.results_of(filing_set, assessments.INSURER)
    return recompute(filing_set.tables["solo_filings"], scores, cache(rulebook.on))
