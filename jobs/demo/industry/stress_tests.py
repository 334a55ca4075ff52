"""The insurers' own stress tests of the last year-end, what shocks act on at group members, and who signed.

Losses are shares of the capital that an insurer filed and hit core tier 1; the base grows a little every year. Three stories:
one member gives nothing at all, one is broken by the macro scenario, one's base falls into breach.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from jobs.demo.industry.companies import INSURER
from jobs.demo.industry.numbers import LAST, cents, stream, tiers_of

Row = dict[str, Any]

TIERS = (
    "core_tier1_capital",
    "core_tier2_capital",
    "supplementary_tier1_capital",
    "supplementary_tier2_capital",
)
RESULT_COLUMNS = (
    "entity_id", "report_date", "scenario", "horizon_end", "actual_capital", "core_capital", "minimum_capital", *TIERS,
    "quantifiable_risk_minimum_capital", "direction",
)  # fmt: skip
DRIVER_COLUMNS = (
    "entity_id", "period_end", "equity_assets", "fixed_income_fair_value", "modified_duration", "credit_risk_assets",
    "earned_premium", "combined_ratio", "claims_ratio",
)  # fmt: skip
SIGN_OFF_COLUMNS = ("group_id", "entity_id", "report_date", "board_on", "reviewer", "opinion")

NOTHING_GIVEN, DRIVERS_ALONE = ("云梦养老",), ("不周财险",)
"""Who gives neither results nor drivers, and who gives drivers and no results."""

_YEAR_ON, _TWO_YEARS_ON, _QUARTER_ON = date(2026, 12, 31), date(2027, 12, 31), date(2026, 3, 31)
_LOSSES: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "life": {
        "mandatory_1": (0.06, 0.1),
        "mandatory_2": (0.09, 0.14),
        "mandatory_3": (0.04, 0.09),
        "own": (0.03, 0.08),
        "sensitivity_1": (0.03, 0.06),
        "sensitivity_2": (0.06, 0.1),
        "sensitivity_own": (0.01, 0.04),
    },
    "property": {
        "mandatory_1": (0.08, 0.13),
        "mandatory_2": (0.06, 0.11),
        "own": (0.02, 0.06),
        "sensitivity_1": (0.05, 0.09),
        "sensitivity_2": (0.05, 0.09),
        "sensitivity_own": (0.01, 0.04),
    },
    "reinsurance": {"own": (0.05, 0.12)},
}
_QUARTERLY = {"quarter_1": (0.02, 0.05), "quarter_2": (0.05, 0.1)}
_REVERSE_BAND = (Decimal(1), Decimal("1.5"))
_MACRO_BREAKS, _BASE_BREAKS = "扶桑人寿", "瀛洲人寿"


def stress_results(seed: int, solo_filings: list[Row]) -> list[Row]:
    """What the insurers' own models gave, from the filings that count."""
    audited = {row["entity_id"]: row for row in solo_filings if row["period_end"] == LAST}
    audited |= {r["entity_id"]: r for r in solo_filings if r["period_end"] == LAST and r["basis"] == "annual"}
    return [
        row
        for entity, filed in audited.items()
        if entity not in NOTHING_GIVEN + DRIVERS_ALONE and INSURER[entity].jurisdiction == "CN"
        for row in _of_insurer(seed, filed)
    ]


def stress_drivers(seed: int, tables: Mapping[str, list[Row]]) -> list[Row]:
    """What shocks act on at the insurers that belong to a group."""
    owned = {row["entity_id"] for name in ("group_members", "ownership") for row in tables[name]}
    return [
        _drivers(seed, row)
        for row in tables["solo_filings"]
        if row["period_end"] == LAST
        and row["entity_id"] in owned - set(NOTHING_GIVEN)
        and row["basis"] == "annual"
        and row["kind"] in ("life", "property")
    ]


def sign_offs() -> list[Row]:
    """Who approved and reviewed; the others' reports are still on their way."""
    signed = (
        ("青丘集团", None, date(2026, 4, 22), "扶摇精算顾问", "无保留意见"),
        ("不周集团", None, date(2026, 4, 29), "少昊会计师事务所", "无保留意见"),
        (None, "青丘人寿", date(2026, 4, 15), "扶摇精算顾问", "无保留意见"),
    )
    return [
        dict(zip(SIGN_OFF_COLUMNS, (g, e, LAST, on, who, said), strict=True))
        for g, e, on, who, said in signed
    ]


def _of_insurer(seed: int, filed: Row) -> Iterator[Row]:
    entity, kind = filed["entity_id"], filed["kind"]
    choice = stream(seed, "stress", entity)
    growth = -0.06 if entity == _BASE_BREAKS else choice.uniform(0.02, 0.05)
    base = {
        day: _state(filed, growth * years, 0.04 * years)
        for years, day in ((0, LAST), (1, _YEAR_ON), (2, _TWO_YEARS_ON))
    }
    quarter = _state(filed, growth / 4, 0.01)
    for day, state in base.items():
        yield _row(entity, "base", day, state)
    yield _row(entity, "quarter_base", _QUARTER_ON, quarter)
    losses = _LOSSES[kind]
    for scenario, (least, most) in losses.items():
        loss = 0.25 if (entity, scenario) == (_MACRO_BREAKS, "mandatory_2") else choice.uniform(least, most)
        yield _row(entity, scenario, _YEAR_ON, _state(base[_YEAR_ON], -loss, choice.uniform(0, 0.02)))
    year_on = base[_YEAR_ON]
    least, most = (bound * year_on["minimum_capital"] for bound in _REVERSE_BAND)
    if least <= year_on["actual_capital"] <= most:
        gone = (least - year_on["actual_capital"]) / year_on["actual_capital"]
        yield _row(entity, "reverse", _YEAR_ON, _state(year_on, float(gone), 0))
    if kind != "reinsurance":
        for scenario, (low, high) in _QUARTERLY.items():
            yield _row(entity, scenario, _QUARTER_ON, _state(quarter, -choice.uniform(low, high), 0.005))


def _state(of: Row, change: float, more_required: float) -> Row:
    """Capital and requirement after a change of both; core tier 1 takes that of capital."""
    tiers = dict(zip(TIERS, tiers_of(of), strict=True))
    tiers["core_tier1_capital"] += cents(float(of["actual_capital"]) * change)
    more = Decimal(1) + Decimal(f"{more_required:.6f}")
    quantifiable = of["quantifiable_risk_minimum_capital"]
    return tiers | {
        "actual_capital": sum(tiers.values(), Decimal(0)),
        "minimum_capital": cents(of["minimum_capital"] * more),
        "quantifiable_risk_minimum_capital": None if quantifiable is None else cents(quantifiable * more),
    }


def _row(entity: str, scenario: str, horizon: date, state: Row) -> Row:
    core = state["core_tier1_capital"] + state["core_tier2_capital"]
    is_life = scenario == "mandatory_1" and INSURER[entity].kind == "life"
    return state | {
        "entity_id": entity,
        "report_date": LAST,
        "scenario": scenario,
        "horizon_end": horizon,
        "core_capital": core,
        "direction": "new business up" if is_life else None,
    }


def _drivers(seed: int, filed: Row) -> Row:
    choice = stream(seed, "drivers", filed["entity_id"])
    is_life = filed["kind"] == "life"
    assets = float(filed["admitted_assets"])

    def part(low: float, high: float) -> Decimal:
        return cents(assets * choice.uniform(low, high))

    def share(low: float, high: float) -> Decimal:
        return Decimal(f"{choice.uniform(low, high):.4f}")

    return {
        "entity_id": filed["entity_id"],
        "period_end": LAST,
        "equity_assets": part(0.03, 0.05) if is_life else part(0.05, 0.09),
        "fixed_income_fair_value": part(0.2, 0.3),
        "modified_duration": share(6, 9) if is_life else share(2, 4),
        "credit_risk_assets": part(0.1, 0.15) if is_life else part(0.12, 0.2),
        "earned_premium": None if is_life else part(0.4, 0.6),
        "combined_ratio": None if is_life else share(0.96, 1.01),
        "claims_ratio": None if is_life else share(0.6, 0.72),
    }
