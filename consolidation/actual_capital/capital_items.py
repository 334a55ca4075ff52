"""What a calculation of actual capital gives: four tiers, their sum and where each came from (Rule 19 A37, A39).

Both methods and a published statement give an :class:`ActualCapital`; what is said of its amounts is said here once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from consolidation.actual_capital.tier_limits import Tiers, exceeded
from consolidation.findings import Finding, warning
from consolidation.money import ZERO
from consolidation.provenance import Input, Status
from consolidation.rulebook import RulesInForce
from consolidation.statement_lines import CAPITAL_TIER_LINES


@dataclass(frozen=True, slots=True)
class CapitalItem:
    """One amount of the capital calculation with its status and where it came from."""

    amount: Decimal | None
    status: Status
    formula: str
    article: str
    inputs: tuple[Input, ...] = ()


@dataclass(frozen=True, slots=True)
class ActualCapital:
    """The four tiers and their sum; Annex 10's own lines (holding) or items (second method) for the workbook."""

    tiers: Mapping[str, CapitalItem]
    total: CapitalItem
    lines: Mapping[int, Decimal] = field(default_factory=dict)
    items: Mapping[str, Decimal] = field(default_factory=dict)
    findings: Sequence[Finding] = ()


def below_zero(
    group_id: str, period_end: date, amounts: Mapping[str, Decimal | None], table: str
) -> list[Finding]:
    """What came out below zero: no tier can be, and neither can their sum unless the group owes more than it has."""
    return [
        warning(
            "capital-below-zero",
            table=table,
            column=name,
            value=f"{amount:f}",
            expected="zero or more",
            group_id=group_id,
            period_end=period_end,
            article="Rule 1 A2, A41; Rule 19 A37, A39",
        )
        for name, amount in amounts.items()
        if amount is not None and amount < 0
    ]


def limit_findings(
    group_id: str, period_end: date, tiers: Mapping[str, CapitalItem], table: str, law: RulesInForce
) -> list[Finding]:
    """Tiers that were taken as published or added up from published ones: a limit exceeded is said, never cut."""
    if any(item.amount is None for item in tiers.values()):
        return []
    amounts = Tiers(*(tiers[t].amount or ZERO for t in CAPITAL_TIER_LINES))
    return [
        warning(
            "tier-limit",
            table=table,
            column=over.tier,
            value=f"{over.amount:f}",
            expected=f"at most {over.limit:f} of core capital",
            group_id=group_id,
            period_end=period_end,
            article="Rule 1 A41",
            detail={"tier": over.tier},
        )
        for over in exceeded(amounts, law)
    ]
