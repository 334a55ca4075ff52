"""What a later run has changed: figures of parts that were checked or approved, and numbers that a person's text quotes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from consolidation.money import plain
from monitoring.reports.content import Figure

Kept = Mapping[str, tuple[str, str]]
"""Source of a figure → its exact value and how it was shown."""

_NUMBER = re.compile(r"[+\-−]?\d[\d,，]*(?:\.\d+)?%?")
_LEAST_DIGITS = 3
"""A number of fewer digits (a count, "100%" has three) is quoted by chance too often to say anything."""


@dataclass(frozen=True, slots=True)
class ChangedFigure:
    """A figure that is no longer what it was: as shown then and now; empty where it is not there now, or was not then."""

    source: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class StaleQuote:
    """A number in a person's text that the report showed when the text was written and shows no more."""

    part: str
    place: str
    number: str
    figures: tuple[ChangedFigure, ...]


def kept_text(figures: Iterable[Figure]) -> str:
    """Figures as they are kept (JSON)."""
    return json.dumps({f.source: (plain(f.value), f.text) for f in figures}, ensure_ascii=False)


def kept_of(text: str | None) -> Kept:
    """The figures of :func:`kept_text`."""
    return {source: (value, shown) for source, (value, shown) in json.loads(text or "{}").items()}


def changed(before: Kept, now: Mapping[str, Figure]) -> list[ChangedFigure]:
    """The figures whose exact value is not what it was, those that are gone and those that are new."""
    found = []
    for source in dict.fromkeys([*before, *now]):
        was, is_now = before.get(source), now.get(source)
        if was is None or is_now is None or Decimal(was[0]) != is_now.value:
            found.append(ChangedFigure(source, was[1] if was else "", is_now.text if is_now else ""))
    return found


def numbers_in(text: str) -> set[str]:
    """The numbers in a text that may quote a figure, without marks of thousands and sign."""
    found = map(_plain, _NUMBER.findall(text))
    return {number for number in found if len(re.sub(r"\D", "", number)) >= _LEAST_DIGITS}


def quoted(text: str, figures: Iterable[Figure]) -> list[Figure]:
    """The figures of a report whose number stands in a text, with or without marks of thousands and sign."""
    there = numbers_in(text)
    return [f for f in figures if _plain(f.text) in there]


def stale_quotes(
    part: str, place: str, text: str, before: Kept, now: Mapping[str, Figure]
) -> list[StaleQuote]:
    """The numbers in a text that no figure shows any more, with the figures that they were.

    :param before: what :func:`quoted` gave when the text was written.
    :param now: the report's figures.
    """
    shown = {_plain(f.text) for f in now.values()}
    found = []
    for number in dict.fromkeys(_plain(n) for n in _NUMBER.findall(text)):
        of_it = {s: v for s, v in before.items() if _plain(v[1]) == number}
        if of_it and number not in shown:
            meant = [ChangedFigure(s, was, now[s].text if s in now else "") for s, (_, was) in of_it.items()]
            found.append(StaleQuote(part, place, next(iter(of_it.values()))[1], tuple(meant)))
    return found


def _plain(number: str) -> str:
    return re.sub(r"[,，+]", "", number).replace("−", "-").lstrip("-")
