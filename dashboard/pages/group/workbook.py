"""The Annex 10 workbook of a statement, made from the store: in Chinese the same bytes as the run wrote.

The store gives the statement back as the engine had it; the writer that the run used writes it. Nothing is computed here. In
English the companies have their English names, which a run's own workbook has not.
"""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import TypeVar, cast

import dataframely as dy

from consolidation.annex10 import Limits, workbook_name, write_workbook
from consolidation.findings import read_back
from consolidation.rulebook import Rulebook
from consolidation.words import LANGUAGES
from dashboard.actions import downloads
from dashboard.actions.downloads import File
from dashboard.components.view import View
from dashboard.queries import groups
from dashboard.queries.groups import StatementRecord
from dashboard.queries.session import UserSession, names

Schema = TypeVar("Schema", bound=dy.Schema)


def annex10(view: View, record: StatementRecord) -> File:
    """The workbook of a statement as a file to download, in the view's language."""

    def make(session: UserSession) -> bytes:
        return workbook(session, record.group_id, record.period_end, view.language)

    return File(workbook_name(record.group_id, record.period_end), downloads.EXCEL, make)


def workbook(session: UserSession, group_id: str, period_end: date, language: str) -> bytes:
    """The bytes of the workbook.

    :raises NotVisible: if there is no such statement, or it is not the person's.
    """
    record = groups.statement(session, group_id, period_end)
    before = date(period_end.year - 1, 12, 31)
    has_opening = before in groups.periods(session, group_id)
    law = Rulebook.load().on(period_end)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "annex10.xlsx"
        write_workbook(
            path,
            record.statement,
            groups.statement(session, group_id, before).statement if has_opening else None,
            limits=Limits.in_force(law),
            language=language,
            contributions=_rows(record.contributions),
            eliminations=_rows(record.eliminations),
            findings=[
                read_back(f) for f in record.findings.iter_rows(named=True) if f["group_id"] == group_id
            ],
            names=None if language == LANGUAGES[0] else names(session, language),
        )
        return path.read_bytes()


def _rows(frame: dy.DataFrame[Schema]) -> dy.DataFrame[Schema] | None:
    """The frame as a run hands it to the writer; None where it has no row."""
    return None if frame.is_empty() else cast("dy.DataFrame[Schema]", frame.drop("run_id", "recorded_at"))
