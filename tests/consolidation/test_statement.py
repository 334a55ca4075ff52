"""Lines whose rate the law has set to zero for now, and capital at the edge of what still counts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from consolidation.consolidate import consolidate
from consolidation.provenance import Status
from consolidation.rulebook import Rulebook
from consolidation.statement import Statement
from tests.build import codes, consolidated, one_group, read_set, rows

D = Decimal
TIERS = "core_tier1_capital,core_tier2_capital,supplementary_tier1_capital,supplementary_tier2_capital"
OF_A = f"entity_id,kind,period_end,basis,actual_capital,{TIERS},minimum_capital\n"
HOLDING = {
    "group_members": "group_id,entity_id\nG,A\n",
    "solo_filings": OF_A + "A,life,2023-06-30,quarterly,,,,,,1000\n",
}
MIXED = {
    "groups": "group_id,name,type,parent_id\nG,Group,mixed,\n",
    "group_members": "group_id,entity_id,relation\nG,A,subsidiary\nG,B,subsidiary\n",
    "solo_filings": OF_A
    + "A,life,2023-06-30,quarterly,900,900,0,0,0,100\nB,property,2023-06-30,quarterly,400,300,0,100,0,100\n",
}


def of(folder: Path, tables: dict[str, str]) -> Statement:
    (statement,) = consolidated(folder, tables).statements
    return statement


def test_diversification_comes_off_before_control_risk_and_the_add_on_are_taken(tmp_path: Path) -> None:
    assessed = {"assessments": "group_id,period_end,sarmra_score\nG,2023-06-30,50\n"}
    book = Rulebook.load().overlay(
        {"diversification_reduction.rate": D("0.1"), "add_on_capital.rate": D("0.2")}
    )
    (statement,) = consolidate(read_set(tmp_path, HOLDING | assessed), book).statements
    assert {
        name: statement.amount(name)
        for name in (
            "diversification_reduction",
            "quantifiable_risk_minimum_capital",
            "control_risk_minimum_capital",
            "add_on_capital",
            "minimum_capital",
        )
    } == {
        "diversification_reduction": 100,
        "quantifiable_risk_minimum_capital": 900,
        "control_risk_minimum_capital": 225,
        "add_on_capital": 180,
        "minimum_capital": 1305,
    }


@pytest.mark.parametrize(
    ("total", "core_tier2"), [("951", 0), ("951.000001", None), ("949", 0), ("948.999999", None)]
)
def test_a_tier_not_published_is_none_where_the_others_make_the_total_but_for_rounding(
    tmp_path: Path, total: str, core_tier2: int | None
) -> None:
    published = f"group_id,period_end,basis,actual_capital,{TIERS}\nG,2023-06-30,quarterly,{total},900,,50,\n"
    statement = of(tmp_path, HOLDING | {"group_filings": published})
    assert statement.amount("core_tier2_capital") == core_tier2
    assert (statement.amount("core_solvency_ratio") is None) == (core_tier2 is None)


def test_the_way_from_the_solos_to_the_groups_requirement_adds_up_with_every_rate(tmp_path: Path) -> None:
    assessed = {"assessments": "group_id,period_end,sarmra_score\nG,2023-06-30,50\n"}
    book = Rulebook.load().overlay(
        {"diversification_reduction.rate": D("0.1"), "add_on_capital.rate": D("0.2")}
    )
    steps = consolidate(read_set(tmp_path, HOLDING | assessed), book).waterfall
    chain = steps["item"].to_list()
    end = chain.index("minimum_capital")
    assert steps["amount"].head(end).sum() == steps["amount"][end] == 1305


@pytest.mark.parametrize(("total", "core"), [("901", 1200), ("901.000001", None)])
def test_a_members_blank_tier_is_none_where_its_others_make_its_capital_but_for_rounding(
    tmp_path: Path, total: str, core: int | None
) -> None:
    filed = MIXED["solo_filings"].replace("900,900,0,0,0,100", f"{total},900,,0,0,100")
    result = consolidated(tmp_path, MIXED | {"solo_filings": filed})
    tiers = [result.statements[0].amount(f"core_tier{n}_capital") for n in (1, 2)]
    assert (None if None in tiers else sum(t for t in tiers if t is not None)) == core
    assert ("member-tier-missing" in codes(result)) == (core is None)


@pytest.mark.parametrize(("not_counted", "left"), [("", 50), ("30", 80), ("50", 100), ("60", 100)])
def test_debt_between_members_is_taken_out_so_far_as_the_issuer_counts_it(
    tmp_path: Path, not_counted: str, left: int
) -> None:
    links = (
        "investor_id,issuer_id,instrument,period_end,counted_by_investor,not_counted_by_issuer\n"
        f"A,B,capital_debt,2023-06-30,50,{not_counted}\n"
    )
    statement = of(tmp_path, MIXED | {"capital_links": links})
    assert statement.amount("supplementary_tier1_capital") == left


@pytest.mark.parametrize(("kept", "core"), [("10", 1185), ("25", 1200), ("40", 1200)])
def test_a_gain_on_what_members_sold_each_other_is_taken_out_and_a_loss_is_not_put_back(
    tmp_path: Path, kept: str, core: int
) -> None:
    transfers = (
        "transfer_id,from_id,to_id,period_end,value_at_transferee,value_at_transferor\n"
        f"T1,A,B,2023-06-30,25,{kept}\n"
    )
    statement = of(tmp_path, MIXED | {"asset_transfers": transfers})
    assert statement.amount("core_tier1_capital") == core


def test_a_subsidiarys_capital_enters_whole_and_a_ventures_by_its_share(tmp_path: Path) -> None:
    tables = MIXED | {
        "group_members": "group_id,entity_id,relation\nG,A,subsidiary\nG,B,joint_venture\n",
        "ownership": "owner_id,entity_id,valid_from,stake,relation\nA,B,2020-01-01,0.5,joint_venture\n",
    }
    rows = consolidated(tmp_path, tables).contributions.filter(line="actual_capital")
    assert sorted(rows.select("entity_id", "own_amount", "amount", "row", "column").rows()) == [
        ("A", 900, 900, 2, "actual_capital"),
        ("B", 400, 200, 3, "actual_capital"),
    ]


@pytest.mark.parametrize(
    ("tiers", "told"),
    [
        ("850,0,0,0", [("member-tiers-differ", "50.000000")]),
        ("950,0,0,0", [("member-tiers-differ", "-50.000000")]),
        ("850,0,0,", [("member-tier-missing", "")]),
        ("900,0,0,0", []),
    ],
)
def test_tiers_that_miss_a_members_capital_are_named_and_a_blank_one_is_asked_for(
    tmp_path: Path, tiers: str, told: list[tuple[str, str]]
) -> None:
    filings = {"solo_filings": f"{OF_A}A,life,2023-06-30,quarterly,900,{tiers},100\n"}
    members = {"group_members": "group_id,entity_id,relation\nG,A,subsidiary\n"}
    found = consolidated(tmp_path, MIXED | members | filings).findings
    assert [(f.code, f.value) for f in found if f.code.startswith("member-tier")] == told


def test_the_opening_balance_is_that_of_the_31_december_before(tmp_path: Path) -> None:
    assert of(tmp_path, HOLDING).opening_period == date(2022, 12, 31)


@pytest.mark.parametrize(
    ("guarantees", "contagion", "whole"),
    [([], Status.NO_DATA, Status.NO_DATA), (["G,1,2023-12-31,P,S,30000"], Status.COMPUTED, Status.COMPUTED)],
)
def test_group_specific_risk_is_computed_where_one_of_its_parts_is(
    guarantees: list[str], contagion: Status, whole: Status, tmp_path: Path
) -> None:
    more = {"guarantees": rows("guarantees", *guarantees)} if guarantees else {}
    more["group_members"] = rows("group_members", "G,P,parent", "G,S,subsidiary")
    (statement,) = consolidated(tmp_path, one_group(**more)).statements
    statuses = [
        statement.lines[f"{name}_minimum_capital"].status
        for name in ("contagion_risk", "concentration_risk", "group_specific_risk")
    ]
    assert statuses == [contagion, Status.NO_DATA, whole]
