"""The jobs of one holder of the lease: who was replaced changes nothing, and what was missed is told together."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from jobs.delivery.channels.folder import Folder
from jobs.scheduler.job_runner import Folders, JobRunner
from jobs.scheduler.timetable import BACKUP, DEADLINES, DELIVERY, RUNS, SCAN, TIMETABLE
from jobs.scheduler.watched_folder import MARK
from monitoring.alerts.outbox import ALERT, NewAlert, raise_alerts
from monitoring.flags.store import current_flags
from monitoring.record.backup import copies
from monitoring.scheduling import job_status
from monitoring.scheduling.lease import LEASE, Lease, LeaseLost
from monitoring.store.migrations import all_tables
from monitoring.store.store import Store, record_run
from tests.build import write_set
from tests.jobs.scheduler.test_watched_folder import SOUND
from tests.monitoring.obligations.companies import LIFE, NEW_YEAR_2024, PROPERTY, an_industry, generated
from tests.monitoring.store.records import a_run, solo_filings


@pytest.fixture(autouse=True)
def a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RULE19_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("RULE19_RECIPIENTS", raising=False)
    monkeypatch.delenv("RULE19_SECRETS", raising=False)
    return tmp_path / "home"


@pytest.fixture
def busy(store: Store, tmp_path: Path) -> tuple[JobRunner, Lease]:
    """Something to do for every job: an insurer in breach whose run has no flags yet, an alert, a set that landed."""
    an_industry(store)
    record_run(store, a_run("breach", filings=solo_filings((LIFE, date(2024, 3, 31), 40))))
    with store.writing() as connection:
        raise_alerts(connection, [an_alert("waiting")])
    (write_set(tmp_path / "landing" / "a", SOUND) / MARK).touch()
    lease = Lease(store, "one")
    assert lease.acquire()
    folders = [tmp_path / name for name in ("landing", "out", "scans", "backups")]
    return JobRunner(store, lease, Folders(*folders)), lease


def an_alert(key: str) -> NewAlert:
    return NewAlert(key, "run", "run_finished", {"run": key, "statements": 0, "errors": 0})


def everything(store: Store) -> dict[str, list[Any]]:
    with store.reading() as connection:
        return {t.name: list(connection.execute(select(t)).all()) for t in all_tables().sorted_tables}


@pytest.mark.parametrize("name", TIMETABLE)
def test_a_job_of_a_scheduler_that_was_replaced_changes_nothing(
    busy: tuple[JobRunner, Lease], store: Store, a_home: Path, name: str
) -> None:
    runner, _ = busy
    with store.writing() as connection:
        connection.execute(update(LEASE).values(holder="two", token=2))
    before = everything(store)
    with pytest.raises(LeaseLost):
        runner._jobs[name]()
    assert everything(store) == before
    assert not list(a_home.rglob("*.txt")), "nobody was told anything"


@pytest.mark.parametrize("name", [name for name in TIMETABLE if name != BACKUP])
def test_a_job_done_again_changes_nothing(busy: tuple[JobRunner, Lease], store: Store, name: str) -> None:
    runner, _ = busy
    before = everything(store)
    runner._jobs[name]()
    once = everything(store)
    runner._jobs[name]()
    assert once != before, "there was something to do"
    assert everything(store) == once


def test_the_store_is_copied_and_one_that_does_not_fit_its_record_makes_the_job_fail(
    busy: tuple[JobRunner, Lease], store: Store, tmp_path: Path
) -> None:
    runner, _ = busy
    runner.run_job(BACKUP)
    assert len(copies(tmp_path / "backups")) == 1
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE run SET who = 'eve'")
    runner.run_job(BACKUP)
    with store.reading() as connection:
        fared = job_status.job_statuses(connection)[BACKUP]
    assert fared.failures == 1
    assert fared.problem is not None and fared.problem.message().startswith(
        "the store does not fit its record, `rule19 verify` says where"
    )


def test_a_due_date_that_passes_raises_its_flag_and_tells_of_it_once_without_any_run(
    store: Store, a_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Notice 2021-52 二: only one of the two has filed for the quarter; nobody is late before the day is over."""
    an_industry(store)
    record_run(store, a_run("in time", filings=solo_filings((LIFE, date(2024, 3, 31), 150))))
    lease = Lease(store, "one")
    assert lease.acquire()
    runner = JobRunner(store, lease, Folders(None, a_home, a_home))
    late = []
    for job, day in ((RUNS, 10), (DEADLINES, 10), (DEADLINES, 20), (DEADLINES, 21)):
        monkeypatch.setattr(runner, "_today", lambda day=day: date(2024, 4 + (day > 10), day))
        runner.run_job(job)
        missing = current_flags(store, codes=["not_filed"])["subject_id"].to_list()
        with store.reading() as connection:
            told = connection.execute(select(ALERT.c.party_id).where(ALERT.c.topic == "flag")).scalars()
            late.append((missing, sum(party == PROPERTY for party in told)))
    assert late == [([], 0), ([], 0), ([PROPERTY], 1), ([PROPERTY], 1)]


def test_what_was_missed_while_nobody_worked_is_told_in_one_message(store: Store, a_home: Path) -> None:
    """Something was raised while the scheduler was down, obligations came near, a run was recorded: one digest of all."""
    an_industry(store)
    generated(store, NEW_YEAR_2024)
    with store.writing() as connection:
        raise_alerts(connection, [an_alert("while-down")])
    record_run(store, a_run("breach", filings=solo_filings((LIFE, date(2024, 3, 31), 40))))
    lease = Lease(store, "one")
    assert lease.acquire()
    runner = JobRunner(store, lease, Folders(None, a_home, a_home / "scans"))
    runner.catch_up([DELIVERY, DEADLINES, RUNS, SCAN])
    delivery = threading.Thread(target=runner.run_job, args=[DELIVERY])
    delivery.start()
    for name in (DEADLINES, RUNS, SCAN):
        assert not list(a_home.rglob("*.txt")), "nobody is told before all is known"
        runner.run_job(name)
    delivery.join(30)
    (message,) = a_home.rglob("*.txt")
    text = message.read_text("utf-8")
    assert "while-down" in text and "阳光财产保险股份有限公司" in text and "警示" in text


def test_a_scheduler_that_is_told_to_stop_does_not_wait_to_catch_up(store: Store, tmp_path: Path) -> None:
    lease = Lease(store, "one")
    assert lease.acquire()
    runner = JobRunner(store, lease, Folders(None, tmp_path, tmp_path))
    runner.catch_up([DEADLINES])
    delivery = threading.Thread(target=runner.run_job, args=[DELIVERY])
    delivery.start()
    assert runner.wait_until_idle(20)
    delivery.join(5)
    assert not delivery.is_alive()


def test_an_answer_that_one_sender_could_not_write_is_written_by_the_next(
    store: Store, tmp_path: Path, a_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database goes away while a message is taken, for so long that the scheduler begins anew: nobody is told twice."""
    from monitoring.alerts import messages
    from monitoring.store.database import StoreError

    with store.writing() as connection:
        raise_alerts(connection, [an_alert("news")])
    unwritten: dict[int, Any] = {}
    folders = Folders(None, tmp_path, tmp_path)
    sent: list[str] = []
    real_send = Folder.send

    def send(self: Folder, message: Any, mark_in_flight: Any) -> Any:
        sent.append(message.key)
        return real_send(self, message, mark_in_flight)

    def away(*_given: object) -> bool:
        raise StoreError("the database cannot be reached")

    monkeypatch.setattr(Folder, "send", send)
    first = Lease(store, "first")
    assert first.acquire()
    with monkeypatch.context() as gone:
        gone.setattr(messages, "answered", away)
        JobRunner(store, first, folders, unwritten).run_job(DELIVERY)
    first.release()
    second = Lease(store, "second")
    assert second.acquire()
    JobRunner(store, second, folders, unwritten).run_job(DELIVERY)
    assert len(sent) == 1 and unwritten == {}
    assert messages.outbox(store).select("status", "attempts", "lost").rows() == [("sent", 1, 0)]
