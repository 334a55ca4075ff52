"""However a company lays its Annex 9 workbook out, the same figures are read."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from consolidation.annex9 import read_workbook, row_schema
from tests.consolidation.annex9.forms import (
    ITEMS,
    Book,
    Sheet,
    cover,
    expected,
    figures_of,
    official_sheet,
    s01,
    s02,
    s05,
    workbook,
)

NIL: dict[str, str | None] = dict.fromkeys(
    (
        "core_tier2_capital",
        "supplementary_tier2_capital",
        "life_insurance_risk_minimum_capital",
        "loss_absorption_effect",
    ),
    "0",
)
"""What a dash in every row that has no figure makes of it."""


def read(path: Path, **told: object) -> dict[str, object]:
    """The one row of a workbook that must be read without any fault."""
    rows, findings = read_workbook(path, **({"kind": "property"} | told))  # type: ignore[arg-type]
    assert [finding.message() for finding in findings] == []
    assert rows.height == 1
    return rows.row(0, named=True)


def read_with(path: Path, layout: Callable[[Book], object], **told: object) -> dict[str, object]:
    return read(workbook(path, cover, layout, s02(), s05()), **told)


def test_the_official_layout_gives_one_row_of_solo_filings(tmp_path: Path) -> None:
    rows, findings = read_workbook(workbook(tmp_path / "a.xlsx"), kind="property")
    assert findings == ()
    assert dict(rows.schema) == row_schema()
    row = rows.row(0, named=True)
    assert (row["entity_id"], row["kind"], row["period_end"], row["basis"]) == (
        "三井住友",
        "property",
        date(2022, 3, 31),
        "quarterly",
    )
    assert figures_of(row) == expected()


def test_the_columns_are_those_of_the_public_filings(filings: Path) -> None:
    header = (filings / "solo_filings.csv").read_text("utf-8").splitlines()[0].split(",")
    assert list(row_schema()) == header


def spaced_out_with_blank_rows_and_text(book: Book) -> None:
    """Full-width spaces in labels, blank rows, amounts as text with thousands marks, dashes and percent signs."""
    sheet = book.add_worksheet("S01-偿付能力状况表")
    sheet.write_string(2, 1, "偿 付 能 力 状 况 表")
    sheet.write_string(4, 4, "（单位：人民币万元）")
    for column, heading in enumerate(("行 次", "项　　目", "期 末 数", "期 初 数"), start=1):
        sheet.write_string(6, column, heading)
    row = 8
    for number, (item, value) in enumerate(ITEMS.items(), start=1):
        sheet.write_string(row, 1, str(number))
        sheet.write_string(row, 2, "　" + "　".join(item) + " ")
        if "充足率" in item and value:
            written = f"{Decimal(value) * 100:f}％"
        else:
            written = f"{Decimal(value):,.2f}" if value else "－"
        sheet.write_string(row, 3, f" {written} ")
        sheet.write_string(row, 4, "0.00")
        row += 1 + number % 3


def merged_and_indented(book: Book) -> None:
    """Headings merged over several columns, items indented column by column, amounts in the heading's last column."""
    sheet = book.add_worksheet("S01-偿付能力状况表")
    plain = book.add_format()
    sheet.merge_range(0, 0, 0, 7, "S01-偿付能力状况表", plain)
    sheet.merge_range(1, 0, 1, 7, "公司名称：三井住友    2022年3月31日    单位：万元", plain)
    sheet.merge_range(2, 0, 3, 0, "行次", plain)
    sheet.merge_range(2, 1, 3, 3, "项目", plain)
    sheet.merge_range(2, 4, 3, 5, "期末数", plain)
    sheet.merge_range(2, 6, 3, 7, "期初数", plain)
    for number, (item, value) in enumerate(ITEMS.items()):
        row = 4 + number
        sheet.write_string(row, 1 + number % 3, item)
        if value:
            if number % 2:
                sheet.write_number(row, 5, float(value))
            else:
                sheet.merge_range(row, 4, row, 5, float(value), plain)
            sheet.write_number(row, 6, 1.0)


def opening_before_closing_with_numbered_items(book: Book) -> None:
    """No line column; numbers, 其中：, 减： and formulas around the items; the opening balance stands first."""
    sheet = book.add_worksheet("S01-偿付能力状况表")
    sheet.write_string(0, 0, "金额单位：万元")
    for column, heading in enumerate(("项目", "上季度末", "本季度末数（2022年3月31日）")):
        sheet.write_string(1, column, heading)
    for number, (item, value) in enumerate(ITEMS.items(), start=1):
        before = ("（一）", "3.1 ", "1、", "其中：", "减：", f"4.{number}　其中：")[number % 6]
        behind = ("", "（3=1-2）", "(万元)", "")[number % 4] if "充足率" not in item else ""
        sheet.write_string(1 + number, 0, before + item + behind)
        sheet.write_number(1 + number, 1, 7.0)
        if value:
            sheet.write_number(1 + number, 2, float(value))


def two_halves_side_by_side(book: Book) -> None:
    sheet = book.add_worksheet("S01-偿付能力状况表")
    sheet.write_string(0, 0, "单位：")
    sheet.write_string(0, 1, "万元")
    for start in (0, 4):
        for column, heading in enumerate(("行次", "项目", "期末余额", "期初余额")):
            sheet.write_string(1, start + column, heading)
    for number, (item, value) in enumerate(ITEMS.items()):
        start, row = (0, 2 + number) if number < 11 else (4, 2 + number - 11)
        sheet.write_number(row, start, number)
        sheet.write_string(row, start + 1, item)
        if value:
            sheet.write_number(row, start + 2, float(value))
        sheet.write_number(row, start + 3, 3.0)


def headings_again_on_every_page(book: Book) -> None:
    sheet = book.add_worksheet("S01-偿付能力状况表")
    sheet.write_string(0, 2, "单位：万元")
    row = 1
    for number, (item, value) in enumerate(ITEMS.items()):
        if number % 8 == 0:
            for column, heading in enumerate(("行次", "项目", "期末数", "期初数")):
                sheet.write_string(row, column, heading)
            row += 1
        sheet.write_string(row, 1, item)
        if value:
            sheet.write_number(row, 2, float(value))
        row += 1


def line_breaks_in_labels_and_unit_in_the_heading(book: Book) -> None:
    sheet = book.add_worksheet("S01-偿付能力状况表")
    for column, heading in enumerate(("行次", "项目", "期末数\n（万元）", "期初数\n（万元）")):
        sheet.write_string(0, column, heading)
    for number, (item, value) in enumerate(ITEMS.items(), start=1):
        sheet.write_rich_string(number, 1, item[:2], book.add_format({"bold": True}), "\n" + item[2:])
        if value:
            sheet.write_number(number, 2, float(value))


@pytest.mark.parametrize(
    "layout",
    [
        spaced_out_with_blank_rows_and_text,
        merged_and_indented,
        opening_before_closing_with_numbered_items,
        two_halves_side_by_side,
        headings_again_on_every_page,
        line_breaks_in_labels_and_unit_in_the_heading,
    ],
)
def test_an_ugly_layout_gives_the_same_figures(tmp_path: Path, layout: Callable[[Book], None]) -> None:
    nil = {"spaced_out_with_blank_rows_and_text": NIL}.get(layout.__name__, {})
    assert figures_of(read_with(tmp_path / "a.xlsx", layout)) == expected(**nil)


@pytest.mark.parametrize(
    "name",
    [
        "S01",
        "S1 偿付能力状况表",
        "s01－偿付能力状况表",
        "S01-状况表",
        "偿付能力状况表",
        " S01-偿付能力状况表 ",
    ],
)
def test_the_sheet_is_found_by_its_number_or_its_name(tmp_path: Path, name: str) -> None:
    def layout(book: Book) -> Sheet:
        return official_sheet(book, name, ITEMS)

    assert figures_of(read_with(tmp_path / "a.xlsx", layout)) == expected()


def test_the_sheet_is_found_by_the_title_inside_though_the_cover_lists_it_too(tmp_path: Path) -> None:
    def layout(book: Book) -> None:
        contents = book.add_worksheet("Sheet1")
        contents.write_string(0, 0, "S01-偿付能力状况表")
        sheet = official_sheet(book, "Sheet2", ITEMS)
        sheet.write_string(1, 1, "S01-偿付能力状况表")

    assert figures_of(read_with(tmp_path / "a.xlsx", layout)) == expected()


def test_sheets_with_longer_numbers_are_other_sheets(tmp_path: Path) -> None:
    def others(book: Book) -> None:
        official_sheet(book, "S011-别的表", {"实际资本": "1"})
        official_sheet(book, "S10-别的表", {"实际资本": "2"})

    row = read(workbook(tmp_path / "a.xlsx", cover, others, s01(), s02(), s05()))
    assert figures_of(row) == expected()


@pytest.mark.parametrize(
    ("unit", "factor"),
    [
        ("单位：元", 10_000),
        ("单位：亿元", Decimal("0.0001")),
        ("货币单位：人民币百万元", Decimal("0.01")),
        ("单位：千元", 10),
    ],
)
def test_the_declared_unit_is_converted_to_wan_yuan(tmp_path: Path, unit: str, factor: Decimal | int) -> None:
    def scaled(items: Mapping[str, str | None]) -> dict[str, str | None]:
        return {
            item: value if value is None or "充足率" in item else f"{Decimal(value) * factor:f}"
            for item, value in items.items()
        }

    row = read(workbook(tmp_path / "a.xlsx", cover, s01(scaled(ITEMS), unit), s02(), s05()))
    assert figures_of(row) == expected()


def test_amounts_in_yuan_keep_their_fen(tmp_path: Path) -> None:
    items = ITEMS | {"认可资产": "29449884012345.67", "认可负债": "0.01"}
    sheets = (s01(items, "单位：元"),)
    rows, _ = read_workbook(workbook(tmp_path / "甲_2023Q4.xlsx", *sheets), kind="life")
    assert rows["admitted_assets"][0] == Decimal("2944988401.234567")
    assert rows["admitted_liabilities"][0] == Decimal("0.000001")


def test_the_unit_may_stand_on_the_cover_alone_or_be_told(tmp_path: Path) -> None:
    def cover_with_unit(book: Book) -> None:
        cover(book).write_string(3, 0, "（金额单位：万元）")

    bare = (s01(unit=""), s02(unit=""), s05(unit=""))
    assert figures_of(read(workbook(tmp_path / "a.xlsx", cover_with_unit, *bare))) == expected()
    assert figures_of(read(workbook(tmp_path / "b.xlsx", cover, *bare), unit="万元")) == expected()
    assert read(workbook(tmp_path / "c.xlsx", cover, *bare), unit="亿元")["minimum_capital"] == Decimal(
        "275096900"
    )


def test_an_amount_may_carry_its_own_unit(tmp_path: Path) -> None:
    def layout(book: Book) -> None:
        s01()(book).write_string(4, 2, "29.449884亿元")

    assert figures_of(read_with(tmp_path / "a.xlsx", layout)) == expected()


def test_negative_amounts_in_every_spelling(tmp_path: Path) -> None:
    for number, written in enumerate(
        ("(1,234.5)", "（1，234.5）", "-1234.5", "－1234.5", "−1,234.50", "—1234.5")
    ):

        def layout(book: Book, written: str = written) -> None:
            s01()(book).write_string(21, 2, written)

        row = read_with(tmp_path / f"{number}.xlsx", layout)
        assert row["core_surplus"] == Decimal("-1234.5"), written


def test_ratios_as_percent_cells_text_or_percent_items_are_fractions(tmp_path: Path) -> None:
    def percent_cells(book: Book) -> None:
        sheet = s01()(book)
        sheet.write_number(22, 2, 2.4335, book.add_format({"num_format": "0.00%"}))
        sheet.write_number(24, 2, 2.9086, book.add_format({"num_format": 10}))

    def percent_text(book: Book) -> None:
        sheet = s01()(book)
        sheet.write_string(22, 2, "243.35%")
        sheet.write_string(24, 2, "２９０．８６％")

    def percent_items(book: Book) -> None:
        sheet = s01()(book)
        for row, name, value in (
            (22, "核心偿付能力充足率（%）", 243.35),
            (24, "综合偿付能力充足率(%)", 290.86),
        ):
            sheet.write_string(row, 1, name)
            sheet.write_number(row, 2, value)

    for number, layout in enumerate((percent_cells, percent_text, percent_items)):
        assert figures_of(read_with(tmp_path / f"{number}.xlsx", layout)) == expected()


def test_a_bare_percentage_is_known_by_the_sheets_own_amounts_and_said(tmp_path: Path) -> None:
    items = ITEMS | {"核心偿付能力充足率": "243.35", "综合偿付能力充足率": "290.86"}
    rows, findings = read_workbook(
        workbook(tmp_path / "a.xlsx", cover, s01(items), s02(), s05()), kind="property"
    )
    assert figures_of(rows.row(0, named=True)) == expected()
    assert [(f.code, f.column) for f in findings] == [
        ("annex9-ratio-as-percentage", "核心偿付能力充足率"),
        ("annex9-ratio-as-percentage", "综合偿付能力充足率"),
    ]
    assert "243.35" in findings[0].message("zh") and "2.4335" in findings[0].message("zh")


def test_a_ratio_in_the_hundreds_that_its_amounts_bear_out_stays_one(tmp_path: Path) -> None:
    items = ITEMS | {"最低资本": "200", "核心偿付能力充足率": "334.72", "综合偿付能力充足率": "400.07"}
    rows, _ = read_workbook(workbook(tmp_path / "a.xlsx", cover, s01(items)), kind="property")
    assert rows["core_solvency_ratio"][0] == Decimal("334.72")


def test_formulas_with_their_values_are_read_as_values(tmp_path: Path) -> None:
    def layout(book: Book) -> None:
        sheet = s01()(book)
        sheet.write_formula(6, 2, "=C5-C6", None, 80014.66)
        sheet.write_formula(8, 2, '=IF(C5>0,"－",0)', None, "－")

    assert figures_of(read_with(tmp_path / "a.xlsx", layout)) == expected(core_tier2_capital="0")


def test_binary_noise_of_a_calculated_cell_does_not_reach_the_row(tmp_path: Path) -> None:
    def layout(book: Book) -> None:
        s01()(book).write_formula(6, 2, "=C5-C6", None, 294498.84 - 214484.18)

    assert 294498.84 - 214484.18 != 80014.66
    assert figures_of(read_with(tmp_path / "a.xlsx", layout)) == expected()


def test_a_workbook_saved_by_another_program_reads_the_same(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx")
    openpyxl.load_workbook(path).save(tmp_path / "b.xlsx")
    assert read(tmp_path / "b.xlsx") == read(path)


def test_an_add_on_requirement_is_kept_only_where_there_is_one(tmp_path: Path) -> None:
    without = read_workbook(workbook(tmp_path / "a.xlsx"), kind="property")[0]
    assert "add_on_capital" not in without.columns
    with_one, _ = read_workbook(
        workbook(tmp_path / "b.xlsx", cover, s01(ITEMS | {"附加资本": "12.5"})), kind="property"
    )
    assert with_one["add_on_capital"].to_list() == [Decimal("12.5")]


def cover_in_two_cells(book: Book) -> None:
    sheet = book.add_worksheet("封面")
    sheet.write_string(0, 0, "公 司 名 称")
    sheet.write_string(0, 2, "三 井 住 友")
    sheet.write_string(1, 0, "编 报 日 期：")
    sheet.write_datetime(1, 1, datetime(2022, 3, 31), book.add_format({"num_format": 'yyyy"年"m"月"d"日"'}))


def cover_in_chinese_numerals(book: Book) -> None:
    sheet = book.add_worksheet("目 录")
    sheet.write_string(0, 0, "编报单位：三井住友")
    sheet.write_string(1, 0, "报告日期：二〇二二年三月三十一日")
    sheet.write_string(2, 0, "成立日期：2001年12月31日")


def cover_of_a_quarter(book: Book) -> None:
    sheet = book.add_worksheet("目录")
    sheet.write_string(0, 0, "填报公司：三井住友")
    sheet.write_string(1, 0, "2022年第一季度偿付能力报告")
    sheet.write_string(2, 0, "编报日期：2022年4月25日")


@pytest.mark.parametrize("first", [cover_in_two_cells, cover_in_chinese_numerals, cover_of_a_quarter])
def test_company_and_period_are_read_from_the_cover(tmp_path: Path, first: Callable[[Book], None]) -> None:
    row = read(workbook(tmp_path / "a.xlsx", first, s01(), s02(), s05()))
    assert (row["entity_id"], row["period_end"]) == ("三井住友", date(2022, 3, 31))


@pytest.mark.parametrize(
    ("name", "company", "period"),
    [
        ("阳光人寿_2023Q4.xlsx", "阳光人寿", date(2023, 12, 31)),
        ("附件9 阳光人寿2023年第3季度偿付能力报告.xlsx", "阳光人寿", date(2023, 9, 30)),
        ("2023年二季度-阳光人寿.xlsx", "阳光人寿", date(2023, 6, 30)),
        ("阳光人寿（2022-12-31）.xlsx", "阳光人寿", date(2022, 12, 31)),
        ("阳光人寿20220331.xlsx", "阳光人寿", date(2022, 3, 31)),
    ],
)
def test_company_and_period_are_read_from_the_files_name(
    tmp_path: Path, name: str, company: str, period: date
) -> None:
    row = read(workbook(tmp_path / name, s01(), s02(), s05()))
    assert (row["entity_id"], row["period_end"]) == (company, period)


@pytest.mark.parametrize(
    ("title", "basis"),
    [
        ("2023年度偿付能力报告", "annual"),
        ("2023年第4季度偿付能力报告（经审计）", "annual"),
        ("2023年第4季度偿付能力报告（未经审计）", "quarterly"),
        ("2023年第4季度偿付能力报告", "quarterly"),
        ("2023年度第4季度偿付能力报告", "quarterly"),
    ],
)
def test_a_year_end_workbook_is_annual_only_if_it_says_so(tmp_path: Path, title: str, basis: str) -> None:
    def titled(book: Book) -> None:
        cover(book, day="2023年12月31日").write_string(0, 0, title)

    assert read(workbook(tmp_path / "a.xlsx", titled, s01(), s02(), s05()))["basis"] == basis
