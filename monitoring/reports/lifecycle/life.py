"""The life of a report: written and checked part by part, approved by a second person, submitted or published (Rule 19 A133–A148).

What is approved is frozen: its figures, the hash over its parts, and its documents in both languages stay in the store as they were.
Every act is in the audit log and in the record's chain, in the transaction that does it; nothing written is overwritten.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, update

from consolidation.rulebook import Rulebook
from consolidation.words import LANGUAGES
from monitoring.access import audit
from monitoring.clock import database_time
from monitoring.obligations import register as obligations
from monitoring.obligations.register import NotPossible, UnknownObligation
from monitoring.reports.assembly import definition_for
from monitoring.reports.catalogue import Kind
from monitoring.reports.content import Figure, digest_of
from monitoring.reports.documents.formats import WEB, WORD, written
from monitoring.reports.documents.text import printable
from monitoring.reports.lifecycle.register import (
    DOCUMENT,
    ENTRY,
    REPORT,
    LifeState,
    ReportKey,
    authors,
    head_of,
    key_of,
    stored_part,
    stored_report,
)
from monitoring.reports.lifecycle.stale import kept_text, numbers_in, quoted
from monitoring.store.integrity.chain import note
from monitoring.store.store import Store

FROZEN = (WORD, WEB)
"""The forms in which an approved report is kept; a PDF is made of the Word file."""

LANGUAGE = "zh"
"""The language of the report that is checked and approved."""


class ReportDenied(Exception):
    """The act cannot be. ``code`` is a key ``reports.denied.<code>`` of the table of words."""

    def __init__(self, code: str, **places: object) -> None:
        super().__init__(code)
        self.code = code
        self.places = places


def write_text(
    store: Store,
    rulebook: Rulebook,
    key: ReportKey,
    part: str,
    place: str,
    text: str,
    who: str,
    *,
    today: date,
) -> None:
    """Write a person's text into its place; an earlier one stays in the store behind it.

    :raises ReportDenied: where the report has no such place, or is approved already.
    """
    text = printable(text).strip()
    own, shown = stored_part(store, rulebook, key, part, today=today), dict[str, Figure]()
    if own is None or place not in {t.id for t in own.texts()}:
        raise ReportDenied("no-place")
    if numbers_in(text):
        # What they quote may stand in any part; else the others, which take longer, need not be made.
        shown = stored_report(store, rulebook, key, LANGUAGE, today=today).report.figures()
    figures = kept_text(quoted(text, shown.values()))
    with _changing(store, key, who, "report.write", part=part, place=place) as (connection, head, now):
        _refuse_unless(head, LifeState.DRAFT)
        _add_entry(connection, head, now, who, part=part, place=place, text=text, figures=figures)


def check_part(store: Store, rulebook: Rulebook, key: ReportKey, part: str, who: str, *, today: date) -> None:
    """Write down that a person has checked a part as it is now.

    :raises ReportDenied: while a text is wanted in it, where there is no such part, or the report is approved already.
    """
    wanted = stored_part(store, rulebook, key, part, today=today)
    if wanted is None:
        raise ReportDenied("no-place")
    if any(not place.text.strip() for place in wanted.texts()):
        raise ReportDenied("part-empty", part=wanted.title)
    with _changing(store, key, who, "report.check", part=part) as (connection, head, now):
        _refuse_unless(head, LifeState.DRAFT)
        _add_entry(
            connection, head, now, who, part=part, digest=wanted.digest(), figures=kept_text(wanted.figures())
        )


def approve(store: Store, rulebook: Rulebook, key: ReportKey, who: str, *, today: date) -> None:
    """Freeze a report all of whose parts are checked: a second person's decision.

    :raises ReportDenied: while a part is not checked as it is now, a text quotes what is shown no more, or where the person has written
        or checked in it.
    """
    found = stored_report(store, rulebook, key, LANGUAGE, today=today)
    if found.to_do():
        raise ReportDenied("not-checked", parts=len(found.to_do()))
    if found.quotes:
        raise ReportDenied("quotes", number=found.quotes[0].number)
    reports = [found.report] + [
        stored_report(store, rulebook, key, other, today=today).report
        for other in LANGUAGES
        if other != LANGUAGE
    ]
    # made before the transaction, which nobody else can write beside on SQLite
    documents = [
        (r.language, ending, written(r, ending, is_draft=False)) for r in reports for ending in FROZEN
    ]
    digest = digest_of(found.report.parts)
    with _changing(store, key, who, "report.approve", hash=digest) as (connection, head, now):
        _refuse_unless(head, LifeState.DRAFT)
        if who in authors(connection, head["id"]):
            raise ReportDenied("own-report")
        version = head["version"] + 1
        for language, ending, content in documents:
            _keep(connection, head, version, language, ending, content, who, now)
        _set(
            connection,
            head,
            state=LifeState.APPROVED.value,
            version=version,
            approved_by=who,
            approved_at=now,
            content_hash=digest,
            figures=kept_text(f for part in found.report.parts for f in part.figures()),
        )


def return_to_draft(store: Store, key: ReportKey, reason: str, who: str) -> None:
    """Open an approved report again; what was approved stays in the store.

    :raises ReportDenied: without a reason, or where it is not approved or has gone out.
    """
    _refuse_empty(reason, "no-reason")
    with _changing(store, key, who, "report.return", reason=reason.strip()) as (connection, head, _):
        _refuse_unless(head, LifeState.APPROVED)
        _set(connection, head, state=LifeState.DRAFT.value, reason=reason.strip())


def submit(
    store: Store, rulebook: Rulebook, key: ReportKey, on: date, receipt: str, who: str, *, today: date
) -> None:
    """Write down that the approved report was handed in, which meets its obligation where it is tracked.

    :raises ReportDenied: where it is not approved, is a summary, or the obligation refuses it.
    """
    if key.kind is Kind.SUMMARY:
        raise ReportDenied("is-published")
    _refuse_empty(receipt, "no-receipt")
    with _changing(store, key, who, "report.submit", on=on.isoformat(), receipt=receipt.strip()) as (
        connection,
        head,
        _,
    ):
        _refuse_unless(head, LifeState.APPROVED)
        _meet(store.inside(connection), rulebook, key, on, receipt, who, today)
        _set(
            connection,
            head,
            state=LifeState.SUBMITTED.value,
            submitted_by=who,
            submitted_on=on,
            receipt=receipt.strip(),
        )


def publish(
    store: Store, rulebook: Rulebook, key: ReportKey, on: date, url: str, who: str, *, today: date
) -> None:
    """Write down where and when the approved summary was published, which meets its obligation (A146).

    :raises ReportDenied: where it is no summary, is neither approved nor suspended, or the obligation refuses it.
    """
    if key.kind is not Kind.SUMMARY:
        raise ReportDenied("is-submitted")
    if not url.strip().startswith(("http://", "https://")):
        raise ReportDenied("no-url")
    with _changing(store, key, who, "report.publish", on=on.isoformat(), url=url.strip()) as (
        connection,
        head,
        _,
    ):
        _refuse_unless(head, LifeState.APPROVED, LifeState.SUSPENDED)
        _meet(store.inside(connection), rulebook, key, on, url, who, today)
        _set(
            connection,
            head,
            state=LifeState.PUBLISHED.value,
            published_by=who,
            published_on=on,
            url=url.strip(),
        )


def suspend(store: Store, key: ReportKey, reason: str, who: str) -> None:
    """Write down that the supervisor wants the figures reviewed and the summary is not published until then (A148).

    :raises ReportDenied: without a reason, or where it is no approved summary.
    """
    if key.kind is not Kind.SUMMARY:
        raise ReportDenied("is-submitted")
    _refuse_empty(reason, "no-reason")
    with _changing(store, key, who, "report.suspend", reason=reason.strip()) as (connection, head, _):
        _refuse_unless(head, LifeState.APPROVED)
        _set(connection, head, state=LifeState.SUSPENDED.value, suspended_by=who, reason=reason.strip())


# --- how ----------------------------------------------------------------------------------------------------------------


@contextmanager
def _changing(
    store: Store, key: ReportKey, who: str, action: str, **detail: Any
) -> Iterator[tuple[Connection, dict[str, Any], datetime]]:
    """One report, begun if it was not, held for a change in one transaction with its audit entry."""
    with store.writing() as connection:
        now = database_time(connection)
        head = head_of(connection, key, held=True) or _begin(connection, key, who, now)
        yield connection, head, now
        audit.record(connection, who, action, key.reference, group_id=key.group_id, at=now, **detail)
        note(connection, "report", key.reference, who, {"report": [head["id"]]})


def _begin(connection: Connection, key: ReportKey, who: str, now: datetime) -> dict[str, Any]:
    values = {
        "kind": key.kind.value,
        "group_id": key.group_id,
        "period_end": key.period_end,
        "state": LifeState.DRAFT.value,
        "version": 0,
        "begun_by": who,
        "begun_at": now,
    }
    connection.execute(insert(REPORT).values(**values))
    head = head_of(connection, key)
    assert head is not None
    return head


def _add_entry(
    connection: Connection, head: Mapping[str, Any], now: datetime, who: str, **values: Any
) -> None:
    number = connection.execute(
        insert(ENTRY).values(report_id=head["id"], who=who, at=now, **values).returning(ENTRY.c.id)
    ).scalar_one()
    note(connection, "report", key_of(head).reference, who, {"report_entry": [number]})


def _keep(
    connection: Connection,
    head: Mapping[str, Any],
    version: int,
    language: str,
    ending: str,
    content: bytes,
    who: str,
    now: datetime,
) -> None:
    """Keep a document as it is approved."""
    values = {
        "report_id": head["id"],
        "version": version,
        "language": language,
        "ending": ending,
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": content,
        "who": who,
        "at": now,
    }
    made = insert(DOCUMENT).values(**values).returning(DOCUMENT.c.id)
    number = connection.execute(made).scalar_one()
    note(connection, "report", key_of(head).reference, who, {"report_document": [number]})


def _set(connection: Connection, head: Mapping[str, Any], **values: Any) -> None:
    connection.execute(update(REPORT).where(REPORT.c.id == head["id"]).values(**values))


def _meet(
    store: Store, rulebook: Rulebook, key: ReportKey, on: date, receipt: str, who: str, today: date
) -> None:
    """Meet the obligation of the report, where it is tracked."""
    obligation = definition_for(rulebook, key.kind, key.period_end).obligation(key.period_end)
    assert obligation is not None, "there is no report without its obligation"
    try:
        obligations.submit(
            store, obligations.reference(obligation, key.group_id, key.period_end), on, receipt, who, today
        )
    except UnknownObligation:
        if on > today:
            raise ReportDenied("not-possible", why=on) from None
    except NotPossible as problem:
        raise ReportDenied("not-possible", why=problem) from None


def _refuse_unless(head: Mapping[str, Any], *states: LifeState) -> None:
    if head["state"] not in states:
        raise ReportDenied("wrong-state", state=head["state"])


def _refuse_empty(text: str, code: str) -> None:
    if not text.strip():
        raise ReportDenied(code)
