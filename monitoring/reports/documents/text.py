"""What documents share: text that XML can hold, numbers of parts, and when something was written."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

_CHINA = ZoneInfo("Asia/Shanghai")
_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NUMERALS = "〇一二三四五六七八九十"


def printable(text: str) -> str:
    """The text without what XML cannot hold (control characters, halves of surrogates)."""
    return _NOT_IN_XML.sub("\ufffd", text)


def part_title(number: int, title: str, language: str) -> str:
    """The heading of a part with its number: 一、公司信息 or 1. Company information."""
    if language == "zh":
        return f"{_NUMERALS[number] if number <= 10 else number}、{title}"
    return f"{number}. {title}"


def moment(at: datetime) -> str:
    """A moment as a clock in China shows it."""
    return f"{at.astimezone(_CHINA):%Y-%m-%d %H:%M}"
