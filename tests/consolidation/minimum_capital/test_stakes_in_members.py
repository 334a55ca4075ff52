"""Stakes of insurers in other members (Rule 8 A28, Rule 19 A16): named with an estimate, taken out only where so read."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from consolidation.consolidate import Consolidation, consolidate
from consolidation.rulebook import Rulebook
from tests.build import read_set

BOOK = Rulebook.load()
GROUP = {
    "groups": "group_id,name,type,parent_id\nG,Group,insurance_holding,P\n",
    "entities": "entity_id,name,kind\nP,P,life\nA,A,property\nB,B,other\n",
    "group_members": "group_id,entity_id\nG,P\nG,A\nG,B\n",
}


def result_of(
    tmp_path: Path, ownership: str, filings: str, book: Rulebook = BOOK, **more: str
) -> Consolidation:
    head = "entity_id,kind,period_end,basis,actual_capital,minimum_capital\n"
    own = f"owner_id,entity_id,valid_from,stake,relation,valid_to\n{ownership}"
    return consolidate(
        read_set(tmp_path, GROUP | {"ownership": own, "solo_filings": head + filings, **more}), book
    )


def estimates(result: Consolidation) -> list[tuple[str, str, str, int | None]]:
    return [
        (f.entity_id, f.detail["issuer"], f.value, f.row)
        for f in result.findings
        if f.code.startswith("stake-in-member")
    ]


def columns(result: Consolidation) -> list[tuple[str, str]]:
    return [(f.table, f.column) for f in result.findings if f.code.startswith("stake-in-member")]


FILED = "P,life,2023-12-31,annual,900,100\nA,property,2023-12-31,annual,60,10\n"


def test_a_stake_is_named_on_the_days_it_is_held(tmp_path: Path) -> None:
    held = result_of(tmp_path / "a", "P,A,2020-01-01,0.5,subsidiary,2023-12-31\n", FILED)
    assert estimates(held) == [("P", "A", "10.5", 2)]
    assert columns(held) == [("ownership", "stake")]
    sold = result_of(tmp_path / "b", "P,A,2020-01-01,0.5,subsidiary,2023-12-30\n", FILED)
    assert estimates(sold) == []


@pytest.mark.parametrize(
    ("held", "capital", "estimate"),
    [
        ("P,A,2023-12-31,0.5,subsidiary,", "60", ["10.5"]),
        ("P,A,2024-01-01,0.5,subsidiary,", "60", []),
        ("P,A,2020-01-01,0.5,joint_venture,", "60", ["12.3"]),
        ("P,A,2020-01-01,0.5,associate,", "60", ["12.3"]),
        ("P,A,2020-01-01,0.5,subsidiary,", "-60", ["0"]),  # a stake is worth nothing at least
        ("P,B,2020-01-01,0.5,subsidiary,", "60", ["20"]),
        ("P,P,2020-01-01,0.5,subsidiary,", "60", []),
    ],
)
def test_the_factor_is_that_of_how_a_stake_is_held_and_in_whom(
    tmp_path: Path, held: str, capital: str, estimate: list[str]
) -> None:
    filings = f"P,life,2023-12-31,annual,900,100\nA,property,2023-12-31,annual,{capital},10\n"
    others = "entity_id,period_end,measure,amount,actual_capital\nB,2023-12-31,set_minimum_capital,7,40\n"
    found = result_of(tmp_path, f"{held}\n", filings, sector_filings=others)
    assert [(value, row) for _, _, value, row in estimates(found)] == [(value, 2) for value in estimate]


def test_what_the_investor_counts_comes_before_an_estimate_of_it(tmp_path: Path) -> None:
    links = "investor_id,issuer_id,instrument,period_end,counted_by_investor\nP,A,equity,2023-12-31,40\n"
    found = result_of(tmp_path, "P,A,2020-01-01,0.5,subsidiary,\n", FILED, capital_links=links)
    assert estimates(found) == [("P", "A", "14", 2)]
    assert columns(found) == [("capital_links", "counted_by_investor")]


def test_who_is_no_insurer_needs_no_capital_of_rule_8(tmp_path: Path) -> None:
    assert estimates(result_of(tmp_path, "B,A,2020-01-01,0.5,subsidiary,\n", FILED)) == []


def test_a_stake_of_unknown_value_is_named_and_nothing_is_taken_out_for_it(tmp_path: Path) -> None:
    out = BOOK.overlay({"minimum_capital.stakes_in_members": "taken_out"})
    result = result_of(tmp_path, "P,B,2020-01-01,1,subsidiary,\n", FILED, out)
    assert [f.code for f in result.findings if f.code.startswith("stake-in-member")] == [
        "stake-in-member-not-estimated"
    ]
    assert result.statements[0].amount("parent_minimum_capital") == 100


def test_what_is_taken_out_is_a_row_of_its_own(tmp_path: Path) -> None:
    out = BOOK.overlay({"minimum_capital.stakes_in_members": "taken_out"})
    result = result_of(tmp_path, "P,A,2020-01-01,0.5,subsidiary,\n", FILED, out)
    rows = result.contributions.filter(line="parent_minimum_capital").select(
        "table", "basis", "amount", "row"
    )
    assert sorted(rows.rows()) == [
        ("ownership", "A", Decimal("-10.5"), 2),
        ("solo_filings", "annual", Decimal(100), 2),
    ]
    assert result.statements[0].amount("minimum_capital") == Decimal("99.5")
