"""A17: each member's own requirement – overseas insurers, banks, what the supervisor set – and what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from consolidation.consolidate import consolidate
from consolidation.findings import Severity
from consolidation.provenance import Status
from consolidation.rulebook import Rulebook
from tests.build import consolidated, read_set

GROUP = {
    "groups": "group_id,name,type,parent_id\nG,Group,insurance_holding,P\n",
    "ownership": "owner_id,entity_id,valid_from,stake,relation\nP,A,2020-01-01,1,subsidiary\nP,O,2020-01-01,1,subsidiary\n",
    "group_financials": "group_id,period_end,total_assets,net_assets,income\nG,2023-06-30,1000,100,50\n",
}


def overseas(tmp_path: Path, rules: str, assets: str, equivalent: str = "", group: dict[str, str] = GROUP):
    return consolidated(
        tmp_path,
        group
        | {
            "entities": f"entity_id,name,kind,jurisdiction,equivalent_regime\nP,P,holding,,\nA,A,life,,\nO,O,life,HK,{equivalent}\n",
            "solo_filings": f"entity_id,kind,period_end,basis,actual_capital,minimum_capital,total_assets,rules\nA,life,2023-06-30,quarterly,90,10,900,\nO,life,2023-06-30,quarterly,9,2,{assets},{rules}\n",
        },
    )


@pytest.mark.parametrize(
    ("rules", "assets", "equivalent"), [("c_ross", "900", ""), ("local", "50", ""), ("local", "900", "true")]
)
def test_an_overseas_insurer_counts_under_chinese_rules_or_if_small_or_equivalent(
    tmp_path: Path, rules: str, assets: str, equivalent: str
) -> None:
    result = overseas(tmp_path, rules, assets, equivalent)
    assert result.statements[0].amount("insurance_members_minimum_capital") == 12
    assert [f for f in result.findings if f.severity is Severity.ERROR] == []


def test_a_local_figure_of_a_large_overseas_insurer_stops_the_group(tmp_path: Path) -> None:
    result = overseas(tmp_path, "local", "50.000001")
    (fault,) = [f for f in result.findings if f.severity is Severity.ERROR]
    assert (fault.code, fault.entity_id, fault.row, fault.column, fault.article) == (
        "overseas-local-rules",
        "O",
        3,
        "rules",
        "Rule 19 A17(2)",
    )
    assert result.statements == ()


def test_no_company_is_too_large_for_a_group_of_which_nothing_is_left(tmp_path: Path) -> None:
    nothing = GROUP | {"group_financials": GROUP["group_financials"].replace(",1000,", ",0,")}
    result = overseas(tmp_path, "local", "1", group=nothing)
    (said,) = [f for f in result.findings if f.column == "rules"]
    assert (said.code, said.severity, said.value) == (
        "overseas-size-not-measurable",
        Severity.WARNING,
        "0.000000",
    )
    assert result.statements[0].amount("insurance_members_minimum_capital") == 12


def bank(tmp_path: Path, row: str):
    return consolidated(
        tmp_path,
        GROUP
        | {
            "entities": "entity_id,name,kind\nP,P,holding\nA,A,life\nO,O,bank\n",
            "solo_filings": "entity_id,kind,period_end,basis,actual_capital,minimum_capital\nA,life,2023-06-30,quarterly,90,10\n",
            "sector_filings": f"entity_id,period_end,measure,amount,required_ratio\n{row}\n",
        },
    )


def test_a_banks_requirement_is_multiplied_exactly_and_rounded_once(tmp_path: Path) -> None:
    result = bank(tmp_path, "O,2023-06-30,risk_weighted_assets,0.000005,0.1")
    # 0.0000005 is halfway: to even, zero.
    assert result.statements[0].amount("bank_members_minimum_capital") == 0
    result = bank(tmp_path, "O,2023-06-30,risk_weighted_assets,1234.567891,0.105")
    assert f"{result.statements[0].amount('bank_members_minimum_capital')}" == "129.629629"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("O,2023-06-30,risk_weighted_assets,1000,", "required-ratio-missing"),
        ("O,2023-06-30,risk_capital,1000,", "measure-of-another-sector"),
    ],
)
def test_a_banks_filing_that_cannot_give_a_requirement_stops_the_group(
    tmp_path: Path, row: str, code: str
) -> None:
    result = bank(tmp_path, row)
    assert [f.code for f in result.findings if f.severity is Severity.ERROR] == [code]
    assert result.blocked[0][0] == "G"


@pytest.mark.parametrize(
    ("kind", "jurisdiction", "measure", "article"),
    [
        ("bank", "", "risk_weighted_assets", "Rule 19 A17(3)"),
        ("bank", "HK", "risk_capital", "Rule 19 A17(4)"),  # by its own supervisor's measure, whatever that is
        ("bank", "HK", "set_minimum_capital", "Rule 19 A17(4)"),
        ("holding", "", "set_minimum_capital", "Rule 19 A17(1)"),
        ("other", "", "set_minimum_capital", "Rule 19 A17(5)"),
    ],
)
def test_a_member_that_is_no_insurer_counts_under_the_article_of_its_kind(
    tmp_path: Path, kind: str, jurisdiction: str, measure: str, article: str
) -> None:
    result = consolidated(
        tmp_path,
        GROUP
        | {
            "entities": f"entity_id,name,kind,jurisdiction\nP,P,holding,\nA,A,life,\nO,O,{kind},{jurisdiction}\n",
            "solo_filings": "entity_id,kind,period_end,basis,actual_capital,minimum_capital\nA,life,2023-06-30,quarterly,90,10\n",
            "sector_filings": f"entity_id,period_end,measure,amount,required_ratio\nO,2023-06-30,{measure},80,0.1\n",
        },
    )
    (row,) = result.contributions.filter(entity_id="O").iter_rows(named=True)
    weighted = measure == "risk_weighted_assets"
    assert (row["article"], row["amount"]) == (article, 8 if weighted else 80)
    assert row["column"] == ("amount × required_ratio" if weighted else "amount")


def test_a_member_of_no_known_kind_counts_with_what_it_files_elsewhere(tmp_path: Path) -> None:
    result = consolidated(
        tmp_path,
        {
            "groups": GROUP["groups"],
            "group_members": "group_id,entity_id,relation\nG,P,parent\nG,A,subsidiary\nG,O,subsidiary\n",
            "solo_filings": "entity_id,kind,period_end,basis,actual_capital,minimum_capital\nA,life,2023-06-30,quarterly,90,10\n",
            "sector_filings": "entity_id,period_end,measure,amount\nO,2023-06-30,set_minimum_capital,80\n",
        },
    )
    rows = result.contributions.select("entity_id", "line", "amount", "article").rows()
    assert sorted(rows) == [
        ("A", "insurance_members_minimum_capital", 10, "Rule 19 A16, A17(1)"),
        ("O", "other_members_minimum_capital", 80, "Rule 19 A17(5)"),
    ]


def test_an_insurer_that_filed_nothing_and_one_that_filed_no_requirement_are_each_said_once(
    tmp_path: Path,
) -> None:
    result = consolidated(
        tmp_path,
        GROUP
        | {
            "entities": "entity_id,name,kind\nP,P,holding\nA,A,life\nO,O,life\n",
            "solo_filings": "entity_id,kind,period_end,basis,actual_capital,minimum_capital\nA,life,2023-06-30,quarterly,90,\n",
        },
    )
    told = [(f.code, f.entity_id) for f in result.findings if f.article == "Rule 19 A16"]
    assert sorted(told) == [("member-not-filed", "O"), ("minimum-capital-absent", "A")]
    status = {line.name: line.status for line in result.statements[0].lines.values()}
    assert status["insurance_members_minimum_capital"] is Status.INCOMPLETE
    assert status["bank_members_minimum_capital"] is Status.COMPUTED


def test_the_supervisor_may_set_the_parent_of_a_non_insurance_group_a_requirement(tmp_path: Path) -> None:
    result = consolidated(
        tmp_path,
        {
            "groups": "group_id,name,type,parent_id\nG,Group,non_insurance_holding,P\n",
            "entities": "entity_id,name,kind\nP,P,other\nA,A,life\n",
            "ownership": "owner_id,entity_id,valid_from,stake,relation\nP,A,2020-01-01,1,subsidiary\n",
            "solo_filings": "entity_id,kind,period_end,basis,actual_capital,minimum_capital\nA,life,2023-06-30,quarterly,90,10\n",
            "sector_filings": "entity_id,period_end,measure,amount\nP,2023-06-30,set_minimum_capital,7\n",
        },
    )
    statement = result.statements[0]
    assert (statement.amount("parent_minimum_capital"), statement.amount("minimum_capital")) == (7, 17)
    assert result.members["entity_id"].to_list() == ["A"]


def test_an_insurer_that_files_only_elsewhere_is_missing_and_said(tmp_path: Path) -> None:
    result = consolidated(
        tmp_path,
        {
            "group_members": "group_id,entity_id\nG,A\nG,B\n",
            "entities": "entity_id,name,kind\nA,A,life\nB,B,property\n",
            "solo_filings": "entity_id,kind,period_end,basis,actual_capital,minimum_capital\nA,life,2023-06-30,quarterly,90,10\n",
            "sector_filings": "entity_id,period_end,measure,amount\nB,2023-06-30,set_minimum_capital,7\n",
        },
    )
    assert result.statements[0].amount("minimum_capital") == 10
    assert [f.entity_id for f in result.findings if f.code == "member-not-filed"] == ["B"]
    assert [(f.entity_id, f.value, f.row) for f in result.findings if f.code == "sector-filing-unused"] == [
        ("B", "set_minimum_capital", 2)
    ]


def test_local_rules_of_an_insurer_that_nobody_calls_overseas_stop_its_group(tmp_path: Path) -> None:
    result = consolidated(
        tmp_path,
        {
            "group_members": "group_id,entity_id\nG,A\n",
            "solo_filings": "entity_id,kind,period_end,basis,actual_capital,minimum_capital,rules\nA,life,2023-06-30,quarterly,90,10,local\n",
            "group_financials": "group_id,period_end,total_assets,net_assets,income\nG,2023-06-30,1000000,1,1\n",
        },
    )
    assert [f.code for f in result.findings if f.severity is Severity.ERROR] == ["domestic-local-rules"]
    assert result.statements == ()


ONE_INSURER = {
    "group_members": "group_id,entity_id\nG,A\n",
    "solo_filings": "entity_id,kind,period_end,basis,actual_capital,minimum_capital,quantifiable_risk_minimum_capital\nA,life,2023-06-30,quarterly,90,10,9\n",
}


@pytest.mark.parametrize("asked", ["", "whole", "quantifiable"])
@pytest.mark.parametrize("reading", ["by_group", "whole", "quantifiable"])
def test_a_member_brings_what_the_reading_says_else_what_its_group_says(
    tmp_path: Path, asked: str, reading: str
) -> None:
    groups = f"group_id,name,type,member_requirement\nG,Group,insurance_holding,{asked}\n"
    given = read_set(tmp_path, ONE_INSURER | {"groups": groups})
    book = Rulebook.load().overlay({"minimum_capital.member_requirement": reading})
    result = consolidate(given, book)
    quantifiable = (asked if reading == "by_group" else reading) == "quantifiable"
    (row,) = result.contributions.iter_rows(named=True)
    assert (row["column"], row["amount"]) == (
        ("quantifiable_risk_minimum_capital", 9) if quantifiable else ("minimum_capital", 10)
    )
    assert result.statements[0].amount("insurance_members_minimum_capital") == row["amount"]


def test_the_quantifiable_part_is_an_insurers_or_of_who_files_a_requirement_as_one(tmp_path: Path) -> None:
    result = consolidated(
        tmp_path,
        GROUP
        | {
            "groups": "group_id,name,type,parent_id,member_requirement\nG,Group,insurance_holding,P,quantifiable\n",
            "entities": "entity_id,name,kind\nP,P,holding\nA,A,life\nO,O,other\n",
            "solo_filings": "entity_id,period_end,basis,actual_capital,minimum_capital,quantifiable_risk_minimum_capital\n"
            "P,2023-06-30,quarterly,90,20,15\nA,2023-06-30,quarterly,90,,8\nO,2023-06-30,quarterly,90,,5\n",
        },
    )
    rows = result.contributions.filter(pl.col("line").str.ends_with("minimum_capital"))
    assert sorted(rows.select("entity_id", "amount").rows()) == [("A", 8), ("P", 15)]


def test_an_insurer_without_the_quantifiable_part_is_left_out_and_said(tmp_path: Path) -> None:
    result = consolidated(
        tmp_path,
        {
            "groups": "group_id,name,type,member_requirement\nG,Group,insurance_holding,quantifiable\n",
            "group_members": "group_id,entity_id\nG,A\nG,B\n",
            "solo_filings": "entity_id,kind,period_end,basis,actual_capital,minimum_capital,quantifiable_risk_minimum_capital\nA,life,2023-06-30,quarterly,90,10,\nB,life,2023-06-30,quarterly,90,10,-1\n",
        },
    )
    assert result.statements[0].amount("insurance_members_minimum_capital") == -1
    said = [(f.code, f.entity_id, f.column, f.row) for f in result.findings if f.entity_id]
    assert said == [
        ("minimum-capital-not-positive", "B", "quantifiable_risk_minimum_capital", 3),
        ("quantifiable-part-absent", "A", "quantifiable_risk_minimum_capital", 2),
    ]


def test_a_figure_under_local_rules_has_no_control_risk_to_leave_out(tmp_path: Path) -> None:
    groups = "group_id,name,type,parent_id,member_requirement\nG,Group,insurance_holding,P,quantifiable\n"
    result = consolidated(
        tmp_path,
        GROUP
        | {
            "groups": groups,
            "entities": "entity_id,name,kind,jurisdiction\nP,P,holding,\nA,A,life,\nO,O,life,HK\n",
            "solo_filings": "entity_id,kind,period_end,basis,actual_capital,minimum_capital,quantifiable_risk_minimum_capital,total_assets,rules\nA,life,2023-06-30,quarterly,90,10,9,900,\nO,life,2023-06-30,quarterly,9,2,,50,local\n",
        },
    )
    assert dict(result.contributions.select("entity_id", "column").iter_rows()) == {
        "A": "quantifiable_risk_minimum_capital",
        "O": "minimum_capital",
    }
    assert result.statements[0].amount("insurance_members_minimum_capital") == 11


def test_the_way_from_the_solos_says_what_the_readings_leave_out(tmp_path: Path) -> None:
    given = read_set(
        tmp_path,
        {
            "groups": "group_id,name,type,parent_id\nG,Group,insurance_holding,P\n",
            "entities": "entity_id,name,kind\nP,P,life\nA,A,life\n",
            "ownership": "owner_id,entity_id,valid_from,stake,relation\nP,A,2020-01-01,1,subsidiary\n",
            "solo_filings": "entity_id,kind,period_end,basis,actual_capital,minimum_capital,quantifiable_risk_minimum_capital\nP,life,2023-06-30,quarterly,900,100,90\nA,life,2023-06-30,quarterly,20,10,12\n",
        },
    )
    asked = {
        "minimum_capital.member_requirement": "quantifiable",
        "minimum_capital.stakes_in_members": "taken_out",
    }
    result = consolidate(given, Rulebook.load().overlay(asked))
    steps = dict(result.waterfall.filter(entity_id="").select("item", "amount").iter_rows())
    assert (steps["members_control_risk"], steps["stakes_in_members"]) == (-8, -7)
    assert steps["outsiders_share_and_parent"] == 0
    assert steps["minimum_capital"] == 100 + 10 - 8 - 7
    as_read = consolidate(given, Rulebook.load()).waterfall["item"].to_list()
    assert "members_control_risk" not in as_read and "stakes_in_members" not in as_read
