"""Citations of the law as the rulebook has them, put for Chinese readers as the law itself is cited."""

from __future__ import annotations

import re

_CHINESE = (
    (re.compile(r"Rule (\d+)"), r"规则第\1号"),
    (re.compile(r"\bA(\d+)"), r"第\1条"),
    (re.compile(r"Annex (\d+)"), r"附件\1"),
    (re.compile(r"Regulation 2021"), "管理规定（2021）"),
    (re.compile(r"Notice 2021-52"), "银保监发〔2021〕52号"),
    (re.compile(r"Notice 2023-5"), "金规〔2023〕5号"),
    (re.compile(r"house rule"), "本系统约定"),
    (re.compile(r", "), "、"),
    (re.compile(r"; "), "；"),
)


def article(text: str, language: str) -> str:
    """The citation in a language: "Rule 19 A16, A17(1)" is 规则第19号 第16条、第17条(1)."""
    if language == "zh":
        for pattern, chinese in _CHINESE:
            text = pattern.sub(chinese, text)
    return text
