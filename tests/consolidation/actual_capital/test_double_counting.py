"""Capital between companies of one group that is debt, or that no link has: named with what of it would be taken out."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from consolidation.actual_capital.double_counting import (
    capital_debt,
    members_below_zero,
    stakes_without_link,
)
from consolidation.results.schemas import Eliminations
from consolidation.rulebook import Rulebook
from tests.build import consolidated, read_set

DAY = date(2023, 12, 31)
LINKS = "investor_id,issuer_id,instrument,period_end,counted_by_investor\nA,B,capital_debt,2023-12-31,50\nA,C,equity,2023-12-31,9\n"


@pytest.mark.parametrize(
    ("companies", "told"),
    [
        ([("G", DAY, "A"), ("G", DAY, "B")], ["G"]),
        ([("G", DAY, "A"), ("K", DAY, "B")], []),
        ([("K", DAY, "A"), ("K", DAY, "B"), ("G", DAY, "B"), ("G", DAY, "A"), ("G", DAY, "C")], ["G", "K"]),
        ([("G", DAY, "A"), ("G", date(2023, 6, 30), "B")], []),
    ],
)
def test_capital_debt_is_named_in_every_group_of_both(
    companies: list[tuple[str, date, str]], told: list[str], tmp_path: Path
) -> None:
    filed = read_set(tmp_path, {"capital_links": LINKS})
    frame = pl.DataFrame(companies, schema=["group_id", "period_end", "entity_id"], orient="row")
    out = {
        "group_id": "G",
        "table": "capital_links",
        "file": "capital_links.csv",
        "row": 2,
        "amount": Decimal(30),
    }
    taken_out = pl.DataFrame([out], schema_overrides={"amount": pl.Decimal(38, 6)})
    found = capital_debt(filed, frame, Eliminations.typed(taken_out))
    assert [(f.group_id, f.entity_id, f.row, f.value, f.detail) for f in found] == [
        (group, "A", 2, "30" if group == "G" else "0", {"issuer": "B", "counted": "50"}) for group in told
    ]


def test_a_member_whose_capital_is_zero_lowers_nothing_and_one_below_zero_is_named() -> None:
    held = pl.DataFrame(
        {
            "entity_id": ["A", "B", "C"],
            "actual_capital": [Decimal("0.01"), Decimal(0), Decimal("-0.01")],
            "share": [Decimal(1), Decimal(1), Decimal("0.4")],
            "table": ["solo_filings"] * 3,
        }
    )
    found = members_below_zero(held)
    assert [(f.entity_id, f.value, f.detail) for f in found] == [("C", "-0.01", {"share": "0.4"})]


OWNERSHIP = """owner_id,entity_id,valid_from,stake,relation
A,B,2020-01-01,0.2,subsidiary
A,B,2021-01-01,0.3,subsidiary
A,C,2020-01-01,0.4,subsidiary
A,D,2020-01-01,0.4,subsidiary
B,A,2020-01-01,0,subsidiary
C,B,2020-01-01,0.1,subsidiary
X,B,2020-01-01,0.4,subsidiary
A,X,2020-01-01,0.4,subsidiary
"""


def test_a_stake_without_a_link_is_named_at_its_first_row_with_an_estimate(tmp_path: Path) -> None:
    links = "investor_id,issuer_id,instrument,period_end,counted_by_investor\n" + "".join(
        f"{investor},{issuer},{instrument},{day},5\n"
        for investor, issuer, instrument, day in (
            ("A", "D", "equity", DAY), ("A", "C", "capital_debt", DAY), ("A", "B", "equity", "2023-06-30")
        )
    )  # fmt: skip
    filed = read_set(tmp_path, {"ownership": OWNERSHIP, "capital_links": links})
    money = pl.Decimal(38, 6)
    shares = {"A": 1, "B": 1, "C": Decimal("0.5"), "D": 1}
    key = {"group_id": "G", "period_end": DAY}
    members = pl.DataFrame([{**key, "entity_id": e, "share": Decimal(s)} for e, s in shares.items()])
    capital = {"A": Decimal(100), "B": Decimal(70), "C": None, "D": Decimal(1)}
    own = pl.DataFrame(
        [{**key, "entity_id": e, "actual_capital": a} for e, a in capital.items()],
        schema_overrides={"actual_capital": money},
    )
    found = stakes_without_link(filed, members, own, Rulebook.load())
    assert [(f.code, f.row, f.value, f.entity_id) for f in found] == [
        ("stake-without-link", 2, "35", "A"),
        ("stake-without-link-unknown", 4, "", "A"),
        ("stake-without-link", 7, "0", "C"),
    ]


def test_a_company_of_no_known_kind_counts_what_its_own_supervisor_has(tmp_path: Path) -> None:
    run = consolidated(
        tmp_path,
        {
            "groups": "group_id,name,type,parent_id\nK,K,mixed,\n",
            "group_members": "group_id,entity_id,relation\nK,M,subsidiary\nK,U,subsidiary\n",
            "solo_filings": "entity_id,kind,period_end,basis,actual_capital,core_tier1_capital,minimum_capital\nM,life,2023-12-31,annual,300,300,100\n",
            "sector_filings": "entity_id,period_end,measure,amount,actual_capital\nU,2023-12-31,set_minimum_capital,20,80\n",
        },
    )
    (statement,) = run.statements
    assert (statement.amount("actual_capital"), statement.amount("core_tier1_capital")) == (380, 380)
