"""``consolidate --group``: an error makes the exit status 1 where it is the group's, or may be; another group's does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.build import write_set
from tests.jobs.cli.test_command_line import rule19

__all__ = ["rule19"]

SOUND = {
    "groups": """
        group_id,name,type
        东,东集团,insurance_holding
        西,西集团,insurance_holding
    """,
    "group_members": """
        group_id,entity_id
        东,东寿
        东,共保
        西,西寿
        西,共保
    """,
    "entities": """
        entity_id,name,kind
        东寿,东寿,life
        西寿,西寿,life
        共保,共保,property
        独立,独立,property
    """,
    "solo_filings": """
        entity_id,kind,period_end,basis,actual_capital,minimum_capital
        东寿,life,2023-06-30,quarterly,200,100
        西寿,life,2023-06-30,quarterly,200,100
        共保,property,2023-06-30,quarterly,200,100
        独立,property,2023-06-30,quarterly,200,100
    """,
    "group_financials": """
        group_id,period_end,total_assets,net_assets,income
        东,2023-06-30,2000,200,50
        西,2023-06-30,2000,200,50
    """,
    "counterparties": """
        counterparty_id,name,class
        银行,银行,state_owned_bank
    """,
    "ownership": """
        owner_id,entity_id,stake,relation,valid_from
        西寿,西资管,1,subsidiary,2020-01-01
        东寿,东资管,1,subsidiary,2020-01-01
    """,
}


def status_of(rule19, folder: Path, table: str, before: str, after: str, group: str = "东") -> int:
    """The exit status of a run of one group after one cell of a sound set was spoilt."""
    assert before in SOUND[table]
    tables = {**SOUND, table: SOUND[table].replace(before, after, 1)}
    entities = (
        tables["entities"] + "        东资管,东资管,asset_manager\n        西资管,西资管,asset_manager\n"
    )
    place = write_set(folder / "set", {**tables, "entities": entities})
    said = rule19("consolidate", place, "--out", folder / "out", "--group", group, "--store", "none")
    assert (f"{group} 2023-06-30" in said.err) <= (said.status == 1), "a group that was stopped is an error"
    return said.status


def test_a_sound_set_ends_well(rule19, tmp_path) -> None:
    assert status_of(rule19, tmp_path, "groups", "西集团", "西集团") == 0


ANOTHERS = [
    ("solo_filings", "西寿,life,2023-06-30,quarterly,200", "西寿,life,2023-06-30,quarterly,two"),
    ("solo_filings", "独立,property,2023-06-30,quarterly,200", "独立,property,2023-06-30,quarterly,two"),
    ("group_financials", "西,2023-06-30,2000", "西,2023-06-30,much"),
    ("group_members", "西,西寿", "西,无此公司"),
]
OURS = [
    ("solo_filings", "东寿,life,2023-06-30,quarterly,200", "东寿,life,2023-06-30,quarterly,two"),
    ("solo_filings", "共保,property,2023-06-30,quarterly,200", "共保,property,2023-06-30,quarterly,two"),
    ("group_financials", "东,2023-06-30,2000", "东,2023-06-30,much"),
    ("group_members", "东,东寿", "东,无此公司"),
]
ANYBODYS = [
    ("counterparties", "state_owned_bank", "a bank"),
    ("solo_filings", "西寿,life", "东 寿,life"),
    ("solo_filings", "西寿,life,2023-06-30,quarterly,200,100", "西寿,life"),
    ("solo_filings", "西寿,life,2023-06-30,quarterly,200", ",life,2023-06-30,quarterly,200"),
    ("solo_filings", "actual_capital,minimum_capital", "actual,minimum"),
    ("group_members", "西,西寿", ",西寿"),
    ("group_financials", "西,2023-06-30,2000", "束,2023-06-30,much"),
    ("ownership", "西寿,西资管,1", "西寿,西资管,2"),
]


@pytest.mark.parametrize("fault", ANOTHERS, ids=" ".join)
def test_an_error_that_is_another_groups_alone_is_told_and_does_not_count(rule19, tmp_path, fault) -> None:
    assert status_of(rule19, tmp_path, *fault) == 0
    assert "error," in (tmp_path / "out" / "findings.csv").read_text("utf-8")
    assert status_of(rule19, tmp_path, *fault, group="西") == (0 if "独立" in fault[1] else 1)


@pytest.mark.parametrize("fault", OURS, ids=" ".join)
def test_an_error_of_the_group_counts(rule19, tmp_path, fault) -> None:
    assert status_of(rule19, tmp_path, *fault) == 1


@pytest.mark.parametrize("fault", ANYBODYS, ids=" ".join)
def test_an_error_of_which_nobody_knows_whose_it_is_counts(rule19, tmp_path, fault) -> None:
    assert status_of(rule19, tmp_path, *fault) == 1


def test_what_is_printed_tells_the_groups_errors_and_counts_the_others(rule19, tmp_path) -> None:
    tables = {**SOUND, "solo_filings": SOUND["solo_filings"].replace("quarterly,200", "quarterly,two")}
    place = write_set(tmp_path / "set", tables)
    arguments = ("--out", tmp_path / "out", "--group", "东", "--store", "none")
    said = rule19("consolidate", place, *arguments, "--language", "en")
    assert said.status == 1
    assert [number for number in range(2, 6) if f"solo_filings.csv row {number}" in said.out] == [2, 4]
    assert "2 more errors do not concern this group: see findings.csv" in said.out


TWO_GROUPS = {
    "groups": "group_id,name,type\n东,东集团,mixed\n西,西集团,mixed\n",
    "group_members": "group_id,entity_id\n东,东寿\n西,西寿\n",
    "entities": SOUND["entities"],
    "solo_filings": SOUND["solo_filings"],
}


def test_an_unknown_party_stops_the_groups_of_the_party_that_is_known(tmp_path: Path, rule19) -> None:
    transfers = (
        "transfer_id,from_id,to_id,period_end,value_at_transferee,value_at_transferor\n"
        "t,东寿,谁,2023-06-30,50,40\n"
    )
    folder = write_set(tmp_path / "set", {**TWO_GROUPS, "asset_transfers": transfers})

    said = rule19("consolidate", folder, "--out", tmp_path / "out")

    assert said.status == 1
    assert said.err.splitlines() == ["stopped by an error: 东 2023-06-30"]


def test_errors_that_stop_no_group_name_whom_they_are_about(tmp_path: Path, rule19) -> None:
    alone, broken = (f"独立,property,2023-06-30,quarterly,{amount}" for amount in ("200", "二百"))
    solo = TWO_GROUPS["solo_filings"].replace(alone, broken)
    folder = write_set(tmp_path / "set", {**TWO_GROUPS, "solo_filings": solo})

    said = rule19("consolidate", folder, "--out", tmp_path / "out")

    assert said.status == 1
    assert said.err.splitlines() == [
        "errors that stop no group's statement (1), about: 独立; rule19 validate lists them"
    ]
