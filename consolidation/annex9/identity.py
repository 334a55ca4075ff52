"""Identify an insurer's workbook: company, kind and period.

Taken in this order from: what the caller supplies, the cover (目录), the lines over S01's table, the file's name. Places that
contradict each other are never weighed against each other: the finding names the option that decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from consolidation.annex9 import text
from consolidation.annex9.filled_sheet import FilledSheet
from consolidation.annex9.form import form, labelled
from consolidation.annex9.log import ImportLog
from consolidation.cell_text import typed_dates
from consolidation.cell_text.typed_numbers import closed_up, plain
from consolidation.filing_set.entities.known_entities import KnownEntity
from consolidation.findings import error, warning
from consolidation.workbook.cells import CellKind, WorkbookCell


@dataclass(frozen=True)
class SuppliedIdentity:
    """Identity that the caller supplies; None where the workbook is to state it."""

    entity: str | None
    kind: str | None
    period: date | None
    unit: str | None
    known: Mapping[str, KnownEntity]


@dataclass(frozen=True)
class StatedIdentity:
    """Identity that the workbook states: on its cover, over S01's table, in the file's name, in this order.

    ``others``: the other rows of the sheets that are read, which may name another company.
    """

    cover: list[list[WorkbookCell]]
    head: list[list[WorkbookCell]]
    stem: str
    others: list[list[WorkbookCell]] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        """The texts of cover and head, in order of rows."""
        return [
            cell.text
            for rows in (self.cover, self.head)
            for row in rows
            for cell in row
            if cell.kind is CellKind.TEXT
        ] + [self.stem]

    def company(self) -> str | None:
        """Find the company's name on the cover or in the head; None where neither states it."""
        for rows in (self.cover, self.head):
            for _, named in labelled(rows, form().company_labels):
                return text.company_name(named)
        return None

    def companies(self) -> list[str]:
        """Every company that the sheets name, without those that are part of another's name."""
        rows = (self.cover, self.head, self.others)
        named = {
            text.company_name(n): None for part in rows for _, n in labelled(part, form().company_labels)
        }
        closed = {closed_up(name): name for name in reversed(named) if closed_up(name)}
        return [
            name
            for key, name in reversed(closed.items())
            if not any(key != other and key in other for other in closed)
        ]

    def company_in_file_name(self) -> str | None:
        """Find the company's name in the file's name, without the words that every file name has."""
        return text.company_in_file_name(self.stem, form().file_name_words)

    def periods(self) -> Iterator[tuple[str, date | None]]:
        """Every place that may say the period, the most telling first: what it says, and the day if it is one."""
        for rows in (self.cover, self.head):
            for cell, named in labelled(rows, form().period_labels):
                yield named, cell.day or typed_dates.day(named)
        for rows in (self.cover, self.head):
            for cell in (cell for row in rows for cell in row):
                day = cell.day or (
                    None if text.dates_something_else(cell.text) else typed_dates.day(cell.text)
                )
                if day and text.is_quarter_end(day):
                    yield plain(cell.text), day
        if day := typed_dates.day(self.stem):
            yield self.stem, day


def stated_identity(
    path: Path, cover: list[list[WorkbookCell]], first: FilledSheet, others: Iterable[FilledSheet] = ()
) -> StatedIdentity:
    """Collect where a workbook may state its identity: cover, the rows above the first headings, file name.

    :param others: further sheets that are read, of which no row may name another company.
    """
    heading_row = first.headings[0].row
    rows = first.sheet.rows()
    head = [row for row in rows if row[0].row < heading_row]
    rest = rows[len(head) :]
    for sheet in others:
        further = sheet.sheet.rows()
        over = [row for row in further if row[0].row < sheet.headings[0].row]
        head, rest = [*head, *over], [*rest, *further[len(over) :]]
    return StatedIdentity(cover, head, path.stem, rest)


def report_day(
    path: Path, cover: list[list[WorkbookCell]], heads: list[list[WorkbookCell]], supplied: SuppliedIdentity
) -> date | None:
    """The quarter's end that the workbook is of, as supplied, else as its cover, lines over its tables and name agree on.

    :param heads: the rows over the tables of all sheets.
    """
    if supplied.period is not None:
        return supplied.period
    stated = StatedIdentity(cover, heads, path.stem).periods()
    days = {day for _, day in stated if day and text.is_quarter_end(day)}
    return days.pop() if len(days) == 1 else None


def entity_of(
    identity: StatedIdentity, log: ImportLog, supplied: SuppliedIdentity
) -> tuple[str | None, KnownEntity | None]:
    """The entity id and what the set knows of it; asked for by name where nothing says it."""
    if supplied.entity:
        return supplied.entity, supplied.known.get(supplied.entity)
    named = identity.companies()
    if len({_known_as(name, supplied) for name in named}) > 1:
        both = ", ".join(named)
        log.report(
            error("annex9-entity-twice", file=log.file, column="entity_id", value=both, expected="--entity")
        )
        return None, None
    company, in_name = identity.company(), identity.company_in_file_name()
    width_aside = {closed_up(name): entity for name, entity in supplied.known.items()}
    of_both = {
        width_aside[key].entity_id for n in (company, in_name) if n and (key := closed_up(n)) in width_aside
    }
    if len(of_both) > 1:
        both = f"{company}, {in_name}"
        log.report(
            error("annex9-entity-twice", file=log.file, column="entity_id", value=both, expected="--entity")
        )
        return None, None
    for name in (company, in_name if company is None or (in_name or "") in company else None):
        if name and (known := supplied.known.get(name) or width_aside.get(closed_up(name))):
            return known.entity_id, known
    name = company or in_name
    if name is None:
        log.report(error("annex9-entity-missing", file=log.file, column="entity_id", expected="--entity"))
    elif supplied.known:
        log.report(
            warning("annex9-entity-new", file=log.file, column="entity_id", value=name, expected="--entity")
        )
    return name, None


def _known_as(name: str, supplied: SuppliedIdentity) -> str:
    known = supplied.known.get(name)
    return known.entity_id if known else name


def kind_of(known: KnownEntity | None, log: ImportLog, supplied: SuppliedIdentity) -> str | None:
    """Choose the kind of insurer: as supplied, else as known; an unknown or contradicting one is reported."""
    kinds = ", ".join(form().kinds)
    if supplied.kind and supplied.kind not in form().kinds:
        log.report(
            error("annex9-kind-unknown", file=log.file, column="kind", value=supplied.kind, expected=kinds)
        )
    kind = supplied.kind or (known.kind if known else None)
    if kind not in form().kinds and not supplied.kind:
        log.report(
            error(
                "annex9-kind-missing",
                file=log.file,
                column="kind",
                value=kind or "",
                expected=f"--kind ({kinds})",
            )
        )
    return kind


def period_of(identity: StatedIdentity, log: ImportLog, supplied: SuppliedIdentity) -> date | None:
    """Last day of the quarter: as supplied, else as all places state it that state one."""
    stated = list(identity.periods())
    days = {day: words for words, day in reversed(stated) if day and text.is_quarter_end(day)}
    if supplied.period:
        if not text.is_quarter_end(supplied.period):
            log.report(
                error(
                    "annex9-period-not-quarter-end",
                    file=log.file,
                    column="period_end",
                    value=supplied.period.isoformat(),
                    expected="--period",
                )
            )
        elif days and supplied.period not in days:
            other = ", ".join(f"{words}" for words in days.values())
            log.report(
                warning(
                    "annex9-period-differs",
                    file=log.file,
                    column="period_end",
                    value=other,
                    expected=supplied.period.isoformat(),
                )
            )
        return supplied.period
    if len(days) == 1:
        return next(iter(days))
    if days:
        log.report(
            error(
                "annex9-period-twice",
                file=log.file,
                column="period_end",
                value=", ".join(days.values()),
                expected="--period",
            )
        )
    elif stated:
        log.report(
            error(
                "annex9-period-not-quarter-end",
                file=log.file,
                column="period_end",
                value=stated[0][0],
                expected="--period",
            )
        )
    else:
        log.report(error("annex9-period-missing", file=log.file, column="period_end", expected="--period"))
    return None
