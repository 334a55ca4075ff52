"""Why an insurer's ratio changed: by tier and risk part, adding up to the last digit for every pair of its filings."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import combinations, product
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from consolidation.filing_set import read_filing_set
from consolidation.filing_set.filing_basis import prefer_audited
from consolidation.money import line_amount
from monitoring.flags.attribution.company_bridge import (
    BESIDE,
    QUANTIFIABLE,
    RISK_PARTS,
    TIERS,
    company_bridge,
)
from monitoring.flags.attribution.ratio_bridge import Bridge
from monitoring.ratios import MEASURES, solo_figures
from tests.build import Q2, Q4
from tests.monitoring.flags.attribution.test_ratio_bridge import assert_adds_up

_AMOUNTS = ("actual_capital", *TIERS, "minimum_capital", QUANTIFIABLE, *RISK_PARTS, *BESIDE)


def filed(*days: tuple[date, dict[str, Any]]) -> pl.DataFrame:
    """One filing of 甲 a day; what is not given was not filed."""
    rows = [{"entity_id": "甲", "period_end": day, "basis": "quarterly"} | given for day, given in days]
    amounts = dict.fromkeys(_AMOUNTS, pl.Decimal(38, 6))
    return pl.DataFrame(
        rows, schema={"entity_id": pl.String, "period_end": pl.Date, "basis": pl.String, **amounts}
    )


EARLIER = {
    "actual_capital": 300, "core_tier1_capital": 240, "supplementary_tier1_capital": 60,
    "minimum_capital": 200, "quantifiable_risk_minimum_capital": 190, "control_risk_minimum_capital": 10,
    "life_insurance_risk_minimum_capital": 100, "market_risk_minimum_capital": 160, "diversification_effect": 50,
}  # fmt: skip
LATER = {
    "actual_capital": 280, "core_tier1_capital": 210, "core_tier2_capital": 30, "supplementary_tier1_capital": 40,
    "minimum_capital": 250, "quantifiable_risk_minimum_capital": 228, "control_risk_minimum_capital": 20,
    "life_insurance_risk_minimum_capital": 110, "market_risk_minimum_capital": 200, "diversification_effect": 70,
}  # fmt: skip


def bridge(earlier: dict[str, Any], later: dict[str, Any], measure: str = "comprehensive") -> Bridge:
    found = company_bridge(filed((Q2, earlier), (Q4, later)), Q2, Q4, measure)
    assert found is not None
    return found


def test_the_requirement_weighs_first_by_risk_part_then_the_capital_by_tier() -> None:
    """300/200 → 300/250 → 280/250. A part of the requirement weighs −300 ÷ (200 × 250), capital 1 ÷ 250.

    Size: 190 − (100 + 160 − 50) = −20, then 228 − (110 + 200 − 70) = −12. Of the later 250 the filing gives 248.
    """
    found = bridge(EARLIER, LATER)
    assert dict(found.by_effect().select("name", "ratio").iter_rows()) == {
        "membership": 0,
        "requirement": Decimal("-0.3"),
        "capital": Decimal("-0.08"),
    }
    steps = {item: (needs, has, ratio) for _, _, _, item, needs, has, ratio in found.steps.iter_rows()}
    assert steps == {
        "life_insurance_risk_minimum_capital": (10, 0, Decimal("-0.06")),
        "market_risk_minimum_capital": (40, 0, Decimal("-0.24")),
        "diversification_effect": (-20, 0, Decimal("0.12")),
        "size_adjustment": (8, 0, Decimal("-0.048")),
        "control_risk_minimum_capital": (10, 0, Decimal("-0.06")),
        "": (2, 0, Decimal("-0.012")),
        "core_tier1_capital": (0, -30, Decimal("-0.12")),
        "core_tier2_capital": (0, 30, Decimal("0.12")),
        "supplementary_tier1_capital": (0, -20, Decimal("-0.08")),
    }
    assert_adds_up(found)


def test_the_core_ratio_is_led_over_by_the_core_tiers_alone() -> None:
    """240/200 → 240/250 → (210 + 30)/250."""
    found = bridge(EARLIER, LATER, "core")
    assert (found.opening.ratio, found.closing.ratio) == (Decimal("1.2"), Decimal("0.96"))
    assert set(found.steps.filter(pl.col("effect") == "capital")["item"]) == {
        "core_tier1_capital",
        "core_tier2_capital",
    }
    assert_adds_up(found)


def test_what_one_of_the_filings_does_not_break_down_is_one_step() -> None:
    totals = {"actual_capital": 280, "minimum_capital": 250}
    found = bridge(EARLIER, totals)
    assert found.steps.select("item", "requirement", "capital").rows() == [
        ("minimum_capital", 50, 0),
        ("actual_capital", 0, -20),
    ]
    assert_adds_up(found)
    coarse = bridge(EARLIER, totals | {"quantifiable_risk_minimum_capital": 240})
    assert "quantifiable_risk_minimum_capital" in coarse.steps["item"].to_list()


def test_without_capital_or_filing_there_is_no_bridge() -> None:
    assert company_bridge(filed((Q2, EARLIER), (Q4, {"minimum_capital": 1})), Q2, Q4, "core") is None
    assert company_bridge(filed((Q2, EARLIER)), Q2, Q4, "core") is None


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_it_always_adds_up(data: st.DataObject) -> None:
    amount = st.none() | st.integers(-(10**12), 10**12).map(lambda n: Decimal(n) / 10**6)
    one = st.fixed_dictionaries(dict.fromkeys(_AMOUNTS, amount))
    found = company_bridge(filed((Q2, data.draw(one)), (Q4, data.draw(one))), Q2, Q4, "comprehensive")
    if found is not None:
        assert_adds_up(found)


def assert_pairs_add_up(filings: pl.DataFrame, every: int) -> int:
    """Bridges of both ratios between pairs of a company's dates, of all companies' pairs every so many; both ends as shown elsewhere."""
    computed = solo_figures(filings).filter(figure_basis="amounts")
    shown = {
        tuple(key): ratio
        for *key, ratio in computed.select("subject_id", "period_end", "measure", "ratio").iter_rows()
    }
    companies = prefer_audited(filings, "entity_id", "period_end").partition_by("entity_id")
    pairs = [(own, *pair) for own in companies for pair in combinations(sorted(own["period_end"]), 2)]
    made = 0
    for (own, *pair), measure in product(pairs[::every], MEASURES):
        found = company_bridge(own, *pair, measure)
        if found is None:
            continue
        assert_adds_up(found)
        for end in (found.opening, found.closing):
            ratio = shown.get((found.subject_id, end.period_end, measure))
            assert ratio is None or end.ratio == line_amount(ratio)
        made += 1
    return made


def test_bridges_of_the_published_filings_add_up(filings: Path) -> None:
    """181 insurers with up to eight filings."""
    solo = read_filing_set(str(filings)).tables["solo_filings"]
    assert assert_pairs_add_up(solo, every=23) > 300
