"""Group-specific risk as the statement sees it (Rule 19 A20–A33): four charges, each with status and sources.

``contagion`` and ``concentration`` compute the charges; a charge whose tables are not given is zero with status
"no data", so that a statement never hides that it was not measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from consolidation.explanation import Input, Status
from consolidation.money import ZERO


@dataclass(frozen=True, slots=True)
class Charge:
    """One component's minimum capital in 万元, six places."""

    amount: Decimal
    status: Status
    formula: str
    article: str
    inputs: tuple[Input, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupSpecificRisk:
    """The charges of one group and period."""

    contagion: Charge
    counterparty: Charge
    sector: Charge
    customer: Charge


def _none_given(tables: str, article: str) -> Charge:
    return Charge(ZERO, Status.NO_DATA, f"needs {tables}", article)


NOT_GIVEN = GroupSpecificRisk(
    contagion=_none_given("guarantees, internal_transactions and group_financials", "Rule 19 A22–A24"),
    counterparty=_none_given("exposures and group_financials", "Rule 19 A26–A28"),
    sector=_none_given("exposures and group_financials", "Rule 19 A29–A31"),
    customer=_none_given("customer_income and group_financials", "Rule 19 A32–A33"),
)
"""What stands in a statement while none of the tables is there."""
