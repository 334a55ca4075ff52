"""A workbook of an annex, whichever it is: an insurer's own (Annex 9), its stress test (Annex 11, ST01), a group's own (Annex 10).

Every way in – command, page – recognises and reads them here, so that all say the same of one workbook.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from consolidation.annex9 import ToldIdentity, is_form, read_form
from consolidation.annex9.form_figures import FormFigure
from consolidation.annex10 import is_group_form, read_group_form
from consolidation.annex11 import is_stress_form, read_stress_form
from consolidation.filing_set.entities.known_entities import KnownFilings
from consolidation.filing_set.merging import SOLO_FILINGS, STRESS_RESULTS, SetTable
from consolidation.findings import Finding
from consolidation.money import plain


@dataclass(frozen=True, slots=True)
class ReadFigure:
    """A figure as it was read (empty where there is none), its sheet and cell, and why there is none.

    ``column`` is that of ``solo_filings``; of ``stress_results`` it is *scenario horizon column*; of a group's own tables a line of
    the statement or *group_capital line*. ``absence`` is nil, not-applicable or not-given, empty for a figure.
    """

    column: str
    value: str
    place: str
    absence: str = ""


@dataclass(frozen=True)
class AnnexReading:
    """What one form of a workbook gave: rows by table (none with an error), findings, and every figure with its cell.

    ``tables`` are those that it is for, also where it gave no row.
    """

    tables: tuple[str, ...]
    rows: Mapping[SetTable, pl.DataFrame]
    findings: tuple[Finding, ...]
    figures: tuple[ReadFigure, ...] = field(default=())


def is_annex(path: Path) -> bool:
    """Whether a workbook is one of an annex. Never raises for what is in the file."""
    return is_group_form(path) or is_form(path) or is_stress_form(path)


def read_annexes(path: Path, told: ToldIdentity, known: KnownFilings) -> Iterator[AnnexReading]:
    """Each form of a workbook; one that is of no annex is read as an insurer's own, whose findings say what it lacks.

    :param told: what the caller says of the workbook.
    :param known: the entities and groups that give ids, the filings that opening balances are compared with.
    """
    if is_group_form(path):
        yield _of_group(path, told, known)
        return
    has_stress = is_stress_form(path)
    if is_form(path) or not has_stress:
        reading = read_form(path, told, known)
        figures = tuple(_figure(column, figure) for column, figure in reading.cells.items())
        yield AnnexReading(
            (SOLO_FILINGS.name,), _filled(SOLO_FILINGS, reading.rows), reading.findings, figures
        )
        if reading.rows.height:  # who and when is settled, and has been said
            first = reading.rows.row(0, named=True)
            told = replace(told, entity=first["entity_id"], period=first["period_end"])
    if has_stress:
        stress = read_stress_form(path, told, known)
        cells = stress.cells if stress.rows.height else {}
        figures = tuple(_figure(f"{s} {day} {name}", figure) for (s, day, name), figure in cells.items())
        yield AnnexReading(
            (STRESS_RESULTS.name,), _filled(STRESS_RESULTS, stress.rows), stress.findings, figures
        )


def _of_group(path: Path, told: ToldIdentity, known: KnownFilings) -> AnnexReading:
    reading = read_group_form(path, told, known)
    figures = tuple(_figure(line, figure) for line, figure in reading.cells.items())
    return AnnexReading(tuple(table.name for table in reading.rows), reading.rows, reading.findings, figures)


def _filled(table: SetTable, rows: pl.DataFrame) -> dict[SetTable, pl.DataFrame]:
    return {table: rows} if rows.height else {}


def _figure(column: str, figure: FormFigure) -> ReadFigure:
    return ReadFigure(
        column,
        "" if figure.value is None else plain(figure.value),
        figure.place,
        figure.absence.value if figure.absence else "",
    )
