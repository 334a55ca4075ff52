"""Numbers as people type them into cells: read where only one meaning is possible, else told to be none.

Full-width digits, thousands marks, brackets or △ for a minus, a percent sign, a unit or the magnitude 万 or 亿 behind the
number, a mark of a footnote after it. Two decimal points, a thousands mark that stands where no thousands are, digits of
two scripts, or a magnitude that the unit of the table says once more have more than one meaning, and none is chosen.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

UNITS: Mapping[str, Decimal] = {
    "元": Decimal("0.0001"),
    "千元": Decimal("0.1"),
    "万元": Decimal(1),
    "百万元": Decimal(100),
    "亿元": Decimal(10000),
}
"""How many 万元 one of each is."""

MAGNITUDES: Mapping[str, Decimal] = {"万": Decimal(10) ** 4, "百万": Decimal(10) ** 6, "亿": Decimal(10) ** 8}
"""How many 元 stand behind a number that ends in one of these and names no unit."""

_DASHES = str.maketrans(dict.fromkeys("−–—―‐‑﹣─━", "-"))
_FOOTNOTE = re.compile(
    r"(?:\s*(?:[*＊※]+|[①-⑳❶-❿⁰¹²³⁴-⁹]+|[（(【\[]?(?:附注|注释?|备注)\s*[一二三四五六七八九十\d]*[)）】\]]?|\[\d{1,2}\]"
    r"|[（(](?:未经审计|经审计|已审计|未审计)[)）]))+\s*$"
)
_NUMBER = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)?(?:\.\d*)?(?:[eE][+-]?\d{1,3})?$", re.ASCII)
_SPACED_THOUSANDS = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")


@dataclass(frozen=True, slots=True)
class TypedNumber:
    """A number and what stands behind it.

    ``unit`` is a name out of the caller's units or of :data:`MAGNITUDES`, empty where none is written; ``decimals`` are
    the places shown, of the number as written.
    """

    value: Decimal
    unit: str = ""
    in_percent: bool = False

    @property
    def decimals(self) -> int:
        """The decimal places that were written; negative for an exponent."""
        exponent = self.value.as_tuple().exponent
        return -exponent if isinstance(exponent, int) else 0


def plain(text: str) -> str:
    """The text in half-width characters, with one kind of dash and every run of white space as one space."""
    return " ".join(
        unicodedata.normalize("NFKC", text.replace("\u200b", "").replace("\ufeff", ""))
        .translate(_DASHES)
        .split()
    )


def closed_up(text: str) -> str:
    """As :func:`plain`, without any white space: people space Chinese words out to fill a cell."""
    return plain(text).replace(" ", "")


def without_footnote(text: str) -> str:
    """The text without the mark of a footnote behind it: 期末数①, 实际资本（注1）, 80014.66*."""
    return _FOOTNOTE.sub("", text)


_LONGEST = 100
"""Characters of a number that a person types, unit and footnote included."""


def typed_number(text: str, units: Mapping[str, Decimal]) -> TypedNumber | None:
    """Read a number that was typed as text; None if it is none, or could be two.

    :param units: names of units that may follow the number.
    """
    unmarked = without_footnote(text)
    if (
        len(text) > _LONGEST
        or _of_two_scripts(text)
        or any(unicodedata.category(c) == "No" for c in unmarked)
    ):
        return None  # ① before a number is its mark, and no digit of it
    written = plain(unmarked)
    in_percent = written.endswith(("%", "%)"))
    unit = ""
    if in_percent:
        written = written.replace("%", "", 1)
    else:
        known = sorted((*units, *MAGNITUDES), key=len, reverse=True)
        bare = written.rstrip(")") if written.startswith("(") else written
        unit = next((name for name in known if bare.endswith(name)), "")
        if unit:
            written = bare[: -len(unit)].rstrip() + written[len(bare) :]
    number = _signed(written)
    return None if number is None else TypedNumber(number, unit, in_percent)


def in_units_of_yuan(unit: str, table_unit: Decimal) -> Decimal | None:
    """How many 万元 a magnitude behind a number stands for; None where the table's unit leaves two meanings.

    12.3万 in a table in 元 is 123,000 元 however it is read. In a table in 万元 it may say the unit again or not, so it is
    not read; 1.2亿 there is 1.2亿元, as a thousandfold of all insurers' capital is no other meaning.

    :param table_unit: how many 万元 the table's unit is.
    """
    in_wan = MAGNITUDES[unit] / MAGNITUDES["万"]
    return in_wan if in_wan / table_unit >= MAGNITUDES["万"] else None


def _of_two_scripts(text: str) -> bool:
    """Whether half-width and full-width digits stand in one number: nobody types that, programs that garble text do."""
    digits = [c for c in text if c.isdecimal()]
    return any(c > "９" or "9" < c < "０" for c in digits) or (
        any("０" <= c <= "９" for c in digits) and any(c <= "9" for c in digits)
    )


def _signed(written: str) -> Decimal | None:
    """The number, or None if it is none; brackets, △ or a minus sign make it negative, never two of them."""
    written = re.sub("¥|CNY|RMB|人民币", "", _SPACED_THOUSANDS.sub("", written)).strip()
    written = re.sub(r"(?<=[(+△▲-]) | (?=\))", "", written)
    bracketed = written.startswith("(") and written.endswith(")")
    marked = written[:1] in {"△", "▲"}
    digits = written[1:-1] if bracketed else written[1:] if marked else written
    if (
        not _NUMBER.match(digits)
        or not any(c.isdecimal() for c in digits)
        or ((bracketed or marked) and digits[:1] in {"+", "-"})
    ):
        return None
    try:
        number = Decimal(digits.replace(",", ""))
    except InvalidOperation:  # an exponent of nothing
        return None
    return -number if bracketed or marked else number
