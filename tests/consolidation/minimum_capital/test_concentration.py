"""Concentration: limits by class, what is eliminated, what has no data, and what is listed of it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from consolidation.minimum_capital.concentration import (
    ConcentrationLimit,
    PartyExposures,
    concentration,
)
from consolidation.minimum_capital.customers import Customers
from consolidation.money import AMOUNT
from consolidation.provenance import Step
from tests.build import DAY, charge, one_group, rows
from tests.consolidation.minimum_capital.held import ISSUED, NOT_ISSUED, held


@pytest.mark.parametrize(
    ("line", "charged"),
    [
        ("A,equity,SWS,银行,30000", "0"),  # 3% of 1,000,000
        ("A,equity,SWS,银行,30000.01", "0.0005"),
        ("BANK,equity,SWS,银行,50000", "0"),  # 5%
        ("BANK,equity,SWS,银行,50001", "0.03"),
        *((f"{bank},{product},SWS,银行,90000", "0") for bank in ("ICBC", "PB", "GS") for product in ISSUED),
        *((f"{bank},{other},SWS,银行,30100", "5") for bank in ("ICBC", "PB", "GS") for other in NOT_ISSUED),
        (",fund,SWS,银行,90000,,,,ICBC", "0"),
        ("GOV,loan,SWS,银行,30100", "5"),
        ("EX,derivative,SWS,银行,90000", "0"),
        ("EX,deposit,SWS,银行,30100", "5"),
        ("OWN,asset_management_product,SWS,银行,90000", "0"),
        ("THEIRS,asset_management_product,SWS,银行,30100", "5"),
        ("NOBODYS,asset_management_product,SWS,银行,90000", "0"),
        (",asset_management_product,SWS,银行,90000,,,,OWN", "0"),
        (",asset_management_product,SWS,银行,30100,,,,THEIRS", "5"),
        ("A,equity,SWS,银行,90000,true", "0"),
        ("A,investment_property,SWS,银行,90000", "0"),
        ("A,reinsurance,SWS,银行,30100", "5"),
        ("P,loan,SWS,银行,90000", "0"),  # the parent: eliminated
        ("J,loan,SWS,银行,30100", "5"),  # a joint venture is not consolidated
        ("BANK,loan,SWS,银行,30100,,A,true", "5"),  # defaulted: the guarantor, with its limit and factor
        ("A,loan,SWS,银行,50100,,BANK,true", "3"),
        ("A,loan,SWS,银行,30100,,BANK,false", "5"),
        ("A,loan,SWS,银行,30100,,,true", "5"),
        ("A,loan,SWS,银行,30100,,A,true", "5"),
        (
            "A,corporate_bond,SWS,银行,30100,,ICBC,true",
            "5",
        ),  # what an exempt body guarantees is not issued by it
        ("A,corporate_bond,SWS,银行,30100,,ICBC,false", "5"),
        ("A,asset_management_product,SWS,银行,30100,,OWN,true", "5"),
        ("A,derivative,SWS,银行,30100,,EX,true", "5"),
        ("PB,financial_bond,SWS,银行,90000,,A,true", "0"),  # what it issued is, whoever guarantees it
        ("OWN,asset_management_product,SWS,银行,90000,,A,true", "0"),
        ("A,loan,SWS,银行,30100,,P,true", "5"),  # a group is not its own counterparty
        ("BANK,loan,SWS,银行,50100,,P,true", "3"),
        ("A,loan,SWS,银行,30100,,J,true", "5"),
        ("P,loan,SWS,银行,90000,,A,true", "0"),  # within the group whoever guarantees it
        (",fund,SWS,银行,30100,,,,A", "5"),  # not known: the issuer
        (",fund,SWS,银行,90000,,A,true,PB", "0"),
        (",loan,SWS,银行,30100,,A,true,PB", "5"),
        (",loan,SWS,银行,30100,,P,true,A", "5"),
        (",loan,SWS,银行,50100,,BANK,true", "3"),
        ("新,loan,SWS,银行,50100,,BANK,true", "3"),
    ],
)
def test_a_counterpartys_charge(tmp_path: Path, line: str, charged: str) -> None:
    assert charge(held(line), tmp_path, "counterparty").amount == Decimal(charged)


@pytest.mark.parametrize(("amount", "above"), [("5.000000", []), ("5.000001", ["A"])])
def test_a_party_is_shown_above_its_limit_from_the_first_place_beyond_it(
    amount: str, above: list[str]
) -> None:
    parties = [("A", "other", Decimal(amount))]
    for limit in (Decimal(5), Decimal("5.0000005")):
        limits = {"other": ConcentrationLimit(limit, Decimal("0.05"), ())}
        shown = concentration(PartyExposures("counterparty", parties, limits), lambda _: ()).charge.inputs
        assert [s.note for s in shown if isinstance(s, Step) and s.name == "counterparty"] == above


@pytest.mark.parametrize(("above", "further"), [(200, []), (202, [("further", Decimal("1.1"), "2")])])
def test_two_hundred_parties_above_their_limit_are_shown_and_the_rest_in_one_sum(
    above: int, further: list[tuple[str, Decimal, str]]
) -> None:
    parties = [(f"C{n:03}", "other", Decimal(10 + n)) for n in range(above)]
    limits = {"other": ConcentrationLimit(Decimal(5), Decimal("0.1"), ())}
    shown = concentration(PartyExposures("counterparty", parties, limits), lambda _: ()).charge.inputs
    steps = [(s.name, s.amount, s.note) for s in shown if isinstance(s, Step)]
    assert steps[0] == ("counterparty", Decimal(above + 4) / 10, f"C{above - 1:03}")
    assert [name for name, *_ in steps[:200]] == ["counterparty"] * 200
    assert steps[200:] == further


@pytest.mark.parametrize(
    ("lines", "charged"),
    [
        (("A,equity,SWS,银行,100000",), "0"),  # 10% of 1,000,000
        (("A,equity,SWS,银行,60000", "BANK,equity,SWS,银行,60000"), "1000"),
        (("A,equity,SWS,Energy,60000", "A,equity,GICS,Energy,60000"), "0"),
        (("A,investment_property,SWS,房地产,120000",), "1000"),
        ((",investment_property,SWS,房地产,120000",), "1000"),
        (("A,reinsurance,SWS,银行,120000",), "0"),
        (("A,equity,SWS,,120000",), "0"),
        (("P,loan,SWS,银行,120000",), "0"),
        (("PB,loan,SWS,银行,120000",), "1000"),
        (("PB,fund,SWS,银行,120000",), "0"),
        (("EX,derivative,SWS,银行,120000",), "1000"),
        (("A,loan,SWS,银行,120000,,PB,true",), "1000"),
        (("A,loan,SWS,银行,120000,,P,true",), "1000"),
        (("A,loan,SWS,银行,120000,,OWN,true",), "1000"),
        (("PB,financial_bond,SWS,银行,120000,,A,true",), "0"),
        (("P,loan,SWS,银行,120000,,A,true",), "0"),
        ((",loan,SWS,银行,120000,,PB,true",), "1000"),
        (("OWN,asset_management_product,SWS,银行,120000",), "0"),
        (("THEIRS,asset_management_product,SWS,银行,120000",), "1000"),
        (("NOBODYS,asset_management_product,SWS,银行,120000",), "0"),
        (("A,equity,,银行,60000", "A,equity,SWS,银行,60000"), "0"),
        (("A,equity,,银行,120000",), "1000"),
    ],
)
def test_a_sectors_charge(tmp_path: Path, lines: tuple[str, ...], charged: str) -> None:
    assert charge(held(*lines), tmp_path, "sector").amount == Decimal(charged)


@pytest.mark.parametrize(
    ("lines", "charged"),
    [
        (("S,2023-12-31,K,60000",), "0"),  # 30% of 200,000
        (("S,2023-12-31,K,60000", "P,2023-12-31,K,1000"), "100"),
        (("S,2023-12-31,K,70000", "P,2023-12-31,K,-10000"), "0"),
        (("S,2023-12-31,P,90000",), "0"),
        (("J,2023-12-31,K,90000",), "0"),
        (("S,2023-12-31,J,61000",), "100"),
        (("S,2023-06-30,K,90000",), "0"),
    ],
)
def test_a_customers_charge(tmp_path: Path, lines: tuple[str, ...], charged: str) -> None:
    tables = one_group(customer_income=rows("customer_income", *lines))
    assert charge(tables, tmp_path, "customer").amount == Decimal(charged)


@pytest.mark.parametrize(("inside", "told"), [([], []), ([("S", 3, "a.csv", 7, "P")], [("within_group", 3)])])
def test_a_customer_is_explained_by_its_own_rows_the_largest_first_then_as_they_stand(
    inside: list[tuple[Any, ...]], told: list[tuple[str, int]]
) -> None:
    given = [("S", 5, "b.csv", 2), ("P", 7, "b.csv", 3), ("T", 5, "a.csv", 9), ("U", 5, "a.csv", 4)]
    income = pl.DataFrame(
        [*((*row, "K") for row in given), ("S", 40, "a.csv", 2, "L"), *inside],
        schema=["entity_id", "amount", "source_file", "source_row", "customer_id"],
        orient="row",
    ).with_columns(pl.col("amount").cast(AMOUNT), period_end=DAY)
    counted = pl.DataFrame({"group_id": "G", "period_end": DAY, "entity_id": ["S", "P", "T", "U"]})
    limits = {"other": ConcentrationLimit(Decimal(6), Decimal("0.5"), ())}
    found = Customers.of(income, counted).charge_result(("G", DAY), limits).charge
    steps = [s for s in found.inputs if isinstance(s, Step)]
    assert [(s.name, s.amount) for s in steps] == [("customer", 17), ("customer", 8), *told]
    cells = {s.note: s.inputs[0].inputs for s in steps if s.name == "customer"}
    assert found.amount == 25, "(22 − 6 + 40 − 6) × 0.5"
    assert [(c.file, c.row) for c in cells["K"]] == [("b.csv", 3), ("a.csv", 4), ("a.csv", 9), ("b.csv", 2)]
    assert [(c.file, c.row) for c in cells["L"]] == [("a.csv", 2)]


def test_charges_of_many_parties_are_added_before_they_are_rounded(tmp_path: Path) -> None:
    tables = held(*(f"C{n},equity,SWS,{n},30000.000009" for n in range(10)))
    assert charge(tables, tmp_path, "counterparty").amount == Decimal(
        "0.000004"
    )  # 10 × 0.00000045, half even
