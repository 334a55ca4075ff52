"""An insurer's own workbook (Annex 9, Annex 11) as an upload: read into a filing set of its rows, with each figure's cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from consolidation.annex9 import ToldIdentity, is_form, merge_into_set, read_form
from consolidation.annex9.form_figures import FormFigure
from consolidation.annex11 import is_stress_form, read_stress_form
from consolidation.filing_set import FilingSet, UnusableSet, read_filing_set
from consolidation.filing_set.entities.known_entities import KnownEntity, KnownFilings, StoredFiling
from consolidation.filing_set.merging import STRESS_RESULTS
from consolidation.findings import Finding, Severity
from consolidation.money import plain
from dashboard.queries.company import companies
from dashboard.queries.session import NotVisible, UserSession


@dataclass(frozen=True, slots=True)
class ImportedFigure:
    """A figure as it was read (empty where there is none), its sheet and cell, and why there is none.

    ``column`` is that of ``solo_filings``; of ``stress_results`` it is *scenario horizon column*.
    ``absence`` is nil, not-applicable or not-given, empty for a figure; it is kept with the run.
    """

    column: str
    value: str
    place: str
    absence: str = ""


class WorkbookRefused(UnusableSet):
    """The workbook gives no row; its findings say why, and which answer it needs."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        gravest = next((f for f in findings if f.severity is Severity.ERROR), findings[-1])
        super().__init__(gravest.message)
        self.findings = findings


@contextmanager
def imported(
    session: UserSession, workbook: Path, told: ToldIdentity
) -> Iterator[tuple[FilingSet, tuple[ImportedFigure, ...]]]:
    """The filing set that the workbook's row makes, for as long as the block lasts.

    :param told: what the person says that the workbook does not.
    :raises WorkbookRefused: if it gives no row.
    """
    findings: tuple[Finding, ...] = ()
    figures: list[ImportedFigure] = []
    with TemporaryDirectory(prefix="rule19-import-") as made:
        if is_form(workbook):
            reading = read_form(workbook, told, _known(session))
            if reading.rows.is_empty():
                raise WorkbookRefused(reading.findings)
            merge_into_set(reading.rows, made)
            findings = reading.findings
            figures += [_figure(column, figure) for column, figure in reading.cells.items()]
            first = reading.rows.row(0, named=True)
            told = replace(told, entity=first["entity_id"], period=first["period_end"])
        stress = read_stress_form(workbook, told, _known(session))
        findings = (*findings, *stress.findings)
        if stress.rows.height:
            merge_into_set(stress.rows, made, STRESS_RESULTS)
            figures += [_figure(f"{s} {day} {name}", one) for (s, day, name), one in stress.cells.items()]
        elif not figures:
            raise WorkbookRefused(findings)
        found = read_filing_set(made)
        yield replace(found, findings=(*findings, *found.findings)), tuple(figures)


def is_insurers_own(workbook: Path) -> bool:
    """Whether a workbook is an insurer's own: Annex 9, or a stress test of Annex 11."""
    return is_form(workbook) or is_stress_form(workbook)


def _figure(column: str, figure: FormFigure) -> ImportedFigure:
    return ImportedFigure(
        column,
        "" if figure.value is None else plain(figure.value),
        figure.place,
        figure.absence.value if figure.absence else "",
    )


def _known(session: UserSession) -> KnownFilings:
    """The companies that the person may see, by id and by name where only one has it, and what they filed."""
    frame = companies.companies(session)
    by_id = {i: KnownEntity(i, kind) for i, kind in frame.select("entity_id", "kind").iter_rows()}
    alone = frame.drop_nulls("name").unique("name", keep="none").select("name", "entity_id")
    return KnownFilings(
        {name: by_id[i] for name, i in alone.iter_rows()} | by_id, lambda entity: _filed(session, entity)
    )


def _filed(session: UserSession, entity: str) -> tuple[StoredFiling, ...]:
    try:
        frame = companies.company(session, entity).filings
    except NotVisible:
        return ()
    decimals = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Decimal)]
    return tuple(
        StoredFiling(row["period_end"], row["basis"], _given(row, decimals))
        for row in frame.iter_rows(named=True)
    )


def _given(row: Mapping[str, Decimal | None], names: list[str]) -> dict[str, Decimal]:
    return {name: number for name in names if (number := row[name]) is not None}
