"""The kinds of reports that the rulebook knows, and what each consists of on a date (``reports.*``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from consolidation.rulebook import Rulebook


class Kind(StrEnum):
    """The kinds of reports."""

    ANNUAL = "annual"
    SEMIANNUAL = "semiannual"
    SUMMARY = "summary"
    STRESS = "stress"


@dataclass(frozen=True, slots=True)
class PartDefinition:
    """A part as the law wants it: its title in both languages, its article, and the name of what fills it."""

    id: str
    zh: str
    en: str
    article: str
    fills: str


@dataclass(frozen=True, slots=True)
class ReportDefinition:
    """A kind of report in force on a date; ``obligations``: month and day of the period's end → the obligation that it meets."""

    kind: Kind
    zh: str
    en: str
    article: str
    obligations: Mapping[str, str]
    parts: tuple[PartDefinition, ...]

    def obligation(self, period_end: date) -> str | None:
        """The obligation that the report meets; None where none is owed for a period that ends on this day."""
        return self.obligations.get(f"{period_end:%m-%d}")

    @property
    def period_ends(self) -> str:
        """The days on which its periods end, for a message."""
        return ", ".join(sorted(self.obligations))


def definition(rulebook: Rulebook, kind: Kind, period_end: date) -> ReportDefinition:
    """What a kind of report consists of for a period.

    :raises consolidation.rulebook.NotInForce: where there was none yet.
    """
    entry = rulebook.on(period_end).entry(f"reports.{kind}")
    value = entry.value
    parts = tuple(PartDefinition(**part) for part in value["parts"])
    return ReportDefinition(kind, entry.zh, entry.en, entry.article, value["obligations"], parts)


def kind_of(obligation: str, rulebook: Rulebook, period_end: date) -> Kind | None:
    """The kind of report that meets an obligation; None where none does."""
    for kind in Kind:
        if period_end < rulebook.history(f"reports.{kind}")[0].valid_from:
            continue
        met = rulebook.on(period_end).value(f"reports.{kind}")["obligations"]
        if met.get(f"{period_end:%m-%d}") == obligation:
            return kind
    return None
