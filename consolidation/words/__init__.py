"""The table of words: every label, finding, flag, alert and page text in Chinese and English.

Each room keeps its words in a folder ``words`` of its own (``*.yaml``, one file a subject) and names that folder with
:func:`add_words` when its package is imported; the files are read when the first word is asked for. An entry is
``key: {zh: …, en: …}`` with ``{name}`` places; regulatory terms are the regulation's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

LANGUAGES = ("zh", "en")

_folders = [Path(__file__).parent]


def add_words(package_folder: Path) -> None:
    """Add the words of a room to the table: the files ``words/*.yaml`` below its package folder."""
    _folders.append(package_folder / "words")
    table.cache_clear()


@cache
def table() -> dict[str, dict[str, str]]:
    """All entries of the rooms that are imported, keyed as in the files.

    :raises ValueError: if two files define one key or an entry lacks a language (a fault of this program).
    """
    import yaml  # here, because every command imports this module and not every one says a word

    entries: dict[str, dict[str, str]] = {}
    for path in (path for folder in _folders for path in sorted(folder.glob("*.yaml"))):
        for key, text in yaml.load(path.read_text("utf-8"), yaml.CSafeLoader).items():
            if key in entries or set(text) != set(LANGUAGES):
                raise ValueError(f"{path}: {key} is defined twice or lacks a language")
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


def first_label(prefixes: Iterable[str], name: str, language: str) -> str:
    """The text of the first key ``<prefix>.<name>`` that the table has, else the name itself (ids and names that are data)."""
    keys = (f"{prefix}.{name}" for prefix in prefixes)
    return next((table()[key][language] for key in keys if key in table()), name)
