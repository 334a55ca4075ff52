"""A rule that a formula used, in the reader's words: what it is, and its value as the law writes it.

The value is the one that the run stored; only what the rule is called comes from today's rulebook.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from consolidation.minimum_capital.concentration import reason_in_words
from consolidation.rulebook import Rulebook
from consolidation.rulebook.reading import UnreadableYaml, parse
from dashboard.components import formatting
from dashboard.components.view import View

_RATIO = "ratio"
_PLAIN = (_RATIO, "factor", "list", "factor by score")
"""Units that say nothing beside a value."""

_SEGMENT = {"up_to", "slope", "intercept"}


@cache
def _descriptions() -> Mapping[str, Mapping[str, str]]:
    book = Rulebook.load()
    return {rule: {"zh": book.history(rule)[-1].zh, "en": book.history(rule)[-1].en} for rule in book.ids()}


def name(view: View, rule: str) -> str:
    """What the rule is; of one that the rulebook has no longer, its id."""
    known = _descriptions().get(rule)
    return known[view.language] if known else rule


def value(view: View, text: str, unit: str) -> str:
    """The stored value: shares in percent, a scale piece by piece, values by kind with the kind's name."""
    try:
        read = parse(text)
    except UnreadableYaml:
        read = text
    shown = _value(view, read, unit)
    return (
        shown if unit in _PLAIN else f"{shown} {view.label(f'rule-unit.{unit}').removeprefix('rule-unit.')}"
    )


def _value(view: View, read: Any, unit: str) -> str:
    if isinstance(read, Decimal):
        return formatting.share(read) if unit == _RATIO else f"{read:f}"
    if isinstance(read, list):
        return view.say("explain.and").join(_value(view, each, unit) for each in read)
    if isinstance(read, Mapping) and read.keys() == _SEGMENT:
        return _segment(view, read)
    if isinstance(read, Mapping):
        return view.say("explain.and").join(
            f"{_kind(view, k)} {_value(view, x, unit)}" for k, x in read.items()
        )
    return str(read)


def _segment(view: View, piece: Mapping[str, Decimal]) -> str:
    """A piece of a scale of scores: S ≤ 70: 0.75 − 0.01 × S."""
    sign = formatting.MINUS if piece["slope"] < 0 else "+"
    formula = f"{piece['intercept']:f} {sign} {abs(piece['slope']):f} × S"
    return view.say("explain.segment", upto=f"{piece['up_to']:f}", formula=formula)


def note(view: View, text: str) -> str:
    """The engine's remark on a step: a kind, the rulebook's reason for leaving something out, or a name as it was filed."""
    return reason_in_words(text, view.language) or _kind(view, text)


def _kind(view: View, key: str) -> str:
    """The kind that a value is for: a type of group or a class of counterparties."""
    for place in ("group-type", "counterparty-class", "note"):
        if view.label(f"{place}.{key}") != f"{place}.{key}":
            return view.label(f"{place}.{key}")
    return key
