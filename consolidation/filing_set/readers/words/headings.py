"""Which column each heading of a file names: by the column's own name, the regulation's words, or the set's mapping file.

Only what is written exactly as known – widths of letters, spaces and a unit in brackets aside – is read as a column; what
merely resembles it is for :func:`resembling` to propose.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType

import dataframely as dy

from consolidation.filing_set.schemas.tables import EXPOSURES, TABLES, Table
from consolidation.money import AMOUNT

CURRENCY, UNIT = "currency", "unit"
DECLARATIONS = {
    CURRENCY: (
        "currency", "ccy", "currency_code", "reporting_currency", "币种", "币别", "货币", "货币种类", "货币名称", "货币代码", "币种代码",
        "交易货币", "交易币种", "报告货币", "报告币种", "报表货币", "报表币种", "记账本位币", "本位币", "原币", "原币币种",
    ),
    UNIT: (
        "unit", "单位", "金额单位", "计量单位", "货币单位", "报表单位", "数据单位", "币值单位", "amount_unit",
    ),
}  # fmt: skip
"""Columns that say in what the amounts of a row are, and the headings under which they are known in any table of amounts."""

_WORDS = Path(__file__).parent / "headings.yaml"
_IN_BRACKETS = re.compile(r"^(.+?)[(\[]((?:单位|人民币|[:：,，])*)([^()\[\]]*?)[)\]]$")
_WAN_YUAN = ("万元", "人民币万元", "万元人民币")
_UNITS = (
    "元",
    "千元",
    "百万元",
    "亿元",
    "百万",
    "亿",
    "千",
    "%",
    "‰",
    "百分比",
    "港元",
    "万港元",
    "百万港元",
    "美元",
    "万美元",
)
_SHORTEST_CONTAINED = 4
_ANY_BRACKETS = re.compile(r"[(\[][^()\[\]]*[)\]]")
_ENDS_OF_DECLARATIONS = {
    CURRENCY: ("币种", "币别", "货币", "货币名称", "currency", "ccy"),
    UNIT: ("金额单位", "计量单位", "货币单位", "报表单位", "数据单位", "币值单位"),
}

HouseHeadings = Mapping[str, Mapping[str, str]]
"""Table → heading → column, as a set's own mapping file says."""
NO_HOUSE_HEADINGS: HouseHeadings = {}


@dataclass(frozen=True, slots=True)
class NamedHeadings:
    """The headings of a file under the names of the columns that they are.

    ``columns`` are in the order of the file, a heading that names none as it stands; ``read_as`` the headings that were
    taken for a column of another name; ``other_unit`` headings of a column in a unit that it does not have.
    """

    columns: list[str]
    read_as: Mapping[str, str] = field(default_factory=dict)
    other_unit: Mapping[str, str] = field(default_factory=dict)


def name_headings(
    table: Table, filed: Sequence[str], house: HouseHeadings = NO_HOUSE_HEADINGS
) -> NamedHeadings:
    """Name the headings of a file of ``table``. A column that stands there by its own name is never named twice.

    Positions are read by their own names alone, currency and unit aside.
    """
    own, known = frozenset(filed).intersection(table.columns), _columns_by_heading(table)
    ours = {plain(heading): column for heading, column in house.get(table.name, {}).items()}
    columns, read_as, other_unit = [], {}, {}
    for heading in filed:
        if heading in own and plain(heading) not in ours:
            columns.append(heading)
            continue
        bare, unit = split_unit(heading)
        column = ours.get(plain(heading)) or known.get(plain(heading)) or known.get(plain(bare))
        if column is None and bare in table.columns and unit:
            column = bare
        if column is None:
            column = _declared_by(table, heading)
        if column is None or column in own:
            columns.append(heading)
            continue
        columns.append(column)
        if column != heading:
            read_as[heading] = column
        if unit and not has_unit(table.columns.get(column), column, unit):
            other_unit[heading] = column
    return NamedHeadings(columns, read_as, other_unit)


def declarations_of(table: Table) -> tuple[str, ...]:
    """The columns beside those of the table that are read where a file has them: currency and unit of its amounts."""
    if not any(is_amount(column) for column in table.columns.values()):
        return ()
    return tuple(name for name in DECLARATIONS if name not in table.columns)


def is_amount(column: dy.Column) -> bool:
    """Whether a column holds 万元."""
    return isinstance(column, dy.Decimal) and column.scale == AMOUNT.scale


def declaring(table: Table, headings: Sequence[str]) -> list[str]:
    """Those of the headings under which a file says its currency or unit."""
    known, declared = _columns_by_heading(table), declarations_of(table)
    return [h for h in headings if known.get(plain(h)) in declared or _declared_by(table, h)]


def _declared_by(table: Table, heading: str) -> str | None:
    """The currency or unit that a heading of more words names: 报送币种, 金额单位（人民币）; None for any other."""
    bare = _ANY_BRACKETS.sub("", plain(heading))
    for name in declarations_of(table):
        if bare in DECLARATIONS[name] or bare.endswith(_ENDS_OF_DECLARATIONS[name]):
            return name
    return None


_NUMERALS = str.maketrans("1234", "一二三四")


def resembling(table: Table, column: str, headings: Sequence[str]) -> str:
    """The heading that is likely to be ``column``, written in another way; empty where there is none."""
    by_name = {h.lower().replace(" ", "_").replace("-", "_")[:64]: h for h in headings}
    near = difflib.get_close_matches(column, list(by_name), 1, 0.85)
    if near:
        return by_name[near[0]]
    by_word = {plain(split_unit(heading)[0])[:64].translate(_NUMERALS): heading for heading in headings}
    for word in (word for word, named in words_of(table).items() if named == column):
        near = difflib.get_close_matches(word, list(by_word), 1, 0.8)  # one sign of five
        if near:
            return by_word[near[0]]
        if len(word) >= _SHORTEST_CONTAINED:
            within = next((by_word[text] for text in by_word if word in text), "")
            if within:
                return within
    return ""


def plain(heading: str) -> str:
    """A heading without what differs from one keyboard to another."""
    return "".join(unicodedata.normalize("NFKC", heading).casefold().split())


def split_unit(heading: str) -> tuple[str, str]:
    """A heading and the unit in brackets behind it, empty where there is none."""
    narrow = "".join(unicodedata.normalize("NFKC", heading).split())
    match = _IN_BRACKETS.match(narrow)
    if match is None:
        return narrow, ""
    unit = match[3]
    return (match[1], unit) if unit in _UNITS or unit in _WAN_YUAN else (narrow, "")


def unit_of(table: Table, column: str) -> str:
    """In what a column is: 万元, percent or a fraction."""
    if is_amount(table.columns[column]):
        return _WAN_YUAN[0]
    return "%" if column.endswith("_pct") else "1.5 = 150%"


def has_unit(column: dy.Column | None, name: str, unit: str) -> bool:
    """Whether a unit, as written, is that of a column."""
    if column is not None and is_amount(column):
        return unit in _WAN_YUAN
    return unit in ("%", "百分比") and name.endswith("_pct")


@cache
def _words() -> dict[str, dict[str, list[str]]]:
    import yaml

    words: dict[str, dict[str, list[str]]] = yaml.load(_WORDS.read_text("utf-8"), yaml.CSafeLoader)
    return words


@cache
def words_of(table: Table) -> Mapping[str, str]:
    """The regulation's words for the columns of a table: word → column."""
    found: dict[str, str] = {}
    of_table = _words().get(table.name, {})
    for words in (of_table, _words()["all"]):
        for column, aliases in words.items():
            if column in table.columns:
                for alias in aliases:
                    found.setdefault(plain(alias), column)
    return MappingProxyType(found)


def _columns_by_heading(table: Table) -> Mapping[str, str]:
    declared = {plain(heading): name for name in declarations_of(table) for heading in DECLARATIONS[name]}
    return declared if table.name == EXPOSURES else {**words_of(table), **declared}


def is_table(name: object) -> bool:
    """Whether a mapping file may speak of a table of this name."""
    return isinstance(name, str) and name in TABLES and name != EXPOSURES
