"""Concentration: limits by class, what is eliminated, what has no data, and what is listed of it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from consolidation.concentration import Bar, Exposures, concentration
from consolidation.explanation import Status, Step
from consolidation.findings import Severity
from consolidation.money import AMOUNT
from tests.engine.filing_sets import DAY, charge, measured, one_group, rows, write_set
from tests.engine.plain_reading import Tables

COUNTERPARTIES = rows(
    "counterparties",
    "BANK,Bank,joint_stock_bank",
    "A,A,other",
    "ICBC,ICBC,state_owned_bank",
    "PB,Policy bank,policy_bank",
)


def held(*lines: str) -> Tables:
    """Positions of S at 2023-12-31: counterparty, asset class, scheme, sector, amount, and further columns."""
    return one_group(
        exposures=rows("exposures", *(f"S,2023-12-31,{line}" for line in lines)),
        counterparties=COUNTERPARTIES,
    )


@pytest.mark.parametrize(
    ("line", "charged"),
    [
        ("A,equity,SWS,银行,30000", "0"),  # 3% of 1,000,000
        ("A,equity,SWS,银行,30000.01", "0.0005"),
        ("BANK,equity,SWS,银行,50000", "0"),  # 5%
        ("BANK,equity,SWS,银行,50001", "0.03"),
        ("ICBC,loan,SWS,银行,30100", "5"),  # of a state-owned bank only deposits, shares and bonds are out
        ("ICBC,deposit,SWS,银行,90000", "0"),
        ("PB,loan,SWS,银行,90000", "0"),
        ("A,equity,SWS,银行,90000,true", "0"),
        ("A,investment_property,SWS,银行,90000", "0"),
        ("A,reinsurance,SWS,银行,30100", "5"),
        ("P,loan,SWS,银行,90000", "0"),  # the parent: eliminated
        ("J,loan,SWS,银行,30100", "5"),  # a joint venture is not consolidated
        ("PB,loan,SWS,银行,30100,,A,true", "5"),  # defaulted: the guarantor
        ("PB,loan,SWS,银行,30100,,A,false", "0"),
        ("PB,loan,SWS,银行,30100,,,true", "0"),
        (",fund,SWS,银行,30100,,,,A", "5"),  # not known: the issuer
        (",fund,SWS,银行,30100,,A,true,PB", "5"),
    ],
)
def test_a_counterpartys_charge(tmp_path: Path, line: str, charged: str) -> None:
    assert charge(held(line), tmp_path, "counterparty").amount == Decimal(charged)


@pytest.mark.parametrize(("amount", "above"), [("5.000000", []), ("5.000001", ["A"])])
def test_a_party_is_shown_above_its_limit_from_the_first_place_beyond_it(
    amount: str, above: list[str]
) -> None:
    parties = pl.DataFrame({"party": ["A"], "class": ["other"], "amount": [Decimal(amount)]}).with_columns(
        pl.col("amount").cast(AMOUNT)
    )
    for limit in (Decimal(5), Decimal("5.0000005")):
        bars = {"other": Bar(limit, Decimal("0.05"), ())}
        shown = concentration(Exposures("counterparty", parties, bars), lambda _: ()).charge.inputs
        assert [s.note for s in shown if isinstance(s, Step) and s.name == "counterparty"] == above


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
        (("PB,loan,SWS,银行,120000",), "0"),
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


def test_charges_of_many_parties_are_added_before_they_are_rounded(tmp_path: Path) -> None:
    tables = held(*(f"C{n},equity,SWS,{n},30000.000009" for n in range(10)))
    assert charge(tables, tmp_path, "counterparty").amount == Decimal(
        "0.000004"
    )  # 10 × 0.00000045, half even


def test_nothing_given_is_no_data_and_nothing_to_say(tmp_path: Path) -> None:
    run = measured(write_set(tmp_path, one_group()))
    risk = run.charges["G", DAY]
    assert {risk.counterparty.status, risk.sector.status, risk.customer.status} == {Status.NO_DATA}
    assert run.findings == []


def test_positions_of_joint_ventures_and_strangers_alone_are_no_data(tmp_path: Path) -> None:
    tables = one_group(exposures=rows("exposures", "J,2023-12-31,A,equity,SWS,银行,90000"))
    assert charge(tables, tmp_path, "counterparty").status is Status.NO_DATA


def test_positions_that_are_all_left_out_are_computed_as_zero(tmp_path: Path) -> None:
    found = charge(held("A,government_bond,,,90000"), tmp_path, "counterparty")
    assert (found.status, found.amount) == (Status.COMPUTED, 0)


def test_positions_without_group_figures_are_no_data_with_a_warning(tmp_path: Path) -> None:
    tables = held("A,equity,SWS,银行,90000")
    tables["customer_income"] = rows("customer_income", "S,2023-12-31,K,60000")
    del tables["group_financials"]
    run = measured(write_set(tmp_path, tables))
    risk = run.charges["G", DAY]
    assert {risk.counterparty.status, risk.sector.status, risk.customer.status} == {Status.NO_DATA}
    told = {(f.code, f.column, f.severity, f.group_id, f.period_end) for f in run.findings}
    assert told == {
        ("group-figure-missing", "total_assets", Severity.WARNING, "G", DAY),
        ("group-figure-missing", "income", Severity.WARNING, "G", DAY),
    }


@pytest.mark.parametrize("assets", ["0", "-1000000"])
def test_total_assets_or_income_at_or_below_zero_make_a_limit_of_zero_and_a_warning_each(
    tmp_path: Path, assets: str
) -> None:
    tables = held(
        "A,equity,SWS,银行,100", "BANK,equity,SWS,银行,1000", "PB,loan,SWS,银行,7", "A,loan,SWS,银行,0"
    )
    tables["customer_income"] = rows("customer_income", "S,2023-12-31,K,60", "S,2023-12-31,L,-60")
    tables["group_financials"] = rows("group_financials", f"G,2023-12-31,{assets},1,{assets}")
    run = measured(write_set(tmp_path, tables))
    risk = run.charges["G", DAY]
    assert (risk.counterparty.amount, risk.sector.amount, risk.customer.amount) == (35, 55, 6)
    told = {(f.code, f.column, f.severity, f.group_id, f.period_end) for f in run.findings}
    assert told == {
        ("group-figure-not-positive", "total_assets", Severity.WARNING, "G", DAY),
        ("group-figure-not-positive", "income", Severity.WARNING, "G", DAY),
    }
    limits = run.concentration.select("test", "limit").unique().sort("test").rows()
    assert limits == [("counterparty", 0), ("customer", 0), ("sector", 0)]


def test_a_counterparty_that_is_not_listed_counts_as_other_with_a_warning(tmp_path: Path) -> None:
    run = measured(write_set(tmp_path, held("新,equity,SWS,银行,30100", "A,equity,SWS,银行,1")))
    assert run.charges["G", DAY].counterparty.amount == 5
    assert [(f.code, f.value, f.severity) for f in run.findings] == [
        ("counterparty-not-listed", "新", Severity.WARNING)
    ]


def test_hundreds_of_unlisted_counterparties_are_told_by_the_largest_and_a_count(tmp_path: Path) -> None:
    run = measured(write_set(tmp_path, held(*(f"C{n:03},equity,SWS,银行,{n + 1}" for n in range(200)))))
    named = [f for f in run.findings if f.code == "counterparty-not-listed"]
    (counted,) = (f for f in run.findings if f.code == "counterparties-not-listed")
    assert [f.value for f in named] == [f"C{n:03}" for n in range(199, 149, -1)]
    assert counted.value == "150"
    assert counted.detail["amount"] == f"{sum(range(1, 151))}.000000"


def test_positions_without_a_sector_are_named_with_their_amount(tmp_path: Path) -> None:
    run = measured(
        write_set(
            tmp_path,
            held("A,equity,SWS,,12.5", "A,equity,,,1", "A,government_bond,,,900", "A,equity,SWS,银行,7"),
        )
    )
    (finding,) = run.findings
    assert (finding.code, finding.value, finding.severity) == (
        "positions-without-sector",
        "13.500000",
        Severity.INFO,
    )


def test_a_sector_without_its_scheme_is_a_warning(tmp_path: Path) -> None:
    run = measured(write_set(tmp_path, held("A,equity,,银行,12.5")))
    assert [(f.code, f.value) for f in run.findings] == [("sector-without-scheme", "12.500000")]


def test_every_party_above_its_limit_is_listed_and_the_fifty_largest_below(tmp_path: Path) -> None:
    lines = [f"OVER{n:03},equity,SWS,{n},{40_000 + n}" for n in range(60)]
    lines += [f"UNDER{n:03},equity,SWS,{n},{20_000 + n}" for n in range(60)]
    run = measured(write_set(tmp_path, held(*lines)))
    listed = run.concentration.filter(test="counterparty")
    assert listed["party"].to_list() == [
        *(f"OVER{n:03}" for n in range(59, -1, -1)),
        *(f"UNDER{n:03}" for n in range(59, 9, -1)),
    ]
    first = listed.row(0, named=True)
    assert (first["exposure"], first["limit"], first["charge"]) == (40059, 30000, Decimal("502.95"))
    assert listed["charge"].sum() == run.charges["G", DAY].counterparty.amount


def test_what_was_left_out_is_told_by_reason(tmp_path: Path) -> None:
    found = charge(
        held(
            "A,government_bond,,,1",
            "PB,loan,,,20",
            "A,equity,,,300,true",
            "P,loan,,,4000",
            "A,equity,,,50000",
        ),
        tmp_path,
        "counterparty",
    )
    left_out = {step.note: step.amount for step in found.inputs if getattr(step, "name", "") == "left_out"}
    assert left_out == {
        "government_bond": 1,
        "policy_bank_or_government_supported": 20,
        "separate_account": 300,
        "within_group": 4000,
    }


def test_of_parties_with_equal_exposures_the_first_by_name_are_listed(tmp_path: Path) -> None:
    names = [f"C{n:03}" for n in range(80)]
    run = measured(write_set(tmp_path, held(*(f"{name},equity,SWS,银行,7" for name in reversed(names)))))
    assert run.concentration.filter(test="counterparty")["party"].to_list() == names[:50]
