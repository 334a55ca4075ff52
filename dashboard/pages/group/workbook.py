"""The Annex 10 workbook of a statement, made from the store: the same bytes as the run wrote.

The store keeps every line with its explanation; the statement is put together from them again and handed to the writer
that the run used. Nothing is computed here.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from consolidation.actual_capital.consolidation_method import FORMULAS, STEP, TIER_LINES
from consolidation.annex10 import Limits, workbook_name, write_workbook
from consolidation.explanation import Line, Status
from consolidation.findings import Finding, Severity
from consolidation.money import ZERO
from consolidation.rulebook import Rulebook
from consolidation.statement import Statement
from dashboard.actions import downloads
from dashboard.actions.downloads import File
from dashboard.components.view import View
from dashboard.pages.group.statement_table import ITEMS, item_amount
from dashboard.queries import groups
from dashboard.queries.groups import StatementRecord
from dashboard.queries.session import UserSession

_TOTAL = max(FORMULAS)


@dataclass(frozen=True, slots=True)
class StoredFinding(Finding):
    """A finding as the run recorded it, with the sentences that it had then."""

    zh: str = ""
    en: str = ""

    def message(self, language: str = "en") -> str:
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
            statement(record),
            statement(groups.statement(session, group_id, before)) if has_opening else None,
            limits=Limits.in_force(law),
            language=language,
            contributions=_rows(record.contributions),
            eliminations=_rows(record.eliminations),
            findings=[
                _finding(f) for f in record.findings.iter_rows(named=True) if f["group_id"] == group_id
            ],
        )
        return path.read_bytes()


def _rows(frame: pl.DataFrame) -> pl.DataFrame | None:
    """The frame as a run hands it to the writer; None where it has no row."""
    return None if frame.is_empty() else frame.drop("run_id", "recorded_at")


def statement(record: StatementRecord) -> Statement:
    """The statement as the engine had it, but for the inputs of its lines."""
    lines = {
        row["line"]: Line(
            row["line"],
            row["amount"],
            Status(row["status"]),
            record.explanation.get(row["line"], {}).get("formula", ""),
            row["article"] or "",
            row["unit"] or "",
        )
        for row in record.lines.iter_rows(named=True)
    }
    consolidated = record.group_type == "insurance_holding"
    return Statement(
        record.group_id,
        record.name,
        record.group_type,
        record.period_end,
        lines,
        _capital_lines(record) if consolidated else {},
        {} if consolidated else {name: item_amount(record, name) for name in ITEMS},
    )


def _capital_lines(record: StatementRecord) -> dict[int, Decimal]:
    """The numbered lines of the actual-capital sheet, where the tiers were computed from one; a line not given is nought.

    The parts stand as steps in the trees of the tiers, the tiers and their sum are lines of the statement.
    """
    trees = record.explanation
    if not trees.get("core_tier1_capital", {}).get("formula", "").startswith("(1)"):
        return {}
    numbers = {n for line, sides in FORMULAS.items() for n in (line, *(n for side in sides for n in side))}
    found = dict.fromkeys(sorted(numbers), ZERO)
    for tree in trees.values():
        found |= dict(_steps(tree))
    totals = {line: record.line(tier)["amount"] for tier, line in TIER_LINES.items()}
    totals[_TOTAL] = record.line("actual_capital")["amount"]
    return found | {line: amount for line, amount in totals.items() if amount is not None}


def _steps(node: Mapping[str, Any]) -> Iterator[tuple[int, Decimal]]:
    if str(node.get("step", "")).startswith(STEP) and node["amount"] is not None:
        yield int(node["step"].removeprefix(STEP)), Decimal(node["amount"])
    for inner in node.get("inputs", ()):
        yield from _steps(inner)


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
