"""A group's own workbook, of this program or another, gives the tables of a group's own figures."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from consolidation.annex9 import ToldIdentity, read_workbook
from consolidation.annex10 import is_group_form, read_group_form, sheets, write_workbook
from consolidation.annex10.layout import HOLDING, HOLDING_CAPITAL, NON_HOLDING_AND_MIXED, Fills, layout
from consolidation.filing_set import read_filing_set, verdict
from consolidation.filing_set.entities.known_entities import known_in
from consolidation.filing_set.merging import (
    GROUP_CAPITAL,
    GROUP_FILING_LINES,
    GROUP_FILINGS,
    merge_tables_into_set,
)
from consolidation.workbook.cells import UnreadableWorkbook, Workbook
from tests.consolidation.annex9.forms import workbook
from tests.consolidation.annex10.groups import LIMITS, Case, cases

NOTHING = ToldIdentity()
AS_LINE = {"core_surplus": "core_solvency_surplus", "comprehensive_surplus": "comprehensive_solvency_surplus"}
LAST_PLACE = Decimal("0.000001")


@pytest.fixture(scope="module")
def every() -> dict[str, Case]:
    return cases()


def test_what_this_program_writes_it_reads_back_to_the_last_place(
    every: dict[str, Case], tmp_path: Path
) -> None:
    for name, case in every.items():
        path = tmp_path / f"{name}.xlsx"
        write_workbook(path, case.statement, case.opening, limits=LIMITS)
        read = read_group_form(path, NOTHING)
        assert {f.code for f in read.findings} == {"annex10-read"}, name
        filed = read.rows[GROUP_FILINGS].row(0, named=True)
        key = (filed.pop("group_id"), filed.pop("period_end"), filed.pop("basis"))
        assert key == (case.statement.group_id, case.statement.period_end, "quarterly")
        lines = {AS_LINE.get(column, column): value for column, value in filed.items() if value is not None}
        lines |= dict(read.rows[GROUP_FILING_LINES].select("line", "amount").iter_rows())
        assert len(lines) >= 6
        for line, value in lines.items():
            amount = case.statement.amount(line)
            assert amount is not None and abs(value - amount) <= LAST_PLACE, (name, line)


def of_another_program(path: Path, layouts: tuple[str, ...], *, computed: bool = True) -> Path:
    """A workbook in its own shape: no line numbers, the unit 元 in the heading, totals as formulas."""
    book = xlsxwriter.Workbook(path)
    for name in layouts:
        sheet = book.add_worksheet("实际资本" if name == HOLDING_CAPITAL else "偿付能力")
        sheet.write_string(0, 0, "编报单位：青丘集团")
        sheet.write_string(1, 0, "报告期：2025年6月30日")
        for column, heading in enumerate(("指标", "上年末数（元）", "本期末金额（元）")):
            sheet.write_string(2, column, heading)
        for place, row in enumerate(layout(name), start=3):
            sheet.write_string(place, 0, row.item.removesuffix("（集团）"))
            if row.fills is Fills.RATIO:
                sheet.write_string(place, 2, "150.00%")
            elif row.terms and not computed and row.fills is Fills.SUM:
                sheet.write_formula(place, 2, "=1+1", None, "")
            elif row.line != 2:
                sheet.write_number(
                    place, 2, (row.link or row.line) * 10_000
                )  # the sheets show the same capital
            else:
                sheet.write_string(place, 2, f"{(row.link or row.line) * 10_000:,}")
    book.close()
    return path


def test_the_workbook_of_another_program_is_read_by_its_items(tmp_path: Path) -> None:
    path = of_another_program(tmp_path / "g.xlsx", (HOLDING, HOLDING_CAPITAL))
    read = read_group_form(path, NOTHING)
    assert [(f.code, f.table, f.value) for f in read.findings] == [
        ("annex10-read", "偿付能力", str(len(layout(HOLDING)))),
        ("annex10-read", "实际资本", str(len(layout(HOLDING_CAPITAL)))),
    ]
    filed = read.rows[GROUP_FILINGS].row(0, named=True)
    assert (filed["group_id"], filed["period_end"], filed["basis"]) == (
        "青丘集团",
        date(2025, 6, 30),
        "quarterly",
    )
    assert (filed["minimum_capital"], filed["core_solvency_ratio"]) == (6, Decimal("1.5"))
    capital = dict(read.rows[GROUP_CAPITAL].select("line", "amount").iter_rows())
    assert capital == {str(row.line): row.line for row in layout(HOLDING_CAPITAL)}
    folder = tmp_path / "set"
    assert [f.code for f in merge_tables_into_set(read.rows, folder)] == ["import-row-added"]
    assert {file.name for file in folder.iterdir()} == {f"{table.name}.csv" for table in read.rows}
    assert verdict(read_filing_set(str(folder))).errors == 0
    assert {f.code for f in merge_tables_into_set(read.rows, folder)} == {"import-row-there"}


def test_totals_that_nobody_calculated_are_added_up_from_their_parts(tmp_path: Path) -> None:
    path = of_another_program(tmp_path / "g.xlsx", (NON_HOLDING_AND_MIXED,), computed=False)
    read = read_group_form(path, NOTHING)
    filed = read.rows[GROUP_FILINGS].row(0, named=True)
    assert "C4: -4" in next(f.value for f in read.findings if f.code == "annex10-added-up")
    # 1 = 2+3-4-5; 17 = 18+19+20-21, 15 = 16+17, 11 = 12+13+14+15-22, 10 = 11+23+24
    assert (filed["actual_capital"], filed["minimum_capital"]) == (-4, 12 + 13 + 14 + 16 + 36 - 22 + 23 + 24)


def test_a_groups_workbook_is_no_insurers_and_an_insurers_no_groups(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "g.xlsx")
    book.close()
    path = of_another_program(tmp_path / "group.xlsx", (HOLDING,))
    assert is_group_form(path) and not is_group_form(workbook(tmp_path / "a.xlsx"))
    assert not is_group_form(tmp_path / "g.xlsx")
    (tmp_path / "t.xlsx").write_text("no workbook")
    assert not is_group_form(tmp_path / "t.xlsx")
    with_notes = openpyxl.load_workbook(path)
    with_notes.create_sheet("说明", 0)["A1"] = "本表由集团填报"
    with_notes.save(tmp_path / "n.xlsx")
    assert is_group_form(tmp_path / "n.xlsx")
    renamed = xlsxwriter.Workbook(tmp_path / "r.xlsx")
    sheet = renamed.add_worksheet("偿付能力状况表")
    for row, cells in enumerate(
        (("单位：万元", ""), ("项目", "期末数"), ("实际资本", "5"), ("母公司最低资本", "1"))
    ):
        sheet.write_row(row, 0, cells)
    renamed.close()
    rows, findings = read_workbook(tmp_path / "r.xlsx", kind="life", entity="甲", period=date(2025, 6, 30))
    assert rows.is_empty() and ("annex9-group-form", 4) in [(f.code, f.row) for f in findings]


def test_a_table_that_differs_keeps_the_whole_workbook_out_and_a_known_name_is_its_id(tmp_path: Path) -> None:
    path, folder = of_another_program(tmp_path / "g.xlsx", (HOLDING, HOLDING_CAPITAL)), tmp_path / "set"
    folder.mkdir()
    (folder / "groups.csv").write_text("group_id,name,type\nQQ,青丘 集团,mixed\nP,蓬莱,mixed\n", "utf-8")
    capital = "group_id,period_end,line,amount\nQQ,2025-06-30,2,9\n"
    (folder / "group_capital.csv").write_text(capital, "utf-8")
    read = read_group_form(path, NOTHING, known_in(folder))
    assert {f.code for f in read.findings} == {"annex10-read"}
    assert read.rows[GROUP_FILINGS]["group_id"].to_list() == ["QQ"]
    refused = merge_tables_into_set(read.rows, folder)
    assert [(f.code, f.row, f.expected) for f in refused] == [("import-row-differs", 2, "9")]
    assert {file.name for file in folder.iterdir()} == {"groups.csv", "group_capital.csv"}
    (folder / "groups.csv").write_text("group_id,name,type\nP,蓬莱,mixed\n", "utf-8")
    new = read_group_form(path, NOTHING, known_in(folder))
    assert [(f.code, f.value) for f in new.findings][0] == ("annex9-entity-new", "青丘集团")


def test_a_workbook_that_breaks_after_the_look_is_no_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_path: Path) -> Workbook:
        raise UnreadableWorkbook

    monkeypatch.setattr(sheets, "open_workbook", breaks)
    assert not is_group_form(of_another_program(tmp_path / "group.xlsx", (HOLDING,)))


def test_what_a_groups_workbook_does_not_say_is_asked_by_name(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "g.xlsx")
    sheet = book.add_worksheet("表一")
    sheet.write_row(0, 0, ("项目", "期末数"))
    for place, row in enumerate(layout(HOLDING), start=1):
        sheet.write_row(place, 0, (row.item, row.line))
    book.close()
    asked = read_group_form(tmp_path / "g.xlsx", NOTHING)
    assert {(f.code, f.expected.split(" ")[0]) for f in asked.findings} == {
        ("annex10-group-missing", "--entity"),
        ("annex10-period-missing", "--period"),
        ("annex9-unit-missing", "--unit"),
    }
    told = ToldIdentity("甲集团", None, date(2025, 12, 31), "亿元")
    filed = read_group_form(tmp_path / "g.xlsx", told).rows[GROUP_FILINGS]
    assert filed.select("group_id", "minimum_capital").rows() == [("甲集团", 60000)]


def form(
    path: Path,
    *sheets: str,
    head: tuple[str, ...] = ("报告期：2025年12月31日", "集团：青丘集团（QQ）"),
    rows: int = 99,
) -> Path:
    """A workbook of official items in 万元 with their line numbers as amounts; each sheet is named after its layout."""
    book = xlsxwriter.Workbook(path)
    for number, name in enumerate(sheets):
        sheet = book.add_worksheet(f"{number} {name}"[:31])
        for place, text in enumerate(head):
            sheet.write_string(place, 0, text)
        sheet.write_row(len(head), 0, ("项目", "期末数（万元）"))
        for place, row in enumerate(layout(name)[:rows], start=len(head) + 1):
            sheet.write_row(place, 0, (row.item, row.line))
    book.close()
    return path


@pytest.mark.parametrize(
    ("stem", "head", "read"),
    [
        ("g", ("报告期：2025年12月31日", "集团：青丘集团（QQ）"), ("QQ", date(2025, 12, 31), "quarterly")),
        ("g", ("报告期：2025年12月31日", "集团：青丘集团", "经审计"), ("青丘集团", date(2025, 12, 31), "annual")),
        ("g", ("报告期：2025年9月30日", "集团：青丘集团", "经审计"), ("青丘集团", date(2025, 9, 30), "quarterly")),
        ("2025年度报告", ("集团：青丘 集团 期末：2025-12-31",), ("青丘集团", date(2025, 12, 31), "annual")),
        ("g_2025Q2", ("Group: Qing (Q-1)",), ("Q-1", date(2025, 6, 30), "quarterly")),
        ("g_2025Q2", ("集团：（试点）",), ("（试点）", date(2025, 6, 30), "quarterly")),
    ],
)  # fmt: skip
def test_the_head_says_whose_workbook_it_is_of_which_day_and_whether_it_was_audited(
    stem: str, head: tuple[str, ...], read: tuple[str, date, str], tmp_path: Path
) -> None:
    found = read_group_form(form(tmp_path / f"{stem}.xlsx", HOLDING, head=head), NOTHING)
    assert found.rows[GROUP_FILINGS].select("group_id", "period_end", "basis").rows() == [read]
    assert [(f.code, f.expected, f.period_end) for f in found.findings] == [
        ("annex10-read", read[2], read[1])
    ]


@pytest.mark.parametrize(
    ("head", "seen"),
    [
        (("报告期：2025年12月31日", "期末：2025-06-30"), "2025-06-30, 2025-12-31"),
        (("报告期：2025年11月30日",), "2025-11-30"),
        ((), ""),
    ],
)
def test_a_day_that_is_none_or_not_one_is_asked_for(head: tuple[str, ...], seen: str, tmp_path: Path) -> None:
    found = read_group_form(form(tmp_path / "g.xlsx", HOLDING, head=("集团：青丘集团", *head)), NOTHING)
    assert found.rows == {}
    assert [(f.code, f.file, f.value) for f in found.findings] == [("annex10-period-missing", "g.xlsx", seen)]


def test_a_sheet_is_known_by_five_of_its_items_and_only_one_counts(tmp_path: Path) -> None:
    assert GROUP_FILINGS in read_group_form(form(tmp_path / "a.xlsx", HOLDING, rows=5), NOTHING).rows
    few = read_group_form(form(tmp_path / "b.xlsx", HOLDING, rows=4), NOTHING)
    seen = "A4: 实际资本, A5: 核心一级资本, A6: 核心二级资本, A7: 附属一级资本"
    assert [(f.code, f.value) for f in few.findings] == [
        ("annex10-few-items", seen),
        ("annex10-no-sheet", "0 holding_solvency"),
    ]
    twice = read_group_form(form(tmp_path / "c.xlsx", HOLDING, HOLDING_CAPITAL, HOLDING), NOTHING)
    assert ("annex10-sheet-twice", "2 holding_solvency", "0 holding_solvency") in [
        (f.code, f.table, f.value) for f in twice.findings
    ]
    assert twice.rows == {}


def test_a_hidden_sheet_is_not_read_and_an_unreadable_file_is_said(tmp_path: Path) -> None:
    path = form(tmp_path / "g.xlsx", HOLDING, HOLDING_CAPITAL)
    book = openpyxl.load_workbook(path)
    book.worksheets[1].sheet_state = "hidden"
    book.save(path)
    assert GROUP_CAPITAL not in read_group_form(path, NOTHING).rows
    assert [(f.code, f.value) for f in read_group_form(tmp_path / "none.xlsx", NOTHING).findings] == [
        ("workbook-not-readable", "No such file or directory")
    ]


def test_a_dash_for_a_total_two_groups_and_dates_as_headings(tmp_path: Path) -> None:
    path = form(tmp_path / "g.xlsx", HOLDING)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    sheet["B3"] = "2025-12-31"
    book.save(path)
    assert GROUP_FILINGS in read_group_form(path, ToldIdentity(unit="万元")).rows
    total = next(row[0].row for row in sheet.iter_rows() if row[0].value == "最低资本")
    sheet.cell(total, 2).value = "—"
    book.save(path)
    read = read_group_form(path, ToldIdentity(unit="万元"))
    assert read.rows == {} and "annex10-figure-needed" in {f.code for f in read.findings}
    two = form(
        tmp_path / "h.xlsx", HOLDING, head=("报告期：2025年12月31日", "集团：青丘集团", "集团：蓬莱集团")
    )
    assert "annex9-entity-twice" in {f.code for f in read_group_form(two, NOTHING).findings}


def _edited(path: Path, sheet: str, *cells: tuple[str, object], title: str = "") -> Path:
    book = openpyxl.load_workbook(path)
    for reference, value in cells:
        book[sheet][reference] = value
    book[sheet].title = title or sheet
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("sheet", "cells", "title", "code", "severity"),
    [
        ("实际资本", [("A3", "指标"), ("C4", 100_000_000)], "", "annex10-units-differ", "error"),
        ("实际资本", [("C4", 12_000)], "", "annex10-sheets-differ", "warning"),
        ("偿付能力", [], "偿付能力（2026年预测）", "annex9-forecast", "warning"),
        ("偿付能力", [("A1", "偿付能力状况表（下年度预测）")], "", "annex9-forecast", "warning"),
        ("偿付能力", [("A5", "核心1级资本")], "", "annex9-item-near", "warning"),
        ("偿付能力", [("C9", None)], "", "annex9-item-missing", "warning"),
    ],
)
def test_what_a_groups_workbook_contradicts_or_lacks_is_told(
    sheet: str, cells: list[tuple[str, object]], title: str, code: str, severity: str, tmp_path: Path
) -> None:
    path = of_another_program(tmp_path / "g.xlsx", (HOLDING, HOLDING_CAPITAL))
    read = read_group_form(_edited(path, sheet, *cells, title=title), NOTHING)
    told = [f for f in read.findings if f.severity in ("error", "warning")]
    assert [(f.code, f.severity.value) for f in told] == [(code, severity)]
    assert bool(read.rows) == (severity == "warning") and "?" not in told[0].message("zh")


def test_a_label_like_an_item_that_is_there_is_not_asked_about(tmp_path: Path) -> None:
    path = of_another_program(tmp_path / "g.xlsx", (HOLDING,))
    below = 6 + len(layout(HOLDING))
    read = read_group_form(_edited(path, "偿付能力", (f"A{below}", "核心1级资本"), (f"C{below}", 7)), NOTHING)
    assert read.rows and "annex9-item-near" not in {f.code for f in read.findings}


def test_a_group_form_of_zeros_and_a_day_that_is_told_otherwise(tmp_path: Path) -> None:
    path = of_another_program(tmp_path / "g.xlsx", (HOLDING,))
    zeros = [(f"C{place}", 0) for place in range(4, 4 + len(layout(HOLDING)))]
    unfilled = read_group_form(_edited(path, "偿付能力", *zeros), NOTHING)
    assert "annex9-all-zero" in {f.code for f in unfilled.findings} and not unfilled.rows
    path = of_another_program(tmp_path / "g.xlsx", (HOLDING,))
    other = read_group_form(path, ToldIdentity(period=date(2024, 12, 31)))
    assert [(f.code, f.value) for f in other.findings][0] == ("annex9-period-differs", "2025-06-30")
    inside = read_group_form(path, ToldIdentity(period=date(2024, 12, 30)))
    assert "annex9-period-not-quarter-end" in {f.code for f in inside.findings} and not inside.rows
