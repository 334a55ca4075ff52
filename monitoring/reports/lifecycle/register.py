"""Reports in the store: what people wrote and checked in each, how far it is, and the documents that were approved."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import polars as pl
from sqlalchemy import Connection, select

from consolidation.rulebook import Rulebook
from monitoring.reports.assembly import make_part, make_report
from monitoring.reports.catalogue import Kind
from monitoring.reports.content import Report, ReportPart, TextPlace
from monitoring.reports.lifecycle.stale import ChangedFigure, StaleQuote, changed, kept_of, stale_quotes
from monitoring.reports.lifecycle.tables import ReportDocument, ReportEntry, ReportRecord
from monitoring.store import frames
from monitoring.store.layout.filed_tables import Base
from monitoring.store.store import Store

REPORT = Base.metadata.tables[str(ReportRecord.__tablename__)]
ENTRY = Base.metadata.tables[str(ReportEntry.__tablename__)]
DOCUMENT = Base.metadata.tables[str(ReportDocument.__tablename__)]


class LifeState(StrEnum):
    """How far a report is: a draft, approved by a second person, submitted; a summary is published, or suspended (A148)."""

    DRAFT = "draft"
    APPROVED = "approved"
    SUBMITTED = "submitted"
    PUBLISHED = "published"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class ReportKey:
    """Which report: its kind, group and period."""

    kind: Kind
    group_id: str
    period_end: date

    @property
    def reference(self) -> str:
        """The text by which the audit log and the record call it."""
        return f"report/{self.kind}/{self.group_id}/{self.period_end.isoformat()}"


def key_of(head: Mapping[str, Any]) -> ReportKey:
    """Which report a row is."""
    return ReportKey(Kind(head["kind"]), head["group_id"], head["period_end"])


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A report with what people did about it.

    ``head`` is its row, None while nobody has begun it; ``report`` as the store has it now; ``changes``: the figures of parts
    checked, or of all as approved, that are not what they were; ``quotes``: numbers in texts that nothing shows any more.
    """

    key: ReportKey
    head: Mapping[str, Any] | None
    report: Report
    changes: tuple[ChangedFigure, ...]
    quotes: tuple[StaleQuote, ...]

    @property
    def state(self) -> LifeState:
        """How far it is."""
        return LifeState(self.head["state"]) if self.head else LifeState.DRAFT

    @property
    def is_stale(self) -> bool:
        """Whether a later run has changed what was checked, approved or quoted."""
        return bool(self.changes or self.quotes)

    def to_do(self) -> tuple[str, ...]:
        """The titles of the parts that somebody still has to write or check."""
        return tuple(part.title for part in self.report.unfinished())


def stored_report(
    store: Store, rulebook: Rulebook, key: ReportKey, language: str, *, today: date
) -> StoredReport:
    """A report as it stands now, with what people wrote and checked.

    :raises monitoring.reports.sources.UnknownGroup: where the store does not know the group.
    :raises monitoring.reports.assembly.WrongPeriod: where no such report is owed for this period's end.
    """
    row, entries = _written(store, key)
    checks = {e["part"]: e for e in entries if e["place"] is None}
    report = make_report(
        store,
        rulebook,
        key.kind,
        key.group_id,
        key.period_end,
        language,
        today=today,
        texts=_texts(entries),
        checked={part: e["digest"] for part, e in checks.items()},
    )
    now = report.figures()
    if row is not None and row["state"] != LifeState.DRAFT:
        changes = changed(kept_of(row["figures"]), now)
    else:
        of_parts = {part.id: {f.source: f for f in part.figures()} for part in report.parts}
        changes = [c for p, e in checks.items() for c in changed(kept_of(e["figures"]), of_parts.get(p, {}))]
    quotes = [
        quote
        for e in entries
        if e["place"] is not None
        for quote in stale_quotes(e["part"], e["place"], e["text"], kept_of(e["figures"]), now)
    ]
    return StoredReport(key, row, report, tuple(changes), tuple(quotes))


def stored_part(
    store: Store, rulebook: Rulebook, key: ReportKey, part: str, *, today: date
) -> ReportPart | None:
    """One part of the report that is checked and approved, as it stands now; None where there is no such part.

    :raises: as :func:`stored_report`.
    """
    texts = _texts(_written(store, key)[1])
    return make_part(store, rulebook, key.kind, key.group_id, key.period_end, part, today=today, texts=texts)


def _written(store: Store, key: ReportKey) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """The row of a report, None where nobody has begun it, and what people last wrote and checked in it."""
    with store.reading() as connection:
        row = head_of(connection, key)
        entries = _entries(connection, row["id"]) if row else []
    return row, list({(e["part"], e["place"]): e for e in entries}.values())


def _texts(entries: Iterable[Mapping[str, Any]]) -> dict[str, TextPlace]:
    """Part and place → the text that a person wrote there."""
    return {
        f"{e['part']}/{e['place']}": TextPlace(e["place"], "", e["text"], e["who"], e["at"])
        for e in entries
        if e["place"] is not None
    }


def head_of(connection: Connection, key: ReportKey, *, held: bool = False) -> dict[str, Any] | None:
    """The row of a report; None where nobody has begun it.

    :param held: hold it for a change.
    """
    query = select(REPORT).where(
        REPORT.c.kind == key.kind.value,
        REPORT.c.group_id == key.group_id,
        REPORT.c.period_end == key.period_end,
    )
    found = connection.execute(query.with_for_update() if held else query).mappings().one_or_none()
    return dict(found) if found else None


def _entries(connection: Connection, report_id: int) -> list[dict[str, Any]]:
    """The entries of a report, oldest first."""
    query = select(ENTRY).where(ENTRY.c.report_id == report_id).order_by(ENTRY.c.id)
    return [dict(row) for row in connection.execute(query).mappings()]


def authors(connection: Connection, report_id: int) -> set[str]:
    """Who wrote or checked anything in a report."""
    return {entry["who"] for entry in _entries(connection, report_id)}


def begun(store: Store) -> pl.DataFrame:
    """All reports that somebody has begun: the columns of :class:`ReportRecord` without the figures."""
    columns = [c for c in REPORT.columns if c.name != "figures"]
    with store.reading() as connection:
        return frames.read(connection, select(*columns)).sort("period_end", "group_id", "kind")


def checked_parts(store: Store) -> dict[int, int]:
    """Report's number → of how many parts a check is the newest entry; whether it still holds only the report itself says."""
    columns = (ENTRY.c.id, ENTRY.c.report_id, ENTRY.c.part, ENTRY.c.place)
    with store.reading() as connection:
        entries = frames.read(connection, select(*columns)).sort("id")
    newest = entries.unique(["report_id", "part"], keep="last", maintain_order=True)
    checked = newest.filter(pl.col("place").is_null()).group_by("report_id").len()
    return {int(report): int(count) for report, count in checked.iter_rows()}


class DamagedDocument(RuntimeError):
    """An approved document in the store is not what was approved."""


def approved_document(store: Store, key: ReportKey, language: str, ending: str) -> bytes | None:
    """The document as it was last approved; None where none was.

    :raises DamagedDocument: where its bytes have not the hash that was kept.
    """
    with store.reading() as connection:
        row = head_of(connection, key)
        if row is None or row["state"] == LifeState.DRAFT:
            return None
        query = select(DOCUMENT.c.sha256, DOCUMENT.c.content).where(
            DOCUMENT.c.report_id == row["id"],
            DOCUMENT.c.version == row["version"],
            DOCUMENT.c.language == language,
            DOCUMENT.c.ending == ending,
        )
        found = connection.execute(query).one_or_none()
    if found is None:
        return None
    content = bytes(found.content)
    if hashlib.sha256(content).hexdigest() != found.sha256:
        raise DamagedDocument(f"{key.reference}: {ending} {language}")
    return content
