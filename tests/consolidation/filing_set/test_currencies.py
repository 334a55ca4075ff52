"""Currency and unit of a table: yuan by the ten thousand, converted at a dated rate, or refused with row and column."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from consolidation.consolidate import consolidate
from consolidation.explanation.tree import Explainable, conversions_of
from consolidation.filing_set import FilingSet, read_filing_set
from consolidation.findings import Finding, to_frame
from consolidation.positions.checking import check_positions
from consolidation.rulebook import Rulebook
from tests.build import write_set

HEADINGS = "entity_id,kind,period_end,basis,actual_capital,minimum_capital,comprehensive_solvency_ratio,"
RATES = "currency,on,rate,source\nHKD,2024-06-28,0.91268,中国人民银行\nHKD,2023-12-29,0.90622,中国人民银行\n"
ABROAD = "entity_id,name,kind,jurisdiction\n甲,甲,life,HK\n乙,乙,life,CN\n"


def read(tmp_path: Path, heading: str, *rows: str, **more: str) -> FilingSet:
    text = HEADINGS + heading + "\n" + "".join(f"{row}\n" for row in rows)
    return read_filing_set(str(write_set(tmp_path, {"solo_filings": text, **more})))


def told(filing_set: FilingSet) -> list[tuple[str, str, int | None, str, str]]:
    ours = ("currency-", "unit-")
    return [
        (f.code, f.severity.value, f.row, f.column, f.value)
        for f in filing_set.findings
        if f.code.startswith(ours)
    ]


FILED = "甲,life,2024-06-30,quarterly,200,100,2,"


@pytest.mark.parametrize("heading", ["currency", "ccy", "币种", "货币"])
@pytest.mark.parametrize("cell", ["HKD", "港元", "USD", "人民币/港元"])
def test_another_currency_without_a_rate_is_an_error_of_its_row(
    heading: str, cell: str, tmp_path: Path
) -> None:
    filing_set = read(tmp_path, heading, FILED + cell, "乙,life,2024-06-30,quarterly,300,100,3,CNY")

    assert told(filing_set) == [("currency-not-yuan", "error", 2, "currency", cell)]
    assert filing_set.tables["solo_filings"]["entity_id"].to_list() == ["乙"]
    assert "2024-06-30 in exchange_rates" in filing_set.findings[0].message("en")


@pytest.mark.parametrize("heading", ["unit", "单位", "金额单位"])
@pytest.mark.parametrize("cell", ["元", "亿元", "百万元", "thousand"])
def test_another_unit_is_an_error_of_its_row(heading: str, cell: str, tmp_path: Path) -> None:
    filing_set = read(tmp_path, heading, FILED + cell)

    assert told(filing_set) == [("unit-not-wan-yuan", "error", 2, "unit", cell)]
    assert len(filing_set.tables["solo_filings"]) == 0


@pytest.mark.parametrize("cells", ["CNY,万元", "人民币, 万元", "rmb,人民币万元", ",", "ＣＮＹ,"])
def test_yuan_by_the_ten_thousand_goes_without_a_word(cells: str, tmp_path: Path) -> None:
    filing_set = read(tmp_path, "currency,unit", FILED + cells)

    assert told(filing_set) == []
    assert filing_set.tables["solo_filings"]["actual_capital"].to_list() == [Decimal(200)]


def test_an_overseas_member_is_converted_at_the_closing_rate(tmp_path: Path) -> None:
    rows = (FILED + "HKD,万港元", FILED.replace("2024-06-30", "2023-09-30") + "HKD,万元")
    filing_set = read(tmp_path, "currency,unit", *rows, exchange_rates=RATES, entities=ABROAD)

    filed = filing_set.tables["solo_filings"]
    assert filed.select("actual_capital", "minimum_capital", "comprehensive_solvency_ratio").rows() == [
        (Decimal("182.536"), Decimal("91.268"), Decimal(2))
    ]
    assert told(filing_set) == [
        ("currency-not-yuan", "error", 3, "currency", "HKD"),  # its day has no rate within ten days before
        ("currency-converted", "info", 2, "currency", "HKD"),
    ]


def test_a_domestic_company_in_another_currency_is_asked_about(tmp_path: Path) -> None:
    row = FILED.replace("甲", "乙") + "HKD"
    filing_set = read(tmp_path, "currency", row, exchange_rates=RATES, entities=ABROAD)

    assert [code for code, *_ in told(filing_set)] == ["currency-of-domestic", "currency-converted"]


def test_explain_shows_the_rate_beside_the_figure(tmp_path: Path) -> None:
    members = "group_id,entity_id\nG,甲\n"
    filing_set = read(
        tmp_path, "currency", FILED + "HKD", exchange_rates=RATES, entities=ABROAD, group_members=members
    )
    result = consolidate(filing_set, Rulebook.load())

    (statement,) = result.statements
    conversions = conversions_of(to_frame(result.findings))
    tree = Explainable(statement, result.contributions, conversions=conversions).line("minimum_capital")
    said = {node.conversion["zh"] for node in tree.walk() if node.conversion}
    assert statement.line("minimum_capital").amount == Decimal("91.268")
    assert said == {
        "solo_filings.csv 第 2 行以 HKD 报送，按期末汇率 0.91268 折算为人民币（2024-06-28，来源：中国人民银行，"
        "exchange_rates.csv row 2）"
    }


def test_positions_in_another_currency_stop_their_company_alone(tmp_path: Path) -> None:
    text = "entity_id,period_end,counterparty_id,asset_class,sector_scheme,sector,carrying_amount,币种\n"
    rows = [
        f"{who},2024-06-30,C,equity,SWS,银行,5,{currency}\n"
        for who, currency in (("甲", "HKD"), ("乙", "CNY"))
    ]
    for form in ("csv", "parquet"):
        folder = tmp_path / form
        filing_set = read(folder, "", exposures=text + "".join(rows))
        if form == "parquet":
            pl.read_csv(folder / "exposures.csv").write_parquet(folder / "exposures.parquet")
            (folder / "exposures.csv").unlink()
            filing_set = read_filing_set(str(folder))
        found = [f for f in check_positions(filing_set).findings if f.code == "currency-not-yuan"]
        assert [(f.severity.value, f.row, f.entity_id, f.value) for f in found] == [("error", 2, "甲", "HKD")]


def test_averages_and_required_ratios_on_the_wrong_scale_are_asked_about(tmp_path: Path) -> None:
    averages = (
        "kind,period_end,core_solvency_ratio_pct,comprehensive_solvency_ratio_pct\n"
        "life,2024-12-31,1.238,1.905\nproperty,2024-12-31,206,238\n"
    )
    sector = (
        "entity_id,period_end,measure,amount,required_ratio\n丙,2024-06-30,risk_weighted_assets,5000,10.5\n"
    )
    filing_set = read(tmp_path, "", FILED, industry_averages=averages, sector_filings=sector)

    asked = [(f.code, f.severity.value, f.column) for f in filing_set.findings if f.row == 2]
    assert sorted(asked) == [
        ("average-as-fraction", "warning", "comprehensive_solvency_ratio_pct"),
        ("average-as-fraction", "warning", "core_solvency_ratio_pct"),
        ("ratio-as-percent", "error", "required_ratio"),
    ]
    assert filing_set.tables["industry_averages"]["kind"].to_list() == ["property"]
    assert len(filing_set.tables["sector_filings"]) == 0


@pytest.mark.parametrize(("rate", "code"), [("90.622", "exchange-rate-unlikely"), ("0", "out-of-range")])
def test_a_rate_for_a_hundred_units_or_none_is_not_used(tmp_path: Path, rate: str, code: str) -> None:
    filed = "entity_id,kind,period_end,basis,currency,actual_capital,minimum_capital\nH,life,2023-12-31,annual,HKD,200,100\n"
    rates = f"currency,on,rate,source\nHKD,2023-12-31,{rate},PBOC\n"
    write_set(tmp_path, {"solo_filings": filed, "exchange_rates": rates})
    found = read_filing_set(str(tmp_path))
    assert found.tables["solo_filings"].is_empty()
    assert {f.code for f in found.findings if f.severity == "error"} == {code, "currency-not-yuan"}


def test_amounts_a_unit_apart_from_the_filing_before_or_from_the_members_are_asked_about(
    tmp_path: Path,
) -> None:
    head = "entity_id,kind,period_end,basis,actual_capital,minimum_capital\n"
    quarters = "H,life,2023-06-30,quarterly,2000,1000\nH,life,2023-09-30,quarterly,21000000,10100000\n"
    published = "group_id,period_end,basis,actual_capital,minimum_capital\nG,2023-06-30,quarterly,0.2,0.1\n"
    write_set(
        tmp_path,
        {
            "solo_filings": head + quarters,
            "group_members": "group_id,entity_id\nG,H\n",
            "group_filings": published,
        },
    )
    found = read_filing_set(str(tmp_path))
    told = [
        (f.code, f.severity.value, f.table, f.row) for f in found.findings if f.code.endswith("another-unit")
    ]
    assert sorted(told) == [
        ("filed-in-another-unit", "warning", "solo_filings", 3),
        ("published-in-another-unit", "error", "group_filings", 2),
    ]
    assert found.tables["group_filings"].is_empty() and found.tables["solo_filings"].height == 2


def of_cells(filing_set: FilingSet) -> list[Finding]:
    """What was found in cells, without the columns that the small tables here have not."""
    return [f for f in filing_set.findings if f.column and f.code != "column-not-given"]


@pytest.mark.parametrize(
    ("rates", "code"),
    [
        ("HKD,2023-12-29,1.10348", "exchange-rate-inverse"),
        ("澳门币,2023-12-29,1.1369", "exchange-rate-inverse"),
        ("USD,2023-12-29,9.1", "exchange-rate-unusual"),
        ("AED,2023-06-30,1.967\nAED,2023-12-29,0.5186", "exchange-rates-inverse"),
        ("HKD,2023-12-29,0.90622\nUSD,2023-12-29,7.0827\nAED,2023-12-29,1.9283\nAED,2023-06-30,1.967", None),
    ],
)
def test_a_rate_that_may_be_the_wrong_way_round_is_asked_about(
    tmp_path: Path, rates: str, code: str | None
) -> None:
    write_set(
        tmp_path,
        {
            "solo_filings": "entity_id,kind,period_end,basis,actual_capital,minimum_capital\nH,life,2023-12-31,annual,200,100\n",
            "exchange_rates": "currency,on,rate,source\n" + "".join(f"{r},PBOC\n" for r in rates.split("\n")),
        },
    )
    told = [(f.code, f.severity.value, f.column) for f in of_cells(read_filing_set(str(tmp_path)))]
    assert told == ([(code, "warning", "rate")] if code else [])


def test_a_first_filing_in_another_unit_is_asked_about_where_something_shows_it(tmp_path: Path) -> None:
    head = "entity_id,kind,period_end,basis,admitted_assets,actual_capital,minimum_capital\n"
    day = "2023-12-31,annual"
    peers = "".join(f"R{n},property,{day},{n}00000,{n}0000,{n}000\n" for n in range(2, 8))
    filed = (
        f"A,life,{day},5771430000000,8000000000,4000000000\n"  # a whole industry's assets and more: 元
        f"B,life,{day},150,21,9\n"  # 亿元
        f"C,life,{day},,900000000,400000000\n"  # 元, beside its group's total assets in 万元
        f"D,property,{day},,60000000,30000000\n"  # 元, among companies of its kind
        f"E,life,{day},577143000,80000000,40000000\n"  # the largest there is
    )
    members = "group_id,entity_id,relation\nG,C,\nG,E,subsidiary\nG,D,joint_venture\n"
    write_set(
        tmp_path,
        {
            "solo_filings": head + filed + peers,
            "group_members": members,
            "group_financials": "group_id,period_end,total_assets,net_assets,income\nG,2023-12-31,590000000,1,1\n",
        },
    )
    found = sorted(of_cells(read_filing_set(str(tmp_path))), key=lambda f: f.entity_id)
    assert [(f.code, f.severity.value, f.entity_id, f.column) for f in found] == [
        ("above-all-insurers", "warning", "A", "admitted_assets"),
        ("below-any-insurer", "warning", "B", "admitted_assets"),
        ("above-its-group", "warning", "C", "actual_capital"),
        ("far-from-its-kind", "warning", "D", "minimum_capital"),
    ]
    assert "500 times the median of its kind (minimum capital CNY 50.00 million)" in found[-1].message("en")


def test_a_members_figure_that_consolidation_lacks_is_told_when_the_set_is_checked(tmp_path: Path) -> None:
    head = "entity_id,kind,period_end,basis,actual_capital,minimum_capital\n"
    rows = "A,life,2023-12-31,annual,900,\nB,life,2023-12-31,annual,,100\nC,life,2023-12-31,annual,,\n"
    write_set(tmp_path, {"solo_filings": head + rows, "group_members": "group_id,entity_id\nG,A\nG,B\n"})
    found = of_cells(read_filing_set(str(tmp_path)))
    assert [(f.code, f.severity.value, f.row, f.column) for f in found] == [
        ("member-figure-blank", "warning", 2, "minimum_capital"),
        ("member-figure-blank", "warning", 3, "actual_capital"),
    ]  # nothing is computed from the filing of C, which no group has


def test_a_groups_accounts_beyond_its_members_and_a_score_in_fractions_are_asked_about(
    tmp_path: Path,
) -> None:
    write_set(
        tmp_path,
        {
            "solo_filings": "entity_id,kind,period_end,basis,actual_capital,minimum_capital\nA,life,2023-12-31,annual,200000,100000\n",
            "group_members": "group_id,entity_id\nG,A\n",
            "group_financials": (
                "group_id,period_end,total_assets,net_assets,income\n"
                "G,2023-12-31,30000000000,4000000000,9\nG,2023-06-30,3000000,4000000,9\n"
            ),
            "group_capital": "group_id,period_end,line,amount\nG,2023-12-31,2,4000000000\nG,2023-12-31,28,9000000000\n",
            "assessments": "group_id,period_end,sarmra_score\nG,2023-06-30,0.825\nG,2023-12-31,82.5\n",
        },
    )
    told = [
        (f.code, f.severity.value, f.table, f.row, f.column) for f in of_cells(read_filing_set(str(tmp_path)))
    ]
    assert sorted(told) == [
        ("far-beyond-members", "warning", "group_capital", 2, "amount"),
        ("far-beyond-members", "warning", "group_financials", 2, "net_assets"),
        ("far-beyond-members", "warning", "group_financials", 2, "total_assets"),
        ("net-above-total", "warning", "group_financials", 3, "net_assets"),
        ("score-as-fraction", "warning", "assessments", 2, "sarmra_score"),
    ]
