"""What an insurer's workbook says of itself: company, period, unit; and what its reader must be told instead.

Looked at in this order: what the caller says, the cover (目录), the lines over S01's table, the file's name. Places that
contradict each other are never weighed against each other: the finding names the option that decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from consolidation.annex9 import text
from consolidation.annex9.form import FilledSheet, form, labelled
from consolidation.filing_set.known_entities import KnownEntity
from consolidation.findings import Finding, Severity, error, warning
from consolidation.workbook.cells import Kind, WorkbookCell


@dataclass
class Reading:
    """One workbook being read: what was found so far."""

    file: str
    findings: list[Finding] = field(default_factory=list)

    def say(self, finding: Finding) -> None:
        self.findings.append(finding)

    @property
    def failed(self) -> bool:
        return any(finding.severity is Severity.ERROR for finding in self.findings)


@dataclass(frozen=True)
class Told:
    """What the caller says about the workbook."""

    entity: str | None
    kind: str | None
    period: date | None
    unit: str | None
    known: Mapping[str, KnownEntity]


@dataclass(frozen=True)
class Said:
    """What the cover, the head of S01 and the file's name say, in this order."""

    cover: list[list[WorkbookCell]]
    head: list[list[WorkbookCell]]
    stem: str

    @property
    def texts(self) -> list[str]:
        return [
            cell.text
            for rows in (self.cover, self.head)
            for row in rows
            for cell in row
            if cell.kind is Kind.TEXT
        ] + [self.stem]

    def company(self) -> str | None:
        for rows in (self.cover, self.head):
            for _, named in labelled(rows, form().company_labels):
                return text.company_name(named)
        return None

    def company_in_file_name(self) -> str | None:
        return text.company_in_file_name(self.stem, form().file_name_words)

    def periods(self) -> Iterator[tuple[str, date | None]]:
        """Every place that may say the period, the most telling first: what it says, and the day if it is one."""
        for rows in (self.cover, self.head):
            for cell, named in labelled(rows, form().period_labels):
                yield named, cell.day or text.day(named)
        for rows in (self.cover, self.head):
            for cell in (cell for row in rows for cell in row):
                day = cell.day or (None if text.dates_something_else(cell.text) else text.day(cell.text))
                if day and text.is_quarter_end(day):
                    yield text.plain(cell.text), day
        if day := text.day(self.stem):
            yield self.stem, day


def what_is_said(path: Path, cover: list[list[WorkbookCell]], first: FilledSheet) -> Said:
    heading_row = first.headings[0].row
    return Said(cover, [row for row in first.sheet.rows() if row[0].row < heading_row], path.stem)


def entity_of(said: Said, reading: Reading, told: Told) -> tuple[str | None, KnownEntity | None]:
    """The entity id and what the set knows of it; asked for by name where nothing says it."""
    if told.entity:
        return told.entity, told.known.get(told.entity)
    company, in_name = said.company(), said.company_in_file_name()
    width_aside = {text.closed_up(name): entity for name, entity in told.known.items()}
    for name in (company, in_name if company is None or (in_name or "") in company else None):
        if name and (known := told.known.get(name) or width_aside.get(text.closed_up(name))):
            return known.entity_id, known
    name = company or in_name
    if name is None:
        reading.say(
            error("annex9-entity-missing", file=reading.file, column="entity_id", expected="--entity")
        )
    elif told.known:
        reading.say(
            warning(
                "annex9-entity-new", file=reading.file, column="entity_id", value=name, expected="--entity"
            )
        )
    return name, None


def kind_of(known: KnownEntity | None, reading: Reading, told: Told) -> str | None:
    kinds = ", ".join(form().kinds)
    if told.kind and told.kind not in form().kinds:
        reading.say(
            error("annex9-kind-unknown", file=reading.file, column="kind", value=told.kind, expected=kinds)
        )
    kind = told.kind or (known.kind if known else None)
    if kind not in form().kinds and not told.kind:
        reading.say(
            error(
                "annex9-kind-missing",
                file=reading.file,
                column="kind",
                value=kind or "",
                expected=f"--kind ({kinds})",
            )
        )
    return kind


def period_of(said: Said, reading: Reading, told: Told) -> date | None:
    """The last day of the quarter: as told, else as all places say that say one."""
    stated = list(said.periods())
    days = {day: words for words, day in reversed(stated) if day and text.is_quarter_end(day)}
    if told.period:
        if not text.is_quarter_end(told.period):
            reading.say(
                error(
                    "annex9-period-not-quarter-end",
                    file=reading.file,
                    column="period_end",
                    value=told.period.isoformat(),
                    expected="--period",
                )
            )
        elif days and told.period not in days:
            other = ", ".join(f"{words}" for words in days.values())
            reading.say(
                warning(
                    "annex9-period-differs",
                    file=reading.file,
                    column="period_end",
                    value=other,
                    expected=told.period.isoformat(),
                )
            )
        return told.period
    if len(days) == 1:
        return next(iter(days))
    if days:
        reading.say(
            error(
                "annex9-period-twice",
                file=reading.file,
                column="period_end",
                value=", ".join(days.values()),
                expected="--period",
            )
        )
    elif stated:
        reading.say(
            error(
                "annex9-period-not-quarter-end",
                file=reading.file,
                column="period_end",
                value=stated[0][0],
                expected="--period",
            )
        )
    else:
        reading.say(
            error("annex9-period-missing", file=reading.file, column="period_end", expected="--period")
        )
    return None


def unit_of(filled: FilledSheet, said: Said, reading: Reading, told: Told) -> Decimal | None:
    """How many 万元 the sheet's unit is; None, and a finding, where that is not certain."""
    units = form().units
    names = ", ".join(units)
    place = {"file": reading.file, "table": filled.name}
    declared = set(_declared(filled.head)) | {
        unit for cell in filled.headings if (unit := text.heading_unit(cell.text))
    }
    declared = declared or set(_declared([cell for row in said.cover for cell in row]))
    if told.unit and told.unit not in units:
        reading.say(error("annex9-unit-unknown", **place, value=told.unit, expected=names))
    elif unknown := sorted(declared - set(units)):
        reading.say(error("annex9-unit-unknown", **place, value=", ".join(unknown), expected=names))
    elif len(declared) > 1:
        reading.say(error("annex9-unit-twice", **place, value=", ".join(sorted(declared)), expected="1"))
    elif told.unit and declared and told.unit not in declared:
        reading.say(error("annex9-unit-differs", **place, value=", ".join(declared), expected=told.unit))
    elif told.unit or declared:
        return units[told.unit or declared.pop()]
    else:
        unsaid = error if filled.code in form().required else warning
        reading.say(unsaid("annex9-unit-missing", **place, expected=f"--unit ({names})"))
    return None


def _declared(cells: list[WorkbookCell]) -> Iterator[str]:
    for index, cell in enumerate(cells):
        if cell.kind is not Kind.TEXT:
            continue
        unit = text.declared_unit(cell.text, form().units)
        if unit == "" and index + 1 < len(cells) and cells[index + 1].row == cell.row:
            unit = text.declared_unit(f"单位：{cells[index + 1].text}", form().units)
        if unit:
            yield unit
