"""The columns of the closing and the opening balance as filers head them: told apart, from forecasts too, and compared."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from consolidation.annex9 import merge_into_set, read_workbook
from consolidation.annex9.form import form
from tests.consolidation.annex9.forms import (
    ITEMS,
    Book,
    Sheet,
    cover,
    expected,
    figures_of,
    found,
    s01,
    s02,
    s05,
    workbook,
)


def headed(closing: str, opening: str, forecast: str = "") -> Callable[[Book], Sheet]:
    def layout(book: Book) -> Sheet:
        sheet = s01()(book)
        sheet.write_string(3, 2, closing)
        sheet.write_string(3, 3, opening)
        if forecast:
            sheet.write_string(3, 4, forecast)
            for row in range(4, 4 + len(ITEMS)):
                sheet.write_number(row, 4, 1)
        return sheet

    return layout


@pytest.mark.parametrize(
    ("closing", "opening"),
    [
        ("本季度数", "上季度数"),
        ("本季度", "上季度"),
        ("本季度（末）数", "上季度（末）数"),
        ("本期末金额", "上期末金额"),
        ("期末余额", "期初余额"),
        ("本季度末", "上季度可比数"),
        ("本季度末数（2022年3月31日）", "上季度末数（2021年12月31日）"),
        ("本 年 末 数（未经审计）", "上年末数（经审计）"),
        ("报告期末", "年初数"),
        ("期末值（单位：万元）", "期初值"),
        ("本期数", "上年同期数"),
    ],
)
def test_closing_and_opening_are_known_by_their_headings(tmp_path: Path, closing: str, opening: str) -> None:
    assert form().is_opening(opening) and not form().is_closing(opening)
    row, said = found(workbook(tmp_path / "a.xlsx", cover, headed(closing, opening), s02(), s05()))
    assert said == [] and row is not None
    assert figures_of(row) == expected()


def test_a_forecast_beside_the_closing_balance_is_never_read(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx", cover, headed("本季度（末）数", "上季度（末）数", "下季度（末）预测数")
    )
    row, _ = found(path)
    assert row is not None and figures_of(row) == expected()
    only = workbook(tmp_path / "b.xlsx", cover, headed("本季度末预测数", "金额"))
    row, said = found(only)
    assert row is None
    assert said[0] == ("annex9-no-closing-column", "A4: 行次, B4: 项目, C4: 本季度末预测数, D4: 金额")


def test_a_forecast_said_in_the_row_over_the_headings_is_never_read(tmp_path: Path) -> None:
    def layout(book: Book) -> None:
        sheet = s01()(book)
        sheet.merge_range(2, 2, 2, 3, "预测（基本情景）", book.add_format())
        sheet.write_string(1, 3, "单位：万元")

    row, said = found(workbook(tmp_path / "a.xlsx", cover, layout))
    assert row is None and said[0] == ("annex9-closing-kept-out", "C4: 期末数")


def stored(tmp_path: Path, basis: str = "quarterly", **changed: str) -> Path:
    """A set that holds the filing of 2021-12-31, as the opening columns below have it."""
    tmp_path.mkdir()
    folder = tmp_path / "set"
    items = {item: value and f"{Decimal(value) * Decimal('0.9'):f}" for item, value in ITEMS.items()}
    book = workbook(tmp_path / "before.xlsx", cover, s01(items | changed))
    rows, _ = read_workbook(book, kind="property", period=date(2021, 12, 31))
    assert merge_into_set(rows.with_columns(basis=rows["basis"].replace({"quarterly": basis})), folder)
    return folder


def test_opening_balances_are_compared_with_what_was_filed(tmp_path: Path) -> None:
    now = workbook(tmp_path / "now.xlsx", cover, headed("期末数", "上年末数"), s02(), s05())

    def said(folder: Path) -> list[tuple[str, str, str]]:
        _, findings = read_workbook(now, into=folder)
        return [(f.code, f.value, f.expected) for f in findings]

    assert said(stored(tmp_path / "a")) == [("annex9-opening-equal", "上年末数", "quarterly")]
    assert said(stored(tmp_path / "b", 认可资产="260000")) == [
        ("annex9-opening-audited-since", "265048.956", "260000")
    ]
    assert said(stored(tmp_path / "c", "annual", 认可资产="260000")) == [
        ("annex9-opening-restated", "265048.956", "260000")
    ]


def test_the_audited_year_end_is_taken_from_the_opening_column_when_told(tmp_path: Path) -> None:
    now = workbook(tmp_path / "now.xlsx", cover, headed("期末数", "年初数"), s02(), s05())
    rows, findings = read_workbook(now, kind="property", opening_basis="annual")
    assert rows.select("period_end", "basis", "actual_capital").rows() == [
        (date(2022, 3, 31), "quarterly", Decimal("80014.66")),
        (date(2021, 12, 31), "annual", Decimal("72013.194")),
    ]
    assert [(f.code, f.period_end) for f in findings] == [("annex9-opening-taken", date(2021, 12, 31))]
    assert "D7" in findings[0].message("zh")
    later = workbook(tmp_path / "三井住友_2022Q2.xlsx", headed("期末数", "上季度末数"))
    row, said = found(later, opening_basis="annual")
    assert row is None and ("annex9-opening-not-a-year-end", "上季度末数") in said


@pytest.mark.parametrize(
    "closing",
    ["2022年3月31日", "2022-03-31", "2022.03.31（万元）", "44651", "2022年3月末", "截至2022年3月31日"],
)
def test_a_column_headed_by_the_day_of_the_report_is_the_closing_one(tmp_path: Path, closing: str) -> None:
    layout = headed(closing, "2021年12月31日")
    row, findings = found(workbook(tmp_path / "a.xlsx", cover, layout))
    assert row is not None and figures_of(row) == expected()
    assert ("annex9-dated-heading", closing) in findings


def test_a_day_as_a_number_or_a_date_is_read_too(tmp_path: Path) -> None:
    def as_number(book: Book) -> Sheet:
        sheet = headed("", "")(book)
        sheet.write_number(3, 2, 44651)
        sheet.write_datetime(3, 3, datetime(2021, 12, 31), book.add_format({"num_format": "yyyy-mm-dd"}))
        return sheet

    row, findings = found(workbook(tmp_path / "a.xlsx", cover, as_number))
    assert row is not None and figures_of(row) == expected()
    assert ("annex9-dated-heading", "44651") in findings


@pytest.mark.parametrize(
    ("closing", "opening"), [("2022年6月30日", "2021年12月31日"), ("2023年3月31日", "2022年12月31日")]
)
def test_a_column_headed_by_another_day_is_not(tmp_path: Path, closing: str, opening: str) -> None:
    row, findings = found(workbook(tmp_path / "a.xlsx", cover, headed(closing, opening)))
    assert row is None and dict(findings)["annex9-later-heading"] == closing
