"""Titles and groups of columns over a heading are passed over and said; a heading that is only wrong is told as before."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from consolidation.filing_set.filing_set import read_filing_set

HEAD = ["公司名称", "机构类型", "报告期", "口径", "实际资本", "最低资本"]
ROW = ["甲", "寿险", "2023-06-30", "第二季度", "200", "100"]


def written(path: Path, rows: list[list[str]]) -> Path:
    if path.suffix == ".csv":
        path.write_text("\n".join(",".join(row) for row in rows) + "\n", "utf-8")
        return path
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("solo_filings")
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(at, column, cell)
    return path


@pytest.mark.parametrize("name", ["solo_filings.csv", "solo_filings.xlsx"])
@pytest.mark.parametrize(
    "over",
    [
        [["某集团偿付能力报送表", "", "", "", "", ""]],
        [["报送表", "", "", "", "", ""], ["", "", "", "", "", "金额：万元"]],
        [["基本信息", "", "", "", "资本", ""]],
    ],
)
def test_the_heading_is_found_below(tmp_path: Path, name: str, over: list[list[str]]) -> None:
    written(tmp_path / name, [*over, HEAD, ROW])
    filing_set = read_filing_set(str(tmp_path))
    table = filing_set.tables["solo_filings"]
    assert table.select("entity_id", "actual_capital", "source_row").rows() == [("甲", 200, len(over) + 2)]
    (said,) = [f for f in filing_set.findings if f.code == "rows-over-heading"]
    assert (said.expected, over[0][0] in said.value) == (str(len(over)), True)


def test_another_unit_over_the_heading_is_never_passed_over(tmp_path: Path) -> None:
    written(tmp_path / "solo_filings.csv", [["报送表", "", "", "", "", "单位：亿元"], HEAD, ROW])
    filing_set = read_filing_set(str(tmp_path))
    assert filing_set.tables["solo_filings"].is_empty()
    assert [(f.code, f.row, f.value, f.expected) for f in filing_set.findings] == [
        ("unit-over-heading", 1, "单位：亿元", "万元")
    ]


def test_a_heading_that_lacks_a_column_is_still_the_heading(tmp_path: Path) -> None:
    written(tmp_path / "solo_filings.csv", [HEAD[:4], ROW[:4], HEAD])
    codes = {f.code for f in read_filing_set(str(tmp_path)).findings}
    assert "column-missing" in codes and "rows-over-heading" not in codes


@pytest.mark.parametrize("heading", ["交易货币", "记账本位币", "币别"])
def test_a_currency_under_another_name_is_not_ignored(tmp_path: Path, heading: str) -> None:
    written(tmp_path / "solo_filings.csv", [[*HEAD, heading], [*ROW, "HKD"]])
    found = [(f.code, f.row) for f in read_filing_set(str(tmp_path)).findings if f.severity == "error"]
    assert found == [("currency-not-yuan", 2)]


def test_the_heading_again_is_one_finding_and_no_row(tmp_path: Path) -> None:
    columns = ["entity_id", "kind", "period_end", "basis", "actual_capital", "minimum_capital"]
    other = ["乙", *ROW[1:]]
    written(tmp_path / "solo_filings.csv", [HEAD, columns, ROW, HEAD, other])
    filing_set = read_filing_set(str(tmp_path))
    assert filing_set.tables["solo_filings"]["entity_id"].to_list() == ["甲", "乙"]
    (again,) = [f for f in filing_set.findings if f.code == "heading-again"]
    assert (again.severity, again.value, again.expected) == ("warning", "2, 4", "2")
    assert not [f for f in filing_set.findings if f.severity == "error"]


def test_below_a_heading_in_another_order_nothing_is_read(tmp_path: Path) -> None:
    swapped = [*HEAD[:4], HEAD[5], HEAD[4]]
    written(tmp_path / "solo_filings.csv", [HEAD, ROW, swapped, ["乙", *ROW[1:4], "100", "200"]])
    filing_set = read_filing_set(str(tmp_path))
    assert filing_set.tables["solo_filings"]["entity_id"].to_list() == ["甲"]
    assert [(f.code, f.row) for f in filing_set.findings if f.severity == "error"] == [
        ("heading-in-other-order", 3)
    ]


@pytest.mark.parametrize("heading", ["报送币种", "本位币（主要）"])
def test_a_currency_in_more_words_is_not_ignored_either(tmp_path: Path, heading: str) -> None:
    written(tmp_path / "solo_filings.csv", [[*HEAD, heading], [*ROW, "HKD"]])
    found = [(f.code, f.row) for f in read_filing_set(str(tmp_path)).findings if f.severity == "error"]
    assert found == [("currency-not-yuan", 2)]


def test_notes_and_totals_below_a_table_are_no_records_but_their_unit_counts(tmp_path: Path) -> None:
    note, total = ["注：未经审计"], ["合计", "", "", "", "200", "100"]
    written(tmp_path / "solo_filings.csv", [HEAD, ROW, total, note])
    filing_set = read_filing_set(str(tmp_path))
    assert filing_set.tables["solo_filings"]["entity_id"].to_list() == ["甲"]
    assert [(f.code, f.value) for f in filing_set.findings if f.severity != "info"][-1] == (
        "rows-of-notes",
        "3, 4",
    )
    written(tmp_path / "solo_filings.csv", [HEAD, ROW, ["注：单位：元"]])
    assert [f.code for f in read_filing_set(str(tmp_path)).findings] == ["unit-over-heading"]


def test_a_row_of_units_under_the_heading(tmp_path: Path) -> None:
    written(tmp_path / "solo_filings.csv", [HEAD, ["", "", "", "", "万元", "万元"], ROW])
    filing_set = read_filing_set(str(tmp_path))
    assert filing_set.tables["solo_filings"]["actual_capital"].to_list() == [200]
    assert not [f for f in filing_set.findings if f.severity == "error"]
    written(tmp_path / "solo_filings.csv", [HEAD, ["", "", "", "", "元", "元"], ROW])
    found = [(f.code, f.row, f.column) for f in read_filing_set(str(tmp_path)).findings]
    assert found == [("unit-under-heading", 2, "actual_capital")]
