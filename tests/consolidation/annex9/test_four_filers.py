"""Three insurers of the demonstration, each filed in four filers' shapes: the same figures, to the last digit shown."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from consolidation.annex9 import read_workbook, row_schema
from consolidation.annex9.form import form
from consolidation.filing_set import read_filing_set
from consolidation.findings import Severity
from tests.made_once import the_demo

Figures = dict[str, Decimal | None]
Book = xlsxwriter.Workbook
TITLES = {"S01": "偿付能力状况表", "S02": "实际资本表", "S05": "最低资本表"}


@pytest.fixture(scope="module")
def insurers(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    """The latest quarterly filing of the first life, property and reinsurance or second property insurer."""
    given = read_filing_set(str(the_demo(tmp_path_factory).filings))
    filed = given.tables["solo_filings"].filter(pl.col("basis") == "quarterly")
    last = (
        filed.sort("period_end").group_by("entity_id", maintain_order=True).last().sort("kind", "entity_id")
    )
    last = last.filter(pl.col("core_solvency_ratio").is_not_null())
    return last[:: max(1, last.height // 3)].head(3).to_dicts()


def figures(row: dict[str, object], code: str) -> dict[str, Decimal | None]:
    """The sheet's figures by official item, as the row has them."""
    return {item.name: row.get(item.column) for item in form().items[code]}  # type: ignore[misc]


def shown(value: Decimal, places: int = 6) -> str:
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".")


def as_the_notice_prints_it(book: Book, row: dict[str, object]) -> None:
    for code, title in TITLES.items():
        sheet = book.add_worksheet(f"{code}-{title}")
        sheet.write_string(0, 0, "返回目录")
        sheet.write_string(1, 0, f"公司名称：{row['entity_id']}  {row['period_end']}")
        sheet.write_string(1, 3, "单位：万元")
        sheet.write_row(2, 0, ("行次", "项目", "期末数", "期初数"))
        for place, (item, value) in enumerate(figures(row, code).items(), start=3):
            sheet.write_row(place, 0, (str(place - 2), item))
            if value is not None:
                sheet.write_string(place, 2, f"{value:f}")


def in_yuan_opening_first(book: Book, row: dict[str, object]) -> None:
    for code, title in TITLES.items():
        sheet = book.add_worksheet(title)
        sheet.write_string(0, 0, f"编报单位：{row['entity_id']}　报告日期：{row['period_end']}")
        sheet.write_row(
            1, 0, ("指标名称（单位：元）", "上季度（末）数", "本季度（末）数", "下季度（末）预测数")
        )
        for place, (item, value) in enumerate(figures(row, code).items(), start=2):
            sheet.write_string(
                place, 0, f"{place - 1}、{item}（{place}=1-2）" if "充足率" not in item else item
            )
            sheet.write_row(place, 3, (1,))
            if value is not None and "充足率" in item:
                sheet.write_string(place, 2, f"{value * 100:f}%")
            elif value is not None:
                sheet.write_string(place, 2, shown(value * 10_000))


def with_units_in_labels_and_own_words(book: Book, row: dict[str, object]) -> None:
    words = {
        "认可资产": "认可资产总额",
        "量化风险最低资本": "量化风险最低资本（考虑特征系数后）",
        "实际资本合计": "合计",
    }
    cover = book.add_worksheet("封面")
    cover.write_row(0, 0, ("公司名称", row["entity_id"]))
    cover.write_row(1, 0, ("报告期末", f"{row['period_end']:%Y年%m月%d日}"))
    for code in TITLES:
        sheet = book.add_worksheet(code)
        sheet.write_row(2, 1, ("序号", "科目", "期末余额", "期初余额"))
        for place, (item, value) in enumerate(figures(row, code).items(), start=3):
            label = words.get(item, item)
            sheet.write_number(place, 1, place - 2)
            sheet.write_string(place, 2, f"　{label}（%）" if "充足率" in item else f"　{label}（万元）")
            if value is not None:
                sheet.write_string(place, 3, shown(value * 100 if "充足率" in item else value))


def merged_backwards_in_hundred_millions(book: Book, row: dict[str, object]) -> None:
    plain = book.add_format()
    for code, title in TITLES.items():
        sheet = book.add_worksheet(f"S{int(code[1:])} {title}")
        sheet.merge_range(
            0, 0, 0, 6, f"公司名称：{row['entity_id']}    {row['period_end']}    单位：亿元", plain
        )
        sheet.merge_range(1, 0, 1, 2, "项 目", plain)
        sheet.merge_range(1, 3, 1, 4, "本 期 末 金 额", plain)
        sheet.merge_range(1, 5, 1, 6, "上期末金额", plain)
        for place, (item, value) in enumerate(reversed(figures(row, code).items()), start=3):
            sheet.write_string(place, place % 3, item)
            if value is not None and "充足率" in item:
                sheet.write_string(place, 4, f"{value * 100:f}％")
            elif value is not None:
                negative = f"（{shown(-value / 10_000, 10)}）" if value < 0 else shown(value / 10_000, 10)
                sheet.write_string(place, 4, negative)


SHAPES: tuple[Callable[[Book, dict[str, object]], None], ...] = (
    as_the_notice_prints_it,
    in_yuan_opening_first,
    with_units_in_labels_and_own_words,
    merged_backwards_in_hundred_millions,
)


def test_twelve_workbooks_give_the_figures_of_three_filings(
    insurers: list[dict[str, object]], tmp_path: Path
) -> None:
    assert len(insurers) == 3
    read_ = 0
    for row in insurers:
        for shape in SHAPES:
            path = tmp_path / "filing.xlsx"
            book = xlsxwriter.Workbook(path)
            shape(book, row)
            book.close()
            rows, findings = read_workbook(path, kind=str(row["kind"]))
            told = (row["entity_id"], shape.__name__, [f.message() for f in findings])
            assert not [f for f in findings if f.severity is not Severity.INFO], told
            got = rows.row(0, named=True)
            assert [(name, got[name], row[name]) for name in row_schema() if got[name] != row[name]] == [], (
                told
            )
            read_ += 1
    assert read_ == 12
