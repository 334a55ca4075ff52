"""The process itself: alone, taken over after a kill, back after the database was away, and once after days of downtime."""

from __future__ import annotations

import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine, event, update

from consolidation.annex9 import ToldIdentity
from jobs.pipeline.importing import import_workbook
from jobs.scheduler import Service
from jobs.scheduler import service as scheduler
from jobs.scheduler.health import health_of
from jobs.scheduler.job_runner import JobRunner
from jobs.scheduler.timetable import BACKUP, DEADLINES, DELIVERY, OUTLOOK, RUNS, SCAN, WATCH
from jobs.scheduler.watched_folder import MARK
from monitoring.calendar import CHINA
from monitoring.clock import database_time
from monitoring.scheduling import job_status
from monitoring.scheduling.job_status import JOB
from monitoring.scheduling.lease import Lease, lease_status
from monitoring.store import queries as store_queries
from monitoring.store.database import StoreError
from monitoring.store.runs import list_runs
from monitoring.store.store import Store, open_store
from tests.build import write_set
from tests.consolidation.annex11.forms import property_workbook
from tests.jobs.scheduler.process import Process
from tests.jobs.scheduler.test_watched_folder import SOUND
from tests.processes import ForkedProcess, rule19
from tests.stores import SERVER, postgres_url

LEASE = 1.5


@pytest.fixture(autouse=True)
def a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RULE19_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("RULE19_RECIPIENTS", raising=False)
    monkeypatch.delenv("RULE19_SECRETS", raising=False)


def address(store: Store) -> str:
    return store.engine.url.render_as_string(hide_password=False)


def until(condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s in vain until {what}"
        time.sleep(0.05)


@contextmanager
def serving(url: str, watch: Path | None = None) -> Iterator[Service]:
    """A scheduler in a thread of this process."""
    service = Service(url, watch, lease_seconds=LEASE, reschedule_seconds=0.5)
    thread = threading.Thread(target=service.run)
    thread.start()
    try:
        yield service
    finally:
        service.stop()
        thread.join(30)
        assert not thread.is_alive()


def succeeded(store: Store, *names: str) -> bool:
    with store.reading() as connection:
        status = job_status.job_statuses(connection)
    return all(name in status and status[name].succeeded_at for name in names)


def schedule(store: Store, *more: str) -> Process:
    return Process(rule19, "schedule", "--lease", str(LEASE), "--store", address(store), *more)


def test_of_two_processes_one_works_and_the_other_takes_over_when_it_is_killed(
    store: Store, tmp_path: Path
) -> None:
    landing = tmp_path / "landing"
    place = write_set(landing / "2023H1", SOUND)
    (imported,) = import_workbook(property_workbook(tmp_path / "annex11.xlsx"), place, ToldIdentity())
    assert not imported.refused
    (place / MARK).touch()
    processes = [schedule(store, "--watch", str(landing)) for _ in range(2)]
    try:
        until(lambda: all(p.says("at work") for p in processes), "both have said who works")
        working, waiting = sorted(processes, key=lambda p: p.says("waiting"))
        assert not working.says("waiting") and waiting.says("waiting")
        assert not waiting.says("at work as")
        until(lambda: working.says("2023H1: consolidated"), "the set is consolidated", 60)
        until(lambda: succeeded(store, DEADLINES, RUNS, OUTLOOK, DELIVERY, SCAN), "every job was done")
        assert working.end(signal.SIGKILL) == -signal.SIGKILL
        until(lambda: waiting.says("at work as"), "the other has taken over", 10)
        assert waiting.end(signal.SIGTERM) == 0
    finally:
        for p in processes:
            p.kill()
    assert not any("Traceback" in line for p in processes for line in p.said)
    assert list_runs(store).height == 1
    of_members = store_queries.filed(store, "stress_results", entities=["甲财险"])
    assert of_members.filter(scenario="mandatory_2")["actual_capital"].to_list() == [Decimal("15000.25")]
    left = lease_status(store)
    assert left is not None and (left.holder, left.token) == (None, 2)


def test_after_three_days_down_the_daily_job_is_done_once_and_then_no_more(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr(JobRunner, "_deadlines", lambda self: done.append(DEADLINES))
    with serving(address(store)):
        until(lambda: succeeded(store, DEADLINES, RUNS, OUTLOOK, DELIVERY, SCAN), "every job was done")
    done.clear()
    with store.writing() as connection:
        three_days_ago = database_time(connection) - timedelta(days=3)
        connection.execute(update(JOB).where(JOB.c.name == DEADLINES).values(succeeded_at=three_days_ago))
    with serving(address(store)):
        until(lambda: len(done) > 0, "the daily job was done")
        time.sleep(1.5)
    assert done == [DEADLINES]


def test_a_job_that_this_scheduler_does_not_have_is_forgotten(store: Store) -> None:
    with store.writing() as connection:
        job_status.started(connection, WATCH)
        job_status.set_cursor(connection, "flag alerts", 7)
    with serving(address(store)):
        until(lambda: succeeded(store, DEADLINES, RUNS, OUTLOOK, DELIVERY, SCAN), "every job was done")
    with store.reading() as connection:
        assert set(job_status.job_statuses(connection)) == {
            DEADLINES,
            RUNS,
            OUTLOOK,
            DELIVERY,
            BACKUP,
            SCAN,
            "flag alerts",
        }
        assert job_status.cursor(connection, "flag alerts") == 7


def test_a_store_that_does_not_answer_for_long_is_opened_anew(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    beats = Lease.heartbeat

    def silent(self: Lease) -> bool:
        raise StoreError("the disk is away")

    with serving(address(store)):
        until(lambda: succeeded(store, DEADLINES, RUNS, OUTLOOK, DELIVERY, SCAN), "every job was done")
        monkeypatch.setattr(scheduler, "_SILENT_LEASES", 1)
        monkeypatch.setattr(Lease, "heartbeat", silent)
        until(
            lambda: "has not answered for" in caplog.text, "the scheduler gives up on the store it has open"
        )
        monkeypatch.setattr(Lease, "heartbeat", beats)
        monkeypatch.setattr(scheduler, "_SILENT_LEASES", 4)
        with store.writing() as connection:
            connection.execute(update(JOB).where(JOB.c.name == DEADLINES).values(succeeded_at=None))
        until(lambda: succeeded(store, DEADLINES), "it works again")


def test_a_job_that_fails_stops_no_other_is_told_and_is_tried_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    def fails_once(self: JobRunner) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError("a password perhaps")

    monkeypatch.setattr(JobRunner, "_deadlines", fails_once)
    with serving(address(store)):
        until(lambda: succeeded(store, DEADLINES, RUNS, OUTLOOK, DELIVERY, SCAN), "every job was done")
    with store.reading() as connection:
        status = job_status.job_statuses(connection)[DEADLINES]
        told = connection.execute(JOB.select()).all()
    assert len(tries) == 2
    assert status.failed_at is not None and (status.failures, status.problem) == (0, None)
    assert "password" not in repr(told)


def test_a_failure_is_kept_in_one_line_without_its_text(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(self: JobRunner) -> None:
        raise RuntimeError("a password perhaps")

    monkeypatch.setattr(JobRunner, "_scan", fails)

    def failed() -> bool:
        with store.reading() as connection:
            return job_status.job_statuses(connection).get(SCAN, job_status.JobStatus()).failures > 0

    with serving(address(store)):
        until(failed, "the scan has failed")
    with store.reading() as connection:
        problem = job_status.job_statuses(connection)[SCAN].problem
    assert problem is not None and "password" not in str(problem.kept())
    assert problem.message("en").startswith("a fault of this program: RuntimeError at test_service.py:")
    assert problem.message("zh").startswith("程序自身故障：RuntimeError at test_service.py:")


def test_a_database_that_is_away_at_the_start_is_waited_for(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "_FIRST_WAIT", 0.2)
    asked: list[float] = []

    def away_twice(url: str | None) -> Store:
        asked.append(time.monotonic())
        if len(asked) < 3:
            raise StoreError("the database cannot be reached")
        return open_store(url)

    monkeypatch.setattr(scheduler, "open_store", away_twice)
    with serving(address(store)):
        until(lambda: succeeded(store, DELIVERY), "a job was done")
    first, second = asked[1] - asked[0], asked[2] - asked[1]
    assert first >= 0.2 and second >= 0.4, "it waits longer each time"


@pytest.mark.postgres
def test_a_database_that_goes_away_in_between_is_waited_for(postgres_database: str) -> None:
    name = postgres_database
    store = open_store(postgres_url(name))

    def server(statement: str) -> None:
        with psycopg.connect(SERVER, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    with serving(postgres_url(name)):
        until(lambda: succeeded(store, DEADLINES, RUNS, OUTLOOK, DELIVERY, SCAN), "every job was done")
        store.close()
        server(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        server(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        time.sleep(2 * LEASE)
        server(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        with store.writing() as connection:
            connection.execute(update(JOB).where(JOB.c.name == DEADLINES).values(succeeded_at=None))
        until(lambda: succeeded(store, DEADLINES), "it works again")
    store.close()


@pytest.mark.parametrize("seconds", [-3600, 3600])
def test_a_machine_clock_set_by_an_hour_is_noticed_and_jobs_go_on(
    store: Store, seconds: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    looked: list[dict[str, datetime]] = []
    reschedule, wall_clock, ahead = scheduler.reschedule, time.time, [0]

    def look(planned: BackgroundScheduler, *given: Any) -> None:
        reschedule(planned, *given)
        looked.append({job.id: job.next_run_time for job in planned.get_jobs()})

    monkeypatch.setattr(scheduler, "reschedule", look)
    monkeypatch.setattr(scheduler.time, "time", lambda: wall_clock() + ahead[0])
    service = Service(address(store), lease_seconds=LEASE, reschedule_seconds=3600)
    thread = threading.Thread(target=service.run)
    thread.start()
    try:
        until(lambda: succeeded(store, DEADLINES, RUNS, OUTLOOK, DELIVERY, SCAN), "every job was done")
        assert not looked
        ahead[0] = seconds
        until(lambda: len(looked) == 1, "what is due was worked out anew")
    finally:
        service.stop()
        thread.join(30)
    assert f"the machine's clock was set by {seconds:+d} s" in caplog.text
    assert looked[0][DELIVERY] - datetime.now(CHINA) < timedelta(minutes=2)


def test_where_the_disk_of_the_store_is_away_no_empty_store_is_worked_on(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'disk' / 'rule19.db'}"
    service = Service(url, lease_seconds=LEASE)
    service._has_worked = True
    with pytest.raises(StoreError, match="is empty, though this scheduler has worked on it"):
        service._serve(open_store(url))


def test_a_full_disk_is_waited_out(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'rule19.db'}")
    refused: list[str] = []

    def no_room(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.startswith(("UPDATE", "INSERT", "DELETE")):
            refused.append(statement)
            fault = sqlite3.OperationalError("database or disk is full")
            fault.sqlite_errorname = "SQLITE_FULL"
            raise fault

    def not_well() -> set[str]:
        return {fault.code for fault in health_of(store).faults()}

    with serving(address(store)):
        until(lambda: succeeded(store, DEADLINES, RUNS, OUTLOOK, DELIVERY, SCAN), "every job was done")
        event.listen(Engine, "before_cursor_execute", no_room)
        try:
            until(lambda: not_well() == {"silent"}, "status says that nothing is heard of the scheduler")
        finally:
            event.remove(Engine, "before_cursor_execute", no_room)
        assert refused
        with store.writing() as connection:
            connection.execute(update(JOB).where(JOB.c.name == DEADLINES).values(succeeded_at=None))
        until(lambda: succeeded(store, DEADLINES), "it works again")
        until(lambda: not not_well(), "all is well again")
    store.close()


def test_results_and_scans_lie_in_the_home_of_this_program(store: Store, tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    (write_set(landing / "2023H1", SOUND) / MARK).touch()
    with serving(address(store), landing):
        until(lambda: (tmp_path / "home" / "consolidated" / "2023H1" / "run.json").exists(), "it is written")
    with store.writing() as connection:
        connection.execute(update(JOB).where(JOB.c.name == SCAN).values(succeeded_at=None))
    with serving(address(store), landing):
        until(lambda: succeeded(store, SCAN), "the scan was done")
    (scan,) = (tmp_path / "home" / "scans").iterdir()
    assert {"scan-zh.json", "scan-en.json", "course.csv"} <= {p.name for p in scan.iterdir()}


def test_a_folder_to_watch_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    ended = ForkedProcess(rule19, "schedule", "--watch", str(tmp_path / "none"))
    _, said = ended.communicate()
    assert ended.returncode == 2
    assert said == f"rule19: --watch {tmp_path / 'none'}: there is no such folder; make it first\n"
