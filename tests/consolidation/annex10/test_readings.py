"""Small workbooks of other programs, each with something of its own: every figure that is read of them, and every word said.

``readings.txt`` has what is read; ``python -m tests.consolidation.annex10.test_readings`` writes it anew: read the difference before
you keep it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import xlsxwriter

from consolidation.annex9 import ToldIdentity
from consolidation.annex10 import read_group_form
from consolidation.annex10.layout import HOLDING, HOLDING_CAPITAL, NON_HOLDING_AND_MIXED, layout
from tests.scenarios.told import findings_told, rows_told

RECORD = Path(__file__).with_name("readings.txt")
LEFT_TO_EXCEL = "="
"""A cell with a formula that nobody has calculated."""
Row = tuple[object, ...]
Sheets = Mapping[str, Sequence[Row]]

HEAD: list[Row] = [("集团：青丘集团（QQ）",), ("报告期：2025年6月30日",)]
COLUMNS: Row = ("项目", "期初数", "期末数（万元）", "状态")


def lines(name: str, cells: Mapping[int, object]) -> list[Row]:
    """The rows of an official sheet in its order, those with a cell alone; a tuple of cells begins at the opening column."""
    given = [(row.item, cells[row.line]) for row in layout(name) if row.line in cells]
    return [(item, *(cell if isinstance(cell, tuple) else (None, cell))) for item, cell in given]


def whole(name: str, cells: Mapping[int, object], head: Sequence[Row] = HEAD) -> list[Row]:
    return [*head, COLUMNS, *lines(name, cells)]


TOTALS = {1: "=", 6: "=", 7: "=", 14: "=", 16: "=", 24: "=", 25: "=", 26: "=", 27: "="}
PARTS = {
    8: 10,
    9: 200,
    10: 30,
    11: 4,
    12: 5,
    13: 6,
    15: 7,
    17: 8,
    18: 9,
    19: 11,
    20: 3,
    21: 2,
    22: 1.5,
    23: 0,
}
CAPITAL_TOTALS = dict.fromkeys((1, 3, 19, 26, 38), "=")
CAPITAL_PARTS = {
    2: 700, 4: -30, 5: 20, 6: 0, 7: -9, 8: 0, 9: 0, 10: 0, 11: 2, 13: -8, 14: 0, 15: 1, 16: -3, 17: 4, 18: 60, 20: 0, 21: 0,
    22: 0, 23: 0, 27: 50, 28: 7, 29: 0, 30: 2, 31: 0, 32: 0, 33: 1, 34: 5,
}  # fmt: skip
FEW = {1: (1, 2), 2: (3, 4), 6: (5, 6), 8: (7, 8), 9: (9, 9)}
DATED: Row = ("项目", "2024-12-31", "2025-06-30", "单位：万元")

WORKBOOKS: Mapping[str, Sheets] = {
    "totals left to Excel, which the capital sheet behind has": {
        "偿付能力": whole(HOLDING, {**TOTALS, 2: "=", 3: "=", 4: "=", 5: "=", **PARTS}),
        "资本": whole(HOLDING_CAPITAL, {**CAPITAL_TOTALS, **CAPITAL_PARTS}),
    },
    "totals left to Excel, some of whose parts nobody has": {
        "偿付能力": whole(HOLDING, {**TOTALS, 2: 9, 3: "=", 4: 1, 5: "=", **PARTS}),
        "资本": whole(HOLDING_CAPITAL, {1: "=", 2: 5, 3: "=", 4: 1, 18: 4, 20: "=", 26: 2}),
    },
    "totals that are nil or without a figure": {
        "偿付能力": whole(HOLDING, {1: "—", 2: 5, 3: "—", 4: "不适用", 6: (7, "—"), 7: "—", 8: 1, 9: "", 25: "不适用"}),
        "资本": whole(HOLDING_CAPITAL, {1: 5, 18: "—", 16: "—", 20: "不适用", 26: "未提供", 38: "/"}),
    },
    "nil, and no such thing": {
        "偿付能力": whole(HOLDING, {1: 5, 2: 5, 3: "—", 4: "不适用", 6: (7, 8), 7: "—", 8: "—", 9: "", 10: "不适用", 25: "不适用", 27: "-"}),
        "资本": whole(HOLDING_CAPITAL, {1: 5, 18: "—", 16: "—", 20: "不适用", 26: "未提供", 38: 5}),
    },
    "no such total anywhere": {
        "偿付能力": whole(HOLDING, {8: 1, 9: 2, 10: 3, 11: "—", 12: "不适用", 13: ""}),
        "资本": whole(HOLDING_CAPITAL, {1: 5, 18: 4, 26: 3, 34: 2, 38: 14}),
    },
    "no data in this program's words": {
        "偿付能力": whole(
            HOLDING,
            {1: "=", 2: (None, 0, "无数据"), 3: "未提供", 4: 5, 5: ("无数据", 6), 6: 30, 7: "=", 8: ("不可计算", 8),
             9: (None, 9, "计算"), 10: (None, 3, "no data"), 11: 0, 12: 0, 13: 0, 14: (None, 0, "无 数据"), 21: 0,
             24: "不可计算", 25: "不可计算", 26: 1, 27: 2.5},
        ),
    },
    "totals of nothing, and the other type of group": {
        "表": whole(
            NON_HOLDING_AND_MIXED,
            {1: "=", 2: 100, 3: 20.5, 4: 3, 5: 1, 6: "=", 10: "=", 11: "=", 12: 1, 13: 2, 14: 3, 15: "=", 16: "=", 17: "=",
             18: 0, 19: 0, 20: 0, 21: 0, 22: 4, 23: 5, 24: 0, 25: "=", 26: "", 27: 7, 28: "200%"},
        ),
    },
    "an item twice, with one figure and with two": {
        "资本": [*whole(HOLDING_CAPITAL, {1: 1, 2: 2, 7: 7, 16: 16, 18: 18, 30: 30}), ("（十六）商誉", None, 16), ("核心二级资本", None, 19),
               ("递延所得税资产（由经营性亏损引起的递延所得税资产除外）", None, 31), ("集团合并财务报表的净资产", 5)],
    },
    "a day beside a heading, and days below and beside the table": {
        "一": [*HEAD, ("项目", "期末数（万元）", "2025-06-30", "报告期：2025年3月31日"), *lines(HOLDING, {1: (1, 2), 2: (3, 4), 6: (5, 6), 8: (7, 8), 9: (9, 9)}), ("编报日期：2025年9月30日",)],
    },
    "days for headings, and others below and beside the table": {
        "一": [*HEAD, ("项目", "2024-12-31", "2025-06-30", "单位：万元", "报告期：2025年3月31日"), *lines(HOLDING, FEW), ("编报日期：2025年9月30日",)],
    },
    "totals by the tiers of the other type of group": {
        "表": whole(NON_HOLDING_AND_MIXED, {1: "=", 2: 100, 6: 40, 7: 30, 8: 20, 9: 10, 10: 80, 14: 17}),
    },
    "parts of the sheet in another order": {
        "资本": [
            *HEAD,
            COLUMNS,
            *lines(HOLDING_CAPITAL, {26: 260, 30: 30, 33: 33}),
            *lines(HOLDING_CAPITAL, {34: 340, 35: 35, 37: 37}),
            ("什么也不是", None, 99),
            *lines(HOLDING_CAPITAL, {1: 1, 7: 7, 9: 9, 17: 17, 20: 20, 23: 23}),
        ],
    },
    "the group's own name for an item, and none for another's": {
        "资本": [*HEAD, COLUMNS, *lines(HOLDING_CAPITAL, {2: 2, 4: 4, 5: 5, 11: 11}), ("银保监会规定的其他调整项目", None, 17)],
    },
    "rows and sheets that are hidden": {
        "偿付能力": whole(HOLDING, {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6}),
        "旧": whole(HOLDING, {1: 9, 2: 9, 3: 9, 4: 9, 5: 9, 6: 9}),
    },
    "no column of closing balances": {
        "一": [*HEAD, ("项目", "金额"), *((row.item, row.line) for row in layout(HOLDING)[:9])],
        "说明": [("本表由集团填报",)],
    },
    "no column of closing balances, beside a sheet that has one": {
        "一": [*HEAD, ("项目", "金额"), *((row.item, row.line) for row in layout(HOLDING)[:9])],
        "二": whole(HOLDING, FEW),
    },
    "a day for a heading": {
        "一": [*HEAD, DATED, *lines(HOLDING, FEW)],
    },
    "a later day for a heading": {
        "一": [*HEAD, ("项目", "2025-06-30", "2025-09-30", "单位：万元"), *lines(HOLDING, FEW)],
    },
    "a day for a heading, and none over the table": {
        "一": [HEAD[0], DATED, *lines(HOLDING, FEW)],
    },
    "two headings of closing balances": {
        "一": [*HEAD, ("项目", "期末数（万元）", "期末数（万元）"), *lines(HOLDING, FEW)],
    },
    "one group by two names, one of them within the other": {
        "一": whole(HOLDING, FEW, head=[("公司名称：青丘保险集团股份有限公司",), ("报告期：2025年6月30日",)]),
        "二": whole(HOLDING_CAPITAL, FEW, head=[("集团：青丘保险集团",), ("报告期：2025年6月30日",)]),
    },
    "nobody's, of no day and without a unit": {
        "一": [("项目", "期初数", "期末数"), *lines(HOLDING, FEW)],
    },
    "no sheet of a group": {
        "一": [("项目", "期末数（万元）"), ("认可资产", 5), ("实际资本", 3)],
        "二": [("空",)],
    },
    "cells that are no figures": {
        "一": whole(HOLDING, {1: "约五", 2: 2, 3: 3, 4: "1,234.5", 5: "5亿元", 6: 6, 7: 7, 25: "一倍半", 27: 1.5}),
    },
}  # fmt: skip
HIDDEN = "rows and sheets that are hidden"
TOLD = {"a day for a heading, and none over the table": ToldIdentity(period=date(2025, 6, 30))}


def write(path: Path, name: str) -> Path:
    book = xlsxwriter.Workbook(path)
    for title, rows in WORKBOOKS[name].items():
        sheet = book.add_worksheet(title)
        for place, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if cell == LEFT_TO_EXCEL:
                    sheet.write_formula(place, column, "=1+1", None, "")
                elif isinstance(cell, str):
                    sheet.write_string(place, column, cell)
                elif cell is not None:
                    sheet.write(place, column, cell)
        if name == HIDDEN:
            for row in (0, 4, 6):
                sheet.set_row(row, options={"hidden": True})
    if name == HIDDEN:
        sheet.hide()
    book.close()
    return path


def record(name: str, folder: Path) -> Iterator[str]:
    read = read_group_form(write(folder / "甲.xlsx", name), TOLD.get(name, ToldIdentity()))
    yield f"### {name}"
    for table, rows in read.rows.items():
        yield from rows_told(table.name, rows)
    yield from findings_told(read.findings)


@pytest.mark.parametrize("name", WORKBOOKS)
def test_what_is_read_of_a_workbook_is_on_record(name: str, tmp_path: Path) -> None:
    before, _, rest = RECORD.read_text("utf-8").partition(f"### {name}\n")
    wanted = rest.partition("### ")[0].splitlines()
    assert list(record(name, tmp_path))[1:] == wanted and before is not None


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        RECORD.write_text(
            "".join(f"{line}\n" for name in WORKBOOKS for line in record(name, Path(folder))), "utf-8"
        )
