"""The table of words: every label, finding, flag, alert and page text in Chinese and English.

Each room keeps its words in a folder ``words`` of its own (``*.yaml``, one file a subject) and names that folder with
:func:`add_words` when its package is imported; the files are read when the first word is asked for. An entry is
``key: {zh: …, en: …}`` with ``{name}`` places; regulatory terms are the regulation's own. An amount in 万元 stands as
``{name:money}``: each language says it in the unit of its readers.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Context, Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

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
    text = table()[key][language]
    if _MONEY_PLACE in text:
        return _WithMoney(language).vformat(text, (), _Places(places))
    return text.format_map(_Places(places))


_EXACT = Context(prec=120)
_MONEY = "money"
_MONEY_PLACE = f":{_MONEY}}}"
_FEWEST_PLACES = Decimal("0.01")
_OF_UNIT = {"zh": Decimal(1), "en": Decimal("0.01")}
"""What one 万元 is in the unit of a language: 万元, a million."""


def in_unit_of(language: str, value: Decimal) -> Decimal:
    """An amount given in 万元, in the unit that a reader of the language gets, exact."""
    return _EXACT.multiply(value, _OF_UNIT[language])


def money(value: object, language: str) -> str:
    """An amount given in 万元 with its unit, no digit left out: 12,345.60 万元, or CNY 123.456 million; what is no number as it is."""
    try:
        given = Decimal(str(value).replace(",", ""))
    except InvalidOperation:
        return str(value)
    if not given.is_finite():
        return str(value)
    if language == "zh":
        return f"{_in_full(given)} 万元"
    return f"{'-' if given < 0 else ''}CNY {_in_full(abs(in_unit_of('en', given)))} million"


def _in_full(value: Decimal) -> str:
    """With thousands marks, without noughts at the end but for two places."""
    shorter = value.normalize(_EXACT)
    places = max(-int(shorter.as_tuple().exponent), -int(_FEWEST_PLACES.as_tuple().exponent))
    return f"{value:,.{places}f}"


class _WithMoney(Formatter):
    """Fills places, those of amounts with their unit in the language."""

    def __init__(self, language: str) -> None:
        self._language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        return money(value, self._language) if format_spec == _MONEY else format(value, format_spec)


def label(key: str, language: str) -> str:
    """The text of ``key`` if the table has it, else the key itself (ids and names that are data)."""
    return table()[key][language] if key in table() else key


def first_label(prefixes: Iterable[str], name: str, language: str) -> str:
    """The text of the first key ``<prefix>.<name>`` that the table has, else the name itself (ids and names that are data)."""
    keys = (f"{prefix}.{name}" for prefix in prefixes)
    return next((table()[key][language] for key in keys if key in table()), name)
