"""Actual capital as a group published it, or unknown: what serves where no adjustments were given (Rule 19 A37)."""

from __future__ import annotations

from datetime import date
from typing import Any

from consolidation.actual_capital.capital_items import ActualCapital, CapitalItem, below_zero, limit_findings
from consolidation.actual_capital.capital_sheet import TOTAL, formula_of
from consolidation.filing_set.filing_basis import cell
from consolidation.findings import info, located, warning
from consolidation.money import ZERO, add, less, line_amount
from consolidation.provenance import Cell, Status
from consolidation.rulebook import RulesInForce
from consolidation.statement_lines import CAPITAL_TIER_LINES


def as_published(row: dict[str, Any], law: RulesInForce) -> ActualCapital:
    """The tiers of the group's published statement, flagged where they exceed a limit and never cut.

    A tier that was not published counts as zero where the published tiers already add up to the published actual
    capital; elsewhere it is unknown, and so is the core ratio. Actual capital that was not published is the sum of the
    tiers, if all of them were.
    """
    published = [row[t] for t in CAPITAL_TIER_LINES if row[t] is not None]
    known = row["actual_capital"] is not None
    gap = abs(less(add(published), row["actual_capital"])) if known else None
    # Published amounts are rounded to 万元, so their sum may miss the total by one.
    complete = gap is not None and gap <= law.number("solo.tolerance_absolute")
    tiers = {}
    for tier in CAPITAL_TIER_LINES:
        cells = (_published_cell(row, tier),)
        if row[tier] is not None:
            tiers[tier] = CapitalItem(row[tier], Status.REPORTED, "as published", "Rule 19 A37", cells)
        else:
            tiers[tier] = CapitalItem(
                ZERO if complete else None, Status.NO_DATA, "not published", "Rule 19 A37", cells
            )
    if known:
        cells = (_published_cell(row, "actual_capital"),)
        total = CapitalItem(row["actual_capital"], Status.REPORTED, "as published", "Rule 19 A37", cells)
    elif len(published) == len(CAPITAL_TIER_LINES):
        total = CapitalItem(
            line_amount(add(published)), Status.COMPUTED, formula_of(TOTAL), "Rule 19 A37; Annex 10"
        )
    else:
        total = CapitalItem(None, Status.NO_DATA, "not published", "Rule 19 A37")
    findings = limit_findings(row["group_id"], row["period_end"], tiers, "group_filings", law)
    came_out = {name: item.amount for name, item in [*tiers.items(), ("actual_capital", total)]}
    findings += below_zero(row["group_id"], row["period_end"], came_out, "group_filings")
    if not complete and known:
        findings.append(
            warning(
                "tiers-do-not-add-up",
                table="group_filings",
                column="actual_capital",
                value=f"{row['actual_capital']:f}",
                expected=f"the sum of the tiers, {add(published):f}",
                article="Rule 1 A2",
                **located(row),
            )
        )
    return ActualCapital(tiers, total, findings=findings)


def not_given(group_id: str, period_end: date) -> ActualCapital:
    """Neither adjustments nor a published statement: no tiers, hence no ratio, and that is said."""
    nothing = CapitalItem(None, Status.NO_DATA, "needs group_capital or group_filings", "Rule 19 A37")
    said = info(
        "capital-not-given",
        table="group_capital",
        group_id=group_id,
        period_end=period_end,
        expected="group_capital, or group_filings",
        article="Rule 19 A37",
    )
    return ActualCapital(dict.fromkeys(CAPITAL_TIER_LINES, nothing), nothing, findings=[said])


def _published_cell(row: dict[str, Any], column: str) -> Cell:
    return cell("group_filings", row, column, "group_id", "period_end", "basis")
