"""The statements that the groups publish: ``group_filings``, and line by line ``group_filing_lines``.

The engine computes them from the sound filing set, before any fault is planted. Amounts are published to the cent,
ratios to four places.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from consolidation.consolidate import consolidate
from consolidation.filing_set import read_filing_set
from consolidation.money import ZERO
from consolidation.reconciliation.published_lines import PUBLISHED_COLUMNS
from consolidation.rulebook import Rulebook
from consolidation.statement import Statement
from consolidation.statement_lines import CAPITAL_TIER_LINES, SPECIFIC_LINES
from consolidation.structure.scope import Scope
from jobs.demo.industry.accounts import Row
from jobs.demo.industry.companies import GROUPS
from jobs.demo.industry.numbers import HALF_YEARS, cents, four_places

COLUMNS = (
    "group_id", "period_end", "basis", "actual_capital", *CAPITAL_TIER_LINES, "minimum_capital",
    "quantifiable_risk_minimum_capital", "control_risk_minimum_capital", "core_surplus", "comprehensive_surplus",
    "core_solvency_ratio", "comprehensive_solvency_ratio",
)  # fmt: skip

_LINES = (
    "parent_minimum_capital", "insurance_members_minimum_capital", "bank_members_minimum_capital",
    "trust_members_minimum_capital", "securities_members_minimum_capital", "other_members_minimum_capital",
    *SPECIFIC_LINES, "concentration_risk_minimum_capital", "group_specific_risk_minimum_capital",
)  # fmt: skip
"""What a published requirement is broken down into."""


def publish(sound_set: Path, rulebook: Rulebook) -> tuple[list[Row], list[Row]]:
    """Rows of ``group_filings`` and ``group_filing_lines`` for every group that publishes, by half-year."""
    result = consolidate(read_filing_set(str(sound_set)), rulebook, Scope())
    done = {(s.group_id, s.period_end): s for s in result.statements}
    statements = [done[group.id, day] for group in GROUPS if group.publishes for day in HALF_YEARS]
    return [_statement(s) for s in statements], [row for s in statements for row in _lines(s)]


def _statement(s: Statement) -> Row:
    """One row of ``group_filings``."""
    figures = {
        column: four_places(s.amount(line)) if line.endswith("_ratio") else cents(s.amount(line) or ZERO)
        for line, column in PUBLISHED_COLUMNS.items()
    }
    return _head(s) | figures


def _lines(s: Statement) -> Iterator[Row]:
    """Rows of ``group_filing_lines``: what the requirement is made of, as far as it is not nought."""
    for line in _LINES:
        if amount := s.amount(line):
            yield _head(s) | {"line": line, "amount": cents(amount)}


def _head(s: Statement) -> Row:
    basis = "annual" if s.period_end.month == 12 else "quarterly"
    return {"group_id": s.group_id, "period_end": s.period_end, "basis": basis}
