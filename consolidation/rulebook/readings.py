"""Where the law is silent or open: each question, what was chosen, and what else could be.

A choice is an ordinary dated entry of the rulebook. ``readings.yaml`` names the question behind it, quotes the law, and
gives every other answer as an overlay of entries, so that :meth:`~consolidation.rulebook.Rulebook.overlay` computes it.
``lines`` is a claim: the statement lines at which the answers enter; no other line moves but what follows from these
(tests/readings/test_readings.py holds every reading to it).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from consolidation.rulebook import READINGS_FILE, Rulebook, RulebookFault, UnusableOverlay, fields
from consolidation.rulebook.reading import UnreadableYaml, parse
from consolidation.statement_lines import LINES


@dataclass(frozen=True, slots=True)
class Words:
    """One sentence in both languages."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        """Give the text in Chinese (zh) or English."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another answer: in words, and as the entries that it changes."""

    id: str
    words: Words
    overlay: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """One open question.

    ``law`` are the law's own words at ``article``, which are Chinese, with our translation; ``reason`` says why no alternative can be computed where there is
    none.
    """

    id: str
    question: Words
    article: str
    law: Words
    choice: Words
    lines: tuple[str, ...]
    alternatives: tuple[Alternative, ...]
    reason: Words | None

    @property
    def entries(self) -> tuple[str, ...]:
        """The rulebook entries that hold the choice: those that an alternative changes."""
        return tuple(sorted({id for alternative in self.alternatives for id in alternative.overlay}))


@cache
def readings() -> tuple[Reading, ...]:
    """The readings of this program, in the order of their file.

    :raises RulebookFault: when the file is wrong.
    """
    return from_file(Path(__file__).parent / READINGS_FILE, Rulebook.load())


def reading(id: str) -> Reading:
    """The reading of this id.

    :raises KeyError: where there is none.
    """
    return {each.id: each for each in readings()}[id]


def from_file(path: Path, rulebook: Rulebook) -> tuple[Reading, ...]:
    """The readings of one file, held against the rulebook that they are about.

    :raises RulebookFault: naming file and reading: a missing or unknown field, an unknown line, an overlay that does not
        apply or changes nothing, two alternatives that are the same, none without a reason.
    """
    try:
        given = parse(path.read_text("utf-8"))
    except UnreadableYaml as fault:
        raise RulebookFault(f"{path.name}: {fault}") from None
    if not isinstance(given, dict):
        raise RulebookFault(f"{path.name}: must hold readings by id")
    return tuple(_reading(f"{path.name}: {id}", id, content, rulebook) for id, content in given.items())


def _reading(place: str, id: str, content: Any, rulebook: Rulebook) -> Reading:
    head = fields(place, content, {"question", "law", "choice", "lines", "alternatives"}, {"reason"})
    law = fields(f"{place}: law", head["law"], {"article", "zh", "en"}, set())
    unknown = sorted(set(head["lines"]) - set(LINES))
    if unknown:
        raise RulebookFault(f"{place}: lines: {', '.join(unknown)} is no line of a statement")
    alternatives = tuple(_alternative(place, one) for one in head["alternatives"])
    _must_differ(place, alternatives, rulebook)
    if bool(alternatives) == ("reason" in head):
        raise RulebookFault(f"{place}: needs either alternatives or the reason why there is none, not both")
    if bool(alternatives) != bool(head["lines"]):
        raise RulebookFault(f"{place}: needs lines that its alternatives move, and none without alternatives")
    return Reading(
        id,
        _words(f"{place}: question", head["question"]),
        law["article"],
        Words(law["zh"], law["en"]),
        _words(f"{place}: choice", head["choice"]),
        tuple(head["lines"]),
        alternatives,
        _words(f"{place}: reason", head["reason"]) if "reason" in head else None,
    )


def _alternative(place: str, content: Any) -> Alternative:
    given = fields(f"{place}: alternatives", content, {"id", "zh", "en", "overlay"}, set())
    if not isinstance(given["overlay"], dict) or not given["overlay"]:
        raise RulebookFault(f"{place}: {given['id']}: overlay must be a mapping of entry ids to values")
    return Alternative(given["id"], Words(given["zh"], given["en"]), given["overlay"])


def _words(place: str, content: Any) -> Words:
    return Words(**fields(place, content, {"zh", "en"}, set()))


def _must_differ(place: str, alternatives: tuple[Alternative, ...], rulebook: Rulebook) -> None:
    """Every alternative applies, and no two of them, nor the law as it is read here, are the same."""
    known = {"what the rulebook has": rulebook.histories}
    for one in alternatives:
        try:
            histories = rulebook.overlay(one.overlay).histories
        except UnusableOverlay as fault:
            raise RulebookFault(f"{place}: {one.id}: {fault}") from None
        for name, others in known.items():
            if histories == others:
                raise RulebookFault(f"{place}: {one.id}: is the same as {name}")
        known[one.id] = histories
