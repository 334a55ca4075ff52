"""What is told of positions: no data, unlisted parties, what was left out and why, whose products are exempt, which tests are listed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from consolidation.filing_set import read_filing_set
from consolidation.findings import Severity
from consolidation.minimum_capital.concentration import (
    reason_in_words,
)
from consolidation.minimum_capital.group_specific_risk import (
    NOT_GIVEN,
    ChargeResult,
    LimitTest,
    concentration_frame,
)
from consolidation.positions import group_specific_risk
from consolidation.provenance import Status
from consolidation.rulebook import Rulebook
from consolidation.structure.scope import Scope, structure_of
from tests.build import DAY, charge, measured, one_group, rows, write_set
from tests.consolidation.minimum_capital.held import held


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
        "A,equity,SWS,银行,100", "BANK,equity,SWS,银行,1000", "PB,deposit,SWS,银行,7", "A,loan,SWS,银行,0"
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
            "PB,financial_bond,,,20",
            "PB,loan,,,7",
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


def test_of_what_was_left_out_the_largest_positions_are_shown_with_who_issued_them(tmp_path: Path) -> None:
    lines = ["A,loan,,,30001", "PB,fund,,,9,,A,true", ",financial_bond,,,8,,,,GS"]
    lines += [f"PB,deposit,,,{n}" for n in range(1, 8)]
    found = charge(held(*lines), tmp_path, "counterparty")
    (left_out,) = (step for step in found.inputs if getattr(step, "name", "") == "left_out")
    *shown, further = left_out.inputs
    assert [(s.name, s.note, s.amount, s.inputs[0].row) for s in shown] == [
        ("issued_by", "PB", 9, 3),
        ("issued_by", "GS", 8, 4),
        ("issued_by", "PB", 7, 11),
        ("issued_by", "PB", 6, 10),
        ("issued_by", "PB", 5, 9),
    ]
    assert (further.name, further.amount, further.note) == ("further_positions", 10, "4")


def test_a_product_of_nobody_knows_whom_is_told_once_for_each_group(tmp_path: Path) -> None:
    tables = held(
        "NOBODYS,fund,,,5", "NOBODYS,fund,,,6", "OWN,fund,,,7", "THEIRS,fund,,,8", "A,loan,,,9,,NOBODYS,true"
    )
    tables["entities"] += rows("entities", "AM,Another group's,asset_manager")
    run = measured(write_set(tmp_path, tables))
    told = [
        (f.code, f.value, f.group_id, f.row, f.detail["amount"])
        for f in run.findings
        if f.column == "manager_id"
    ]
    assert told == [
        ("product-manager-unknown", "NOBODYS", "G", 11, "11.000000"),
        ("product-manager-no-asset-manager", "OWN", "G", 9, "7.000000"),
    ]


def test_the_class_of_a_debtor_behind_a_guarantor_is_asked_for_too(tmp_path: Path) -> None:
    run = measured(
        write_set(tmp_path, held("新,loan,SWS,银行,20,,A,true", "旧,government_bond,,,30,,A,true"))
    )
    assert [(f.code, f.value, f.detail["amount"]) for f in run.findings if "listed" in f.code] == [
        ("counterparty-not-listed", "新", "20.000000")
    ]


@pytest.mark.parametrize(
    ("managers", "charged"),
    [
        (("asset_manager", "joint_venture_asset_manager", "other_company", "unknown"), (0, 0, 0, 0)),
        (("asset_manager", "other_company", "unknown"), (0, 5, 0, 0)),
        (("asset_manager", "joint_venture_asset_manager", "unknown"), (0, 0, 5, 0)),
        (("asset_manager", "joint_venture_asset_manager", "other_company"), (0, 0, 0, 5)),
        ((), (5, 5, 5, 5)),
    ],
)
def test_whose_products_are_exempt_is_an_entry(
    tmp_path: Path, managers: tuple[str, ...], charged: tuple[int, ...]
) -> None:
    tables = held(*(f"{product},fund,,,30100" for product in ("OF-P", "OF-J", "OF-S", "OF-NONE")))
    tables["entities"] = rows("entities", "P,P,asset_manager", "S,S,life", "J,J,asset_manager")
    tables["counterparties"] = rows(
        "counterparties", *(f"OF-{m or 'NONE'},{m},group_product,{m}" for m in ("P", "J", "S", ""))
    )
    filing_set = read_filing_set(str(write_set(tmp_path, tables)))
    rulebook = Rulebook.load().overlay({"concentration.exempt_product_managers": managers})
    run = group_specific_risk(filing_set, structure_of(filing_set, rulebook, Scope()), rulebook)
    by_party = dict(run.concentration.filter(test="counterparty").select("party", "charge").iter_rows())
    assert tuple(by_party.get(f"OF-{m}", 0) for m in ("P", "J", "S", "NONE")) == charged


def test_a_product_is_exempt_while_its_manager_is_in_the_group(tmp_path: Path) -> None:
    tables = held("OF-M,fund,SWS,银行,130000")
    tables["exposures"] += rows("exposures", "S,2023-06-30,OF-M,fund,SWS,银行,130000")
    tables["entities"] += rows("entities", "M,Manager,asset_manager", "X,Buyer,other")
    tables["counterparties"] = rows("counterparties", "OF-M,Product,group_product,M")
    tables["solo_filings"] += rows("solo_filings", "S,life,2023-06-30,quarterly,1000,500")
    tables["group_financials"] += rows("group_financials", "G,2023-06-30,1000000,100000,200000")
    del tables["group_members"]
    folder = write_set(tmp_path, tables)
    (folder / "ownership.csv").write_text(
        "owner_id,entity_id,valid_from,stake,relation,valid_to\n"
        "P,S,2020-01-01,1,subsidiary,\n"
        "P,M,2020-01-01,1,subsidiary,2023-09-30\n"
        "X,M,2023-10-01,1,subsidiary,\n"
    )
    charges = measured(folder).charges
    in_june, in_december = (charges["G", day] for day in (date(2023, 6, 30), DAY))
    assert (in_june.counterparty.amount, in_june.sector.amount) == (0, 0)
    assert (in_december.counterparty.amount, in_december.sector.amount) == (5000, 1500)


def test_a_guarantor_of_one_group_is_anybody_to_another(tmp_path: Path) -> None:
    tables = held("A,loan,SWS,银行,30100,,T,true", "T,loan,SWS,银行,30000")
    tables["groups"] += rows("groups", "H,Other,insurance_holding,")
    tables["entities"] += rows("entities", "T,Other,life")
    tables["group_members"] += rows("group_members", "H,T,subsidiary", "H,S,subsidiary")
    tables["group_financials"] += rows("group_financials", "H,2023-12-31,1000000,100000,200000")
    run = measured(write_set(tmp_path, tables))
    owed = run.concentration.filter(test="counterparty").select("group_id", "party", "exposure").rows()
    assert sorted(owed) == [("G", "T", 60100), ("H", "A", 30100)]


def test_a_debtor_that_nobody_knows_is_a_fault_to_the_guarantors_group_alone(tmp_path: Path) -> None:
    tables = held(",loan,SWS,银行,30100,,T,true")
    tables["groups"] += rows("groups", "H,Other,insurance_holding,")
    tables["entities"] += rows("entities", "T,Other,life")
    tables["group_members"] += rows("group_members", "H,T,subsidiary", "H,S,subsidiary")
    tables["group_financials"] += rows("group_financials", "H,2023-12-31,1000000,100000,200000")
    run = measured(write_set(tmp_path, tables))
    errors = [(f.code, f.group_id, f.row) for f in run.findings if f.severity is Severity.ERROR]
    assert errors == [("counterparty-unknown", "H", 2)]
    assert run.charges["G", DAY].counterparty.amount == 5


def test_of_parties_with_equal_exposures_the_first_by_name_are_listed(tmp_path: Path) -> None:
    names = [f"C{n:03}" for n in range(80)]
    run = measured(write_set(tmp_path, held(*(f"{name},equity,SWS,银行,7" for name in reversed(names)))))
    assert run.concentration.filter(test="counterparty")["party"].to_list() == names[:50]


def test_a_reason_of_the_rulebook_is_told_in_words_and_nothing_else_is() -> None:
    told = [reason_in_words("government_bond", language) for language in ("zh", "en")]
    assert told == ["政府债券", "government bond"]
    assert reason_in_words("elsewhere", "en") is None


def test_limit_tests_are_listed_by_group_period_and_test_the_largest_exposure_first() -> None:
    def of(*tests: tuple[str, str, int]) -> ChargeResult:
        limit = Decimal(5)
        return ChargeResult(
            NOT_GIVEN.sector,
            tuple(
                LimitTest(test, party, Decimal(amount), limit, Decimal(1)) for test, party, amount in tests
            ),
        )

    day, before = date(2023, 12, 31), date(2023, 6, 30)
    listed = concentration_frame(
        [
            (("H", before), of(("sector", "A", 1))),
            (("G", day), of(("sector", "A", 1), ("counterparty", "C", 2), ("counterparty", "B", 2))),
            (("G", before), of(("sector", "A", 1), ("sector", "B", 3))),
        ]
    )
    assert listed.select("group_id", "period_end", "test", "party").rows() == [
        ("G", before, "sector", "B"),
        ("G", before, "sector", "A"),
        ("G", day, "counterparty", "B"),
        ("G", day, "counterparty", "C"),
        ("G", day, "sector", "A"),
        ("H", before, "sector", "A"),
    ]
