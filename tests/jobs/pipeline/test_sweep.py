"""Where one step of a run fails, folder and store are old or new; ``python -m tests.jobs.pipeline.sweep`` tries each step of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from jobs.scheduler.job_runner import Folders, JobRunner
from jobs.scheduler.timetable import DEADLINES, DELIVERY
from monitoring.record.verify import verify
from monitoring.scheduling.lease import Lease
from monitoring.store.database import StoreError
from monitoring.store.migrations import all_tables
from monitoring.store.runs import approve_run
from monitoring.store.store import PENDING, Store, open_store, record_run
from tests.jobs.pipeline.failing import one_step_fails
from tests.jobs.pipeline.sweep import sweep
from tests.monitoring.obligations.companies import LIFE, an_industry
from tests.monitoring.store.records import H2, a_run, solo_filings
from tests.processes import ForkedProcess

_PASSING = {"lease", "scheduled_job"}
"""Tables of what goes on, in which a job that failed is noted."""
_MOMENTS = ("_at", "hash", "previous", "body", "key", "at", "covers")


@pytest.mark.slow  # runs the command half a dozen times
def test_a_command_of_which_one_step_fails_leaves_folder_and_store_whole(tmp_path: Path) -> None:
    process = ForkedProcess(sweep, tmp_path, 80, f"sqlite:///{tmp_path}/rule19.db")
    with process.stderr as said:
        told = said.read()
    assert process.wait(60) == 0, told


def everything(store: Store) -> dict[str, list[Any]]:
    """All that the store holds, without the moments at which it was written."""
    with store.reading() as connection:
        return {
            t.name: list(connection.execute(select(*(c for c in t.c if not c.name.endswith(_MOMENTS)))).all())
            for t in all_tables().sorted_tables
            if t.name not in _PASSING
        }


def test_an_approval_of_which_any_step_fails_is_whole_or_has_not_been(
    sqlite_store: Store, tmp_path: Path, without_readings: None
) -> None:
    run = record_run(sqlite_store, a_run("upload", status=PENDING, filings=solo_filings((LIFE, H2, 40))))
    with sqlite_store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    before, kept = everything(sqlite_store), Path(str(sqlite_store.engine.url.database)).read_bytes()
    found: list[dict[str, list[Any]]] = []
    number, steps = 0, 0
    while number <= steps:
        place = tmp_path / str(number)
        place.mkdir()
        (place / "rule19.db").write_bytes(kept)
        store = open_store(f"sqlite:///{place / 'rule19.db'}")
        with one_step_fails(number, place) as failing:
            try:
                approve_run(store, run, "second")
            except StoreError as said:
                assert number and "\n" not in str(said)
        steps = steps or failing.steps
        found.append(everything(store))
        assert found[-1] in (before, found[0]), f"step {number}: {failing.failed}"
        assert verify(store).misfits == ()
        store.close()
        number += 1
    assert found[0] != before and found.count(before) > 10


def test_a_tick_of_the_scheduler_that_fails_at_any_step_is_made_up_for_by_the_next(
    ready_sqlite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without_readings: None
) -> None:
    monkeypatch.delenv("RULE19_RECIPIENTS", raising=False)
    told: list[set[str]] = []
    number, steps = 0, 0
    while number <= steps:
        place = tmp_path / f"tick {number}"
        place.mkdir()
        monkeypatch.setenv("RULE19_HOME", str(place / "home"))
        file = place / "rule19.db"
        file.write_bytes(ready_sqlite.read_bytes())
        store = open_store(f"sqlite:///{file}")
        an_industry(store)
        lease = Lease(store, "one")
        assert lease.acquire()
        runner = JobRunner(store, lease, Folders(None, place / "out", place / "scans"))
        with one_step_fails(number, place) as failing:
            for name in (DEADLINES, DELIVERY):
                runner.run_job(name)
        steps = steps or failing.steps
        for name in (DEADLINES, DELIVERY):
            runner.run_job(name)
        mails = sorted((place / "home" / "alerts").rglob("*.txt"))
        told.append({line for mail in mails for line in mail.read_text("utf-8").splitlines()[1:]})
        assert told[-1] == told[0], f"step {number}: {failing.failed}"
        assert verify(store).misfits == ()
        store.close()
        number += 12 if number else 1 + steps % 12  # every twelfth, from another one as the steps change
