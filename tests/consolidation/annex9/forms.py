"""Annex 9 workbooks for tests: one insurer's figures, laid out as tidy or as ugly as a test wants them."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

import xlsxwriter

from consolidation.annex9 import read_workbook

ITEMS = {
    "认可资产": "294498.84",
    "认可负债": "214484.18",
    "实际资本": "80014.66",
    "核心一级资本": "66944.15",
    "核心二级资本": None,
    "附属一级资本": "13070.51",
    "附属二级资本": None,
    "最低资本": "27509.69",
    "量化风险最低资本": "27494.57",
    "寿险业务保险风险最低资本": None,
    "非寿险业务保险风险最低资本": "20389.6",
    "市场风险最低资本": "408.84",
    "信用风险最低资本": "15497.25",
    "量化风险分散效应": "8801.13",
    "特定类别保险合同损失吸收效应": None,
    "控制风险最低资本": "15.12",
    "附加资本": None,
    "核心偿付能力溢额": "39434.46",
    "核心偿付能力充足率": "2.4335",
    "综合偿付能力溢额": "52504.97",
    "综合偿付能力充足率": "2.9086",
}
"""A property insurer's S01 in 万元."""

EXPECTED = {
    "admitted_assets": "294498.84",
    "admitted_liabilities": "214484.18",
    "actual_capital": "80014.66",
    "core_tier1_capital": "66944.15",
    "core_tier2_capital": None,
    "supplementary_tier1_capital": "13070.51",
    "supplementary_tier2_capital": None,
    "minimum_capital": "27509.69",
    "quantifiable_risk_minimum_capital": "27494.57",
    "life_insurance_risk_minimum_capital": None,
    "non_life_insurance_risk_minimum_capital": "20389.6",
    "market_risk_minimum_capital": "408.84",
    "credit_risk_minimum_capital": "15497.25",
    "diversification_effect": "8801.13",
    "loss_absorption_effect": None,
    "control_risk_minimum_capital": "15.12",
    "core_surplus": "39434.46",
    "core_solvency_ratio": "2.4335",
    "comprehensive_surplus": "52504.97",
    "comprehensive_solvency_ratio": "2.9086",
}
"""What those figures are as a row of ``solo_filings``."""

S02 = {
    "核心一级资本": "66944.15",
    "净资产": "70000",
    "核心二级资本": None,
    "附属一级资本": "13070.51",
    "附属二级资本": None,
    "实际资本合计": "80014.66",
}
S05 = {
    "量化风险最低资本": "27494.57",
    "寿险业务保险风险最低资本合计": None,
    "非寿险业务保险风险最低资本合计": "20389.6",
    "市场风险-最低资本合计": "408.84",
    "信用风险-最低资本合计": "15497.25",
    "量化风险分散效应": "8801.13",
    "控制风险最低资本": "15.12",
    "附加资本": None,
    "最低资本": "27509.69",
}

Sheet = xlsxwriter.worksheet.Worksheet
Book = xlsxwriter.Workbook


def figures_of(row: Mapping[str, object]) -> dict[str, Decimal | None]:
    """The figures of a row that was read, at the fewest places, beside those of :data:`EXPECTED`."""
    return {name: row[name] for name in EXPECTED}  # type: ignore[misc]


def expected(**changed: str | None) -> dict[str, Decimal | None]:
    """:data:`EXPECTED` as decimals, with what a test changes."""
    return {name: None if value is None else Decimal(value) for name, value in (EXPECTED | changed).items()}


def official_sheet(book: Book, name: str, items: Mapping[str, str | None], unit: str = "单位：万元") -> Sheet:
    """A sheet as the notice prints it: 返回目录, title, unit, then 行次 / 项目 / 期末数 / 期初数."""
    sheet = book.add_worksheet(name)
    sheet.write_string(0, 0, "返回目录")
    sheet.write_string(1, 1, name)
    sheet.write_string(2, 3, unit)
    for column, heading in enumerate(("行次", "项目", "期末数", "期初数")):
        sheet.write_string(3, column, heading)
    for number, (item, value) in enumerate(items.items(), start=1):
        sheet.write_number(3 + number, 0, number)
        sheet.write_string(3 + number, 1, item)
        if value is not None:
            sheet.write_number(3 + number, 2, float(value))
            sheet.write_number(3 + number, 3, float(value) * 0.9)
    return sheet


def cover(book: Book, company: str | None = "三井住友", day: str | None = "2022年3月31日") -> Sheet:
    """The cover 目录: company, date, and the list of sheets."""
    sheet = book.add_worksheet("目录")
    sheet.write_string(0, 0, "偿付能力报告")
    if company is not None:
        sheet.write_string(1, 0, f"公司名称：{company}")
    if day is not None:
        sheet.write_string(2, 0, f"编报日期：{day}")
    for row, name in enumerate(("S01-偿付能力状况表", "S02-实际资本表", "S05-最低资本表")):
        sheet.write_string(4 + row, 0, name)
    return sheet


def workbook(path: Path, *sheets: Callable[[Book], object]) -> Path:
    """A workbook of the given sheets; the official four where none are given."""
    book = xlsxwriter.Workbook(path)
    for add in sheets or OFFICIAL:
        add(book)
    book.close()
    return path


def s01(items: Mapping[str, str | None] = ITEMS, unit: str = "单位：万元") -> Callable[[Book], Sheet]:
    return lambda book: official_sheet(book, "S01-偿付能力状况表", items, unit)


def s02(items: Mapping[str, str | None] = S02, unit: str = "单位：万元") -> Callable[[Book], Sheet]:
    return lambda book: official_sheet(book, "S02-实际资本表", items, unit)


def s05(items: Mapping[str, str | None] = S05, unit: str = "单位：万元") -> Callable[[Book], Sheet]:
    return lambda book: official_sheet(book, "S05-最低资本表", items, unit)


OFFICIAL: tuple[Callable[[Book], object], ...] = (cover, s01(), s02(), s05())


def found(path: Path, **told: object) -> tuple[dict[str, object] | None, list[tuple[str, str]]]:
    """The row, or none, and the findings as code and value."""
    rows, findings = read_workbook(path, **({"kind": "property"} | told))  # type: ignore[arg-type]
    return rows.row(0, named=True) if rows.height else None, [(f.code, f.value) for f in findings]
