"""What a run finds wrong with a filing set without counting a position: ``validate`` and ``consolidate`` both say it."""

from __future__ import annotations

from dataclasses import replace

from consolidation.consolidate import findings_of_filings, put_together, shared_structure
from consolidation.filing_set import FilingSet
from consolidation.findings import Severity, in_order
from consolidation.reconciliation.consistency import consistency_of
from consolidation.rulebook import Rulebook
from consolidation.rulebook.memo import Memo
from consolidation.structure.scope import Scope


def checked_set(filing_set: FilingSet, rulebook: Rulebook) -> FilingSet:
    """The filing set with every error and warning about it that a run of all groups comes to before it reads a position.

    Structure, the members' figures, capital and assessments are looked at by the functions that compute with them, so that
    no set is valid in which a run finds an error. What else a run tells is how it counted, what its positions come to, and
    how its results compare with what was published.
    """
    memo = Memo()
    structure = shared_structure(filing_set, rulebook, Scope(), memo)
    consistency = consistency_of(filing_set, rulebook)
    made = put_together(
        filing_set, rulebook, structure, {}, findings_of_filings(filing_set, rulebook, consistency), memo
    )
    wrong = [f for f in made.findings if f.severity is not Severity.INFO]
    return replace(
        filing_set, findings=tuple(in_order([*filing_set.findings, *consistency.findings, *wrong]))
    )
