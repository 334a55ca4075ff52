"""Shocks and actions of one's own, their stages, the second round, and what changes nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from consolidation.scenario.definition import MemberBought, Scenario
from consolidation.scenario.stress import stress
from tests.build import read_set, rows
from tests.consolidation.scenario.stressed import BOOK, amounts, codes, moved, stressed
from tests.consolidation.scenario.worked import DAY, filing, result, worked_example


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
