"""A workbook of an annex as an upload: read into a filing set of its rows, with each figure's cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from consolidation.annex9 import ToldIdentity
from consolidation.annex_workbooks import ReadFigure, read_annexes
from consolidation.filing_set import FilingSet, UnusableSet, read_filing_set
from consolidation.filing_set.entities.known_entities import (
    KnownEntity,
    KnownFilings,
    StoredFiling,
    by_name_and_id,
)
from consolidation.filing_set.merging import merge_tables_into_set
from consolidation.findings import Finding, Severity
from consolidation.sentence import Sentence
from dashboard.queries import groups
from dashboard.queries.company import companies
from dashboard.queries.session import NotVisible, UserSession


class WorkbookRefused(UnusableSet):
    """The workbook gives no row; its findings say why, and which answer it needs."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        gravest = next((f for f in findings if f.severity is Severity.ERROR), findings[-1])
        super().__init__(Sentence((gravest,)))
        self.findings = findings


@contextmanager
def imported(
    session: UserSession, workbook: Path, told: ToldIdentity
) -> Iterator[tuple[FilingSet, tuple[ReadFigure, ...]]]:
    """The filing set that the workbook's rows make, for as long as the block lasts.

    :param told: what the person says that the workbook does not.
    :raises WorkbookRefused: if its first form gives no row.
    """
    findings: tuple[Finding, ...] = ()
    figures: tuple[ReadFigure, ...] = ()
    with TemporaryDirectory(prefix="rule19-import-") as made:
        for reading in read_annexes(workbook, told, _known(session)):
            findings = (*findings, *reading.findings)
            if not (reading.rows or figures):
                raise WorkbookRefused(findings)
            merge_tables_into_set(reading.rows, made)
            figures = (*figures, *(reading.figures if reading.rows else ()))
        found = read_filing_set(made)
        yield replace(found, findings=(*findings, *found.findings)), figures


def _known(session: UserSession) -> KnownFilings:
    """The companies and groups that the person may see, by id and by name where only one has it, and what was filed."""
    frame = companies.companies(session)
    by_id = {i: KnownEntity(i, kind) for i, kind in frame.select("entity_id", "kind").iter_rows()}
    alone = frame.drop_nulls("name").unique("name", keep="none").select("name", "entity_id")
    return KnownFilings(
        {name: by_id[i] for name, i in alone.iter_rows()} | by_id,
        lambda entity: _filed(session, entity),
        by_name_and_id(groups.groups(session).select("name", "group_id").iter_rows()),
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
