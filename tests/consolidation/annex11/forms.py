"""Stress test workbooks for tests, as the forms are laid out: Annex 11-1, 11-2 and sheet ST01."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import xlsxwriter

PROPERTY = ("基本情景", "", "", "必测情景一", "必测情景二", "自测情景", "反向压力情景")
LIFE = ("基本情景", "", "", "必测情景一", "必测情景二", "必测情景二", "自测情景", "反向压力情景")
YEARS = ("报告年度", "后第一年", "后第二年")
SENSITIVITY = ("基本情景", "", "必测情景一", "必测情景二", "自测情景")
QUARTERLY = ("基本情景", "必测压力情景一", "必测压力情景二", "自测压力情景一", "自测压力情景二")

Rows = Mapping[str, Sequence[object]]
SOLVENCY: Rows = {
    "（1）|年初资产": (90_000,) * 7,
    "（12）=（5）－（11）|实际资本": (20_000, 21_000, 22_000, 18_000, 15_000.25, 19_000, None),
    "（13）|核心资本": (15_000, 16_000, 17_000, 13_000, 10_000.25, 14_000, None),
    "（14）|最低资本": (10_000, 10_500, 11_000, 10_100, 10_200, 10_300, None),
    "（17）=（12）/（14）|综合偿付能力充足率": (2, 2, 2, "178.22%", 1.4706, 1.8447, None),
}
"""A property insurer's sheet 2.3; the reverse column is empty."""
MINIMUM: Rows = {
    "1|量化风险最低资本": (9_800, 10_290, 10_780, 9_898, 9_996, 10_094, None),
    "1.1|非寿险业务保险风险最低资本": (5_000,) * 7,
    "4|最低资本合计": (10_000, 10_500, 11_000, 10_100, 10_200, 10_300, None),
}
SENSITIVITIES: Rows = {
    "（1）|实际资本": (20_000, 21_000, 17_500, 16_000, 18_800),
    "（2）|核心资本": (15_000, 16_000, 12_500, 11_000, 13_800),
    "（3）|最低资本": (10_000, 10_500, 10_600, 10_700, 10_800),
}
ST01: Rows = {
    "1|风险因素描述": ("—", "赔付率上升", "权益下跌", "退保", None),
    "2|实际资本": (20_100, 18_100, 17_100, 16_100, None),
    "3|核心资本": (15_100, 13_100, 12_100, 11_100, None),
    "4|最低资本": (10_050, 10_150, 10_250, 10_350, None),
}


def changed(rows: Rows, label: str, place: int, value: object) -> Rows:
    """The rows with one cell of one row changed."""
    return {
        key: (*row[:place], value, *row[place + 1 :]) if key == label else row for key, row in rows.items()
    }


def add_sheet(
    book: xlsxwriter.Workbook,
    name: str,
    title: str,
    headings: Sequence[str],
    rows: Rows,
    *,
    years: Sequence[str] = (),
    unit: str = "单位：万元",
    head: Sequence[str] = ("公司名称：甲财险", "报告年度：2023年度"),
) -> None:
    """One sheet of the form: title, who, when and the unit, headings over dates, then the rows (``number|item``)."""
    sheet = book.add_worksheet(name)
    sheet.write_string(0, 0, title)
    for column, words in enumerate((*head, unit)):
        sheet.write_string(1, column * 2, words)
    sheet.write_string(2, 0, "行次")
    sheet.write_string(2, 1, "项目")
    base = 1 + len([h for h in headings[1:] if h == ""])
    if base > 1:
        sheet.merge_range(2, 2, 2, 1 + base, headings[0])
    for column, heading in enumerate(headings, start=2):
        if heading and not (base > 1 and column == 2):
            sheet.write_string(2, column, heading)
    for column, year in enumerate(years, start=2):
        sheet.write_string(3, column, year)
    for place, (label, figures) in enumerate(rows.items(), start=4):
        number, item = label.split("|")
        sheet.write_string(place, 0, number)
        sheet.write_string(place, 1, item)
        for column, figure in enumerate(figures, start=2):
            if figure is not None:
                sheet.write(place, column, figure)


def property_workbook(
    path: Path,
    solvency: Rows = SOLVENCY,
    minimum: Rows = MINIMUM,
    sensitivities: Rows = SENSITIVITIES,
    **how: str,
) -> Path:
    """Annex 11-1 with its three sheets of results; ``how``: ``unit`` of all."""
    book = xlsxwriter.Workbook(path)
    unit = how.get("unit", "单位：万元")
    add_sheet(book, "2.2 预测最低资本表", "预测最低资本表", PROPERTY, minimum, years=YEARS, unit=unit)
    add_sheet(book, "2.3 预测偿付能力表", "预测偿付能力表", PROPERTY, solvency, years=YEARS, unit=unit)
    add_sheet(
        book, "3. 敏感性测试结果", "敏感性测试结果", SENSITIVITY, sensitivities, years=YEARS[:2], unit=unit
    )
    book.close()
    return path


def life_workbook(path: Path) -> Path:
    """Annex 11-2: three mandatory columns, the third headed as the second."""
    wide = {label: (*row[:5], 1_000_000, *row[5:]) for label, row in SOLVENCY.items() if "率" not in label}
    rows = {"1|量化风险最低资本（考虑损失吸收效应调整后）": (9_000, *[None] * 7)}
    book = xlsxwriter.Workbook(path)
    add_sheet(book, "2.2预测最低资本表", "预测最低资本表", LIFE, rows, years=YEARS)
    add_sheet(book, "2.3预测偿付能力表", "预测偿付能力表", LIFE, wide, years=YEARS)
    book.close()
    return path


def quarterly_workbook(path: Path, rows: Rows = ST01, **how: str) -> Path:
    """Sheet ST01 alone, of the third quarter of 2023."""
    book = xlsxwriter.Workbook(path)
    head = ("公司名称：甲财险", "报告日期：2023年9月30日")
    unit = how.get("unit", "单位：万元")
    add_sheet(book, "ST01-季度压力测试", "季度压力测试", QUARTERLY, rows, unit=unit, head=head)
    book.close()
    return path
