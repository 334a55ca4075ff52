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


class UnreadableYaml(ValueError):
    """One line: where in the document, and what is wrong."""


_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")
_PREFIX = "tag:yaml.org,2002:"


def parse(text: str) -> Any:
    """One YAML document as dictionaries, lists, texts, dates, truth values and decimals; None for an empty one.

    :raises UnreadableYaml: for broken YAML, a key given twice, a number that is not plain decimal digits, or a null.
    """
    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as fault:
        raise UnreadableYaml(_in_one_line(fault)) from None
    return None if node is None else _value(node)


def _in_one_line(fault: yaml.YAMLError) -> str:
    mark = getattr(fault, "problem_mark", None)
    if mark is None:
        return " ".join(str(fault).split())
    return f"line {mark.line + 1}, column {mark.column + 1}: not YAML ({getattr(fault, 'problem', None) or 'unreadable'})"


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
            raise UnreadableYaml(f"line {_line(key)}: a key must be one word")
        if key.value in mapping:
            raise UnreadableYaml(f"line {_line(key)}: {key.value} is given twice")
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
        raise UnreadableYaml(f"line {_line(node)}: a value is missing, or a text with a comma needs quotes")
    raise UnreadableYaml(
        f"line {_line(node)}: {text!r} is not a value here; write a number in digits (0.35), a date as 2022-01-01, "
        "true or false, or a text in quotes"
    )


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
