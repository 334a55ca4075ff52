"""Stressed statements of groups: the worked examples, the base at the horizon, tiers and their limits, companies in no group."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from consolidation.progress import Progress
from tests.build import rows
from tests.consolidation.scenario.stressed import amounts, codes, moved, stressed
from tests.consolidation.scenario.worked import DAY, filing, result, worked_example


def test_top_down_macro_of_a_member_by_its_drivers(tmp_path: Path) -> None:
    drivers = {
        "entity_id": "L", "period_end": DAY, "equity_assets": "2000", "fixed_income_fair_value": "4000",
        "modified_duration": "6", "credit_risk_assets": "5000",
    }  # fmt: skip
    test = stressed(tmp_path, worked_example(stress_results=[], stress_drivers=[drivers]))

    assert moved(test, scenario="macro") == {
        ("equity_fall", "L"): -400,
        ("yield_rise", "L"): -120,
        ("credit_loss", "L"): -500,
    }
    assert amounts(test)["actual_capital"] == 10_000 - 1_020
    assert amounts(test)["minimum_capital"] == 6_000, "the requirement stays"
    assert amounts(test, column="status")["actual_capital"] == "partial", "the joint venture gave nothing"


def test_top_down_insurance_risk_of_a_property_insurer(tmp_path: Path) -> None:
    drivers = {"entity_id": "J", "period_end": DAY, "earned_premium": "1000", "combined_ratio": "0.98"}
    test = stressed(tmp_path, worked_example(stress_results=[], stress_drivers=[drivers]))

    assert moved(test, scenario="insurance_risk") == {("premium_growth", "J"): Decimal("-56.8")}
    of_company = test.lines.filter(entity_id="J", scenario="insurance_risk", line="actual_capital")
    assert of_company["change"].item() == Decimal("-113.6")
    assert ("stress-result-missing", "L") in codes(test), "a life insurer's is never guessed"


def test_a_holding_group_from_its_members_own_results(tmp_path: Path) -> None:
    test = stressed(tmp_path, worked_example())
    base, after = amounts(test, column="base"), amounts(test)

    assert (base["actual_capital"], base["minimum_capital"]) == (10_000, 6_000)
    assert after["actual_capital"] == after["core_tier1_capital"] == 8_300
    assert after["quantifiable_risk_minimum_capital"] == Decimal("5614.285714")
    assert after["minimum_capital"] == 5_895
    assert after["comprehensive_solvency_ratio"] == Decimal("1.407973")
    assert moved(test) == {("mandatory_2", "L"): -1_500, ("mandatory_2", "J"): -200}
    assert moved(test, "minimum_capital") == {("mandatory_2", "L"): -105, ("mandatory_2", "J"): 0}
    assert set(amounts(test, column="status").values()) == {"computed", "no data"}


def test_who_looks_on_is_told_of_the_steps(tmp_path: Path) -> None:
    told: list[str] = []

    class Listener(Progress):
        @contextmanager
        def step(self, name: str) -> Iterator[None]:
            told.append(name)
            yield

    stressed(tmp_path, worked_example(), progress=Listener())
    assert "structure" in told


def test_quarterly_factors_top_down(tmp_path: Path) -> None:
    drivers = [
        {
            "entity_id": "J",
            "period_end": DAY,
            "earned_premium": "300",
            "claims_ratio": "0.6",
            "equity_assets": "50",
        },
        {"entity_id": "L", "period_end": DAY, "credit_risk_assets": "5000", "equity_assets": "100"},
    ]
    test = stressed(tmp_path, worked_example(stress_results=[], stress_drivers=drivers))

    assert moved(test, scenario="quarter_1") == {("claims_rise", "J"): -18, ("credit_loss", "L"): -500}
    assert moved(test, scenario="quarter_2") == {
        ("equity_fall", "J"): Decimal("-7.5"),
        ("equity_fall", "L"): -30,
    }
    assert test.lines.filter(scenario="quarter_1")["horizon_end"].unique().to_list() == [date(2024, 3, 31)]
    assert test.lines.filter(scenario="equity_fall")["horizon_end"].unique().to_list() == [date(2024, 12, 31)]


# --- base, tiers and limits -----------------------------------------------------------------------------------------------


def test_the_base_at_the_horizon_moves_with_the_members_own_base(tmp_path: Path) -> None:
    given = [
        result("L", "base", "6500", "4200"),
        result("L", "mandatory_2", "5000", "4100"),
        result("J", "base", "2100", "1000"),
        result("J", "mandatory_2", "1700", "1000"),
    ]
    test = stressed(tmp_path, worked_example(stress_results=given))
    base, after = amounts(test, column="base"), amounts(test)

    assert base["actual_capital"] == 10_000 + 500 + 50
    assert base["quantifiable_risk_minimum_capital"] == Decimal("5914.285714")
    assert after["actual_capital"] == 10_550 - 1_500 - 200
    assert amounts(test, column="change")["actual_capital"] == -1_700


def test_a_base_without_core_capital_is_not_missed_where_its_actual_capital_is_there(tmp_path: Path) -> None:
    """The core of the report date is filed; that of the base at the horizon is told once, by the scenario that needs it."""
    given = [
        result("L", "base", "6500", "4200", core_capital=""),
        result("L", "mandatory_2", "5000", "4100"),
        result("J", "base", "", "1000", core_capital=""),
        result("J", "mandatory_2", "1700", "1000"),
    ]
    found = stressed(tmp_path, worked_example(stress_results=given)).findings
    of_base = [
        (f.entity_id, f.column)
        for f in found
        if f.code == "stress-figure-missing" and f.detail["scenario"] == "base"
    ]
    assert of_base == [("J", "actual_capital")]


def test_core_capital_falls_in_core_tier_1_and_the_rest_in_supplementary_tier_1(tmp_path: Path) -> None:
    given = [
        result("L", "base", "6000", "4000", core_capital="5000"),
        result("L", "mandatory_2", "4500", "4000", core_capital="4200"),
    ]
    tables = worked_example(stress_results=given)
    tables["group_filings"][0] |= {"core_tier1_capital": "9000", "supplementary_tier1_capital": "1000"}
    tables["solo_filings"][0]["core_tier1_capital"] = "5000"
    after = amounts(stressed(tmp_path, tables))

    assert (after["core_tier1_capital"], after["supplementary_tier1_capital"]) == (8_200, 300)


def test_the_limits_of_the_tiers_are_held_anew(tmp_path: Path) -> None:
    given = [result("L", "base", "6000", "4000"), result("L", "mandatory_2", "1000", "4000")]
    tables = worked_example(stress_results=given)
    tables["group_filings"][0] |= {"core_tier1_capital": "6000", "supplementary_tier1_capital": "4000"}
    test = stressed(tmp_path, tables)
    after = amounts(test)

    assert (after["core_tier1_capital"], after["supplementary_tier1_capital"]) == (1_000, 1_000)
    assert after["actual_capital"] == 2_000
    assert moved(test) == {("mandatory_2", "L"): -5_000, ("tier_limits", None): -3_000}


def test_what_the_base_exceeds_uncut_stays_uncut(tmp_path: Path) -> None:
    given = [result("L", "base", "6000", "4000"), result("L", "mandatory_2", "5900", "4000")]
    tables = worked_example(stress_results=given)
    tables["group_filings"][0] |= {"core_tier1_capital": "4000", "supplementary_tier1_capital": "6000"}
    after = amounts(stressed(tmp_path, tables))

    assert after["core_tier1_capital"] == 3_900
    assert after["supplementary_tier1_capital"] == 5_900, "2,000 too much as before, and 100 cut anew"


def test_a_capital_sheet_is_cut_as_the_engine_cuts_it(tmp_path: Path) -> None:
    given = [result("L", "base", "6000", "4000"), result("L", "mandatory_2", "1000", "4000")]
    sheet = [
        {"group_id": "G", "period_end": DAY, "line": line, "amount": a}
        for line, a in (("2", "6000"), ("28", "4000"))
    ]
    tables = worked_example(stress_results=given, group_capital=sheet)
    after = amounts(stressed(tmp_path, tables))

    assert (after["core_tier1_capital"], after["supplementary_tier1_capital"]) == (1_000, 1_000)


def test_a_loss_larger_than_the_tier_is_named(tmp_path: Path) -> None:
    given = [result("L", "base", "6000", "4000"), result("L", "mandatory_2", "-6000", "4000")]
    test = stressed(tmp_path, worked_example(stress_results=given))

    assert amounts(test)["actual_capital"] == -2_000
    assert ("stress-tier-below-zero", "") in codes(test)


@pytest.mark.parametrize(
    ("before", "told"),
    [
        ("0.5", [("supplementary_tier1_capital", "-0.500000")]),
        ("0", [("supplementary_tier1_capital", "-1.000000")]),
        ("-1", []),
    ],
)
def test_a_tier_is_named_where_the_scenario_brings_it_below_zero(
    tmp_path: Path, before: str, told: list[tuple[str, str]]
) -> None:
    given = [
        result("L", "base", "6000", "4000", core_capital="5000"),
        result("L", "mandatory_2", "5999", "4000", core_capital="5000"),
    ]
    tables = worked_example(stress_results=given)
    tables["group_filings"][0] |= {
        "supplementary_tier1_capital": before,
        "core_tier1_capital": str(10_000 - Decimal(before)),
    }
    tables["solo_filings"][0]["core_tier1_capital"] = "5000"
    findings = stressed(tmp_path, tables, {"name": "macro", "results": {"life": "mandatory_2"}}).findings
    assert [(f.column, f.value) for f in findings if f.code == "stress-tier-below-zero"] == told


def test_group_specific_risk_is_measured_anew_on_assets_after_the_loss(tmp_path: Path) -> None:
    more: dict[str, Any] = {
        "group_financials": rows("group_financials", f"G,{DAY},20000,9000,1", "G,2022-12-31,20000,9000,1"),
        "guarantees": rows("guarantees", f"G,1,{DAY},P,L,2000"),
    }
    test = stressed(tmp_path, worked_example(**more))
    base, after = amounts(test, column="base"), amounts(test)

    assert base["contagion_risk_minimum_capital"] == 20, "(2,000 − 20% × 9,000) × 0.1"
    assert after["contagion_risk_minimum_capital"] == 54, "(2,000 − 20% × 7,300) × 0.1"
    assert moved(test, "minimum_capital")["group_specific_risk", None] == Decimal("35.7"), "34 × 1.05"


def test_a_company_in_no_group_is_stressed_by_itself(tmp_path: Path) -> None:
    tables = worked_example()
    tables["entities"].append({"entity_id": "N", "name": "独立寿险", "kind": "life"})
    tables["solo_filings"].append(filing("N", "life", "500", "100"))
    tables["stress_results"] += [result("N", "base", "480", "100"), result("N", "mandatory_2", "90", "100")]
    test = stressed(tmp_path, tables)

    actual = test.lines.filter(entity_id="N", line="comprehensive_solvency_ratio")
    assert actual.select("base", "stressed", "status").rows() == [
        (Decimal("4.8"), Decimal("0.9"), "computed")
    ]
