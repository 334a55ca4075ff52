"""Stakes of insurers in other members (Rule 8 A28, Rule 19 A16): named with an estimate, taken out only where so read."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

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


FILED = "P,life,2023-12-31,annual,900,100\nA,property,2023-12-31,annual,60,10\n"


def test_a_stake_is_named_on_the_days_it_is_held(tmp_path: Path) -> None:
    held = result_of(tmp_path / "a", "P,A,2020-01-01,0.5,subsidiary,2023-12-31\n", FILED)
    assert estimates(held) == [("P", "A", "10.5", 2)]
    sold = result_of(tmp_path / "b", "P,A,2020-01-01,0.5,subsidiary,2023-12-30\n", FILED)
    assert estimates(sold) == []


def test_what_the_investor_counts_comes_before_an_estimate_of_it(tmp_path: Path) -> None:
    links = "investor_id,issuer_id,instrument,period_end,counted_by_investor\nP,A,equity,2023-12-31,40\n"
    found = result_of(tmp_path, "P,A,2020-01-01,0.5,subsidiary,\n", FILED, capital_links=links)
    assert estimates(found) == [("P", "A", "14", 2)]


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
