"""Group-specific risk (Rule 19 A20–A33): four charges, each with status and sources, and the limit tests behind them.

``contagion`` and ``concentration`` compute the charges; a charge whose tables are not given is zero with status
"no data", so that a statement never hides that it was not measured.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import dataframely as dy

from consolidation.findings import Finding
from consolidation.money import ZERO, line_amount
from consolidation.provenance import Input, Status
from consolidation.results.schemas import ConcentrationMeasures
from consolidation.structure.membership import GroupPeriod


@dataclass(frozen=True, slots=True)
class Charge:
    """One component's minimum capital in 万元, six places."""

    amount: Decimal
    status: Status
    formula: str
    article: str
    inputs: tuple[Input, ...] = ()


@dataclass(frozen=True, slots=True)
class LimitTest:
    """One party's exposure tested against its limit, and what it costs: 万元, not rounded."""

    test: str
    party: str
    exposure: Decimal
    limit: Decimal
    charge: Decimal


@dataclass(frozen=True, slots=True)
class ChargeResult:
    """A charge with the limit tests behind it."""

    charge: Charge
    limit_tests: tuple[LimitTest, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupSpecificRisk:
    """The charges of one group and period."""

    contagion: Charge
    counterparty: Charge
    sector: Charge
    customer: Charge


def no_data(needs: str, article: str) -> Charge:
    """The charge of a test whose tables or figures are not given."""
    return Charge(ZERO, Status.NO_DATA, f"needs {needs}", article)


NOT_GIVEN = GroupSpecificRisk(
    contagion=no_data("guarantees, internal_transactions and group_financials", "Rule 19 A22–A24"),
    counterparty=no_data("exposures and group_financials", "Rule 19 A26–A28"),
    sector=no_data("exposures and group_financials", "Rule 19 A29–A31"),
    customer=no_data("customer_income and group_financials", "Rule 19 A32–A33"),
)
"""What stands in a statement while none of the tables is there."""


def concentration_frame(
    results: Iterable[tuple[GroupPeriod, ChargeResult]],
) -> dy.DataFrame[ConcentrationMeasures]:
    """All limit tests of all groups, by group, period and test, the largest exposure first."""
    rows = [
        (*key, m.test, m.party, line_amount(m.exposure), line_amount(m.limit), line_amount(m.charge))
        for key, result in results
        for m in result.limit_tests
    ]
    return ConcentrationMeasures.typed(
        ConcentrationMeasures.of_rows(rows).sort(
            "group_id",
            "period_end",
            "test",
            "exposure",
            "party",
            descending=[False, False, False, True, False],
        )
    )
