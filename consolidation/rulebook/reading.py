"""Reading the YAML of the rulebook and of what-if overlays.

The document is composed by the C parser and turned into values here, so that a number goes from its digits straight to
``Decimal``, and a key that stands twice is a fault instead of a silent last-one-wins.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import yaml

from consolidation.words import say


class UnreadableYaml(ValueError):
    """One line: where in the document, and what is wrong: ``yaml-fault.<code>`` of the table of words and what it names."""

    def __init__(self, code: str, line: int, **names: object) -> None:
        self.code, self.names = code, {"line": line, **names}
        super().__init__(self.message("en"))

    def message(self, language: str) -> str:
        """The sentence for a person."""
        return say(f"yaml-fault.{self.code}", language, **self.names)


_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")
_PREFIX = "tag:yaml.org,2002:"


def parse(text: str) -> Any:
    """One YAML document as dictionaries, lists, texts, dates, truth values and decimals; None for an empty one.

    :raises UnreadableYaml: for broken YAML, a key given twice, a number that is not plain decimal digits, or a null.
    """
    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as fault:
        raise _not_yaml(fault, text) from None
    return None if node is None else _value(node)


def _not_yaml(fault: yaml.YAMLError, text: str) -> UnreadableYaml:
    """What the parser says, and where; a character that YAML forbids has a position and no mark."""
    mark, position = getattr(fault, "problem_mark", None), getattr(fault, "position", 0)
    line = text.count("\n", 0, position) + 1 if mark is None else mark.line + 1
    column = position - text.rfind("\n", 0, position) if mark is None else mark.column + 1
    cause = getattr(fault, "problem", None) or getattr(fault, "reason", None) or "unreadable"
    return UnreadableYaml("not-yaml", line, column=column, cause=cause)


def _value(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return _mapping(node)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item) for item in node.value]
    return _scalar(node)


def _mapping(node: yaml.MappingNode) -> dict[str, Any]:
    mapping: dict[str, Any] = {}
    for key, item in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise UnreadableYaml("key", _line(key))
        if key.value in mapping:
            raise UnreadableYaml("twice", _line(key), name=key.value)
        mapping[key.value] = _value(item)
    return mapping


def _scalar(node: yaml.Node) -> Any:
    tag, text = node.tag.removeprefix(_PREFIX), node.value
    if tag == "str":
        return text
    if tag in ("int", "float") and _NUMBER.fullmatch(text):
        return Decimal(text)
    if tag == "bool" and text in ("true", "false"):
        return text == "true"
    if tag == "timestamp" and len(text) == len("2022-01-01"):
        return date.fromisoformat(text)
    if text == "":
        raise UnreadableYaml("missing", _line(node))
    raise UnreadableYaml("value", _line(node), value=text)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
