"""When a job runs next follows from when it last succeeded, and no clock that is set makes it wait."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from jobs.scheduler.job_runner import DEADLINES, DELIVERY, SCAN, Folders, JobRunner
from jobs.scheduler.service import first_run, look_again
from monitoring.calendar import CHINA
from monitoring.scheduling import job_status
from monitoring.scheduling.job_status import TIMETABLE, JobStatus
from monitoring.scheduling.lease import Lease
from monitoring.store.store import Store

SUNDAY_NOON = datetime(2026, 5, 31, 12, tzinfo=CHINA)


def done(*, before: timedelta) -> dict[str, JobStatus]:
    status = JobStatus(succeeded_at=SUNDAY_NOON - before)
    return {DEADLINES: status, DELIVERY: status, SCAN: status}


def test_what_was_never_done_is_done_now() -> None:
    assert first_run(SCAN, {}, SUNDAY_NOON) == SUNDAY_NOON


def test_what_was_done_today_runs_tomorrow_at_five_past_midnight_in_china() -> None:
    expected = datetime(2026, 6, 1, 0, 5, tzinfo=CHINA)
    assert first_run(DEADLINES, done(before=timedelta(hours=6)), SUNDAY_NOON) == expected


def test_what_was_missed_for_three_days_is_done_now() -> None:
    assert first_run(DEADLINES, done(before=timedelta(days=3)), SUNDAY_NOON) == SUNDAY_NOON


def test_the_scan_waits_for_its_monday() -> None:
    expected = datetime(2026, 6, 1, 6, tzinfo=CHINA)
    assert first_run(SCAN, done(before=timedelta(days=3)), SUNDAY_NOON) == expected
    assert first_run(SCAN, done(before=timedelta(days=7)), SUNDAY_NOON) == SUNDAY_NOON


def test_a_success_that_seems_to_lie_ahead_puts_nothing_off() -> None:
    """The clock was set back an hour."""
    at_most = SUNDAY_NOON + timedelta(minutes=1)
    assert SUNDAY_NOON <= first_run(DELIVERY, done(before=timedelta(hours=-1)), SUNDAY_NOON) <= at_most


class _Scheduler:
    """What APScheduler is told."""

    def __init__(self) -> None:
        self.told: dict[str, datetime] = {}

    def modify_job(self, name: str, *, next_run_time: datetime) -> None:
        self.told[name] = next_run_time


def test_after_the_clock_was_set_back_the_jobs_planned_too_far_ahead_are_brought_near(
    store: Store, tmp_path: Any
) -> None:
    runner = JobRunner(store, Lease(store, "one"), Folders(None, tmp_path, tmp_path))
    far, soon = datetime.now(CHINA) + timedelta(hours=1), datetime.now(CHINA) + timedelta(minutes=2)
    with store.writing() as connection:
        for name in runner.names:
            job_status.succeeded(connection, name)
            planned = first_run(name, job_status.job_statuses(connection), datetime.now(CHINA))
            when = far if name == DELIVERY else planned
            connection.execute(
                TIMETABLE.insert().values(id=name, next_run_time=when.timestamp(), job_state=b"")
            )
    scheduler = _Scheduler()
    look_again(scheduler, store, runner)  # type: ignore[arg-type]
    assert set(scheduler.told) == {DELIVERY}
    assert scheduler.told[DELIVERY] < soon
