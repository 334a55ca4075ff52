"""Reports made for the command line, and what is said of them: files written, parts that somebody still has to write or check."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from consolidation.progress import Progress
from consolidation.rulebook import Rulebook
from consolidation.words import say
from jobs.cli.output.tables import print_texts
from jobs.usage import UsageError
from monitoring.calendar import today
from monitoring.reports.assembly import definition_for
from monitoring.reports.board import board
from monitoring.reports.catalogue import Kind
from monitoring.reports.content import PartState, Report
from monitoring.reports.documents import web, word
from monitoring.reports.documents.formats import FORMATS, PDF, WEB, WORD, file_name
from monitoring.reports.documents.office import pdf
from monitoring.reports.lifecycle.downloads import document_of
from monitoring.reports.lifecycle.register import ReportKey, stored_report
from monitoring.store import queries
from monitoring.store.store import Store


@dataclass(frozen=True, slots=True)
class Made:
    """A report that was made: where it was written, and whether the group has a statement for the period."""

    report: Report
    file: Path | None
    has_statement: bool


def make_one(
    store: Store,
    rulebook: Rulebook,
    kind: Kind,
    group_id: str,
    period_end: date,
    language: str,
    out: Path | None,
) -> Made:
    """Make one report, and write it where ``out`` says.

    :raises OSError: if the file cannot be written.
    """
    if out is not None and out.suffix.lower() not in FORMATS:
        raise UsageError.says("usage.ending", out=out, known=", ".join(FORMATS))
    key, now = ReportKey(kind, group_id, period_end), today()
    if out is None:
        found = stored_report(store, rulebook, key, language, today=now)
    else:
        data, found = document_of(store, rulebook, key, language, out.suffix.lower(), today=now)
        _write(out, data)
    stated = queries.statements(store, groups=[group_id], periods=[period_end])
    return Made(found.report, out, stated.height > 0)


def make_all(
    store: Store,
    rulebook: Rulebook,
    kind: Kind,
    period_end: date,
    language: str,
    folder: Path,
    progress: Progress,
) -> list[Made]:
    """Make the report of every group into a folder, as Word files; nothing is made where no such report is owed for the period.

    :raises OSError: if a file cannot be written.
    """
    definition_for(rulebook, kind, period_end)
    groups = queries.groups(store)["group_id"].to_list()
    if not groups:
        raise UsageError.says("usage.no-groups")
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    with progress.steps("reports", len(groups)) as done:
        for group_id in groups:
            name = file_name(kind, group_id, period_end, WORD, groups)
            made.append(make_one(store, rulebook, kind, group_id, period_end, language, folder / name))
            done()
    return made


def write_board(store: Store, groups: Sequence[str], language: str, out: Path) -> int:
    """Write the board's pages of these groups, or of all; gives how many there are.

    :raises OSError: if the file cannot be written.
    """
    ending = out.suffix.lower()
    if ending not in FORMATS:
        raise UsageError.says("usage.ending", out=out, known=", ".join(FORMATS))
    known = queries.groups(store)["group_id"].to_list()
    if unknown := [g for g in groups if g not in known]:
        raise UsageError.says("usage.unknown-groups", known=", ".join(unknown))
    made = board(store, Rulebook.load(), groups or known, language, today=today())
    if ending == WEB:
        _write(out, web.sheets(made))
    else:
        document = word.sheets(made)
        _write(out, pdf(document) if ending == PDF else document)
    return len(made.parts)


def _write(path: Path, data: bytes) -> None:
    """Put the file in place whole or not at all."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".report-", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def print_parts(report: Report, language: str) -> None:
    """The parts with their state, and what a person has to write in each."""
    rows = [
        (
            part.title,
            part.article,
            say(f"reports.state.{part.state}", language),
            say("reports.semicolon", language).join(p.prompt for p in part.texts() if not p.text.strip()),
        )
        for part in report.parts
    ]
    headings = [say(f"reports_listing.{key}", language) for key in ("part", "article", "state", "wanted")]
    print_texts(headings, rows, f"{report.name} {report.title} {report.about}")


def print_made(made: Sequence[Made], language: str) -> None:
    """One line a report: where it is, and how many of its parts are not checked yet."""
    for one in made:
        count = len([p for p in one.report.parts if p.state is not PartState.CHECKED])
        key = "written" if one.has_statement else "written-without-statement"
        print(say(f"reports_listing.{key}", language, file=one.file, parts=count, name=one.report.name))
