"""The one table of words: every label, flag, finding and alert in Chinese and English.

The entries stand in the ``*.yaml`` files beside this one, one file a subject, each entry ``key: {zh: …, en: …}`` with ``{name}`` places;
regulatory terms are the regulation's own.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

LANGUAGES = ("zh", "en")


@cache
def table() -> dict[str, dict[str, str]]:
    """All entries, keyed as in the files.

    :raises ValueError: if two files define one key or an entry lacks a language (a fault of this program).
    """
    entries: dict[str, dict[str, str]] = {}
    for path in sorted(Path(__file__).parent.glob("*.yaml")):
        for key, text in yaml.load(path.read_text("utf-8"), yaml.CSafeLoader).items():
            if key in entries or set(text) != set(LANGUAGES):
                raise ValueError(f"words/{path.name}: {key} is defined twice or lacks a language")
            entries[key] = text
    return entries


class _Places(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "?"


def say(key: str, language: str, **places: object) -> str:
    """The text of ``key`` in ``language`` with its places filled; a place that is not given reads "?".

    :raises KeyError: for an unknown key (a fault of this program, kept from users by a test over all keys).
    """
    return table()[key][language].format_map(_Places(places))


def label(key: str, language: str) -> str:
    """The text of ``key`` if the table has it, else the key itself (ids and names that are data)."""
    return table()[key][language] if key in table() else key
