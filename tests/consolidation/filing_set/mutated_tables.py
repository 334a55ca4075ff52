"""Tables of filings as people and their programs change them, and what may be read of each."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import xlsxwriter

WORDS = {
    "entity_id": ("公司名称", "公司"),
    "kind": ("机构类型",),
    "period_end": ("报告期", "报告期末"),
    "basis": ("报告类型",),
    "actual_capital": ("实际资本", "实际资本合计"),
    "core_tier1_capital": ("核心一级资本",),
    "core_tier2_capital": ("核心二级资本",),
    "supplementary_tier1_capital": ("附属一级资本",),
    "supplementary_tier2_capital": ("附属二级资本",),
    "minimum_capital": ("最低资本",),
    "core_solvency_ratio": ("核心偿付能力充足率",),
    "comprehensive_solvency_ratio": ("综合偿付能力充足率",),
}
AMOUNTS = [name for name in WORDS if name.endswith("_capital")]
RATIOS = [name for name in WORDS if name.endswith("_ratio")]
_TRUE = (
    "甲寿,life,2023-06-30,quarterly,812345.67,600000,12345.67,200000,0,400000,1.5308641675,2.030864175",
    "甲寿,life,2023-12-31,annual,830000,610000,20000,200000,0,410000,1.536585,2.02439",
    "乙财,property,2023-12-31,annual,91234.5,91234.5,0,0,0,50000,1.82469,1.82469",
    "丙再,reinsurance,2023-12-31,annual,-1500,-1500,0,0,0,700,-2.142857,-2.142857",
)


@dataclass
class Sheet:
    """A table to be: cells as text under headings, what stands around them, and what is true of it.

    ``true`` is what may be read, by company, day and column; ``contradictory`` whether the file says two things, so that a
    set that is valid without a word would be wrong.
    """

    headings: list[str]
    rows: list[list[str]]
    over: list[list[str]] = field(default_factory=list)
    below: list[list[str]] = field(default_factory=list)
    encoding: str = "utf-8"
    separator: str = ","
    sep_line: bool = False
    as_workbook: bool = False
    mapping: dict[str, str] = field(default_factory=dict)
    true: dict[tuple[str, str, str], Decimal | None] = field(default_factory=dict)
    contradictory: bool = False
    done: list[str] = field(default_factory=list)

    def column(self, name: str) -> int:
        """Where a column stands, whatever it is called by now."""
        return list(WORDS).index(name)


def official() -> Sheet:
    """The table as it is documented."""
    rows = [row.split(",") for row in _TRUE]
    true: dict[tuple[str, str, str], Decimal | None] = {
        (row[0], row[2], name): Decimal(row[list(WORDS).index(name)])
        for row in rows
        for name in (*AMOUNTS, *RATIOS)
    }
    return Sheet(list(WORDS), rows, true=true)


def write(sheet: Sheet, folder: Path) -> None:
    """The set: the table, in the order of columns that its headings have by now, and who belongs to the group."""
    for path in folder.iterdir():
        path.unlink()
    (folder / "group_members.csv").write_text("group_id,entity_id\nG,甲寿\nG,乙财\n", "utf-8")
    if sheet.mapping:
        lines = "".join(f"  {heading}: {name}\n" for heading, name in sheet.mapping.items())
        (folder / "columns.yaml").write_text(f"solo_filings:\n{lines}", "utf-8")
    lines_of_cells = [*sheet.over, sheet.headings, *sheet.rows, *sheet.below]
    if sheet.as_workbook:
        book = xlsxwriter.Workbook(folder / "solo_filings.xlsx")
        page = book.add_worksheet("solo_filings")
        for place, cells in enumerate(lines_of_cells):
            for column, cell in enumerate(cells):
                if cell:
                    page.write_string(place, column, cell)
        book.close()
        return
    text = "".join(
        sheet.separator.join(f'"{c}"' if sheet.separator in c or "," in c else c for c in cells) + "\r\n"
        for cells in lines_of_cells
    )
    text = (f"sep={sheet.separator}\r\n" if sheet.sep_line else "") + text
    mark = b"\x84\x31\x95\x33" if sheet.encoding == "gb18030" else b""
    (folder / "solo_filings.csv").write_bytes(mark + text.encode(sheet.encoding))


# --- changes that leave the meaning as it is, and those that do not ----------------------------------------------------


def _words(sheet: Sheet, chance: random.Random) -> None:
    for place, (name, words) in enumerate(WORDS.items()):
        word = chance.choice(words)
        if name in AMOUNTS:
            word += chance.choice(("", "（万元）", "(万元)", " "))
        sheet.headings[place] = word


def _house_words(sheet: Sheet, chance: random.Random) -> None:
    for name in chance.sample(AMOUNTS, 2):
        sheet.headings[sheet.column(name)] = f"本所{name[:4]}{len(sheet.mapping)}"
        sheet.mapping[sheet.headings[sheet.column(name)]] = name


def _codes(sheet: Sheet, chance: random.Random) -> None:
    words = {
        "life": "人身险公司", "property": "财产险公司", "reinsurance": "再保险公司", "quarterly": "季报", "annual": "经审计",
    }  # fmt: skip
    sheet.rows = [[words.get(cell, cell) for cell in row] for row in sheet.rows]


_DAYS = {
    "2023-06-30": ("2023年6月30日", "2023/6/30", "2023.06.30", "20230630", "2023年二季度", "2023Q2", "45107", "6/30/2023"),
    "2023-12-31": ("2023年12月31日", "2023/12/31", "2023.12.31", "20231231", "2023年四季度", "2023Q4", "45291", "31/12/2023"),
}  # fmt: skip


def _days(sheet: Sheet, chance: random.Random) -> None:
    for row in sheet.rows:
        row[2] = chance.choice(_DAYS[row[2]])


def _is_plain(cell: str) -> bool:
    return cell.lstrip("-").replace(".", "", 1).isdecimal() and cell.isascii()


_WIDE = str.maketrans("0123456789.-%", "０１２３４５６７８９．－％")


def _as_typed(sheet: Sheet, chance: random.Random) -> None:
    for row in sheet.rows:
        for name in AMOUNTS:
            cell, at = row[sheet.column(name)], sheet.column(name)
            if not _is_plain(cell):
                continue
            spelt = chance.choice(("plain", "wide", "thousands", "note", "spaces", "unit", "large"))
            if spelt == "wide":
                row[at] = cell.translate(_WIDE)
            elif spelt == "thousands":
                row[at] = f"{Decimal(cell):,}"
            elif spelt == "note":
                row[at] = cell + chance.choice(("①", "*", "（注1）", "¹"))
            elif spelt == "spaces":
                row[at] = f"　{cell} "
            elif spelt == "unit":
                row[at] = f"{cell}万元"
            elif spelt == "large":
                row[at] = f"{Decimal(cell) / 10_000:f}亿"


def _negatives(sheet: Sheet, chance: random.Random) -> None:
    for row in sheet.rows:
        for name in AMOUNTS:
            at = sheet.column(name)
            if row[at].startswith("-") and _is_plain(row[at]):
                row[at] = chance.choice(("({})", "（{}）", "△{}", "−{}", "－{}")).format(row[at][1:])


def _percent(sheet: Sheet, chance: random.Random) -> None:
    for row in sheet.rows:
        for name in RATIOS:
            at = sheet.column(name)
            row[at] = f"{Decimal(row[at]) * 100:f}%".translate(_WIDE if chance.random() < 0.3 else {})


def _dashes(sheet: Sheet, chance: random.Random) -> None:
    for row in sheet.rows:
        for name in AMOUNTS:
            if row[sheet.column(name)] == "0":
                row[sheet.column(name)] = chance.choice(("-", "—", "——", "无"))


def _none_such(sheet: Sheet, chance: random.Random) -> None:
    for row in sheet.rows:
        at = sheet.column("supplementary_tier2_capital")
        sheet.true[row[0], _day_of(row), "supplementary_tier2_capital"] = None
        row[at] = chance.choice(("不适用", "N/A", "/", ""))


def _day_of(row: list[str]) -> str:
    return next(day for day, ways in _DAYS.items() if row[2] == day or row[2] in ways)


def _over(sheet: Sheet, chance: random.Random) -> None:
    wide = [""] * (len(WORDS) - 1)
    sheet.over = [["偿付能力数据表", *wide]]
    if chance.random() < 0.5:
        sheet.over.append([chance.choice(("单位：万元", "金额单位：人民币万元")), *wide])


def _below(sheet: Sheet, chance: random.Random) -> None:
    wide = [""] * (len(WORDS) - 1)
    sheet.below = [[], ["注：数据来源于各公司报告", *wide], ["合计", *wide]]


def _blank_rows_and_headings(sheet: Sheet, chance: random.Random) -> None:
    sheet.rows.insert(2, [""] * len(WORDS))
    sheet.rows.insert(chance.randint(1, 3), list(sheet.headings))


def _encoding(sheet: Sheet, chance: random.Random) -> None:
    sheet.encoding = chance.choice(("utf-8-sig", "gb18030", "utf-16"))


def _separator(sheet: Sheet, chance: random.Random) -> None:
    sheet.separator = chance.choice((";", "\t"))
    sheet.sep_line = sheet.separator == ";" and chance.random() < 0.5


def _workbook(sheet: Sheet, chance: random.Random) -> None:
    sheet.as_workbook = True


def _unit_over(sheet: Sheet, chance: random.Random) -> None:
    unit = chance.choice(("元", "亿元", "百万元", "人民币千元", "万美元"))
    sheet.over = [[f"单位：{unit}", *[""] * (len(WORDS) - 1)]]


def _unit_in_heading(sheet: Sheet, chance: random.Random) -> None:
    name = chance.choice(AMOUNTS)
    sheet.headings[sheet.column(name)] = WORDS[name][0] + chance.choice(
        ("（元）", "(亿元)", "（百万元）", "%")
    )


def _unit_column(sheet: Sheet, chance: random.Random) -> None:
    heading, cell = chance.choice(
        (("单位", "元"), ("金额单位", "亿元"), ("币种", "港元"), ("currency", "USD"), ("unit", "thousand"))
    )
    sheet.headings.append(heading)
    for row in sheet.rows:
        row.append(cell)


def _unit_below(sheet: Sheet, chance: random.Random) -> None:
    sheet.below = [["注：金额单位为元", *[""] * (len(WORDS) - 1)]]


def _near_heading(sheet: Sheet, chance: random.Random) -> None:
    name, near = chance.choice(
        (("actual_capital", "实际资本额"), ("core_tier1_capital", "核心1级资本"), ("minimum_capital", "minimum_captial"))
    )  # fmt: skip
    sheet.headings[sheet.column(name)] = near


def _twice(sheet: Sheet, chance: random.Random) -> None:
    sheet.headings[sheet.column("actual_capital")] = "实际资本"
    sheet.headings.append("实际资本合计")
    for row in sheet.rows:
        row.append("999")


def _two_meanings(sheet: Sheet, chance: random.Random) -> None:
    row, name = chance.choice(sheet.rows), chance.choice(AMOUNTS)
    wrong = ("12.3万", "1.234.567", "1２3", "①5", "12,34", "约5", "5-", "1/2", "#REF!", "=1+1", "3千万")
    row[sheet.column(name)] = chance.choice(wrong)


def _day_of_two(sheet: Sheet, chance: random.Random) -> None:
    chance.choice(sheet.rows)[2] = chance.choice(("6/7/2023", "2023-13-31", "2230-12-31", "不详", "2023-12"))


def _ragged(sheet: Sheet, chance: random.Random) -> None:
    del chance.choice(sheet.rows)[5]


def _same_key(sheet: Sheet, chance: random.Random) -> None:
    again = list(chance.choice(sheet.rows))
    again[sheet.column("actual_capital")] = "1"
    sheet.rows.append(again)


def _slipped_unit(sheet: Sheet, chance: random.Random) -> None:
    """A whole row in 元: the filing before, or the ratios, show it."""
    row = sheet.rows[1]
    for name in AMOUNTS:
        at = sheet.column(name)
        row[at] = f"{Decimal(row[at]) * 10_000:f}"
        sheet.true[row[0], row[2], name] = Decimal(row[at])


def _a_total(sheet: Sheet, chance: random.Random) -> None:
    total = list(sheet.rows[0])
    total[0] = chance.choice(("合计", "行业合计", "平均"))
    sheet.rows.append(total)


def _blank_requirement(sheet: Sheet, chance: random.Random) -> None:
    name = chance.choice(("actual_capital", "minimum_capital"))
    sheet.rows[0][sheet.column(name)] = ""
    sheet.true["甲寿", "2023-06-30", name] = None


Mutation = Callable[[Sheet, random.Random], None]
ORDERED: tuple[Mutation, ...] = (
    _words, _house_words, _codes, _dashes, _none_such, _negatives, _as_typed, _percent, _days, _over, _below,
    _blank_rows_and_headings, _encoding, _separator, _workbook,
)  # fmt: skip
"""What leaves the meaning as it is, in an order in which several can be done."""
BREAKING: tuple[Mutation, ...] = (
    _unit_over, _unit_in_heading, _unit_column, _unit_below, _near_heading, _twice, _two_meanings, _day_of_two, _ragged, _same_key,
    _slipped_unit, _a_total, _blank_requirement,
)  # fmt: skip
"""After these a set that is valid without a warning would be wrong."""
_NOT_TOGETHER: tuple[set[Mutation], ...] = (
    {_words, _house_words}, {_dashes, _none_such}, {_negatives, _as_typed}, {_encoding, _workbook}, {_separator, _workbook},
)  # fmt: skip
_OVER = {
    _words,
    _house_words,
    _over,
    _below,
    _blank_rows_and_headings,
    _days,
    _as_typed,
    _negatives,
    _dashes,
    _none_such,
}
"""What a breaking change may have to stand alone for."""


def mutated(chance: random.Random) -> Sheet:
    """A table with one to four changes of meaning-preserving kind, and in two fifths of cases one that breaks it."""
    sheet = official()
    chosen = set(chance.sample(ORDERED, chance.randint(1, 4)))
    for pair in _NOT_TOGETHER:
        if pair <= chosen:
            chosen.discard(next(iter(sorted(pair, key=ORDERED.index))))
    if chance.random() < 0.4:
        breaking = chance.choice(BREAKING)
        chosen -= _OVER | ({_workbook} if breaking is _ragged else set())
        breaking(sheet, chance)
        sheet.contradictory = True
        sheet.done.append(breaking.__name__)
    for change in ORDERED:
        if change in chosen:
            change(sheet, chance)
            sheet.done.append(change.__name__)
    return sheet
