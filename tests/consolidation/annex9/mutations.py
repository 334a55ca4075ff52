"""Annex 9 workbooks as filers and their programs change them, and what may be read of each."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import xlsxwriter

from tests.consolidation.annex9.forms import EXPECTED, ITEMS, S02, S05

OF_ITEM = dict(zip(ITEMS, [*list(EXPECTED)[:16], "add_on_capital", *list(EXPECTED)[16:]], strict=True))
CLOSINGS = (
    "期末数",
    "本季度数",
    "本季度",
    "本季度（末）数",
    "本期末金额",
    "期末余额",
    "期末",
    "本年末数（未经审计）",
    "报告期末数",
)
OPENINGS = (
    "期初数",
    "上季度数",
    "上季度",
    "上季度（末）数",
    "上期末金额",
    "期初余额",
    "年初",
    "上年末数",
    "可比期数",
)
UNKNOWN = ("金额", "数值", "本季度末预测数", "基本情景下下季度（末）预测数", "较期初变动", "本年累计数")
DATES = (
    "2022年3月31日",
    "2022-03-31",
    "2022/3/31",
    "2022.3.31",
    "二〇二二年三月三十一日",
    "2022年第一季度",
    "2022Q1",
    "2022年3月末",
)
UNITS = {"元": 10_000, "千元": 10, "万元": 1, "百万元": Decimal("0.01"), "亿元": Decimal("0.0001")}
TOTALS = {"实际资本", "最低资本"}


@dataclass
class Form:
    """A workbook to be: S01's rows in order with values as text, the other sheets' figures, heads, and what is true of it.

    ``true`` is what may be read, by column; ``contradictory`` whether the file says two things, so that a row without
    a finding would be wrong.
    """

    rows: list[tuple[str, str | float | None]]
    s02: dict[str, str | None] = field(default_factory=lambda: dict(S02))
    s05: dict[str, str | None] = field(default_factory=lambda: dict(S05))
    closing: str = "期末数"
    opening: str = "期初数"
    unit: str = "单位：万元"
    cover_unit: str = ""
    company: str | None = "三井住友"
    day: str | date = "2022年3月31日"
    opening_first: bool = False
    extra: list[str] = field(default_factory=list)
    merged: bool = False
    hidden: bool = False
    above: str = ""
    blank_after: set[int] = field(default_factory=set)
    true: dict[str, Decimal | None] = field(default_factory=dict)
    contradictory: bool = False
    done: list[str] = field(default_factory=list)


def official() -> Form:
    """The form as the notice prints it."""
    rows: list[tuple[str, str | float | None]] = [
        (item, None if value is None else f"{Decimal(value) * 100:f}%" if "充足率" in item else value)
        for item, value in ITEMS.items()
    ]
    return Form(rows, true={k: None if v is None else Decimal(v) for k, v in EXPECTED.items()})


def write(form: Form, path: Path) -> Path:
    """The workbook."""
    book = xlsxwriter.Workbook(path)
    cover = book.add_worksheet("目录")
    if form.company:
        cover.write_string(0, 0, f"公司名称：{form.company}")
    cover.write_string(1, 0, "报告期：")
    cover.write_string(2, 0, form.cover_unit)
    if isinstance(form.day, date):
        dated = book.add_format({"num_format": "yyyy-mm-dd"})
        cover.write_datetime(1, 1, datetime(form.day.year, form.day.month, form.day.day), dated)
    else:
        cover.write_string(1, 1, form.day)
    sheet = book.add_worksheet("S01-偿付能力状况表")
    sheet.write_string(0, 0, "S01-偿付能力状况表")
    sheet.write_string(1, 3, form.unit)
    closing, opening = (3, 2) if form.opening_first else (2, 3)
    sheet.write_string(2, closing, form.above)
    for column, heading in ((0, "行次"), (1, "项目"), (opening, form.opening), (closing, form.closing)):
        sheet.write_string(3, column, heading)
    if form.merged:
        sheet.merge_range(3, 2, 3, 3, form.closing, book.add_format())
    for column, heading in enumerate(form.extra, start=4):
        sheet.write_string(3, column, heading)
    place = 4
    for number, (label, value) in enumerate(form.rows, start=1):
        sheet.write_number(place, 0, number)
        sheet.write_string(place, 1, label)
        sheet.write_number(place, opening, 7.25)
        for column in range(4, 4 + len(form.extra)):
            sheet.write_number(place, column, 9.75)
        if isinstance(value, str):
            sheet.write_string(place, closing, value)
        elif value is not None:
            sheet.write_number(place, closing, value)
        if form.hidden and number == 5:
            sheet.set_row(place, None, None, {"hidden": True})
        place += 2 if number in form.blank_after else 1
    for name, figures in (("S02-实际资本表", form.s02), ("S05-最低资本表", form.s05)):
        other = book.add_worksheet(name)
        other.write_string(0, 2, "单位：万元")
        other.write_row(1, 0, ("行次", "项目", "期末数"))
        for number, (label, value) in enumerate(figures.items(), start=2):
            other.write_number(number, 0, number - 1)
            other.write_string(number, 1, label)
            if value is not None:
                other.write_string(number, 2, value)
    book.close()
    return path


# --- changes that leave the meaning as it is, and those that do not ----------------------------------------------------


def _heads(form: Form, chance: random.Random) -> None:
    form.closing, form.opening = chance.choice(CLOSINGS), chance.choice(OPENINGS)
    form.opening_first = chance.random() < 0.5


def _forecast_beside(form: Form, chance: random.Random) -> None:
    form.extra = chance.sample(UNKNOWN, chance.randint(1, 2))


def _unknown_head(form: Form, chance: random.Random) -> None:
    form.closing, form.contradictory = chance.choice(UNKNOWN), True


def _another_company(form: Form, chance: random.Random) -> None:
    form.extra, form.contradictory = ["期末数", "期初数"], True


def _merged_head(form: Form, chance: random.Random) -> None:
    form.merged = form.contradictory = True
    form.opening_first = False


def _forecast_above(form: Form, chance: random.Random) -> None:
    form.above, form.contradictory = "预测数", True


def _scaled(form: Form, factor: Decimal | int) -> list[tuple[str, str | float | None]]:
    return [
        (label, f"{Decimal(value) * factor:f}" if isinstance(value, str) and _is_amount(value) else value)
        for label, value in form.rows
    ]


def _is_amount(value: str) -> bool:
    return value.lstrip("-").replace(".", "", 1).isdecimal()


def _sheet_unit(form: Form, chance: random.Random) -> None:
    name = chance.choice(list(UNITS))
    form.rows, form.unit = _scaled(form, UNITS[name]), f"（单位：人民币{name}）"


def _label_units(form: Form, chance: random.Random) -> None:
    form.unit = ""
    form.rows = [(label if "充足率" in label else f"{label}（万元）", value) for label, value in form.rows]


def _label_against_sheet(form: Form, chance: random.Random) -> None:
    place = chance.randrange(3)
    form.rows[place] = (f"{form.rows[place][0]}（元）", form.rows[place][1])
    form.contradictory = True


def _no_unit(form: Form, chance: random.Random) -> None:
    form.unit, form.contradictory = "", True


def _date(form: Form, chance: random.Random) -> None:
    form.day = chance.choice((*DATES, date(2022, 3, 31)))


def _no_date(form: Form, chance: random.Random) -> None:
    form.day, form.contradictory = chance.choice(("", "2022年3月15日", "不详")), True


def _dash_for_nothing(form: Form, chance: random.Random) -> None:
    dash = chance.choice(("-", "－", "——", "—", "无"))
    for place, (label, value) in enumerate(form.rows):
        if value is None:
            form.rows[place] = (label, dash)
            if OF_ITEM.get(label, "") in form.true:
                form.true[OF_ITEM[label]] = Decimal(0)


def _none_such(form: Form, chance: random.Random) -> None:
    words = chance.choice(("不适用", "N/A", "/"))
    form.rows = [(label, words if value is None else value) for label, value in form.rows]


def _dash_for_a_figure(form: Form, chance: random.Random) -> None:
    item = chance.choice(("实际资本", "核心一级资本", "市场风险最低资本", "控制风险最低资本"))
    form.rows = [(label, "-" if label == item else value) for label, value in form.rows]
    form.contradictory = True


def _as_typed(form: Form, chance: random.Random) -> None:
    wide = str.maketrans("0123456789.,%-", "０１２３４５６７８９．，％－")
    for place, (label, value) in enumerate(form.rows):
        if not isinstance(value, str) or value in "-－——不适用N/A无":
            continue
        spelt = chance.choice(("plain", "wide", "thousands", "note", "spaces", "unit"))
        if spelt == "wide":
            value = value.translate(wide)
        elif spelt == "note":
            value += chance.choice((" 注1", "*", "①", "（注）"))
        elif spelt == "spaces":
            value = f"　{value}  "
        elif spelt == "thousands" and _is_amount(value):
            value = f"{Decimal(value):,}"
        elif spelt == "unit" and _is_amount(value) and form.unit == "单位：万元":
            value = f"{Decimal(value) / 10_000:f}亿"
        form.rows[place] = (label, value)


def _misspelt(form: Form, chance: random.Random) -> None:
    place = chance.randrange(4)
    wrong = chance.choice(
        ("1.234.567", "12,34", "1２3", "约5", "12.3万", "8%", "(-5)", "5-", "１.2３", "①5", "½")
    )
    form.rows[place], form.contradictory = (form.rows[place][0], wrong), True


def _rounded(form: Form, chance: random.Random) -> None:
    """S01 with fewer places than S02 and S05; what only S01 has is what it says."""
    if form.unit != "单位：万元":
        return
    exact = (
        set(S02) | set(S05) | TOTALS | {"非寿险业务保险风险最低资本", "市场风险最低资本", "信用风险最低资本"}
    )
    places = chance.choice((0, 1))
    for place, (label, value) in enumerate(form.rows):
        if isinstance(value, str) and _is_amount(value):
            shown = f"{Decimal(value):.{places}f}"
            form.rows[place] = (label, shown)
            if label not in exact:
                form.true[OF_ITEM[label]] = Decimal(shown)


def _numbers(form: Form, chance: random.Random) -> None:
    form.rows = [
        (label, float(value) if isinstance(value, str) and _is_amount(value) else value)
        for label, value in form.rows
    ]


def _order(form: Form, chance: random.Random) -> None:
    chance.shuffle(form.rows)
    form.blank_after = set(chance.sample(range(1, 22), 5))


def _labels(form: Form, chance: random.Random) -> None:
    """Other words, numbers, spaces and formulas around the items."""
    words = {
        "认可资产": "认可资产总额",
        "实际资本": "实际资本合计",
        "量化风险最低资本": "量化风险最低资本（考虑特征系数后）",
    }
    changed = []
    for number, (label, value) in enumerate(form.rows, start=1):
        label = words.get(label, label)
        shape = chance.choice(
            ("{}", "　{} ", f"{number}. {{}}", f"（{number}）{{}}", "其中：{}", "{}（3=1-2）")
        )
        changed.append((shape.format(label), value))
    form.rows = changed


def _before_the_factor(form: Form, chance: random.Random) -> None:
    form.s05["量化风险最低资本（未考虑特征系数前）"] = "28888.88"
    form.rows.insert(chance.randrange(len(form.rows)), ("量化风险最低资本（未考虑特征系数前）", "28888.88"))


def _twice(form: Form, chance: random.Random) -> None:
    item = chance.choice(("实际资本", "认可资产", "最低资本"))
    form.rows.append((item, "12345.67"))
    form.contradictory = True


def _hidden(form: Form, chance: random.Random) -> None:
    form.hidden = True


def _one_sheet_wrong(form: Form, chance: random.Random) -> None:
    form.s02["核心一级资本"] = "96944.15"
    form.contradictory = True


def _cover_unit(form: Form, chance: random.Random) -> None:
    form.cover_unit, form.contradictory = f"金额单位：{chance.choice(('元', '亿元', '百万元'))}", True


def _near_item(form: Form, chance: random.Random) -> None:
    """A slip in the name of an item that only S01 has: its figure is not read, and asked about."""
    item, slip = chance.choice((("认可负债", "认可负債"), ("核心偿付能力溢额", "核心偿付能力溢價")))
    form.rows = [(slip if label == item else label, value) for label, value in form.rows]
    form.true[OF_ITEM[item]], form.contradictory = None, True


Mutation = Callable[[Form, random.Random], None]
ORDERED: tuple[Mutation, ...] = (
    _heads, _forecast_beside, _rounded, _sheet_unit, _dash_for_nothing, _none_such, _as_typed, _numbers, _order,
    _before_the_factor, _date, _hidden, _label_units, _labels,
)  # fmt: skip
"""What leaves the meaning as it is, in an order in which several can be done."""
BREAKING: tuple[Mutation, ...] = (
    _unknown_head, _another_company, _merged_head, _forecast_above, _label_against_sheet, _no_unit, _no_date,
    _dash_for_a_figure, _misspelt, _twice, _one_sheet_wrong, _cover_unit, _near_item,
)  # fmt: skip
"""After these a row without a finding would be wrong."""
_NOT_TOGETHER: tuple[set[Mutation], ...] = (
    {_sheet_unit, _label_units}, {_rounded, _sheet_unit}, {_dash_for_nothing, _none_such}, {_numbers, _as_typed}, {_rounded, _numbers},
)  # fmt: skip


def mutated(chance: random.Random) -> Form:
    """A form with one to four changes of meaning-preserving kind, and in a third of cases one that breaks it."""
    form = official()
    chosen = set(chance.sample(ORDERED, chance.randint(1, 4)))
    for pair in _NOT_TOGETHER:
        if pair <= chosen:
            chosen.discard(next(iter(sorted(pair, key=ORDERED.index))))
    breaking = chance.choice(BREAKING) if chance.random() < 0.34 else None
    if breaking is not None:
        chosen -= {
            _labels,
            _label_units,
            _sheet_unit,
            _heads,
            _order,
            _rounded,
            _numbers,
            _forecast_beside,
            _date,
        }
        breaking(form, chance)
        form.done.append(breaking.__name__)
    for change in ORDERED:
        if change in chosen:
            change(form, chance)
            form.done.append(change.__name__)
    return form


def said_of(true: Mapping[str, Decimal | None], read: Mapping[str, object]) -> list[str]:
    """The columns that were read as anything but the truth."""
    return [name for name, value in true.items() if read[name] != value]
