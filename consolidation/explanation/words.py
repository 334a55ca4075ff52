"""An explanation's parts in the reader's language: formulas, steps, remarks, and the rules that a formula used.

The terminal and the page draw the same tree (``consolidation.provenance``) with these words. A rule's value is the one that
the run stored; only what the rule is called comes from today's rulebook.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from consolidation.explanation.tree import Contribution, ExplanationNode
from consolidation.minimum_capital.concentration import reason_in_words
from consolidation.provenance import RATIO, WAN_YUAN, Cell, Rule
from consolidation.rulebook import Rulebook
from consolidation.rulebook.reading import UnreadableYaml, parse
from consolidation.words import label, money, say

_PLAIN = (RATIO, "factor", "list", "factor by score")
"""Units that say nothing beside a value."""

_SEGMENT = {"up_to", "slope", "intercept"}
_FIGURE = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?")


def formula(text: str, language: str) -> str:
    """The engine's formula. Words with ``#`` stand for any figures; line numbers stay as they are."""
    key, figured = f"formula.{text}", f"formula.{_FIGURE.sub('#', text)}"
    if label(key, language) != key:
        return label(key, language)
    if label(figured, language) == figured:
        return text
    values = iter(_FIGURE.findall(text))
    return re.sub("#", lambda _: next(values), label(figured, language))


def step_name(name: str, language: str) -> str:
    """What an intermediate amount is; a line of the capital sheet by its official item."""
    return label(name if name.startswith("annex10.") else f"step.{name}", language)


def note(text: str, language: str) -> str:
    """The engine's remark on a step: a kind, the rulebook's reason for leaving something out, or a name as it was filed."""
    return reason_in_words(text, language) or _kind(text, language)


def how_filed(node: ExplanationNode, language: str) -> str:
    """What was filed instead of a figure, and at which rate its row was converted; empty for a figure in yuan."""
    cell = node.item.cell if isinstance(node.item, Contribution) else node.item
    in_words = (
        label(f"filed-as.{cell.filed_as}", language) if isinstance(cell, Cell) and cell.filed_as else ""
    )
    return " · ".join(filter(None, (in_words, node.conversion.get(language, ""))))


def valid_from(rule: Rule, language: str) -> str:
    """Since when the rule has been in force."""
    return say("explain.from", language, day=rule.valid_from.isoformat())


@cache
def _descriptions() -> Mapping[str, Mapping[str, str]]:
    book = Rulebook.load()
    return {rule: {"zh": book.history(rule)[-1].zh, "en": book.history(rule)[-1].en} for rule in book.ids()}


def rule_name(rule: str, language: str) -> str:
    """What the rule is; of one that the rulebook has no longer, its id."""
    known = _descriptions().get(rule)
    return known[language] if known else rule


def rule_value(text: str, unit: str, language: str) -> str:
    """The stored value: shares in percent, a scale piece by piece, values by kind with the kind's name."""
    try:
        read = parse(text)
    except UnreadableYaml:
        read = text
    shown = _value(read, unit, language)
    if isinstance(read, Decimal) and unit == WAN_YUAN:
        return money(read, language)
    if unit in _PLAIN:
        return shown
    return f"{shown} {label(f'rule-unit.{unit}', language).removeprefix('rule-unit.')}"


def _value(read: Any, unit: str, language: str) -> str:
    if isinstance(read, Decimal):
        return f"{(read * 100).normalize():f}%" if unit == RATIO else f"{read:f}"
    if isinstance(read, list):
        return say("explain.and", language).join(_value(each, unit, language) for each in read)
    if isinstance(read, Mapping) and read.keys() == _SEGMENT:
        return _segment(read, language)
    if isinstance(read, Mapping):
        parts = (f"{_kind(kind, language)} {_value(value, unit, language)}" for kind, value in read.items())
        return say("explain.and", language).join(parts)
    return str(read)


def _segment(piece: Mapping[str, Decimal], language: str) -> str:
    """A piece of a scale of scores: S ≤ 70: 0.75 − 0.01 × S."""
    sign = "−" if piece["slope"] < 0 else "+"
    scale = f"{piece['intercept']:f} {sign} {abs(piece['slope']):f} × S"
    return say("explain.segment", language, upto=f"{piece['up_to']:f}", formula=scale)


def _kind(key: str, language: str) -> str:
    """The kind that a value is for: a type of group or a class of counterparties."""
    for place in ("group-type", "counterparty-class", "note"):
        if label(f"{place}.{key}", language) != f"{place}.{key}":
            return label(f"{place}.{key}", language)
    return key
