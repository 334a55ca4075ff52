"""Stressed statements of groups: the worked examples, what is named and left unchanged, and what never changes anything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from consolidation.progress import Progress
from consolidation.rulebook import Rulebook
from consolidation.scenario.definition import MemberBought, Scenario
from consolidation.scenario.group_state import CORE_TIER1, SUPPLEMENTARY_TIER1
from consolidation.scenario.members.member import GroupMember, MemberEffect, OwnFigures
from consolidation.scenario.members.own_results import difference
from consolidation.scenario.stress import StressTest, stress
from tests.build import read_set, rows
from tests.consolidation.scenario.worked import DAY, filing, result, worked_example
from tests.oracle.plain_reading import Tables

BOOK = Rulebook.load()


def stressed(folder: Path, tables: Tables, *scenarios: dict[str, Any], **how: Any) -> StressTest:
    chosen = [Scenario.model_validate({"stages": [{}], **one}) for one in scenarios] or None
    return stress(read_set(folder, tables), BOOK, chosen, **how)


def amounts(
    test: StressTest, scenario: str = "macro", column: str = "stressed", **where: Any
) -> dict[str, Any]:
    """By line one column of a group's figures."""
    group = where.pop("group_id", "G")
    found = test.lines.filter(scenario=scenario, group_id=group, **{"actions": "before", **where})
    assert found["horizon_end"].n_unique() <= 1
    return dict(found.select("line", column).iter_rows())


def moved(
    test: StressTest, line: str = "actual_capital", **where: Any
) -> dict[tuple[str, str | None], Decimal]:
    """By shock and company what it adds to a line."""
    found = test.attribution.filter(line=line, **where)
    return {
        (shock, entity): change
        for shock, entity, change in found.select("shock", "entity_id", "change").iter_rows()
    }


def codes(test: StressTest) -> set[tuple[str, str]]:
    return {(f.code, f.entity_id) for f in test.findings if f.code.startswith("stress-")}


# --- the worked examples --------------------------------------------------------------------------------------------------


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


# --- what was not given ---------------------------------------------------------------------------------------------------


def test_a_member_that_gave_nothing_is_named_and_the_rest_computed(tmp_path: Path) -> None:
    given = [row for row in worked_example()["stress_results"] if row["entity_id"] == "L"]
    test = stressed(tmp_path, worked_example(stress_results=given))

    assert amounts(test)["actual_capital"] == 8_500
    assert amounts(test, column="status")["actual_capital"] == "partial"
    assert {("stress-result-missing", "J"), ("stress-other-unchanged", "P")} <= codes(test)


def test_an_unreadable_figure_leaves_that_part_unchanged(tmp_path: Path) -> None:
    given = worked_example()["stress_results"]
    given[1]["actual_capital"] = "NaN"
    test = stressed(tmp_path, worked_example(stress_results=given))

    after = amounts(test)
    assert after["actual_capital"] == 9_800
    assert after["minimum_capital"] == 5_895
    assert ("stress-figure-missing", "L") in codes(test)


@pytest.mark.parametrize("lacking", [{2}, {3}, {2, 3}])
@pytest.mark.parametrize("column", ["actual_capital", "core_capital", "minimum_capital"])
def test_a_figure_that_is_not_given_is_named_at_the_row_that_lacks_it(column: str, lacking: set[int]) -> None:
    def figures(row: int, *given: int) -> OwnFigures:
        names = ("actual_capital", "core_capital", "minimum_capital")
        amounts = (
            None if n == column and row in lacking else Decimal(a) for n, a in zip(names, given, strict=True)
        )
        return OwnFigures(*amounts, file="results.csv", row=row)

    member = GroupMember("L", "life", "subsidiary", Decimal(1), Decimal(1), "line", "minimum_capital", None)
    found = difference(
        "macro", member, figures(2, 60, 50, 40), figures(3, 45, 42, 39), "G", date(2023, 12, 31)
    )

    assert [(f.column, f.file, f.row) for f in found.findings] == [(column, "results.csv", max(lacking))]
    assert found.complete == (column == "core_capital")
    tiers = {
        "actual_capital": {},
        "core_capital": {CORE_TIER1: -15},
        "minimum_capital": {CORE_TIER1: -8, SUPPLEMENTARY_TIER1: -7},
    }
    change = 0 if column == "minimum_capital" else -1
    assert found.effect == MemberEffect("macro", "L", tiers[column], change, change)


def test_horizons_that_differ_are_each_computed_and_named(tmp_path: Path) -> None:
    given = worked_example()["stress_results"]
    for row in given[2:]:
        row["horizon_end"] = "2025-12-31"
    test = stressed(tmp_path, worked_example(stress_results=given))

    actual = test.lines.filter(group_id="G", line="actual_capital").sort("horizon_end")
    assert actual.select("horizon_end", "stressed", "status").rows() == [
        (date(2024, 12, 31), 8_500, "partial"),
        (date(2025, 12, 31), 9_800, "partial"),
    ]
    assert {("stress-horizon-differs", "J"), ("stress-horizon-differs", "L")} <= codes(test)


def test_a_result_that_is_not_the_members_own_opens_no_horizon(tmp_path: Path) -> None:
    """A reinsurer's own result is ``own``; that of a life insurer belongs to no scenario of the group."""
    tables = worked_example()
    tables["stress_results"].append(result("L", "own", "4000", "4000", horizon_end="2025-12-31"))
    tables["entities"].append({"entity_id": "R", "name": "再保险", "kind": "reinsurance"})
    tables["ownership"].append({**tables["ownership"][0], "entity_id": "R"})
    tables["solo_filings"].append(filing("R", "reinsurance", "500", "100"))
    test = stressed(tmp_path, tables)

    assert set(test.lines.filter(scenario="macro")["horizon_end"]) == {date(2024, 12, 31)}
    assert ("stress-horizon-differs", "L") not in codes(test)


def test_a_companys_core_surplus_is_over_the_whole_requirement(tmp_path: Path) -> None:
    """Rule 10 form 2.3: (16) = (13) − (14); the group's is over half of it (Rule 19 A12)."""
    test = stressed(tmp_path, worked_example())

    surplus = test.lines.filter(line="core_solvency_surplus")
    assert surplus.filter(entity_id="L").select("base", "stressed").rows() == [(2_000, 600)]
    assert surplus.filter(group_id="G")["stressed"].to_list() == [Decimal("8300") - Decimal("5895") / 2]


def test_tiers_on_a_limit_do_not_pass_it_by_rounding(tmp_path: Path) -> None:
    """Supplementary capital above the core is cut to the core to the last digit, at the base and under stress."""
    tables = worked_example()
    del tables["group_filings"]
    tables["ownership"][1]["stake"] = "0.333333"
    tables["group_capital"] = [
        {"group_id": "G", "period_end": DAY, "line": line, "amount": amount}
        for line, amount in (("2", "7000.01"), ("20", "90000"), ("28", "90000"))
    ]
    tables["stress_results"][2]["actual_capital"] = tables["stress_results"][2]["core_capital"] = "2011.07"
    found = stressed(tmp_path, tables).lines.filter(group_id="G")

    for column in ("base", "stressed"):
        amount = dict(found.select("line", column).iter_rows())
        core = amount["core_tier1_capital"] + amount["core_tier2_capital"]
        assert amount["supplementary_tier1_capital"] == core
        assert amount["core_tier2_capital"] <= core * Decimal("0.3") + Decimal("0.0000005")


def test_limits_held_anew_are_rounded_as_the_engine_rounds_them(tmp_path: Path) -> None:
    """Supplementary tier 2 is 25% of core: of 7,000.000001 and of 5,300.000003, its excess rounded on line 37."""
    tables = worked_example()
    del tables["group_filings"]
    tables["group_capital"] = [
        {"group_id": "G", "period_end": DAY, "line": line, "amount": amount}
        for line, amount in (("2", "7000.000001"), ("35", "90000"))
    ]
    for row in tables["stress_results"]:
        if (row["entity_id"], row["scenario"]) == ("L", "mandatory_2"):
            row["actual_capital"] = row["core_capital"] = "4500.000002"
    test = stressed(tmp_path, tables)

    assert amounts(test, column="base")["supplementary_tier2_capital"] == 1_750
    assert amounts(test)["supplementary_tier2_capital"] == Decimal("1325.000001")


def test_a_set_without_tables_of_stress_tests_says_so(tmp_path: Path) -> None:
    test = stressed(tmp_path, worked_example(stress_results=[]))

    assert test.lines.is_empty()
    assert codes(test) == {("stress-nothing-given", "")}


def test_a_result_that_is_never_guessed_is_named(tmp_path: Path) -> None:
    given = [r for r in worked_example()["stress_results"] if r["entity_id"] == "J"]
    test = stressed(
        tmp_path, worked_example(stress_results=given), {"name": "rates", "results": {"life": "mandatory_3"}}
    )

    missing = [f.value for f in test.findings if f.code == "stress-result-missing" and f.entity_id == "L"]
    assert missing == ["stress_results mandatory_3"]


def test_a_result_without_its_base_counts_for_nothing(tmp_path: Path) -> None:
    given = [row for row in worked_example()["stress_results"] if row["scenario"] != "base"]
    test = stressed(
        tmp_path, worked_example(stress_results=given), {"name": "macro", "results": {"life": "mandatory_2"}}
    )

    assert amounts(test, column="change")["actual_capital"] == 0
    assert ("stress-base-missing", "L") in codes(test)

    of_every_scenario = stressed(tmp_path / "all", worked_example(stress_results=given))
    assert amounts(of_every_scenario, column="change")["actual_capital"] == 0
    assert {("stress-base-missing", "L"), ("stress-base-missing", "J")} <= codes(of_every_scenario)


def test_a_company_that_joined_after_the_report_date_is_named(tmp_path: Path) -> None:
    tables = worked_example()
    tables["entities"].append({"entity_id": "N", "name": "新成员", "kind": "life"})
    tables["ownership"].append(
        {
            "owner_id": "P",
            "entity_id": "N",
            "valid_from": "2024-01-01",
            "stake": "1",
            "relation": "subsidiary",
        }
    )
    tables["stress_results"] += [result("N", "base", "500", "100"), result("N", "mandatory_2", "1", "100")]
    test = stressed(tmp_path, tables)

    assert amounts(test)["actual_capital"] == 8_300
    assert ("stress-not-a-member", "N") in codes(test)


def test_a_scenario_that_nobody_filed_gives_the_base_and_says_so(tmp_path: Path) -> None:
    test = stressed(tmp_path, worked_example(), {"name": "x", "results": {"life": "sensitivity_1"}})

    assert set(amounts(test, "x", "change").values()) == {Decimal(0)}
    assert ("stress-nobody", "") in codes(test)
    assert stressed(tmp_path, worked_example()).lines["scenario"].unique().to_list() == ["macro"]


def test_a_reinsurer_has_its_own_result_or_none_is_missed(tmp_path: Path) -> None:
    tables = worked_example()
    tables["entities"][1]["kind"] = tables["solo_filings"][0]["kind"] = "reinsurance"
    tables["stress_results"] = [result("L", "base", "6000", "4000"), result("L", "own", "5900", "4000")]
    test = stressed(tmp_path, tables, {"name": "m", "results": {"others": ["mandatory_2", "own"]}})

    assert amounts(test, "m")["actual_capital"] == 9_900
    assert ("stress-own-scenario-used", "L") in codes(test)
    assert amounts(test, "m", "status")["actual_capital"] == "computed"


# --- shocks and actions of one's own --------------------------------------------------------------------------------------


def position(entity: str, party: str, asset: str, amount: str) -> dict[str, str]:
    return {
        "entity_id": entity, "period_end": DAY, "counterparty_id": party, "asset_class": asset,
        "sector_scheme": "SWS", "sector": "钢铁", "carrying_amount": amount,
    }  # fmt: skip


POSITIONS: dict[str, Any] = {
    "exposures": [
        position("L", "甲", "equity", "1000"),
        position("L", "乙", "corporate_bond", "800"),
        position("J", "甲", "equity", "100"),
    ],
    "group_financials": rows("group_financials", f"G,{DAY},20000,9000,1"),
}


def test_a_default_costs_each_holder_and_leaves_the_positions_smaller(tmp_path: Path) -> None:
    fails = {
        "name": "fails",
        "stages": [{"shocks": [{"type": "default", "counterparty": "甲", "loss": "0.6"}]}],
    }
    test = stressed(tmp_path, worked_example(**POSITIONS), fails, report_date=date(2023, 12, 31))

    assert moved(test) == {("default", "L"): -600, ("default", "J"): -30}
    assert amounts(test, "fails", "base")["counterparty_concentration_minimum_capital"] == 30
    # 甲 400 and 乙 800 left against 3% of 20,000 − 630.
    assert amounts(test, "fails")["counterparty_concentration_minimum_capital"] == Decimal("10.945")


def test_positions_serve_where_a_member_gave_no_drivers(tmp_path: Path) -> None:
    given = worked_example()["stress_results"][2:]
    test = stressed(tmp_path, worked_example(stress_results=given, **POSITIONS))

    assert moved(test) == {("mandatory_2", "J"): -200, ("equity_fall", "L"): -200, ("credit_loss", "L"): -80}
    assert {("stress-drivers-from-positions", "L"), ("stress-driver-missing", "L")} <= codes(test)


@pytest.mark.parametrize("others", [True, False])
def test_positions_serve_for_the_driver_that_a_member_did_not_give(others: bool, tmp_path: Path) -> None:
    """Whether or not another member gave none at all."""
    drivers = [
        {"entity_id": "L", "period_end": DAY, "equity_assets": "500", "fixed_income_fair_value": "9", "modified_duration": "0"},
        {"entity_id": "J", "period_end": DAY, "equity_assets": "100", "fixed_income_fair_value": "0", "modified_duration": "0", "credit_risk_assets": "0"},
    ]  # fmt: skip
    tables = worked_example(stress_results=[], stress_drivers=drivers[: 2 - others], **POSITIONS)
    test = stressed(tmp_path, tables)

    of_insurer = {
        shock: change for (shock, who), change in moved(test, scenario="macro").items() if who == "L"
    }
    assert of_insurer == {"equity_fall": -100, "credit_loss": -80, "yield_rise": 0}
    told = [
        (f.value, f.code) for f in test.findings if f.entity_id == "L" and f.detail["scenario"] == "macro"
    ]
    assert told == [("credit_risk_assets", "stress-drivers-from-positions")]


def test_positions_serve_at_a_horizon_where_the_members_result_has_no_base(tmp_path: Path) -> None:
    given = [
        r for r in worked_example()["stress_results"] if (r["entity_id"], r["scenario"]) != ("L", "base")
    ]
    test = stressed(tmp_path, worked_example(stress_results=given, **POSITIONS))

    assert moved(test) == {("mandatory_2", "J"): -200, ("equity_fall", "L"): -200, ("credit_loss", "L"): -80}
    assert ("stress-base-missing", "L") in codes(test)


def test_stages_follow_each_other_and_each_adds_up(tmp_path: Path) -> None:
    stages = [
        {"shocks": [{"type": "capital_loss", "companies": ["L"], "amount": 1000}]},
        {"shocks": [{"type": "guarantee_called", "companies": ["L"], "loss": "0.5"}]},
    ]
    more = {"guarantees": rows("guarantees", f"G,1,{DAY},J,L,400")}
    test = stressed(
        tmp_path, worked_example(**more), {"name": "two", "stages": stages}, report_date=date(2023, 12, 31)
    )

    assert [amounts(test, "two", stage=n)["actual_capital"] for n in (1, 2)] == [9_000, 8_900]
    assert moved(test, stage=2) == {("capital_loss", "L"): -1_000, ("guarantee_called", "J"): -100}


def test_a_guarantee_of_nothing_is_not_called_and_one_of_little_is(tmp_path: Path) -> None:
    filed = read_set(
        tmp_path, worked_example(guarantees=rows("guarantees", f"G,1,{DAY},J,L,0", f"G,2,{DAY},J,L,0.5"))
    )
    called = {"shocks": [{"type": "guarantee_called", "companies": ["L"]}]}
    scenario = Scenario.model_validate({"name": "called", "stages": [called]})
    test = stress(filed, BOOK, [scenario], report_date=date(2023, 12, 31))

    assert moved(test) == {("guarantee_called", "J"): Decimal("-0.25")}
    (key,) = test.moves
    assert test.filing_set(filed, *key).tables["guarantees"]["guarantee_id"].to_list() == ["1"]


def test_actions_are_told_before_and_after_and_approved_ones_are_in_the_base(tmp_path: Path) -> None:
    from consolidation.scenario.definition import DividendCut, InstrumentIssued

    actions = [
        DividendCut(type="dividend_cut", companies=("L",), amount=Decimal(100)),
        InstrumentIssued(
            type="instrument_issued",
            companies=("L",),
            amount=Decimal(300),
            tier="supplementary_tier1_capital",
        ),
        InstrumentIssued(
            id="approved", type="instrument_issued", companies=("L",), amount=Decimal(50), approved=True
        ),
    ]
    test = stressed(tmp_path, worked_example(), actions=actions)

    assert amounts(test, column="base")["actual_capital"] == 10_050
    assert amounts(test)["actual_capital"] == 8_350
    assert amounts(test, actions="after")["actual_capital"] == 8_750
    assert amounts(test, actions="after")["supplementary_tier1_capital"] == 300


def test_a_member_that_is_sold_takes_capital_and_requirement_along(tmp_path: Path) -> None:
    sold = {
        "name": "sale",
        "stages": [{"shocks": [{"type": "member_sold", "companies": ["J"], "price": 900}]}],
    }
    after = amounts(stressed(tmp_path, worked_example(), sold), "sale")

    assert after["actual_capital"] == 10_000 - 1_000 + 900
    assert after["insurance_members_minimum_capital"] == 4_000


def test_nobody_is_bought_who_is_a_member_already(tmp_path: Path) -> None:
    """Not one of the report date, nor one that was bought before; one that was sold can be bought back."""

    def bought(id: str, company: str) -> dict[str, Any]:
        more = {"kind": "life", "actual_capital": 900, "minimum_capital": 300, "price": 500}
        return {"id": id, "type": "member_bought", "company": company, **more}

    stages = [
        {"shocks": [bought("of_member", "L"), bought("first", "N")]},
        {"shocks": [bought("twice", "N"), {"type": "member_sold", "companies": ["J"], "price": 1_000}]},
        {"shocks": [bought("back", "J")]},
    ]
    action = MemberBought.model_validate(bought("listed", "L"))
    test = stressed(tmp_path, worked_example(), {"name": "buys", "stages": stages}, actions=[action])

    assert [amounts(test, "buys", stage=n)["actual_capital"] for n in (1, 2, 3)] == [10_400, 10_400, 10_800]
    told = [f for f in test.findings if f.code == "stress-already-a-member"]
    assert ("stress-nobody", "") not in codes(test), "the scenario asks nobody for anything"
    assert {(f.value, f.entity_id, f.detail["stage"]) for f in told} == {
        ("of_member", "L", "1"), ("twice", "N", "2"), ("listed", "L", "3"),
    }  # fmt: skip
    (twice,) = [f for f in told if f.value == "twice"]
    assert "情景「buys」第 2 阶段的「twice」要收购「N」" in twice.message("zh")
    assert "stage 2 of buys twice buys N" in twice.message("en")


def test_the_second_round_calls_the_guarantees_of_a_member_in_breach(tmp_path: Path) -> None:
    given = [
        *worked_example()["stress_results"][:1],
        result("L", "mandatory_2", "3000", "3900"),
        *worked_example()["stress_results"][2:],
    ]
    more = {"guarantees": rows("guarantees", f"G,1,{DAY},J,L,2000")}
    test = stressed(tmp_path, worked_example(stress_results=given, **more), with_second_round=True)

    assert moved(test)["second_round", "J"] == -800, "half of 1,600: it pays all that it has"
    owed = test.clearing.select("debtor_id", "creditor_id", "owed", "paid", "way_out").rows()
    assert owed == [("J", "L", 2_000, 1_600, "L"), ("L", None, 2_000, 2_000, None)]


@pytest.mark.parametrize(
    "scenario", [{"name": "none"}, {"name": "fall", "stages": [{"shocks": []}, {"shocks": []}]}]
)
def test_without_shocks_every_line_is_the_bases(tmp_path: Path, scenario: dict[str, Any]) -> None:
    test = stressed(tmp_path, worked_example(**POSITIONS), scenario)

    assert test.lines["base"].equals(test.lines["stressed"])
    assert test.descriptions.is_empty(), "nothing is said of what says nothing of itself"
    statement = next(iter(test.statements.values()))
    assert statement == test.consolidations[date(2023, 12, 31)].statements[0]


def test_a_date_without_law_and_a_group_in_error_are_named(tmp_path: Path) -> None:
    tables = worked_example()
    tables["stress_results"].append(result("L", "base", "1", "1", report_date="2020-12-31"))
    tables["solo_filings"].append(filing("L", "life", "1", "1"))
    test = stressed(tmp_path, tables)

    assert ("stress-no-rule-in-force", "") in codes(test)
    assert test.blocked == (("G", date(2023, 12, 31)),)
    assert test.lines.is_empty()


def test_a_damaged_stress_table_stops_no_statement(tmp_path: Path) -> None:
    tables = worked_example(stress_results="")
    (tmp_path / "stress_results.csv").write_text("entity_id,scenario\nL,base\n", "utf-8")
    test = stressed(tmp_path, tables, {"name": "none"}, report_date=date(2023, 12, 31))

    assert test.blocked == ()
    assert amounts(test, "none")["actual_capital"] == 10_000


def test_every_frame_is_of_its_schema(tmp_path: Path) -> None:
    from consolidation.scenario import schemas

    test = stressed(tmp_path, worked_example(), with_second_round=True)
    for schema, frame in (
        (schemas.StressLines, test.lines),
        (schemas.StressLines, test.base),
        (schemas.StressAttribution, test.attribution),
        (schemas.ReverseResults, test.reverse),
        (schemas.MemberChanges, test.changes),
        (schemas.ClearingPayments, test.clearing),
    ):
        schema.validate(frame)
    assert test.lines.filter(pl.col("group_id").is_null() == pl.col("entity_id").is_null()).is_empty()


# --- the reverse test, and companies in no group --------------------------------------------------------------------------


def driven(**drivers: str) -> Tables:
    given = worked_example()["stress_results"]
    return worked_example(
        stress_results=[row for row in given if row["scenario"] == "base"],
        stress_drivers=[{"entity_id": "L", "period_end": DAY, **drivers}],
    )


def test_how_far_a_driver_may_move(tmp_path: Path) -> None:
    test = stressed(
        tmp_path,
        driven(equity_assets="8000", credit_risk_assets="3000", combined_ratio="0.9", earned_premium="12345"),
    )

    columns = ("driver", "ratio", "size", "reached_ratio", "status", "due")
    assert test.reverse.select(columns).rows() == [
        ("equity_assets", "comprehensive", Decimal("-0.5"), 1, "reached", False),
        ("equity_assets", "core", Decimal("-0.875"), Decimal("0.5"), "reached", False),
        ("credit_risk_assets", "comprehensive", None, None, "not reached at −100%", False),
        ("credit_risk_assets", "core", None, None, "not reached at −100%", False),
        ("combined_ratio", "comprehensive", Decimal("0.360019"), Decimal("1.000001"), "reached", False),
        ("combined_ratio", "core", Decimal("0.630034"), Decimal("0.500001"), "reached", False),
    ]


def test_a_reverse_answer_put_in_gives_the_ratio_and_a_step_further_misses_it(tmp_path: Path) -> None:
    tables = driven(equity_assets="7777.777777")
    tables["guarantees"] = rows("guarantees", f"G,1,{DAY},P,L,2000")
    tables["group_financials"] = rows(
        "group_financials", f"G,{DAY},20000,9000,1", "G,2022-12-31,20000,9000,1"
    )
    (answer,) = stressed(tmp_path, tables).reverse.filter(ratio="comprehensive").iter_rows(named=True)
    sizes = (-answer["size"], -answer["size"] + Decimal("0.000001"))
    at, further = (
        amounts(
            stressed(
                tmp_path,
                tables,
                {"name": "s", "stages": [{"shocks": [{"type": "equity_fall", "fall": size}]}]},
            ),
            "s",
        )
        for size in sizes
    )

    assert at["comprehensive_solvency_ratio"] == answer["reached_ratio"]
    assert at["comprehensive_solvency_surplus"] >= 0 > further["comprehensive_solvency_surplus"]


@pytest.mark.parametrize(
    ("actual", "due"), [("9000", True), ("8999.999", True), ("9000.01", False), ("5999", False)]
)
def test_a_reverse_test_is_due_where_the_base_is_between_its_bounds(
    tmp_path: Path, actual: str, due: bool
) -> None:
    tables = driven(equity_assets="1")
    tables["group_filings"][0] |= {"actual_capital": actual, "core_tier1_capital": actual}
    test = stressed(tmp_path, tables)

    assert test.reverse["due"].unique().to_list() == [due]


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
