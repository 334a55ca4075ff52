"""Who is nearest to a line and falling, and how the families of risk move: small industries worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl

from consolidation.money import AMOUNT, RATE
from consolidation.rulebook import Rulebook
from monitoring.industry.bands import step_bounds
from monitoring.industry.nearing import nearing
from monitoring.industry.risk_families import FAMILIES, risk_families

Q3, Q4 = date(2025, 9, 30), date(2025, 12, 31)


def test_the_nearest_to_a_line_that_fell_come_first_and_a_fall_from_afar_last() -> None:
    """甲 121% is a point above 120%, 乙 151.5% one and a half above 150%, 丙 fell from 778% to 300%; 丁 rose, 戊 is below every line."""
    ratios = {"甲": (130, 121), "乙": (160, "151.5"), "丙": (778, 300), "丁": (140, 155), "戊": (110, 90)}
    rows = [
        (company, "life", day, "comprehensive", Decimal(ratio) / 100)
        for company, both in ratios.items()
        for day, ratio in zip((Q3, Q4), both, strict=True)
    ]
    ranks = pl.DataFrame(
        rows,
        schema={"entity_id": pl.String, "kind": pl.String, "period_end": pl.Date, "measure": pl.String, "ratio": RATE},
        orient="row",
    )  # fmt: skip
    bounds = step_bounds(Rulebook.load(), Q4).with_columns(period_end=pl.lit(Q4))
    found = nearing(ranks, bounds, Q4)
    assert found.select("entity_id", "line", "distance", "fall").rows() == [
        ("甲", Decimal("1.2"), 1, 9),
        ("乙", Decimal("1.5"), Decimal("1.5"), Decimal("8.5")),
        ("丙", Decimal("1.5"), 150, 478),
    ]
    assert found.schema["distance"].is_decimal() and found.schema["ratio"] == RATE


def filed(market_of_minimum: dict[date, tuple[int, ...]]) -> pl.DataFrame:
    """Life insurers of minimum capital 100 and actual capital 200 with those market risks; every second is rated C."""
    rows = [
        {
            "entity_id": f"公司{number}",
            "kind": "life",
            "period_end": day,
            "basis": "quarterly",
            "actual_capital": 200,
            "supplementary_tier1_capital": 50,
            "minimum_capital": 100,
            "market_risk_minimum_capital": risk,
            "integrated_risk_rating": "C" if number % 2 else "A",
        }
        for day, risks in market_of_minimum.items()
        for number, risk in enumerate(risks)
    ]
    blank = dict.fromkeys(
        (
            "supplementary_tier2_capital",
            "life_insurance_risk_minimum_capital",
            "non_life_insurance_risk_minimum_capital",
            "credit_risk_minimum_capital",
            "control_risk_minimum_capital",
        )
    )
    texts = {"entity_id": pl.String, "kind": pl.String, "period_end": pl.Date, "basis": pl.String, "integrated_risk_rating": pl.String}  # fmt: skip
    schema = {name: texts.get(name, AMOUNT) for name in (*rows[0], *blank)}
    return pl.DataFrame([row | blank for row in rows], schema=schema)


def test_a_family_is_a_median_with_its_place_among_the_quarters_and_its_change() -> None:
    days = [date(2025, 3, 31), date(2025, 6, 30), Q3, Q4]
    risks = dict(zip(days, [(10, 20, 90), (10, 30, 40), (10, 40, 50), (10, 25, 30)], strict=True))
    found = risk_families(filed(risks), Rulebook.load())
    market = found.filter(kind="life", family="market").select("value", "change", "level", "companies")
    assert market.rows() == [
        (Decimal("0.2"), None, "low", 3),
        (Decimal("0.3"), 10, "middle", 3),
        (Decimal("0.4"), 10, "high", 3),
        (Decimal("0.25"), -15, "middle", 3),
    ]
    newest = dict(found.filter(kind="all", period_end=Q4).select("family", "value").iter_rows())
    assert newest["solvency"] == Decimal("0.5") and newest["capital_quality"] == Decimal("0.25")
    assert abs(newest["rating"] - Decimal(1) / 3) < Decimal("1e-11")
    assert set(newest) == set(FAMILIES) - {"insurance", "credit", "control"}  # nobody filed these


def test_no_level_is_told_of_too_few_quarters() -> None:
    found = risk_families(filed({Q3: (10, 20), Q4: (20, 30)}), Rulebook.load())
    assert found["level"].null_count() == found.height
