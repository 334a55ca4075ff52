"""What members gave not, not readably or for another day: named, and the rest computed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from consolidation.scenario.group_state import CORE_TIER1, SUPPLEMENTARY_TIER1
from consolidation.scenario.members.member import GroupMember, MemberEffect, OwnFigures
from consolidation.scenario.members.own_results import difference
from tests.consolidation.scenario.stressed import amounts, codes, stressed
from tests.consolidation.scenario.worked import DAY, filing, result, worked_example


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
