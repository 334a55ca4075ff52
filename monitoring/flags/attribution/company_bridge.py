"""Why the ratio of a single insurer changed between two of its filings: by tier of capital and part of minimum capital.

The parts are those that a filing breaks its sums down into: the four tiers (Rule 1 A10), the risk parts less diversification and loss
absorption, times the size coefficient (Rule 2 A15), control risk and the add-on (Rule 2 A5). An empty cell among filed ones is
none of that capital; where a day's filing gives no part at all, the sum itself is the step. What the parts do not make up of the
filed sum is *unattributed*.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import polars as pl

from consolidation.filing_set.filing_basis import prefer_audited
from consolidation.money import ZERO, add, less
from monitoring.flags.attribution.ratio_bridge import Bridge, BridgeEnd, PartKey, Parts, steps_between
from monitoring.ratios import CORE

TIER, RISK = "tier", "risk"
SIZE_ADJUSTMENT = "size_adjustment"
"""Quantifiable-risk minimum capital less its parts: what the size coefficient adds or takes (Rule 2 A15), and rounding."""

CORE_TIERS = ("core_tier1_capital", "core_tier2_capital")
TIERS = (*CORE_TIERS, "supplementary_tier1_capital", "supplementary_tier2_capital")
QUANTIFIABLE = "quantifiable_risk_minimum_capital"
RISK_PARTS = {
    "life_insurance_risk_minimum_capital": 1,
    "non_life_insurance_risk_minimum_capital": 1,
    "market_risk_minimum_capital": 1,
    "credit_risk_minimum_capital": 1,
    "diversification_effect": -1,
    "loss_absorption_effect": -1,
}
"""The parts of quantifiable-risk minimum capital with their signs: reductions are filed as positive."""
BESIDE = ("control_risk_minimum_capital", "add_on_capital")
"""The parts of minimum capital beside the quantifiable one."""

_Filing = Mapping[str, Decimal | None]


def company_bridge(filings: pl.DataFrame, opening: date, closing: date, measure: str) -> Bridge | None:
    """The bridge of an insurer's ratio between two of its dates; None where one has no capital or minimum capital.

    :param filings: its rows of ``solo_filings``; of two for one date the audited one counts.
    :param measure: core or comprehensive.
    """
    best = prefer_audited(filings, "entity_id", "period_end").filter(
        pl.col("period_end").is_in([opening, closing])
    )
    rows = {row["period_end"]: row for row in best.iter_rows(named=True)}
    if opening not in rows or closing not in rows:
        return None
    start, end = (_end(day, rows[day], measure) for day in (opening, closing))
    if start is None or end is None:
        return None
    both = rows[opening], rows[closing]
    names = _capital_items(both, measure), _requirement_items(both)
    were, are = (_parts(row, *names) for row in both)
    return Bridge(rows[closing]["entity_id"], measure, start, end, steps_between(start, were, end, are))


def signed_parts(filing: _Filing) -> dict[str, Decimal | None]:
    """Every part of minimum capital as it counts in the sum: reductions negative, the size adjustment among them.

    An item is None where it was not filed.
    """
    found = {name: _signed(filing[name], sign) for name, sign in RISK_PARTS.items()}
    whole, known = filing[QUANTIFIABLE], [part for part in found.values() if part is not None]
    found[SIZE_ADJUSTMENT] = less(whole, *known) if whole is not None and known else None
    return found | {name: filing[name] for name in BESIDE}


def _signed(amount: Decimal | None, sign: int) -> Decimal | None:
    return amount if amount is None or sign > 0 else less(ZERO, amount)


def _end(day: date, filing: _Filing, measure: str) -> BridgeEnd | None:
    capital, required = _capital(filing, measure), filing["minimum_capital"]
    return None if capital is None or required is None else BridgeEnd(day, required, capital)


def _capital(filing: _Filing, measure: str) -> Decimal | None:
    """As :func:`monitoring.ratios.solo_figures` has it: a blank core tier 2 is none."""
    if measure != CORE:
        return filing["actual_capital"]
    first, second = (filing[tier] for tier in CORE_TIERS)
    return None if first is None else add([first, second or ZERO])


def _capital_items(both: tuple[_Filing, _Filing], measure: str) -> tuple[str, ...]:
    if any(filing["core_tier1_capital"] is None for filing in both):
        return ("actual_capital",)
    return CORE_TIERS if measure == CORE else TIERS


def _requirement_items(both: tuple[_Filing, _Filing]) -> tuple[str, ...]:
    """The finest parts that both filings give."""
    if all(any(filing[part] is not None for part in RISK_PARTS) for filing in both):
        sized = all(filing[QUANTIFIABLE] is not None for filing in both)
        return (*RISK_PARTS, *((SIZE_ADJUSTMENT,) if sized else ()), *BESIDE)
    if all(filing[QUANTIFIABLE] is not None for filing in both):
        return (QUANTIFIABLE, *BESIDE)
    return ("minimum_capital",)


def _parts(filing: _Filing, capital: tuple[str, ...], requirement: tuple[str, ...]) -> Parts:
    needs = signed_parts(filing)
    found: dict[PartKey, tuple[Decimal, Decimal]] = {}
    for name in capital:
        found[TIER, "", name] = (ZERO, filing[name] or ZERO)
    for name in requirement:
        found[RISK, "", name] = ((needs[name] if name in needs else filing[name]) or ZERO, ZERO)
    return found
