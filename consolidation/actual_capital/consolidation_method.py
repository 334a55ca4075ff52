"""Actual capital of insurance holding groups by the consolidation method (method 1; Rule 19 A37, A38; limits: Rule 1 A41).

It starts from consolidated equity and the signed adjustments of Annex 10 (``capital_sheet``). Non-insurance holding and mixed
groups add up their members' capital and take out what is counted twice: see ``deduction_method``. A published statement
serves where the adjustments are not given: see ``published_capital``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from consolidation.actual_capital.capital_items import ActualCapital, CapitalItem, below_zero
from consolidation.actual_capital.capital_sheet import (
    ARTICLE_CONSOLIDATED,
    BANK_ITEMS,
    INSURERS_CORE_TIER2,
    LONG_TERM_EQUITY,
    NET_ASSETS,
    TIER_LINES,
    TOTAL,
    CapitalSheet,
    excess_by_line,
    formula_of,
)
from consolidation.findings import error
from consolidation.money import ZERO
from consolidation.provenance import Status
from consolidation.rulebook import RulesInForce


def consolidated(
    group_id: str, period_end: date, given: Mapping[int, tuple[Decimal, dict[str, Any]]], law: RulesInForce
) -> ActualCapital:
    """From consolidated equity and the adjustments, line by line (A37, A38), with the limits of Rule 1 A41.

    :param given: Annex 10 line → (amount in 万元, its row of ``group_capital``).
    """
    counted = law.value("capital_sheet.long_term_equity") == "counted"
    left_out = frozenset() if counted else frozenset({LONG_TERM_EQUITY})
    sheet = CapitalSheet(
        group_id,
        period_end,
        {line: (ZERO if line in left_out else amount, row) for line, (amount, row) in given.items()},
    )
    if NET_ASSETS not in given and 1 not in given:
        sheet.findings.append(
            error(
                "net-assets-missing",
                table="group_capital",
                column="line",
                group_id=group_id,
                period_end=period_end,
                expected="line 2, the net assets of the consolidated statements",
                article="Rule 19 A38",
            )
        )
    sheet.check_signs(law)
    if LONG_TERM_EQUITY in given and given[LONG_TERM_EQUITY][0]:
        sheet.report_long_term_equity(given[LONG_TERM_EQUITY][0], counted)
    excess = excess_by_line(sheet, law)
    amounts = sheet.amounts(excess)
    sheet.compare_totals(amounts)
    names = [
        "core_tier2_to_core",
        "policy_surplus_to_core",
        "supplementary_tier2_to_core",
        "supplementary_to_core",
    ]
    if any(amounts[line] for line in BANK_ITEMS):
        names.append("bank_items_in_core")
    rules = tuple(law.rule(f"capital_limits.{name}") for name in names)
    tiers = {
        tier: CapitalItem(
            amounts[line],
            Status.COMPUTED,
            "as given" if sheet.is_total(line) else formula_of(line),
            ARTICLE_CONSOLIDATED,
            sheet.inputs(line, amounts, rules),
        )
        for tier, line in TIER_LINES.items()
    }
    total = CapitalItem(amounts[TOTAL], Status.COMPUTED, formula_of(TOTAL), ARTICLE_CONSOLIDATED)
    came_out = {name: item.amount for name, item in [*tiers.items(), ("actual_capital", total)]}
    came_out["insurers_core_tier2_capital"] = amounts[INSURERS_CORE_TIER2]
    findings = [*sheet.findings, *below_zero(group_id, period_end, came_out, "group_capital")]
    return ActualCapital(tiers, total, lines=amounts, findings=findings)
