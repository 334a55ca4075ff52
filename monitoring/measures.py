"""The supervisor's measures in words (Regulation 2021 A26, A27; Rule 19 A151, A152): entries ``measures.*`` of the rulebook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from consolidation.rulebook import Rulebook
from consolidation.words import say
from monitoring.formatting import source_in_words

_ENTRIES = "measures."
SEPARATOR = "; "
"""Between the items of a flag's column of measures."""


def items_of(measures: str | None) -> list[str]:
    """The items of a flag's column of measures."""
    return measures.split(SEPARATOR) if measures else []


def joined(items: Iterable[str]) -> str:
    """Items as a flag's column of measures holds them."""
    return SEPARATOR.join(items)


def in_words(item: str, language: str) -> str:
    """What an item asks for, and where it is written, with the law; where alone for an item that the rulebook does not have any more."""
    source = source_in_words(article_of(item), language)
    found = _measures().get(item)
    return source if found is None else say("measure", language, what=found[language], source=source)


def article_of(item: str) -> str:
    """Where an item is written, with its law: ``Regulation 2021 A26(二)``."""
    found = _measures().get(item)
    return item if found is None else f"{found['law']} {item}"


@cache
def _measures() -> Mapping[str, Mapping[str, str]]:
    """Item → its words and its law, as the latest version that has it."""
    book = Rulebook.load()
    return {
        measure["item"]: {**measure, "law": entry.article.rpartition(" ")[0]}
        for id in book.ids()
        if id.startswith(_ENTRIES)
        for entry in book.history(id)
        for measure in entry.value
    }
