"""Numbers, lists, sentences and articles in words: what every text of the terminal, the mail and the pages is made of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal

from consolidation.words import label, money

_MOST_PLACES = 12
_SEPARATORS = {"zh": "、", "en": ", "}
_SEMICOLONS = {"zh": "；", "en": "; "}
_STOPS = {"zh": "。", "en": "."}
_COMMAS = {"zh": "，", "en": ", "}


def percent(value: Decimal, against: Decimal | None = None) -> str:
    """A ratio in per cent with two places, with more where it would otherwise look like the limit that it is not."""
    limit = None if against is None else against * 100
    return f"{_rounded(value * 100, places_beside(value * 100, limit, 2))}%"


def places_beside(value: Decimal, limit: Decimal | None, places: int) -> int:
    """As many places as ``value`` needs to be told from a limit that it is not, ``places`` at least.

    A ratio of 99.998% rounded to 100.00% beside a minimum of 100% would look like compliance.
    """
    while limit is not None and value != limit and places < _MOST_PLACES and _same(value, limit, places):
        places += 1
    return places


def _same(a: Decimal, b: Decimal, places: int) -> bool:
    return round(a, places) == round(b, places)


def points(value: Decimal) -> str:
    """Percentage points with two places, without sign."""
    return _rounded(abs(value), 2)


def signed_points(value: Decimal) -> str:
    """Percentage points with two places and their sign."""
    return f"{'-' if value < 0 else '+'}{_rounded(abs(value), 2)}"


def wan_yuan(value: Decimal) -> str:
    """An amount with two places and thousands marks, without sign."""
    return f"{abs(value).quantize(Decimal('0.01'), ROUND_HALF_EVEN):,}"


def with_unit(value: Decimal, language: str) -> str:
    """The same with its unit: 139,706.84万元, in English CNY 1,397.0684 million."""
    return f"{wan_yuan(value)}万元" if language == "zh" else money(wan_yuan(value), language)


def _rounded(value: Decimal, places: int) -> str:
    return f"{value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN):f}"


def listed(parts: Iterable[str], language: str) -> str:
    """The parts as an enumeration."""
    return _SEPARATORS[language].join(parts)


def clauses(parts: Iterable[str], language: str) -> str:
    """The parts as the main clauses of one sentence."""
    return _SEMICOLONS[language].join(parts)


def with_commas(parts: Iterable[str], language: str) -> str:
    """The parts of one clause."""
    return _COMMAS[language].join(parts)


def sentence(text: str, language: str) -> str:
    """The text with its full stop, and in English with a capital."""
    return f"{text[:1].upper()}{text[1:]}{_STOPS[language]}"


def sector_in_words(sector: str, language: str) -> str:
    """A sector with its scheme (``SWS/银行``) by its name; one that neither scheme has as it was filed."""
    key = f"sector.{sector}"
    found = label(key, language)
    return sector if found == key else found


def source_in_words(source: str | None, language: str) -> str:
    """An article as the rulebook writes it (``Rule 19 A12(一)``): in Chinese by the names of the law, in English with its numbers in digits."""
    if not source:
        return ""
    if language != "zh":
        for pattern, name in _LAWS_IN_ENGLISH.items():
            source = re.sub(pattern, name, source)
        return _NUMERAL.sub(_in_digits, source)
    for pattern, name in _LAWS.items():
        source = re.sub(pattern, name, source)
    return clauses(source.split("; "), language)


_LAWS_IN_ENGLISH = {r"金规〔(\d{4})〕(\d+)号": r"Notice \1-\2", "附件": "Annex "}
_DIGITS = "〇一二三四五六七八九"
_NUMERAL = re.compile("(?P<before>[( ]?)(?P<number>[一二三四五六七八九十]+)")


def _in_digits(found: re.Match[str]) -> str:
    """A number as the law counts its parts: (十一) is (11); one that stands by itself is a section: 三 is section 3."""
    tens, ten, ones = found["number"].rpartition("十")
    number = (_DIGITS.index(tens) if tens else 1) * 10 if ten else 0
    number += _DIGITS.index(ones) if ones else 0
    return f"{found['before']}section {number}" if found["before"] == " " else f"{found['before']}{number}"


_LAWS = {
    r"Regulation 2021": "《保险公司偿付能力管理规定》",
    r"Transition notice 2024-12": "过渡期通知（2024年12月）",
    r"Risk factor notice 2025-12": "业务风险因子通知（2025年12月）",
    r"Notice 2021-52": "银保监发〔2021〕52号",
    r"Guidance 2025-10": "《保险集团集中度风险监管指引》（金办发〔2025〕10号）",
    r"Rule (\d+)": r"第\1号规则",
    r"Annex (\d+) line (\d+)": r"附件\1第\2行",
    r"Annex (\d+)": r"附件\1",
    r"\bA(\d+)": r"第\1条",
    r"house rule": "内部规则",
}
