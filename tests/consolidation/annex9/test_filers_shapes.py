"""Items, units and places as filers write them: read as they mean them, or refused with what was seen."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from consolidation.annex9 import ToldIdentity, read_form, read_workbook
from consolidation.findings import Severity
from tests.consolidation.annex9.forms import (
    ITEMS,
    S02,
    S05,
    Book,
    Sheet,
    cover,
    expected,
    figures_of,
    found,
    official_sheet,
    s01,
    s02,
    s05,
    workbook,
)

PROPERTY = ToldIdentity(kind="property")


@pytest.mark.parametrize(
    ("official", "written"),
    [
        ("认可资产", "认可资产总额"),
        ("量化风险最低资本", "量化风险最低资本（考虑特征系数后）"),
        ("市场风险最低资本", "4.1.3 市场风险最低资本合计"),
        ("实际资本", "三、实际资本总额（3=1-2）"),
    ],
)
def test_filers_words_are_the_items_they_mean(tmp_path: Path, official: str, written: str) -> None:
    items = {written if item == official else item: value for item, value in ITEMS.items()}
    row, said = found(workbook(tmp_path / "a.xlsx", cover, s01(items), s02(), s05()))
    assert said == [] and row is not None
    assert figures_of(row) == expected()


def test_the_requirement_before_the_factor_is_not_the_requirement(tmp_path: Path) -> None:
    items = dict(S05) | {"量化风险最低资本（未考虑特征系数前）": "28000"}
    row, said = found(workbook(tmp_path / "a.xlsx", cover, s01(), s02(), s05(items)))
    assert said == [] and row is not None and figures_of(row) == expected()


def test_a_bare_total_is_the_last_numbered_row_of_its_sheet(tmp_path: Path) -> None:
    def totalled(items: Mapping[str, str | None], total: str) -> dict[str, str | None]:
        return {"合计" if item == total else item: value for item, value in items.items()}

    without = {item: None if item in {"实际资本", "最低资本"} else value for item, value in ITEMS.items()}
    sheets = (s01(without), s02(totalled(S02, "实际资本合计")), s05(totalled(S05, "最低资本")))
    row, said = found(workbook(tmp_path / "a.xlsx", cover, *sheets))
    assert row is not None and figures_of(row) == expected()
    assert {code for code, _ in said} == {"annex9-from-other-sheet"}


def test_a_unit_in_the_label_is_that_of_its_row_and_may_not_contradict_the_sheet(tmp_path: Path) -> None:
    def labelled(book: Book, unit: str = "") -> Sheet:
        items = {
            item if "充足率" in item else f"{item}（{'元' if item == '认可资产' else '万元'}）": value
            for item, value in (ITEMS | {"认可资产": "2944988400"}).items()
        }
        return official_sheet(book, "S01-偿付能力状况表", items, unit)

    row, said = found(workbook(tmp_path / "a.xlsx", cover, labelled, s02(), s05()))
    assert said == [] and row is not None and figures_of(row) == expected()
    path = workbook(tmp_path / "b.xlsx", cover, lambda book: labelled(book, "单位：万元"))
    rows, findings = read_workbook(path, kind="property")
    errors = [f for f in findings if f.severity is Severity.ERROR]
    assert rows.is_empty()
    assert [(e.code, e.row, e.value, e.expected) for e in errors] == [
        ("annex9-unit-in-label-differs", 5, "元", "万元")
    ]
    assert "B5" in errors[0].message("zh") and "B5" in errors[0].message("en")


def test_a_row_without_any_unit_is_asked_about(tmp_path: Path) -> None:
    items = {f"{item}（万元）" if item == "认可资产" else item: value for item, value in ITEMS.items()}
    row, said = found(workbook(tmp_path / "a.xlsx", cover, s01(items, "")))
    assert row is None and [code for code, _ in said if "sheet" not in code] == ["annex9-unit-missing"]


def test_the_finer_of_two_sheets_that_agree_is_used(tmp_path: Path) -> None:
    coarse = {
        item: value if value is None or "充足率" in item else f"{Decimal(value) / 100:,.0f}"
        for item, value in ITEMS.items()
    }

    def layout(book: Book) -> None:
        sheet = s01(dict.fromkeys(coarse), "单位：百万元")(book)
        for row, value in enumerate(coarse.values(), start=4):
            if value is not None:
                sheet.write_string(row, 2, value)

    def yuan(items: Mapping[str, str | None]) -> dict[str, str | None]:
        return {
            item: None if value is None else f"{Decimal(value) * 10000:f}" for item, value in items.items()
        }

    sheets = (layout, s02(yuan(S02), "单位：元"), s05(yuan(S05), "单位：元"))
    row, said = found(workbook(tmp_path / "a.xlsx", cover, *sheets))
    assert said == [] and row is not None
    assert (row["actual_capital"], row["minimum_capital"]) == (Decimal("80014.66"), Decimal("27509.69"))
    assert row["admitted_assets"] == Decimal(294500)


def test_a_dash_is_nil_a_blank_is_not_given_and_nil_contradicts_a_figure(tmp_path: Path) -> None:
    def layout(book: Book, dash: str = "核心二级资本") -> None:
        sheet = s01()(book)
        sheet.write_string(4 + list(ITEMS).index(dash), 2, "—")
        sheet.write_string(10, 2, "不适用")

    reading = read_form(workbook(tmp_path / "a.xlsx", cover, layout, s02(), s05()), PROPERTY)
    row = reading.rows.row(0, named=True)
    assert (row["core_tier2_capital"], row["supplementary_tier2_capital"]) == (0, None)
    told = {name: figure.absence.value for name, figure in reading.cells.items() if figure.absence}
    assert told == {
        "core_tier2_capital": "nil",
        "supplementary_tier2_capital": "not-applicable",
        "life_insurance_risk_minimum_capital": "not-given",
        "loss_absorption_effect": "not-given",
        "add_on_capital": "not-given",
    }
    row_, said = found(
        workbook(tmp_path / "b.xlsx", cover, lambda book: layout(book, "控制风险最低资本"), s05())
    )
    assert row_ is None and ("annex9-nil-and-figure", "15.12") in said


def test_sheets_that_are_a_unit_apart_are_refused(tmp_path: Path) -> None:
    """The same numbers, S01 said to be in 元: one of the units is wrong, and nobody can say which."""
    row, said = found(workbook(tmp_path / "a.xlsx", cover, s01(unit="单位：元"), s02(), s05()))
    assert row is None and ("annex9-units-differ", "80014.66") in said


def test_a_reduction_written_with_a_minus_is_the_reduction_it_is(tmp_path: Path) -> None:
    def layout(book: Book) -> None:
        s01()(book).write_string(4 + list(ITEMS).index("量化风险分散效应"), 2, "(8,801.13)")

    row, said = found(workbook(tmp_path / "a.xlsx", cover, layout, s02(), s05()))
    assert row is not None and figures_of(row) == expected()
    assert said == [("annex9-reduction-as-positive", "-8801.13")]


def full_capital_sheet(**changed: str) -> dict[str, str | None]:
    return {
        "核心一级资本": "66944.15",
        "净资产": "70000",
        "对净资产的调整额": "-3055.85",
        "各项非认可资产的账面价值": "-3000",
        "递延所得税资产（由经营性亏损引起的递延所得税资产除外）": "-55.85",
        "核心二级资本": None,
        "附属一级资本": "13070.51",
        "次级定期债务": "14000",
        "减：超限额应扣除的部分": "929.49",
        "附属二级资本": None,
        "实际资本合计": "80014.66",
    } | changed


def test_the_capital_sheet_is_read_in_full_and_held_against_its_totals(tmp_path: Path) -> None:
    sheets = (cover, s01(), s02(full_capital_sheet()), s05())
    reading = read_form(workbook(tmp_path / "a.xlsx", *sheets), PROPERTY)
    assert reading.findings == ()
    read = {line: figure.value for line, figure in reading.capital_items.items()}
    assert read == {
        "1.1": Decimal(70000),
        "1.2": Decimal("-3055.85"),
        "1.2.1": Decimal(-3000),
        "1.2.4": Decimal("-55.85"),
        "3.1": Decimal(14000),
        "3.8": Decimal("929.49"),
    }
    wrong = full_capital_sheet(各项非认可资产的账面价值="-2900", 净资产="70001")
    _, findings = read_workbook(
        workbook(tmp_path / "b.xlsx", cover, s01(), s02(wrong), s05()), kind="property"
    )
    assert [(f.code, f.column, f.value, f.expected) for f in findings] == [
        ("annex9-sum-differs", "对净资产的调整额", "-3055.85", "-2955.85"),
        ("annex9-sum-differs", "核心一级资本", "66944.15", "66945.15"),
    ]
    assert "C7" in findings[0].message("zh") and "C8, C9" in findings[0].message("en")


def test_several_companies_on_a_sheet_or_two_figures_under_a_heading_are_shown_and_refused(
    tmp_path: Path,
) -> None:
    def two_companies(book: Book) -> None:
        sheet = s01()(book)
        for column, heading in ((4, "期末数"), (5, "期初数")):
            sheet.write_string(3, column, heading)
        for column, company in ((2, "甲公司"), (4, "乙公司")):
            sheet.merge_range(2, column, 2, column + 1, company, book.add_format())
        sheet.write_string(1, 3, "单位：万元")
        for row in range(4, 4 + len(ITEMS)):
            sheet.write_number(row, 4, 5)

    def two_figures(book: Book) -> None:
        sheet = s01()(book)
        sheet.merge_range(3, 2, 3, 3, "期末数", book.add_format())

    for name, layout, seen in (("a", two_companies, "E3: 乙公司"), ("b", two_figures, "C5: 294498.84 | D5")):
        row, said = found(workbook(tmp_path / f"{name}.xlsx", cover, layout))
        assert row is None
        assert [(code, seen in value) for code, value in said if "unclear" in code] == [
            ("annex9-unclear-layout", True)
        ]


PARTS = {"逆周期附加资本": "30", "D-SII附加资本": "20.5", "G-SII附加资本": "0", "其他附加资本": None}


@pytest.mark.parametrize(
    ("total", "said"), [("50.5", None), ("60.5", "annex9-sum-differs"), (None, "annex9-add-on-without-total")]
)
def test_the_parts_of_the_add_on_capital_are_held_against_it(
    tmp_path: Path, total: str | None, said: str | None
) -> None:
    sheet = S05 | {"附加资本": total}
    last = sheet.pop("最低资本")
    items = sheet | PARTS | {"最低资本": last}
    path = workbook(tmp_path / "a.xlsx", cover, s01(ITEMS | {"附加资本": total}), s05(items))
    reading = read_form(path, PROPERTY)
    codes = [f.code for f in reading.findings]
    assert ("annex9-sum-differs" in codes, "annex9-add-on-without-total" in codes) == (
        said == "annex9-sum-differs",
        said == "annex9-add-on-without-total",
    )
    assert {line: figure.value for line, figure in reading.add_on_items.items()} == {
        "3.1": 30,
        "3.2": Decimal("20.5"),
        "3.3": 0,
        "3.4": None,
    }


def _cell(row: int, column: int, value: str, code: str = "") -> Callable[[Book], None]:
    """S01 with one more cell, or one in another number format."""

    def layout(book: Book) -> None:
        sheet = s01()(book)
        if code:
            sheet.write_number(row, column, float(value), book.add_format({"num_format": code}))
        else:
            sheet.write_string(row, column, value)

    return layout


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ((2, 0, "公司名称：东京海上"), "annex9-entity-twice"),
        ((40, 1, "公司名称：东京海上"), "annex9-entity-twice"),
        ((2, 2, "币种：港币"), "annex9-currency"),
        ((40, 1, "注：本表金额单位为元"), "annex9-unit-twice"),
        ((1, 1, "偿付能力状况表（下季度预测）"), "annex9-forecast"),
        ((6, 5, "最低资本"), "annex9-unclear-layout"),
        ((4, 2, "2944988400", '#,##0"元"'), "annex9-unit-in-format"),
        ((4, 2, "2944988400", "[$HK$-C04]#,##0"), "annex9-currency-format"),
    ],
)
def test_what_contradicts_the_sheet_anywhere_on_it_is_never_passed_over(
    tmp_path: Path, cell: tuple[object, ...], code: str
) -> None:
    row, findings = found(workbook(tmp_path / "a.xlsx", cover, _cell(*cell)))  # type: ignore[arg-type]
    assert row is None and code in dict(findings)


def test_a_figure_is_read_in_the_unit_of_its_format_and_a_ratio_at_the_scale_of_its_amounts(
    tmp_path: Path,
) -> None:
    row, _ = found(workbook(tmp_path / "a.xlsx", cover, _cell(4, 2, "29.449884", '0.00"亿"')))
    assert row is not None and figures_of(row) == expected()
    row, findings = found(workbook(tmp_path / "a.xlsx", cover, _cell(24, 2, "290.86", "0.00%")))
    assert row is not None and row["comprehensive_solvency_ratio"] == Decimal("2.9086")
    assert "annex9-ratio-as-percentage" in dict(findings)


@pytest.mark.parametrize("heading", ["下季度预测数", "期初数", "较期初变动", "金额"])
def test_a_table_of_something_else_below_is_not_read(tmp_path: Path, heading: str) -> None:
    def layout(book: Book) -> None:
        sheet = s01()(book)
        sheet.write_row(30, 1, ["项目", heading])
        sheet.write_row(31, 1, ["核心二级资本", 999])

    row, _ = found(workbook(tmp_path / "a.xlsx", cover, layout))
    assert row is not None and row["core_tier2_capital"] is None


def test_an_unfilled_form_and_a_figure_merged_over_two_items_are_refused(tmp_path: Path) -> None:
    zeros = dict.fromkeys(ITEMS, "0")
    row, findings = found(workbook(tmp_path / "a.xlsx", cover, s01(zeros)))
    assert row is None and "annex9-all-zero" in dict(findings)

    def merged(book: Book) -> None:
        s01()(book).merge_range(6, 2, 7, 2, 80014.66, book.add_format())

    row, findings = found(workbook(tmp_path / "a.xlsx", cover, merged))
    assert row is None and "annex9-unclear-layout" in dict(findings)


def test_one_company_in_two_widths_is_one_and_a_file_named_after_another_known_one_is_asked_about(
    tmp_path: Path,
) -> None:
    def twice(book: Book) -> None:
        cover(book, "三井住友（中国）").write_string(9, 0, "编报单位：三井住友(中国)")

    row, _ = found(workbook(tmp_path / "a.xlsx", twice, s01()))
    assert row is not None and row["entity_id"] == "三井住友（中国）"
    (tmp_path / "solo_filings.csv").write_text(
        "entity_id,kind\n三井住友,property\n甲财险,property\n", "utf-8"
    )
    path = workbook(tmp_path / "甲财险_2022Q1.xlsx", cover, s01())
    rows, findings = read_workbook(path, into=tmp_path, kind="property")
    assert rows.is_empty()
    assert [(f.code, f.value) for f in findings if f.severity is Severity.ERROR] == [
        ("annex9-entity-twice", "三井住友, 甲财险")
    ]


@pytest.mark.parametrize("in_percent", [False, True])
@pytest.mark.parametrize(
    ("item", "slip"), [("实际资本", "8001466"), ("最低资本", "2750969"), ("最低资本", "275.0969")]
)
def test_a_ratio_that_may_be_right_is_not_bent_to_an_amount_in_another_unit(
    tmp_path: Path, item: str, slip: str, in_percent: bool
) -> None:
    """The ratio is what contradicts the slip; read at the slip's scale it would bear it out."""

    def slipped(book: Book) -> None:
        sheet = s01(ITEMS | {item: slip})(book)
        if in_percent:
            sheet.write_string(24, 2, "290.86%")

    row, findings = found(workbook(tmp_path / "a.xlsx", cover, slipped))
    assert row is not None and row["comprehensive_solvency_ratio"] == Decimal("2.9086")
    assert "annex9-ratio-as-percentage" not in dict(findings)


def test_a_sheet_without_an_item_shows_what_was_seen_and_names_items(tmp_path: Path) -> None:
    strange = {"Actual capital": "80014.66", "Minimum capital": "27509.69"}
    _, findings = read_workbook(workbook(tmp_path / "a.xlsx", cover, s01(strange)), kind="property")
    told = next(f for f in findings if f.code == "annex9-no-items")
    assert "B5: Actual capital" in told.message("zh") and "认可资产, 认可负债, 实际资本" in told.message("zh")
