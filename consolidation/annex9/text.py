"""What people write in the cells of a form: items, amounts, percentages, units and dates, read as they mean them.

Every function takes a cell's text and gives a value or says that it cannot: nothing here guesses. Full-width and
half-width characters, spaces inside words and numbering before them make no difference.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from consolidation.cell_text.typed_dates import counted_day, day, without_period
from consolidation.cell_text.typed_numbers import closed_up, plain, without_footnote

_NUMBERING = re.compile(
    r"^(?:\(?(?:\d+(?:\.\d+)*|[一二三四五六七八九十]+)(?:\)|[、:．]|\.(?!\d))|\d+(?:\.\d+)*(?![\d.]))+"
)
_LEADING = re.compile(r"^(?:其中|减|加)[:]")
_BRACKETED_FORMULA = re.compile(r"\([\d.+\-*/=×÷%()…,]*\)$|=[\d.+\-*/×÷%()…,]*$")
_BRACKETED_UNIT = re.compile(r"\((?:单位:?)?(?:人民币)?(?:元|千元|万元|百万元|亿元|%|百分比)\)$")
_BRACKETED = re.compile(r"\(([^()]*)\)$")
_UNIT_OR_AUDIT = re.compile(r"(?:单位:?)?(?:人民币)?[千万百亿]*元|%|(?:已|未|经|未经)审计(?:数|后|前)?")
_NOT_IN_A_NAME = re.compile(r"[^\w]|_")


def item_key(text: str) -> str:
    """What identifies an item: its words, without numbering, 其中：/减：, trailing formula, unit or footnote, and punctuation."""
    key = closed_up(without_footnote(text))
    previous = ""
    while previous != key:
        previous = key
        key = _LEADING.sub("", _NUMBERING.sub("", key))
    while previous != (key := _BRACKETED_UNIT.sub("", _BRACKETED_FORMULA.sub("", key))):
        previous = key
    return _NOT_IN_A_NAME.sub("", key)


def heading_key(text: str) -> str:
    """A column's heading without the unit, date or state of audit that stands in brackets after it; 本季度（末）数 is 本季度末数."""
    key = closed_up(without_footnote(text)).replace("(末)", "末").replace("(初)", "初")
    while match := _BRACKETED.search(key):
        inside = match.group(1)
        if not (_UNIT_OR_AUDIT.fullmatch(inside) or day(inside)):
            break
        key = key[: match.start()]
    return key


def declares_percent(text: str) -> bool:
    """Whether an item's own name says that its figure is in percent: 核心偿付能力充足率（%）."""
    return bool(re.search(r"\((?:单位:?)?(?:%|百分比)\)", closed_up(text)))


_UNIT_LABEL = re.compile(r"(?:(?<![一-鿿])|(?<=金额)|(?<=货币)|(?<=计量)|(?<=金 额)|(?<=货 币))单 ?位 ?:? ?")
_BEHIND_IN_BRACKETS = re.compile(r"\((?:单位:?)?(?:人民币)?([^()]*元)\)$")


def declared_unit(text: str, units: Iterable[str]) -> str | None:
    """The unit that a text declares: 单位：万元, （单位：人民币万元）.

    :returns: a name out of ``units``; the words as written where they name another unit; an empty string where the
        label stands alone (the unit is then in the next cell); None where the text declares nothing.
    """
    match = _UNIT_LABEL.search(plain(text))
    if not match:
        return None
    named = plain(text)[match.end() :].strip(" ()").removeprefix("为")
    if not named:
        return ""
    closed = re.sub("^(?:人民币|RMB|CNY)", "", named.replace(" ", ""))
    return next((unit for unit in sorted(units, key=len, reverse=True) if closed.startswith(unit)), named)


_BARE_UNIT = re.compile(r"\(?(?:人民币)?([千万百亿]*(?:港|美|欧|日)?元)\)?")


def bare_unit(text: str) -> str | None:
    """The unit that a text is, and nothing else: （万元）; None for any other text."""
    match = _BARE_UNIT.fullmatch(closed_up(text))
    return match.group(1) if match else None


_CURRENCY_LABEL = re.compile(
    r"(?:币种|币别|货币名称|本位币|货币|currency)(?:为|:)([^():,;，。]+)", re.IGNORECASE
)
_YUAN = ("人民币", "人民币元", "人民币万元", "元", "cny", "rmb")


def foreign_currency(text: str) -> str | None:
    """The currency that a text names behind a label, where it is not the yuan: 币种：港币; None for any other text."""
    match = _CURRENCY_LABEL.search(closed_up(text))
    if match is None or match.group(1).casefold() in _YUAN or "单位" in match.group(0):
        return None
    return match.group(1)


def unit_in_brackets(text: str) -> str | None:
    """The unit in brackets behind a heading or a label: 期末数（万元）, 认可资产（单位：元）（1=2+3）; None where there is none."""
    match = _BEHIND_IN_BRACKETS.search(_BRACKETED_FORMULA.sub("", closed_up(text)))
    return match.group(1) if match else None


_BARE_DATE = re.compile(r"(?:截至)?[\d〇零一二三四五六七八九十年月日末底第季度Qq./\-]+")


def bare_day(written: str, number: Decimal | None = None) -> date | None:
    """The day that a heading is and nothing else: 2025年12月31日, 2025-12-31, 45657 as Excel counts; None for any other heading.

    :param number: the cell's number, where it holds one.
    """
    if number is not None:
        return counted_day(number)
    key = heading_key(written)
    if key.isdecimal() and len(key) == len("45657"):
        return bare_day("", Decimal(key))
    return day(key) if _BARE_DATE.fullmatch(key) else None


def dates_something_else(text: str) -> bool:
    """Whether a label stands right before the year: 成立日期：2007年12月31日 is not the report's period."""
    return bool(re.search(r":(?:\d{4}|[〇零一二三四五六七八九]{4})", closed_up(text)))


def is_quarter_end(value: date) -> bool:
    """Whether solvency is reported for this day: the last of March, June, September or December."""
    return value.month % 3 == 0 and value.day == calendar.monthrange(value.year, value.month)[1]


def says_audited(texts: Iterable[str]) -> bool:
    """Whether a workbook calls itself the year's audited report: 经审计 (and not 未经审计), or 年度报告 without a quarter."""
    closed = [closed_up(text) for text in texts]
    if any("未经审计" in text or "未审计" in text for text in closed):
        return False
    return any(
        "经审计" in text
        or "已审计" in text
        or (
            "季" not in text
            and re.search(r"(?:\d{4}|[〇零一二三四五六七八九]{4})年度|年度偿付能力|年度报告|年报", text)
        )
        for text in closed
    )


def behind_label(text: str, labels: Iterable[str]) -> str | None:
    """What stands behind a label at the beginning of a cell or behind a space in it; None where no label is there.

    A label may be spaced out (公 司 名 称：) and more labels may follow in the same cell. What is behind keeps its
    characters as written: a company's name is an id.
    """
    written = " ".join(text.replace("：", ":").split())
    for label in sorted(labels, key=len, reverse=True):
        match = re.search(rf"(?:^|[ (（]){' ?'.join(label)} ?(?::|$| )", written)
        if match:
            rest = written[match.end() :]
            return re.split(r" (?=[^ ]{0,6}(?:位|期|日期|时间) ?:)| (?=\d{4} ?[年./-])", rest)[0].strip(" ()")
    return None


def names_a_forecast(text: str, forecast: re.Pattern[str]) -> bool:
    """Whether a title, and no sentence, has one of the words for a forecast: 偿付能力状况表（下季度预测）, 本表为预测数."""
    closed = closed_up(text)
    return bool(forecast.search(closed)) and not re.search("[,;。:]|不含|不是|非", closed)


def company_name(text: str) -> str:
    """A company's name as one word where it is Chinese, with single spaces where it is not."""
    return ("" if re.search("[一-鿿]", text) else " ").join(text.split())


def company_in_file_name(stem: str, words: Iterable[str]) -> str | None:
    """The company in a file's name such as 阳光人寿_2023Q4: the one word beside the period and the usual words.

    None where the name says no period (report.xlsx names no company either) or leaves no word or several.
    """
    written = plain(stem)
    rest = without_period(written)
    if rest == written:
        return None
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, " ")
    left = [part for part in re.split(r"[\s_\-()\[\]【】.,+]+", rest) if part]
    return left[0] if len(left) == 1 and not left[0].isdecimal() else None
