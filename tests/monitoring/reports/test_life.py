"""The life of a report on both databases: written, checked, approved by a second person, frozen, submitted, published or suspended."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from sqlalchemy import update

from consolidation.progress import Progress
from consolidation.structure.scope import Scope
from jobs.pipeline import run
from monitoring.access import audit
from monitoring.flags.store import keep_run
from monitoring.obligations import register as obligations
from monitoring.obligations.generation import generate_obligations
from monitoring.obligations.parties import GroupSettings, ObligationSettings
from monitoring.record.verify import verify
from monitoring.reports.catalogue import Kind
from monitoring.reports.content import PartState
from monitoring.reports.lifecycle import life
from monitoring.reports.lifecycle.life import ReportDenied
from monitoring.reports.lifecycle.register import (
    DOCUMENT,
    DamagedDocument,
    LifeState,
    ReportKey,
    StoredReport,
    approved_document,
    stored_report,
)
from monitoring.store import recording
from monitoring.store.store import Store, open_store
from tests.build import Q4, filing, read, rows, write_set
from tests.monitoring.reports.build import BOOK

TODAY = date(2024, 5, 20)
ANNUAL, SUMMARY = (ReportKey(kind, "G", Q4) for kind in (Kind.ANNUAL, Kind.SUMMARY))
WRITER, SECOND = "李明", "王芳"


@pytest.fixture(autouse=True)
def no_readings(without_readings: None) -> None:
    """What hangs on readings of the law is not looked at here."""


def consolidate(store: Store, folder: Path, capital: int) -> None:
    """A group of one insurer with this actual capital, into the store."""
    place = write_set(
        folder / f"set{capital}",
        {
            "groups": rows("groups", "G,集团,mixed"),
            "entities": rows("entities", "S,寿险,life"),
            "group_members": rows("group_members", "G,S,subsidiary"),
            "solo_filings": [filing("S", Q4, capital, 500, kind="life")],
        },
    )
    run(
        read(place),
        folder / f"out{capital}",
        scope=Scope(),
        rulebook=BOOK,
        started_at=datetime.now(UTC),
        arguments={},
        record=partial(keep_run, store),
        progress=Progress(),
    )


def with_its_duties(store: Store, folder: Path) -> Store:
    """The group at 200%, with what it owes for 2023."""
    consolidate(store, folder, 1000)
    settings = ObligationSettings(track_from=Q4, groups={"G": GroupSettings(must_file=True)})
    generate_obligations(store, BOOK, settings, TODAY)
    return store


@pytest.fixture(scope="module")
def filed_once(ready_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a store with the group and its duties, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("filed")
    with pytest.MonkeyPatch.context() as there, copied(ready_sqlite, folder) as store:
        there.setattr(recording, "readings_of", lambda *_: {})
        with_its_duties(store, folder)
    return folder / "rule19.db"


@pytest.fixture(scope="module")
def filled_once(filed_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with every place of its annual report written and every part checked."""
    folder = tmp_path_factory.mktemp("filled")
    with copied(filed_once, folder) as store:
        fill(store)
    return folder / "rule19.db"


@contextmanager
def copied(file: Path, folder: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{shutil.copy(file, folder / 'rule19.db')}")
    yield store
    store.close()


@pytest.fixture
def filed(filed_once: Path, tmp_path: Path) -> Iterator[Store]:
    with copied(filed_once, tmp_path) as store:
        yield store


@pytest.fixture
def filled(filled_once: Path, tmp_path: Path) -> Iterator[Store]:
    with copied(filled_once, tmp_path) as store:
        yield store


def found(store: Store, key: ReportKey = ANNUAL) -> StoredReport:
    return stored_report(store, BOOK, key, "zh", today=TODAY)


def write(store: Store, part: str, place: str, text: str, key: ReportKey = ANNUAL) -> None:
    life.write_text(store, BOOK, key, part, place, text, WRITER, today=TODAY)


def fill(store: Store, key: ReportKey = ANNUAL) -> None:
    """Every place written and every part checked."""
    for part in found(store, key).report.parts:
        for place in part.texts():
            write(store, part.id, place.id, f"（{place.id}）", key)
        life.check_part(store, BOOK, key, part.id, WRITER, today=TODAY)


def approve(store: Store, who: str = SECOND, key: ReportKey = ANNUAL) -> None:
    life.approve(store, BOOK, key, who, today=TODAY)


def denied(act: Callable[..., Any], *given: Any, **named: Any) -> str:
    with pytest.raises(ReportDenied) as refusal:
        act(*given, **named)
    return refusal.value.code


@pytest.mark.slow  # on both databases, every place written and every part checked
def test_a_report_goes_from_draft_to_its_receipt(store: Store, tmp_path: Path) -> None:
    filed = with_its_duties(store, tmp_path)
    assert found(filed).state is LifeState.DRAFT
    assert len(found(filed).to_do()) == 10
    assert denied(life.check_part, filed, BOOK, ANNUAL, "company", WRITER, today=TODAY) == "part-empty"
    assert denied(approve, filed) == "not-checked"
    fill(filed)
    assert found(filed).to_do() == ()
    assert denied(approve, filed, WRITER) == "own-report"
    approve(filed)
    assert denied(write, filed, "company", "contact", "电话") == "wrong-state"
    assert (
        denied(life.publish, filed, BOOK, ANNUAL, TODAY, "https://x", SECOND, today=TODAY) == "is-submitted"
    )
    life.submit(filed, BOOK, ANNUAL, TODAY, "回执12", WRITER, today=TODAY)
    assert found(filed).state is LifeState.SUBMITTED
    owed = obligations.obligations(filed, TODAY, parties=["G"], ids=["group-annual-report"])
    assert owed.select("state", "receipt").row(0) == ("submitted", "回执12")
    acts = audit.entries(filed, groups=["G"]).select("who", "action").rows()
    assert acts[:2] == [(WRITER, "report.submit"), (SECOND, "report.approve")]
    assert verify(filed).misfits == ()


def test_what_was_approved_stays_as_it_was_and_a_changed_byte_is_found(filled: Store) -> None:
    assert approved_document(filled, ANNUAL, "zh", ".docx") is None
    approve(filled)
    word = approved_document(filled, ANNUAL, "zh", ".docx")
    assert word is not None
    text = "\n".join(p.text for p in Document(io.BytesIO(word)).paragraphs)
    assert "（discussion）" in text and "草稿" not in text
    assert b"not approved" not in (approved_document(filled, ANNUAL, "en", ".html") or b"")
    with filled.writing() as connection:
        connection.execute(update(DOCUMENT).where(DOCUMENT.c.ending == ".docx").values(content=word + b" "))
    with pytest.raises(DamagedDocument):
        approved_document(filled, ANNUAL, "zh", ".docx")


def test_a_later_run_makes_what_was_checked_stale_and_says_what_changes(filed: Store, tmp_path: Path) -> None:
    """At 1,000 of 500 the ratio was 200%, at 900 it is 180%: the parts that show it are to be checked again."""
    write(filed, "discussion", "discussion", "综合偿付能力充足率为200.00%，实际资本1,000.00万元，较为充足。")
    fill_but_discussion(filed)
    life.check_part(filed, BOOK, ANNUAL, "discussion", WRITER, today=TODAY)
    assert not found(filed).is_stale
    consolidate(filed, tmp_path, 900)
    after = found(filed)
    changes = {c.source: (c.before, c.now) for c in after.changes}
    assert changes[f"statement/{Q4}/comprehensive_solvency_ratio"] == ("200.00%", "180.00%")
    states = {p.id: p.state for p in after.report.parts}
    assert states["statements"] is PartState.DRAFT and states["company"] is PartState.CHECKED
    assert {q.number for q in after.quotes} == {"200.00%", "1,000.00"}
    assert {c.now for q in after.quotes for c in q.figures} >= {"180.00%", "900.00"}
    for part in after.report.unfinished():
        life.check_part(filed, BOOK, ANNUAL, part.id, WRITER, today=TODAY)
    assert denied(approve, filed) == "quotes"
    write(filed, "discussion", "discussion", "综合偿付能力充足率为180.00%。")
    life.check_part(filed, BOOK, ANNUAL, "discussion", WRITER, today=TODAY)
    approve(filed)


def fill_but_discussion(store: Store) -> None:
    for part in found(store).report.parts:
        for place in part.texts():
            if not place.text:
                write(store, part.id, place.id, "无")
        life.check_part(store, BOOK, ANNUAL, part.id, WRITER, today=TODAY)


def test_an_approved_report_is_held_against_a_later_run_and_can_be_returned(
    filled: Store, tmp_path: Path
) -> None:
    approve(filled)
    assert not found(filled).is_stale
    consolidate(filled, tmp_path, 900)
    assert found(filled).is_stale
    assert denied(life.return_to_draft, filled, ANNUAL, " ", SECOND) == "no-reason"
    life.return_to_draft(filled, ANNUAL, "数据更正", SECOND)
    assert found(filled).state is LifeState.DRAFT
    assert approved_document(filled, ANNUAL, "zh", ".docx") is None
    for part in found(filled).report.unfinished():
        life.check_part(filled, BOOK, ANNUAL, part.id, WRITER, today=TODAY)
    approve(filled)
    assert found(filled).head is not None and found(filled).head["version"] == 2  # type: ignore[index]
    assert not found(filled).is_stale


def test_a_summary_is_suspended_when_the_supervisor_asks_and_published_afterwards(filed: Store) -> None:
    fill(filed, SUMMARY)
    approve(filed, key=SUMMARY)
    assert denied(life.submit, filed, BOOK, SUMMARY, TODAY, "回执", WRITER, today=TODAY) == "is-published"
    life.suspend(filed, SUMMARY, "监管部门要求复核", SECOND)
    assert found(filed, SUMMARY).state is LifeState.SUSPENDED
    assert denied(life.publish, filed, BOOK, SUMMARY, TODAY, "www", WRITER, today=TODAY) == "no-url"
    life.publish(filed, BOOK, SUMMARY, TODAY, "https://example.com/a", WRITER, today=TODAY)
    owed = obligations.obligations(filed, TODAY, parties=["G"], ids=["group-annual-disclosure"])
    assert owed.select("state", "receipt").row(0) == ("submitted", "https://example.com/a")
    assert verify(filed).misfits == ()


def test_a_refused_act_leaves_nothing_behind(filled: Store) -> None:
    approve(filled)
    before = audit.entries(filled).height
    assert (
        denied(life.submit, filled, BOOK, ANNUAL, date(2024, 6, 1), "回执", WRITER, today=TODAY)
        == "not-possible"
    )
    assert found(filled).state is LifeState.APPROVED
    assert audit.entries(filled).height == before
