"""The Annex 10 workbook of a statement, made from the store: the same bytes as the run wrote.

The store gives the statement back as the engine had it; the writer that the run used writes it. Nothing is computed here.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar, cast

import dataframely as dy

from consolidation.annex10 import Limits, workbook_name, write_workbook
from consolidation.findings import Finding, Severity
from consolidation.rulebook import Rulebook
from dashboard.actions import downloads
from dashboard.actions.downloads import File
from dashboard.components.view import View
from dashboard.queries import groups
from dashboard.queries.groups import StatementRecord
from dashboard.queries.session import UserSession

Schema = TypeVar("Schema", bound=dy.Schema)


@dataclass(frozen=True, slots=True)
class StoredFinding(Finding):
    """A finding as the run recorded it, with the sentences that it had then."""

    zh: str = ""
    en: str = ""

    def message(self, language: str = "en") -> str:
        """Say in the language why there is no workbook."""
        return self.zh if language == "zh" else self.en


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
                _finding(f) for f in record.findings.iter_rows(named=True) if f["group_id"] == group_id
            ],
        )
        return path.read_bytes()


def _rows(frame: dy.DataFrame[Schema]) -> dy.DataFrame[Schema] | None:
    """The frame as a run hands it to the writer; None where it has no row."""
    return None if frame.is_empty() else cast("dy.DataFrame[Schema]", frame.drop("run_id", "recorded_at"))


def _finding(row: Mapping[str, Any]) -> StoredFinding:
    return StoredFinding(
        row["code"],
        Severity(row["severity"]),
        table=row["table"] or "",
        file=row["file"] or "",
        row=row["row"],
        column=row["column"] or "",
        value=row["value"] or "",
        expected=row["expected"] or "",
        group_id=row["group_id"] or "",
        entity_id=row["entity_id"] or "",
        period_end=row["period_end"],
        article=row["article"] or "",
        zh=row["message_zh"],
        en=row["message"],
    )
