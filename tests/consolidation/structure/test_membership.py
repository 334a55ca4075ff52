"""Who is in the group: tiers, joint ventures, dates, cycles, explicit lists (Rule 19 A2, A3, A18, A85)."""

from __future__ import annotations

from pathlib import Path

import pytest

from consolidation.consolidate import consolidate
from consolidation.findings import Finding, Severity
from consolidation.rulebook import Rulebook
from tests.build import codes, consolidated, read_set

ENTITIES = """
    entity_id,name,kind
    P,Parent,holding
    A,Alpha,life
    B,Beta,property
    C,Gamma,property
    J,Venture,life
    K,Venture's own,property
    X,Outsider,other
    """
FILED = """
    entity_id,kind,period_end,basis,actual_capital,minimum_capital
    A,life,2023-06-30,quarterly,1000,100
    B,property,2023-06-30,quarterly,1000,20
    C,property,2023-06-30,quarterly,1000,3
    J,life,2023-06-30,quarterly,1000,50
    K,property,2023-06-30,quarterly,1000,10
    """
GROUPS = """
    group_id,name,type,parent_id
    G,Group,insurance_holding,P
    """


def tables(ownership: str, **more: str) -> dict[str, str]:
    return {
        "groups": GROUPS,
        "entities": ENTITIES,
        "solo_filings": FILED,
        "ownership": "owner_id,entity_id,valid_from,stake,relation,valid_to\n" + ownership,
        **more,
    }


def shares(result) -> dict[str, tuple[str, str]]:
    return {
        e: (r, f"{s.normalize():f}")
        for e, r, s in result.members.select("entity_id", "relation", "share").iter_rows()
    }


def test_all_tiers_count_each_company_once_and_associates_do_not(tmp_path: Path) -> None:
    ownership = "P,A,2020-01-01,0.8,subsidiary,\nA,B,2020-01-01,0.6,subsidiary,\nP,B,2020-01-01,0.2,associate,\nA,C,2020-01-01,0.3,associate,\n"
    result = consolidated(tmp_path, tables(ownership))
    assert shares(result) == {"P": ("parent", "1"), "A": ("subsidiary", "1"), "B": ("subsidiary", "1")}
    assert result.statements[0].amount("minimum_capital") == 120


def test_a_joint_ventures_share_adds_up_what_all_members_hold_directly(tmp_path: Path) -> None:
    ownership = "P,A,2020-01-01,0.8,subsidiary,\nP,J,2020-01-01,0.2,associate,\nA,J,2020-01-01,0.3,joint_venture,\nX,J,2020-01-01,0.5,joint_venture,\n"
    result = consolidated(tmp_path, tables(ownership))
    assert shares(result)["J"] == ("joint_venture", "0.5")
    assert result.statements[0].amount("minimum_capital") == 125


def test_what_a_joint_venture_controls_is_jointly_controlled_too(tmp_path: Path) -> None:
    ownership = "P,J,2020-01-01,0.5,joint_venture,\nX,J,2020-01-01,0.5,joint_venture,\nJ,K,2020-01-01,0.6,subsidiary,\nX,K,2020-01-01,0.4,associate,\n"
    result = consolidated(tmp_path, tables(ownership))
    assert shares(result)["K"] == ("joint_venture", "0.6")
    assert result.statements[0].amount("minimum_capital") == 31


@pytest.mark.parametrize(
    ("valid_to", "members"), [("2023-06-30", ["A", "B", "P"]), ("2023-06-29", ["A", "P"])]
)
def test_valid_to_is_the_last_day_a_stake_is_held(tmp_path: Path, valid_to: str, members: list[str]) -> None:
    ownership = f"P,A,2020-01-01,1,subsidiary,\nP,B,2020-01-01,1,subsidiary,{valid_to}\n"
    result = consolidated(tmp_path, tables(ownership))
    assert result.members["entity_id"].sort().to_list() == members


def test_a_register_that_does_not_add_up_to_one_is_said_and_used(tmp_path: Path) -> None:
    result = consolidated(tmp_path, tables("P,J,2020-01-01,0.5,joint_venture,\n"))
    (finding,) = [f for f in result.findings if f.code == "register-incomplete"]
    assert (finding.severity, finding.entity_id, finding.value, finding.row) == (
        Severity.WARNING,
        "J",
        "0.5",
        2,
    )
    assert result.statements[0].amount("minimum_capital") == 25


def test_a_cross_holding_is_named_and_the_statement_is_finished(tmp_path: Path) -> None:
    ownership = "P,A,2020-01-01,1,subsidiary,\nA,B,2020-01-01,0.9,subsidiary,\nB,C,2020-01-01,1,subsidiary,\nC,A,2020-01-01,0,associate,\nC,B,2020-01-01,0.1,associate,\n"
    result = consolidated(tmp_path, tables(ownership))
    assert {f.value for f in result.findings if f.code == "cross-holding"} == {"A → B → C → A", "B → C → B"}
    assert result.statements[0].amount("minimum_capital") == 123


def test_the_explicit_list_wins_over_the_register(tmp_path: Path) -> None:
    listed = "group_id,entity_id,relation\nG,B,subsidiary\n"
    result = consolidated(tmp_path, tables("P,A,2020-01-01,1,subsidiary,\n", group_members=listed))
    assert result.members["entity_id"].to_list() == ["B", "P"]
    assert result.statements[0].amount("minimum_capital") == 20


def test_the_parent_of_a_holding_group_counts_whether_it_is_listed_or_not(tmp_path: Path) -> None:
    listed = "group_id,entity_id,relation\nG,B,subsidiary\n"
    groups = GROUPS.replace(",P", ",A")
    result = consolidated(tmp_path, {"groups": groups, "solo_filings": FILED, "group_members": listed})
    statement = result.statements[0]
    assert statement.amount("parent_minimum_capital") == 100
    assert statement.amount("minimum_capital") == 120
    assert [(f.group_id, f.value) for f in result.findings if f.code == "parent-not-listed"] == [("G", "A")]


def test_the_parent_of_a_non_insurance_group_counts_only_where_it_is_listed(tmp_path: Path) -> None:
    listed = "group_id,entity_id,relation\nG,B,subsidiary\n"
    groups = GROUPS.replace("insurance_holding", "non_insurance_holding")
    result = consolidated(tmp_path, tables("", groups=groups, group_members=listed))
    assert result.members["entity_id"].to_list() == ["B"]
    assert "parent-not-listed" not in codes(result)


def test_a_listed_joint_venture_without_stakes_stops_its_group_and_no_other(tmp_path: Path) -> None:
    listed = "group_id,entity_id,relation\nG,J,joint_venture\nH,A,subsidiary\n"
    result = consolidated(tmp_path, {"solo_filings": FILED, "group_members": listed})
    assert "joint-venture-without-stakes" in codes(result)
    assert [s.group_id for s in result.statements] == ["H"]
    assert [g for g, _ in result.blocked] == ["G"]


def test_a_listed_joint_venture_that_only_outsiders_hold_has_no_share(tmp_path: Path) -> None:
    listed = "group_id,entity_id,relation\nG,A,\nG,J,joint_venture\n"
    result = consolidated(
        tmp_path, tables("X,J,2020-01-01,1,associate,\n", groups=GROUPS, group_members=listed)
    )
    assert "joint-venture-not-held" in codes(result)
    assert shares(result)["J"] == ("joint_venture", "0")
    assert result.statements[0].amount("minimum_capital") == 100


@pytest.mark.parametrize(
    ("kind", "share", "said"), [("insurance_holding", "0.15", True), ("non_insurance_holding", "0.4", False)]
)
def test_a_holder_that_the_list_leaves_out_is_no_member(
    tmp_path: Path, kind: str, share: str, said: bool
) -> None:
    ownership = "P,A,2020-01-01,1,subsidiary,\nP,B,2020-01-01,1,subsidiary,\nA,J,2020-01-01,0.25,associate,\nB,J,2020-01-01,0.15,joint_venture,\nX,J,2020-01-01,0.6,joint_venture,\n"
    listed = "group_id,entity_id,relation\nG,P,parent\nG,B,subsidiary\nG,J,joint_venture\n"
    groups = GROUPS.replace("insurance_holding", kind)
    result = consolidated(tmp_path, tables(ownership, groups=groups, group_members=listed))
    assert shares(result)["J"] == ("joint_venture", share)
    found = [f.value for f in result.findings if f.code == "joint-venture-holder-not-listed"]
    assert found == (["A 0.25"] if said else [])


def test_a_member_that_did_not_file_is_said_and_the_others_counted(tmp_path: Path) -> None:
    listed = "group_id,entity_id\nG,A\nG,silent\n"
    result = consolidated(
        tmp_path, {"groups": GROUPS.replace(",P", ","), "solo_filings": FILED, "group_members": listed}
    )
    assert [f.entity_id for f in result.findings if f.code == "member-not-filed"] == ["silent"]
    assert result.statements[0].amount("minimum_capital") == 100


def test_which_kinds_belong_to_a_non_insurance_group_is_the_rulebooks_to_say(tmp_path: Path) -> None:
    ownership = "P,A,2020-01-01,1,subsidiary,\nP,B,2020-01-01,1,subsidiary,\nP,X,2020-01-01,1,subsidiary,\n"
    group = GROUPS.replace("insurance_holding", "non_insurance_holding")
    given = read_set(tmp_path, tables(ownership, groups=group))
    book = Rulebook.load()
    wider = book.overlay({"groups.member_kinds": [*book.history("groups.member_kinds")[-1].value, "other"]})
    assert set(shares(consolidate(given, book))) == {"A", "B"}
    assert set(shares(consolidate(given, wider))) == {"A", "B", "X"}


def test_a_row_without_a_relation_takes_the_registers_of_its_day(tmp_path: Path) -> None:
    ownership = (
        "P,A,2020-01-01,1,subsidiary,\nP,J,2020-01-01,0.5,joint_venture,2022-12-31\nX,J,2020-01-01,0.5,joint_venture,"
        "2022-12-31\nP,J,2023-01-01,0.9,subsidiary,\nX,J,2023-01-01,0.1,associate,\n"
    )
    filed = FILED + FILED.replace("2023-06-30", "2022-12-31").split("minimum_capital\n")[1]
    listed = "group_id,entity_id,relation\nG,P,\nG,A,\nG,J,\n"
    result = consolidated(tmp_path, tables(ownership, group_members=listed, solo_filings=filed))
    of_j = result.members.filter(entity_id="J").sort("period_end").select("relation", "share").rows()
    assert [(relation, float(share)) for relation, share in of_j] == [
        ("joint_venture", 0.5),
        ("subsidiary", 1),
    ]
    assert "relation-differs" not in codes(result)


@pytest.mark.parametrize(
    ("list_says", "register_says", "counts", "finding"),
    [
        ("", "subsidiary", ("subsidiary", "1"), None),
        ("", "joint_venture", ("joint_venture", "0.4"), None),
        ("", "associate", ("subsidiary", "1"), ("associate-listed", "", "subsidiary / joint_venture")),
        ("subsidiary", "subsidiary", ("subsidiary", "1"), None),
        (
            "subsidiary",
            "joint_venture",
            ("subsidiary", "1"),
            ("relation-differs", "subsidiary", "joint_venture"),
        ),
        ("subsidiary", "associate", ("subsidiary", "1"), ("relation-differs", "subsidiary", "associate")),
        (
            "joint_venture",
            "subsidiary",
            ("joint_venture", "0.4"),
            ("relation-differs", "joint_venture", "subsidiary"),
        ),
        ("joint_venture", "joint_venture", ("joint_venture", "0.4"), None),
        (
            "joint_venture",
            "associate",
            ("joint_venture", "0.4"),
            ("relation-differs", "joint_venture", "associate"),
        ),
    ],
)
def test_every_pair_of_words_of_list_and_register(
    tmp_path: Path,
    list_says: str,
    register_says: str,
    counts: tuple[str, str],
    finding: tuple[str, str, str] | None,
) -> None:
    ownership = f"P,J,2020-01-01,0.4,{register_says},\nX,J,2020-01-01,0.6,associate,\n"
    listed = f"group_id,entity_id,relation\nG,P,parent\nG,J,{list_says}\n"
    result = consolidated(tmp_path, tables(ownership, group_members=listed))
    assert shares(result)["J"] == counts
    told = [(f.code, f.value, f.expected) for f in result.findings if f.table == "group_members"]
    assert told == ([finding] if finding else [])


def test_who_holds_through_a_joint_venture_on_the_list_alone_is_a_joint_venture(tmp_path: Path) -> None:
    ownership = "P,J,2020-01-01,0.5,joint_venture,\nX,J,2020-01-01,0.5,joint_venture,\nJ,K,2020-01-01,0.6,subsidiary,\nX,K,2020-01-01,0.4,associate,\n"
    listed = "group_id,entity_id,relation\nG,P,\nG,J,\nG,K,\n"
    by_list = consolidated(tmp_path / "list", tables(ownership, group_members=listed))
    by_register = consolidated(tmp_path / "register", tables(ownership))
    assert shares(by_list) == shares(by_register)
    assert [f.entity_id for f in by_list.findings if f.code == "held-by-joint-venture"] == ["K"]
    assert [f.entity_id for f in by_register.findings if f.code == "held-by-joint-venture"] == ["K"]


def test_a_parent_whose_row_has_ended_is_a_member_all_the_same_and_it_is_said_for_that_day(
    tmp_path: Path,
) -> None:
    listed = "group_id,entity_id,relation,valid_to\nG,A,parent,2022-12-31\nG,B,subsidiary,\n"
    filed = FILED + FILED.replace("2023-06-30", "2022-12-31").split("minimum_capital\n")[1]
    result = consolidated(
        tmp_path, {"groups": GROUPS.replace(",P", ",A"), "solo_filings": filed, "group_members": listed}
    )
    assert [s.amount("parent_minimum_capital") for s in result.statements] == [100, 100]
    told = [(str(f.period_end), f.value) for f in result.findings if f.code == "parent-not-listed"]
    assert told == [("2023-06-30", "A")]


@pytest.mark.parametrize(
    ("stakes", "named"), [(("0.3", "0.2"), False), (("0.3", "0.200001"), True), (("0.6",), True)]
)
def test_stakes_that_together_pass_half_are_named_whoever_holds_them(
    tmp_path: Path, stakes: tuple[str, ...], named: bool
) -> None:
    held = "".join(
        f"{owner},C,2020-01-01,{stake},associate,\n" for owner, stake in zip("AB", stakes, strict=False)
    )
    result = consolidated(
        tmp_path, tables(f"P,A,2020-01-01,1,subsidiary,\nA,B,2020-01-01,1,subsidiary,\n{held}")
    )
    assert result.members["entity_id"].to_list() == ["A", "B", "P"]
    assert [f.entity_id for f in result.findings if f.code == "controlled-together"] == (
        ["C"] if named else []
    )


@pytest.mark.parametrize(
    ("group", "listed"),
    [
        (
            "G,Group,insurance_holding,P",
            "G,P,parent\nG,B,\n",
        ),  # A is not on the list, and the parent's all the same
        ("G,Group,non_insurance_holding,P", "G,B,\n"),
        ("G,Group,mixed,", "G,A,\nG,B,\n"),
    ],
)
def test_what_is_held_beside_the_list_is_held_together_too(tmp_path: Path, group: str, listed: str) -> None:
    ownership = (
        "P,A,2020-01-01,1,subsidiary,\nP,B,2020-01-01,1,subsidiary,\nA,C,2020-01-01,0.3,associate,\n"
        "B,C,2020-01-01,0.25,associate,\n"
    )
    result = consolidated(
        tmp_path,
        tables(
            ownership,
            groups=f"group_id,name,type,parent_id\n{group}\n",
            group_members=f"group_id,entity_id,relation\n{listed}",
        ),
    )
    assert "C" not in result.members["entity_id"].to_list()
    told = [(f.entity_id, f.detail["holders"]) for f in result.findings if f.code == "controlled-together"]
    assert told == [("C", "A 0.3 + B 0.25")]


def test_from_which_stake_on_members_control_together_is_the_rulebooks_to_say(tmp_path: Path) -> None:
    ownership = "P,A,2020-01-01,1,subsidiary,\nP,C,2020-01-01,0.2,associate,\nA,C,2020-01-01,0.2,associate,\n"
    given = read_set(tmp_path, tables(ownership))
    stricter = Rulebook.load().overlay({"groups.control_stake": 0})
    assert "controlled-together" not in codes(consolidate(given, Rulebook.load()))
    assert "controlled-together" in codes(consolidate(given, stricter))


def test_a_company_that_two_groups_count_is_told_to_both_unless_one_group_is_within_the_other(
    tmp_path: Path,
) -> None:
    groups = (
        "group_id,name,type,parent_id\nG,G,insurance_holding,P\nH,H,mixed,\nN,N,non_insurance_holding,X\n"
    )
    listed = "group_id,entity_id,relation\nG,P,parent\nG,A,subsidiary\nH,A,\nN,P,\nN,A,\n"
    result = consolidated(tmp_path, tables("", groups=groups, group_members=listed))
    told = {(f.group_id, f.entity_id, f.value) for f in result.findings if f.code == "member-of-two-groups"}
    assert told == {("G", "A", "H"), ("H", "A", "G, N"), ("N", "A", "H")}


def test_every_new_finding_can_be_said_in_both_languages(tmp_path: Path) -> None:
    for code in (
        "nobody-listed", "relation-differs", "associate-listed", "parent-listed-otherwise", "parents-several",
        "held-by-joint-venture", "controlled-not-listed", "bank-denied", "member-of-two-groups",
    ):  # fmt: skip
        for language in ("zh", "en"):
            assert "{" not in Finding(code, Severity.WARNING).message(language)
