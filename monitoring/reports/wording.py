"""The words of a report in its language: sentences with figures in them, names, lines, articles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from string import Formatter

from consolidation.words import label, say, table
from monitoring.formatting import listed, sector_in_words, source_in_words
from monitoring.reports.content import Figure, Paragraph, ReportColumn, Span, TextPlace, Tone
from monitoring.reports.figures import amount, change


@dataclass(frozen=True, slots=True)
class Wording:
    """``names``: id → name of companies, groups and counterparties in the language; an id without one is shown itself."""

    language: str
    names: Mapping[str, str]

    def say(self, key: str, **places: object) -> str:
        """The text ``reports.<key>`` with its places filled."""
        return say(f"reports.{key}", self.language, **places)

    def sentence(self, key: str, tone: Tone = Tone.BODY, **places: Span | int | date | None) -> Paragraph:
        """The sentence ``reports.<key>`` as a paragraph in which figures stay figures."""
        template = table()[f"reports.{key}"][self.language]
        spans: list[Span] = []
        for literal, place, _, _ in Formatter().parse(template):
            if literal:
                spans.append(literal)
            if place is not None:
                value = places[place]
                spans.append(value if isinstance(value, Figure) else str(value))
        return Paragraph(tuple(spans), tone)

    def note(self, key: str, **places: Span | int | date | None) -> Paragraph:
        """The sentence ``reports.<key>`` as a note."""
        return self.sentence(key, Tone.NOTE, **places)

    def warning(self, key: str, **places: Span | int | date | None) -> Paragraph:
        """The sentence ``reports.<key>`` about what is missing or wrong."""
        return self.sentence(key, Tone.WARNING, **places)

    def amount(self, source: str, value: Decimal | None) -> Figure | str:
        """An amount given in 万元, in the unit of the report's language."""
        return amount(source, value, self.language)

    def change(self, source: str, value: Decimal | None) -> Figure | str:
        """The change of such an amount."""
        return change(source, value, self.language)

    def place(self, id: str) -> TextPlace:
        """A place for a person's text, with what the law wants there."""
        return TextPlace(id, self.say(f"place.{id}"))

    def columns(
        self, *keys: str, figures: Iterable[str] = (), wide: Iterable[str] = ()
    ) -> tuple[ReportColumn, ...]:
        """Columns with the headings ``reports.column.<key>``; those in ``figures`` hold figures, ``wide`` get more room."""
        numeric, more = set(figures), set(wide)
        return tuple(
            ReportColumn(self.say(f"column.{key}"), key in numeric, 2.2 if key in more else 1) for key in keys
        )

    def name(self, id: str | None) -> str:
        """The name of a company or group."""
        return self.names.get(id or "", id or "")

    def label(self, key: str) -> str:
        """A code in words, as it stands where there are none."""
        return label(key, self.language)

    def line(self, name: str) -> str:
        """A line of a statement, or what stands for one in a bridge or waterfall."""
        for key in (f"line.{name}", f"waterfall.{name}", f"step.elimination.{name}"):
            if key in table():
                return label(key, self.language)
        return name

    def article(self, source: str | None) -> str:
        """An article by the names of the law."""
        return source_in_words(source, self.language)

    def listed(self, parts: Iterable[str]) -> str:
        """The parts as an enumeration."""
        return listed(parts, self.language)

    def party(self, test: str, party: str, known_as: str | None) -> str:
        """Whom a measure of concentration is about."""
        if test == "sector":
            return sector_in_words(party, self.language)
        return self.names.get(party) or known_as or party
