"""What the insurers file each quarter: ``solo_filings``, sound to the cent.

Assets and risk parts follow the company's story with a little noise; everything else is computed from them as Rule 2
and Rule 12 say, with the rulebook's matrices and coefficients, so that each filing adds up.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from consolidation.minimum_capital.control_risk import control_risk_factor
from consolidation.money import EXACT, ZERO, add, ratio, square_root, times
from consolidation.rulebook import Rulebook, RulesInForce
from jobs.demo.industry.companies import INSURERS, Insurer
from jobs.demo.industry.numbers import (
    QUARTERS,
    cents,
    four_places,
    on_path,
    stream,
    tiers_of,
    years_since_opening,
)

RISKS = (
    "life_insurance_risk_minimum_capital",
    "non_life_insurance_risk_minimum_capital",
    "market_risk_minimum_capital",
    "credit_risk_minimum_capital",
)
TIERS = (
    "core_tier1_capital",
    "core_tier2_capital",
    "supplementary_tier1_capital",
    "supplementary_tier2_capital",
)
COLUMNS = (
    "entity_id", "kind", "period_end", "basis", "admitted_assets", "admitted_liabilities", "actual_capital", *TIERS,
    "minimum_capital", "quantifiable_risk_minimum_capital", *RISKS, "diversification_effect", "loss_absorption_effect",
    "control_risk_minimum_capital", "add_on_capital", "core_surplus", "comprehensive_surplus", "core_solvency_ratio",
    "comprehensive_solvency_ratio", "integrated_risk_rating", "total_assets", "rules",
)  # fmt: skip

Row = dict[str, Any]

_YI = 10_000
"""万元 in one 亿元."""

_INTENSITY = {"life": 0.073, "property": 0.105, "reinsurance": 0.078}
_PARTS = {
    "life": (0.34, 0.012, 0.80, 0.32),
    "property": (0.0, 0.74, 0.34, 0.41),
    "reinsurance": (0.24, 0.66, 0.38, 0.34),
}
"""Risk parts over the quantifiable requirement, in the order of :data:`RISKS`."""
_LOSS_ABSORPTION = 0.035
_TIER2_OF_CORE = {"life": 0.09, "property": 0.02, "reinsurance": 0.04}
_TIER2_OF_SUPPLEMENTARY = {"life": 0.05, "property": 0.0, "reinsurance": 0.12}
_TOTAL_OVER_ADMITTED = 1.013


def solo_filings(seed: int, rulebook: Rulebook) -> list[Row]:
    """Every insurer's filing for every quarter from its first, also those that a silent company never sent."""
    return [
        filing(insurer, day, seed, rulebook.on(day))
        for insurer in INSURERS
        for day in QUARTERS
        if day >= insurer.first
    ]


def was_filed(row: Row) -> bool:
    """Whether the company sent this filing, or had fallen silent."""
    return _SILENT_AFTER.get(row["entity_id"], row["period_end"]) >= row["period_end"]


_SILENT_AFTER = {insurer.id: insurer.silent_after for insurer in INSURERS if insurer.silent_after}


def filing(insurer: Insurer, day: date, seed: int, law: RulesInForce) -> Row:
    """One insurer's filing for one quarter end."""
    noise = stream(seed, insurer.id, day)
    assets = cents(insurer.assets * _YI * _grown(insurer.growth, day) * noise.uniform(0.99, 1.01))
    row: Row = dict.fromkeys(COLUMNS)
    row |= {
        "entity_id": insurer.id,
        "kind": insurer.kind,
        "period_end": day,
        "basis": "annual" if day.month == 12 else "quarterly",
    }
    row |= {"admitted_assets": assets, "total_assets": cents(assets * Decimal(_TOTAL_OVER_ADMITTED))}
    if insurer.jurisdiction != "CN":
        row["rules"] = "local"
        return _abroad(insurer, row, noise.uniform(0.985, 1.015))
    row["rules"] = "c_ross"
    row |= _requirement(insurer, row, seed, law)
    row |= _capital(insurer, row, law, noise.uniform(0.985, 1.015))
    return with_solvency(row, law)


def with_solvency(row: Row, law: RulesInForce) -> Row:
    """The row with surpluses, ratios and a rating that follow from its capital and its requirement."""
    core1, core2, _, _ = tiers_of(row)
    core, actual, required = core1 + core2, row["actual_capital"], row["minimum_capital"]
    core_limit, limit = (
        law.number("solvency.core_minimum_ratio"),
        law.number("solvency.comprehensive_minimum_ratio"),
    )
    sound = core >= times(core_limit, required) and actual >= times(limit, required)
    strong = ratio(actual, required) is None or actual >= 2 * required
    return row | {
        "core_surplus": cents(core - times(law.number("solo.core_surplus_share"), required)),
        "comprehensive_surplus": cents(actual - times(limit, required)),
        "core_solvency_ratio": four_places(ratio(core, required)),
        "comprehensive_solvency_ratio": four_places(ratio(actual, required)),
        "integrated_risk_rating": ("AA" if strong else "BBB") if sound else "C",
    }


def requirement_from(
    kind: str,
    parts: Mapping[str, Decimal | None],
    loss_absorption: Decimal,
    total_assets: Decimal,
    score: Decimal,
    law: RulesInForce,
) -> Row:
    """Diversification, quantifiable, control-risk and minimum capital from the risk parts (Rule 2 A15–A19, Rule 12)."""
    columns = law.value(f"solo.risk_vector.{kind}")
    vector = [parts[c] or ZERO for c in columns]
    correlation = law.value(f"solo.correlation.{kind}")
    squared = add(
        times(vector[i], correlation[i][j], vector[j]) for i in range(len(vector)) for j in range(len(vector))
    )
    diversification = cents(add(vector) - square_root(squared))
    before_size = add([*vector, -diversification, -loss_absorption])
    quantifiable = cents(times(before_size, 1 + size_coefficient(kind, total_assets, law)))
    control = cents(times(control_risk_factor(score, law), quantifiable))
    return {
        "diversification_effect": diversification,
        "quantifiable_risk_minimum_capital": quantifiable,
        "control_risk_minimum_capital": control,
        "minimum_capital": quantifiable + control,
    }


def size_coefficient(kind: str, total_assets: Decimal, law: RulesInForce) -> Decimal:
    """K of the 2023 notice by total assets in 万元; zero before it."""
    for step in law.value(f"solo.size_coefficient.{kind}"):
        if total_assets < step["below"]:
            return Decimal(step["k"])
    return law.number("solo.size_coefficient_otherwise")


def _grown(rate: float, day: date) -> float:
    """Growth since 31 December 2021, compounded by year and straight within one."""
    years = years_since_opening(day)
    factor = 1.0
    for _ in range(int(years)):
        factor *= 1 + rate
    return factor * (1 + rate * (years - int(years)))


def _requirement(insurer: Insurer, row: Row, seed: int, law: RulesInForce) -> Row:
    day, assets = row["period_end"], row["admitted_assets"]
    character, noise = stream(seed, insurer.id, "risks"), stream(seed, insurer.id, day, "risks")
    usual = _INTENSITY[insurer.kind] * character.uniform(0.92, 1.08)
    intensity = on_path(insurer.intensity, day) if insurer.intensity else usual
    if insurer.opens_business and day < insurer.opens_business:
        intensity = 0.0
    parts: dict[str, Decimal | None] = {}
    for column, share in zip(RISKS, _PARTS[insurer.kind], strict=True):
        tilt = character.uniform(0.9, 1.1) * noise.uniform(0.985, 1.015)
        parts[column] = cents(float(assets) * intensity * share * tilt) if share else None
    loss_absorption = cents(float(assets) * intensity * _LOSS_ABSORPTION) if insurer.kind == "life" else None
    rest = requirement_from(
        insurer.kind, parts, loss_absorption or ZERO, row["total_assets"], Decimal(insurer.score), law
    )
    add_on = cents(float(rest["quantifiable_risk_minimum_capital"]) * insurer.add_on)
    return {
        **parts,
        "loss_absorption_effect": loss_absorption,
        **rest,
        "add_on_capital": add_on or None,
        "minimum_capital": rest["minimum_capital"] + add_on,
    }


def _capital(insurer: Insurer, row: Row, law: RulesInForce, wobble: float) -> Row:
    """Actual capital by the company's story, in tiers. The story's ratio is the one before the size coefficient."""
    day = row["period_end"]
    if insurer.capital_share is not None:
        actual = cents(float(row["admitted_assets"]) * insurer.capital_share)
    else:
        path = on_path(insurer.ratio, day) * wobble
        if insurer.shock and day >= insurer.shock[0]:
            path *= insurer.shock[1]
        before_size = row["minimum_capital"] / (1 + size_coefficient(insurer.kind, row["total_assets"], law))
        actual = cents(EXACT.multiply(before_size, Decimal(path)))
    return _tiered(insurer, row, actual)


def _tiered(insurer: Insurer, row: Row, actual: Decimal) -> Row:
    start, end = insurer.core
    core = cents(float(actual) * (start + (end - start) * years_since_opening(row["period_end"]) / 4))
    core2 = cents(float(core) * _TIER2_OF_CORE[insurer.kind]) if core < actual else ZERO
    supplementary2 = cents(float(actual - core) * _TIER2_OF_SUPPLEMENTARY[insurer.kind])
    tiers = (core - core2, core2, actual - core - supplementary2, supplementary2)
    filed = {name: amount or None for name, amount in zip(TIERS, tiers, strict=True)}
    return {"actual_capital": actual, "admitted_liabilities": row["admitted_assets"] - actual, **filed}


def _abroad(insurer: Insurer, row: Row, wobble: float) -> Row:
    """An overseas insurer reports the totals of its local rule; it has no C-ROSS risk parts."""
    required = cents(float(row["admitted_assets"]) * _INTENSITY[insurer.kind])
    actual = cents(float(required) * on_path(insurer.ratio, row["period_end"]) * wobble)
    row |= {"minimum_capital": required} | _tiered(insurer, row, actual)
    core1, core2, _, _ = tiers_of(row)
    return row | {
        "core_solvency_ratio": four_places(ratio(core1 + core2, required)),
        "comprehensive_solvency_ratio": four_places(ratio(actual, required)),
    }
