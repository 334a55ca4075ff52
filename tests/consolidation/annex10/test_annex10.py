"""The Annex 10 workbook: official sheets to the letter, the engine's numbers, live formulas, and text that stays text."""

import csv
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import openpyxl
import polars as pl
import pytest
import python_calamine
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from consolidation.annex10 import Limits, write_workbook
from consolidation.annex10.layout import HOLDING, HOLDING_CAPITAL, NON_HOLDING_AND_MIXED, layout
from consolidation.findings import warning
from consolidation.words import say
from tests.consolidation.annex10.groups import (
    ASSESSED,
    CAPITAL,
    LIMITS,
    Case,
    cases,
    holding,
    published,
    scenario,
)


@pytest.fixture(scope="module")
def every() -> dict[str, Case]:
    return cases()


def written(path: Path, case: Case, **more: object) -> Workbook:
    write_workbook(path, case.statement, case.opening, limits=LIMITS, **more)  # type: ignore[arg-type]
    return openpyxl.load_workbook(path)


def lines_of(sheet: Worksheet) -> dict[int, int]:
    """Official line number → row of the sheet."""
    return {row[0].value: row[0].row for row in sheet.iter_rows(min_row=5) if row[0].value is not None}


@pytest.mark.parametrize("name", [HOLDING, HOLDING_CAPITAL, NON_HOLDING_AND_MIXED])
def test_every_official_row_stands_there_word_for_word(name: str, filings: Path) -> None:
    sheets = filings.parent / "spec"
    if not sheets.exists():
        pytest.skip("the official rows are not here (spec beside the filings)")
    published = sheets / f"annex10_{name}.csv"
    with published.open(encoding="utf-8-sig", newline="") as file:
        official = [(int(row["line"]), row["item"], row["line_formula"]) for row in csv.DictReader(file)]
    ours = [(row.line, row.item, row.line_formula) for row in layout(name)]
    added = [row for row in ours if row not in official]
    assert [row for row in ours if row in official] == official
    assert added == ([(10, "其他成员公司的最低资本", "(10)")] if name == HOLDING else [])


def test_the_lines_of_the_capital_sheet_have_words_that_say_the_official_item() -> None:
    for row in layout(HOLDING_CAPITAL):
        assert say(f"annex10.capital.{row.line}", "zh") == row.item
        assert say(f"annex10.capital.{row.line}", "en").isascii()


def test_formulas_in_terms_of_lines_say_what_the_official_formula_says() -> None:
    """Digits of the printed formula and of ours name the same lines, an ellipsis aside."""
    for name in (HOLDING, HOLDING_CAPITAL, NON_HOLDING_AND_MIXED):
        for row in layout(name):
            if "…" in row.line_formula or not row.terms:
                continue
            printed = row.line_formula.replace("×50%", "").replace("×100%", "").split("=")[1:]
            named = [
                sorted(int(n) for n in part.translate(str.maketrans("()[]+-/", "       ")).split())
                for part in printed
            ]
            assert [sorted(row.operands(terms)) for terms in row.terms] == named


def test_a_holding_group_has_both_official_sheets_with_both_balances(
    tmp_path: Path, every: dict[str, Case]
) -> None:
    book = written(tmp_path / "a.xlsx", every["own lines"])
    assert book.sheetnames == ["偿付能力状况表", "实际资本表", "精确值"]
    sheet = book["偿付能力状况表"]
    assert [cell.value for cell in sheet[4]] == [
        "行次",
        "项目",
        "期末数",
        "期初数",
        "计算公式",
        "状态",
        "备注",
    ]
    assert list(lines_of(sheet)) == list(range(1, 28))
    assert list(lines_of(book["实际资本表"])) == [n for n in range(1, 39) if n != 12]
    assert "期末：2023-06-30" in sheet["A2"].value and "期初：2022-12-31" in sheet["A2"].value


def test_the_other_types_have_their_one_sheet(tmp_path: Path, every: dict[str, Case]) -> None:
    for name, title in (("mixed", "混合型"), ("non-insurance holding", "非保险控股型")):
        book = written(tmp_path / "a.xlsx", every[name])
        assert book.sheetnames == ["偿付能力状况表", "精确值"]
        assert title in book["偿付能力状况表"]["A1"].value
        assert list(lines_of(book["偿付能力状况表"])) == list(range(1, 29))


def test_every_cell_shows_the_engines_number(tmp_path: Path, every: dict[str, Case]) -> None:
    for name, case in every.items():
        write_workbook(tmp_path / "a.xlsx", case.statement, case.opening, limits=LIMITS)
        sheet = openpyxl.load_workbook(tmp_path / "a.xlsx", data_only=True).worksheets[0]
        rows = layout(HOLDING if case.statement.group_type == "insurance_holding" else NON_HOLDING_AND_MIXED)
        at = lines_of(sheet)
        for row in rows:
            for column, statement in (("C", case.statement), ("D", case.opening)):
                shown = sheet[f"{column}{at[row.line]}"].value
                lines = [statement.lines[n] for n in row.names if n in statement.lines] if statement else []
                amounts = [line.amount for line in lines if line.amount is not None]
                if amounts:
                    assert shown == pytest.approx(float(sum(amounts)), abs=1e-9), (name, row.item)
                elif lines:
                    assert shown in (None, "未提供", "不可计算"), (name, row.item)


def formulas(sheet: Worksheet, column: str) -> dict[int, str]:
    return {
        line: sheet[f"{column}{row}"].value
        for line, row in lines_of(sheet).items()
        if sheet[f"{column}{row}"].data_type == "f"
    }


def test_totals_surpluses_and_ratios_are_live_formulas(tmp_path: Path, every: dict[str, Case]) -> None:
    book = written(tmp_path / "a.xlsx", every["concentrated"])
    for column in ("C", "D"):
        assert sorted(formulas(book["偿付能力状况表"], column)) == [
            1,
            2,
            3,
            4,
            5,
            6,
            7,
            14,
            16,
            24,
            25,
            26,
            27,
        ]
        assert sorted(formulas(book["实际资本表"], column)) == [1, 3, 18, 19, 26, 34, 38]
    assert formulas(book["偿付能力状况表"], "C")[16] == "=C21+C22+C23-C24"
    assert formulas(book["偿付能力状况表"], "D")[24] == "=D6+D7-D10*0.5"
    assert formulas(book["偿付能力状况表"], "C")[2] == "='实际资本表'!C5"
    mixed = written(tmp_path / "b.xlsx", every["mixed"])
    assert sorted(formulas(mixed["偿付能力状况表"], "C")) == [1, 10, 11, 15, 17, 25, 26, 27, 28]


def test_the_limits_in_force_stand_in_the_surplus_formulas(tmp_path: Path, every: dict[str, Case]) -> None:
    case = every["published"]
    held, required = case.statement.amount("actual_capital"), case.statement.amount("minimum_capital")
    assert held is not None and required is not None
    lines = dict(case.statement.lines)
    name = "comprehensive_solvency_surplus"
    lines[name] = replace(lines[name], amount=held - required * Decimal("1.2"))
    core = lines["core_tier1_capital"].amount + lines["core_tier2_capital"].amount  # type: ignore[operator]
    lines["core_solvency_surplus"] = replace(
        lines["core_solvency_surplus"], amount=core - required * Decimal("0.6")
    )
    statement = replace(case.statement, lines=lines)
    write_workbook(tmp_path / "a.xlsx", statement, None, limits=Limits(Decimal("0.60"), Decimal("1.2")))
    shown = formulas(openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0], "C")
    assert (shown[24], shown[26]) == ("=C6+C7-C10*0.60", "=C5-C10*1.2")


def test_a_published_total_that_its_parts_contradict_stands_as_it_is_and_says_so(
    tmp_path: Path, every: dict[str, Case]
) -> None:
    sheet = written(tmp_path / "a.xlsx", every["published, adding up to something else"]).worksheets[0]
    assert (sheet["C5"].value, sheet["D5"].value) == (1_100_000, "=D6+D7+D8+D9")
    assert sheet["G5"].value == "按所报数列示，与分项之和不等"
    assert sheet["F5"].value == "公布数"


def test_what_is_missing_is_blank_or_a_word_and_never_a_zero(tmp_path: Path, every: dict[str, Case]) -> None:
    write_workbook(tmp_path / "a.xlsx", every["capital not given"].statement, None, limits=LIMITS)
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx", data_only=True).worksheets[0]
    shown = {line: sheet[f"C{row}"].value for line, row in lines_of(sheet).items()}
    assert [shown[n] for n in (1, 2, 3, 4, 5)] == ["未提供", None, None, None, None]
    assert [shown[n] for n in (24, 25, 26, 27)] == ["不可计算"] * 4
    assert [sheet[f"D{row}"].value for row in lines_of(sheet).values()] == [None] * 27


def test_a_capital_sheet_without_lines_has_the_tiers_and_says_so(
    tmp_path: Path, every: dict[str, Case]
) -> None:
    sheet = written(tmp_path / "a.xlsx", every["published"])["实际资本表"]
    at = lines_of(sheet)
    assert [sheet[f"C{at[n]}"].value for n in (1, 18, 26, 34)] == [800_000, 100_000, 150_000, 50_000]
    assert [sheet[f"C{at[n]}"].value for n in (2, 3, 4, 19, 20)] == [None] * 5
    assert sheet[f"C{at[38]}"].value == "=C5+C21+C29+C37"
    assert "未提供" in sheet["A3"].value
    assert sheet[f"G{at[2]}"].value == "未提供; 期初：未提供"


def test_numbers_are_numbers_and_ratios_show_as_percentages(tmp_path: Path, every: dict[str, Case]) -> None:
    sheet = written(tmp_path / "a.xlsx", every["own lines"]).worksheets[0]
    assert sheet["C13"].value == 555000.500001 and sheet["C13"].data_type == "n"
    assert sheet["C13"].number_format.startswith("#,##0.00")
    assert sheet["C29"].number_format == "0.00%"


def test_the_exact_sheet_has_every_digit_as_text(tmp_path: Path, every: dict[str, Case]) -> None:
    case = every["own lines"]
    sheet = written(tmp_path / "a.xlsx", case)["精确值"]
    rows = {row[0].value: [cell.value for cell in row] for row in sheet.iter_rows(min_row=5)}
    assert rows["minimum_capital"] == [
        "minimum_capital",
        "最低资本",
        "607725.547501",
        "计算",
        "513916.576508",
        "计算",
        "Rule 19 A15",
    ]
    assert rows["(23)"][:3] == ["(23)", "减：超限额应扣除的部分", "71428.571429"]
    assert [name for name in rows if not name.startswith("(")] == list(case.statement.lines)


NASTY = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1",
    "@SUM(A1)",
    "<b>&\"'引号“”",
    "{=1+1}",
    "http://example.invalid",
    "1234",
    "_x0041_",
    "a\x00b\x1f",
    "\ud800",
    "x" * 40_000,
    "\t=1+1",
]


@pytest.mark.parametrize("text", NASTY)
def test_text_is_never_taken_for_a_formula_a_number_or_a_link(
    tmp_path: Path, every: dict[str, Case], text: str
) -> None:
    case = every["mixed"]
    statement = replace(case.statement, group_id=text, name=text)
    frame = (
        pl.DataFrame({"group_id": [text], "entity_id": [text], "amount": [Decimal("1.5")]})
        if text != "\ud800"
        else None
    )
    found = [
        warning("annex9-entity-new", file=text if text != "\ud800" else "a", value="v", expected="--entity")
    ]
    book = written(tmp_path / "a.xlsx", Case(statement, None, case.run), contributions=frame, findings=found)
    clean = text.replace("\ud800", "?")
    about = book.worksheets[0]["A2"]
    assert about.data_type == "s" and about.hyperlink is None
    if "\x00" not in text and len(text) < 1000:
        assert clean.strip() in about.value
    for sheet in book.worksheets[1:]:
        assert all(
            cell.data_type in "sn" and cell.hyperlink is None for row in sheet.iter_rows() for cell in row
        )
    if frame is not None:
        cell = book["成员"]["A5"]
        assert cell.data_type == "s"
        assert cell.value == text or "\x00" in text or len(text) > 32_000


def test_a_text_has_room_up_to_32_000_characters(tmp_path: Path, every: dict[str, Case]) -> None:
    frame = pl.DataFrame({"entity_id": ["x" * 32_000, "x" * 32_001]})
    sheet = written(tmp_path / "a.xlsx", every["mixed"], eliminations=frame)["抵销"]
    assert [sheet[f"A{row}"].value for row in (5, 6)] == ["x" * 32_000, "x" * 32_000 + "…"]


def test_a_name_that_is_an_escape_reads_back_as_itself(tmp_path: Path, every: dict[str, Case]) -> None:
    case = every["mixed"]
    frame = pl.DataFrame({"entity_id": ["_x0041_", "甲"]})
    written(tmp_path / "a.xlsx", case, eliminations=frame)
    read = (
        python_calamine.CalamineWorkbook.from_path(tmp_path / "a.xlsx").get_sheet_by_name("抵销").to_python()
    )
    assert [row[0] for row in read[-2:]] == ["_x0041_", "甲"]


def test_members_and_eliminations_are_those_of_the_statement(tmp_path: Path, every: dict[str, Case]) -> None:
    case = every["mixed"]
    other = case.run.eliminations.with_columns(group_id=pl.lit("别的集团"))
    book = written(
        tmp_path / "a.xlsx",
        case,
        contributions=case.run.contributions,
        eliminations=pl.concat([other, case.run.eliminations]),
    )
    sheet = book["抵销"]
    heading = [cell.value for cell in sheet[4]]
    rows = [
        dict(zip(heading, (cell.value for cell in row), strict=True)) for row in sheet.iter_rows(min_row=5)
    ]
    assert [row["计入金额"] for row in rows] == [150_000, 50_000, 15_000]
    assert {row["所减资本层级"] for row in rows} == {"核心一级资本", "附属一级资本"}
    sheet = book["成员"]
    heading = [cell.value for cell in sheet[4]]
    shares = {
        row[heading.index("成员公司")].value: row[heading.index("计入比例")].value
        for row in sheet.iter_rows(min_row=5)
        if row[heading.index("行")].value == "保险类成员公司的最低资本"
    }
    assert shares == {"A": 1, "B": 1, "J": 0.6}


def test_findings_have_their_sheet_in_the_readers_language(tmp_path: Path, every: dict[str, Case]) -> None:
    found = [warning("annex9-entity-new", file="a.xlsx", value="新公司", expected="--entity")]
    sheet = written(tmp_path / "a.xlsx", every["mixed"], findings=found)["说明"]
    assert [cell.value for cell in sheet[5]][:3] == ["提示", "annex9-entity-new", "a.xlsx"]
    assert sheet["D5"].value.startswith("a.xlsx：数据集中没有“新公司”")
    sheet = written(tmp_path / "b.xlsx", every["mixed"], findings=found, language="en")["Findings"]
    assert sheet["D5"].value.startswith("a.xlsx: the set does not know")


def test_in_english_the_official_items_keep_their_chinese(tmp_path: Path, every: dict[str, Case]) -> None:
    book = written(
        tmp_path / "a.xlsx",
        every["own lines"],
        language="en",
        contributions=every["own lines"].run.contributions,
    )
    assert book.sheetnames == ["Solvency", "Actual capital", "Exact values", "Members"]
    assert [cell.value for cell in book["Solvency"][4]][:4] == ["Line", "Item", "Closing", "Opening"]
    assert book["Solvency"]["B5"].value == "实际资本 Actual capital"
    assert book["Actual capital"]["B19"].value == "商誉 Goodwill"
    assert book["Solvency"]["C6"].value == "='Actual capital'!C5"
    assert all(row[1].value.split(" ", 1)[1].isascii() for row in book["Solvency"].iter_rows(min_row=5))


def test_the_same_statement_gives_the_same_bytes(tmp_path: Path, every: dict[str, Case]) -> None:
    case = every["own lines"]
    for name in ("a.xlsx", "b.xlsx"):
        written(tmp_path / name, case, contributions=case.run.contributions)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_an_older_workbook_is_replaced_whole_and_nothing_else_is_left(
    tmp_path: Path, every: dict[str, Case]
) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"old")
    written(tmp_path / "a.xlsx", every["mixed"])
    assert [path.name for path in tmp_path.iterdir()] == ["a.xlsx"]
    assert (tmp_path / "a.xlsx").stat().st_mode & 0o777 == 0o644
    with pytest.raises(OSError):
        written(tmp_path / "no such folder" / "a.xlsx", every["mixed"])


def test_every_case_is_computed_from_what_its_name_says(tmp_path: Path) -> None:
    """The cases that the other tests rely on are what they claim to be."""
    own = holding(tmp_path / "a", **ASSESSED, **CAPITAL)
    assert own.statement.capital_lines[23] == Decimal("71428.571429")
    assert own.opening is not None and own.opening.amount("control_risk_minimum_capital") < 0  # type: ignore[operator]
    given_ = holding(tmp_path / "b", **published("2023-06-30,quarterly,1,1,0,0,0"))
    assert not given_.statement.capital_lines
    assert (
        scenario(tmp_path / "c", "A39-deduction-method").statement.capital_items["double_counted_capital"]
        == 200_000
    )
