"""The members' stress test forms, read into rows of ``stress_results``: exact figures, cells, and what is refused."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import polars as pl
import pytest
import xlsxwriter

from consolidation.annex9 import ToldIdentity
from consolidation.annex11 import is_stress_form, read_stress_form
from consolidation.filing_set import read_filing_set, verdict
from consolidation.filing_set.merging import STRESS_RESULTS, merge_into_set
from tests.consolidation.annex9.forms import workbook as annex9_workbook
from tests.consolidation.annex11.forms import (
    MINIMUM,
    SENSITIVITIES,
    SOLVENCY,
    ST01,
    YEARS,
    Rows,
    add_sheet,
    changed,
    life_workbook,
    property_workbook,
    quarterly_workbook,
)

YEAR_END = date(2023, 12, 31)


def by_key(rows: pl.DataFrame) -> dict[tuple[str, str], tuple[Decimal | None, ...]]:
    return {
        (row["scenario"], row["horizon_end"].isoformat()): (
            row["actual_capital"], row["core_capital"], row["minimum_capital"], row["quantifiable_risk_minimum_capital"],
        )
        for row in rows.iter_rows(named=True)
    }  # fmt: skip


def amounts(*given: str | None) -> tuple[Decimal | None, ...]:
    return tuple(None if one is None else Decimal(one) for one in given)


def test_annex_11_1_gives_every_scenario_with_its_date_and_cell(tmp_path: Path) -> None:
    path = property_workbook(tmp_path / "a.xlsx")
    assert is_stress_form(path) and not is_stress_form(annex9_workbook(tmp_path / "b.xlsx"))
    read = read_stress_form(path)
    assert [(f.code, f.value) for f in read.findings] == [("annex11-read", "9")]
    assert set(read.rows["entity_id"]) == {"甲财险"} and set(read.rows["report_date"]) == {YEAR_END}
    assert by_key(read.rows) == {
        ("base", "2023-12-31"): amounts("20000", "15000", "10000", "9800"),
        ("base", "2024-12-31"): amounts("21000", "16000", "10500", "10290"),
        ("base", "2025-12-31"): amounts("22000", "17000", "11000", "10780"),
        ("mandatory_1", "2024-12-31"): amounts("18000", "13000", "10100", "9898"),
        ("mandatory_2", "2024-12-31"): amounts("15000.25", "10000.25", "10200", "9996"),
        ("own", "2024-12-31"): amounts("19000", "14000", "10300", "10094"),
        ("sensitivity_1", "2024-12-31"): amounts("17500", "12500", "10600", None),
        ("sensitivity_2", "2024-12-31"): amounts("16000", "11000", "10700", None),
        ("sensitivity_own", "2024-12-31"): amounts("18800", "13800", "10800", None),
    }
    cell = read.cells["mandatory_2", date(2024, 12, 31), "actual_capital"]
    assert cell.place == "2.3 预测偿付能力表!G6" and cell.value == Decimal("15000.25")


def test_the_third_mandatory_column_of_annex_11_2_is_headed_as_the_second(tmp_path: Path) -> None:
    read = read_stress_form(life_workbook(tmp_path / "a.xlsx"))
    found = by_key(read.rows)
    assert found["mandatory_2", "2024-12-31"][0] == Decimal("15000.25")
    assert found["mandatory_3", "2024-12-31"][0] == Decimal(1_000_000)
    assert found["base", "2023-12-31"][3] == Decimal(9000)


def test_sheet_st01_is_of_the_next_quarter_end(tmp_path: Path) -> None:
    read = read_stress_form(quarterly_workbook(tmp_path / "a.xlsx"))
    assert set(read.rows["report_date"]) == {date(2023, 9, 30)}
    assert list(by_key(read.rows)) == [
        (name, "2023-12-31") for name in ("quarter_base", "quarter_1", "quarter_2", "quarter_own_1")
    ]
    assert by_key(read.rows)["quarter_2", "2023-12-31"] == amounts("17100", "12100", "10250", None)


def test_units_are_those_that_the_sheet_declares(tmp_path: Path) -> None:
    in_yuan = {
        label: tuple(None if v is None or isinstance(v, str) else v * 10_000 for v in row)
        for label, row in SOLVENCY.items()
        if "率" not in label
    }
    path = property_workbook(tmp_path / "a.xlsx", in_yuan, {}, {}, unit="单位：元")
    assert by_key(read_stress_form(path).rows)["mandatory_2", "2024-12-31"][0] == Decimal("15000.25")
    unsaid = quarterly_workbook(tmp_path / "b.xlsx", unit="")
    assert [(f.code, f.table) for f in read_stress_form(unsaid).findings] == [
        ("annex9-unit-missing", "ST01-季度压力测试")
    ]
    told = read_stress_form(unsaid, ToldIdentity(unit="亿元"))
    assert by_key(told.rows)["quarter_1", "2023-12-31"][0] == Decimal(181_000_000)


def _headed(path: Path, sheet: str, reference: str, heading: str) -> Path:
    book = openpyxl.load_workbook(path)
    book[sheet][reference] = heading
    book.save(path)
    return path


def test_a_heading_that_names_no_scenario_or_date_is_told_with_its_cell(tmp_path: Path) -> None:
    solvency = "2.3 预测偿付能力表"
    unknown = read_stress_form(
        _headed(property_workbook(tmp_path / "a.xlsx"), solvency, "F3", "情景甲"), ToldIdentity()
    )
    assert [(f.code, f.table, f.detail["cell"]) for f in unknown.findings][:2] == [
        ("annex11-heading-unknown", solvency, "F3"),
        ("annex11-scenario-without", "2.2 预测最低资本表", "F3"),
    ]
    assert unknown.rows.is_empty() and f"{solvency}!F3: 情景甲" in unknown.findings[1].message("zh")
    alone = read_stress_form(
        _headed(quarterly_workbook(tmp_path / "b.xlsx"), "ST01-季度压力测试", "E3", "利率下行"),
        ToldIdentity(),
    )
    assert ("annex11-heading-unknown", "利率下行") in [(f.code, f.value) for f in alone.findings]
    assert "quarter_2" not in alone.rows["scenario"].to_list() and alone.rows.height == 3
    earlier = read_stress_form(
        _headed(property_workbook(tmp_path / "c.xlsx"), solvency, "C4", "2021年"), ToldIdentity()
    )
    assert ("annex11-heading-unknown", "C4") in [(f.code, f.detail.get("cell")) for f in earlier.findings]
    beside = read_stress_form(
        _headed(property_workbook(tmp_path / "d.xlsx"), solvency, "J3", "较基准变动"), ToldIdentity()
    )
    assert [f.code for f in beside.findings] == ["annex11-read"]


ACTUAL, CORE = "（12）=（5）－（11）|实际资本", "（13）|核心资本"


@pytest.mark.parametrize(
    ("solvency", "code", "cell"),
    [
        (changed(SOLVENCY, CORE, 3, None), "annex11-figure-missing", "F7"),
        (changed(SOLVENCY, CORE, 3, "-"), "annex11-figure-missing", "F7"),
        (changed(SOLVENCY, ACTUAL, 4, "很多"), "annex9-not-an-amount", "G6"),
        (changed(SOLVENCY, "（14）|最低资本", 1, 10_600), "annex11-sheets-differ", "D8"),
    ],
)
def test_a_refusal_names_the_cell_and_what_to_do(
    tmp_path: Path, solvency: Rows, code: str, cell: str
) -> None:
    read = read_stress_form(property_workbook(tmp_path / "a.xlsx", solvency))
    assert read.rows.is_empty()
    first = next(f for f in read.findings if f.code == code)
    assert cell in (first.detail["cell"], first.detail.get("other", "").rpartition("!")[2])
    for language in ("zh", "en"):
        assert cell in first.message(language) and "{" not in first.message(language)


def test_a_ratio_that_the_amounts_do_not_make_is_said(tmp_path: Path) -> None:
    wrong = changed(SOLVENCY, "（17）=（12）/（14）|综合偿付能力充足率", 3, "250%")
    read = read_stress_form(property_workbook(tmp_path / "a.xlsx", wrong))
    assert read.rows.height == 9
    assert [(f.code, f.detail["cell"]) for f in read.findings if f.code != "annex11-read"] == [
        ("annex11-ratio-differs", "F9")
    ]


def test_a_form_that_nobody_filled_in_gives_nothing_and_no_fault(tmp_path: Path) -> None:
    zeros = dict.fromkeys(ST01, (0, "-", None, "不适用", 0))
    read = read_stress_form(quarterly_workbook(tmp_path / "a.xlsx", zeros))
    assert read.rows.is_empty() and [f.code for f in read.findings] == ["annex11-blank"]


def test_layouts_with_more_than_one_meaning_are_refused(tmp_path: Path) -> None:
    def codes(headings: tuple[str, ...], years: tuple[str, ...] = YEARS) -> list[str]:
        book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
        add_sheet(book, "2.3 预测偿付能力表", "", headings, SOLVENCY, years=years)
        book.close()
        return sorted({f.code for f in read_stress_form(tmp_path / "a.xlsx").findings})

    official = ("基本情景", "", "", "必测情景一", "必测情景二", "自测情景", "反向压力情景")
    assert codes(official) == ["annex11-read"]
    assert "annex11-date-missing" in codes(official, ())
    assert "annex11-scenario-twice" in codes(official, ("报告年度", "后第一年", "后第一年"))
    four = ("基本情景", "", "", "必测情景", "必测情景", "必测情景", "必测情景")
    assert "annex11-scenario-too-many" in codes(four)
    book = xlsxwriter.Workbook(tmp_path / "q.xlsx")
    add_sheet(book, "3. 敏感性测试结果", "", ("甲", "乙"), SENSITIVITIES)
    book.close()
    assert [f.code for f in read_stress_form(tmp_path / "q.xlsx").findings] == ["annex11-no-scenarios"]


def test_an_annual_test_starts_from_a_year_end(tmp_path: Path) -> None:
    path = property_workbook(tmp_path / "a.xlsx")
    read = read_stress_form(path, ToldIdentity(period=date(2023, 9, 30)))
    assert read.rows.is_empty() and "annex11-not-a-year-end" in {f.code for f in read.findings}


def test_rows_go_into_the_table_once_and_a_different_figure_is_refused(tmp_path: Path) -> None:
    read = read_stress_form(property_workbook(tmp_path / "a.xlsx"), ToldIdentity(entity="P"))
    into = tmp_path / "set"
    assert merge_into_set(read.rows, into, STRESS_RESULTS) == ()
    again = merge_into_set(read.rows, into, STRESS_RESULTS)
    assert {f.code for f in again} == {"import-row-there"} and len(again) == 9
    found = read_filing_set(str(into))
    assert found.tables["stress_results"].height == 9 and verdict(found).errors == 0
    other = read_stress_form(
        property_workbook(tmp_path / "c.xlsx", changed(SOLVENCY, ACTUAL, 3, 17_999), MINIMUM),
        ToldIdentity(entity="P"),
    )
    refused = merge_into_set(other.rows, into, STRESS_RESULTS)
    differs = [f for f in refused if f.code == "import-row-differs"]
    assert [(f.value, f.expected, f.column) for f in differs] == [("17999", "18000", "actual_capital")]
