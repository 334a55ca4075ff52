"""When a job runs next follows from when it last succeeded, and no clock that is set makes it wait."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler

from jobs.scheduler.job_runner import Folders, JobRunner
from jobs.scheduler.service import reschedule, schedule_jobs
from jobs.scheduler.timetable import DEADLINES, DELIVERY, SCAN, next_run
from monitoring.calendar import CHINA
from monitoring.scheduling import job_status
from monitoring.scheduling.job_status import JobStatus
from monitoring.scheduling.lease import Lease
from monitoring.store.store import Store

SUNDAY_NOON = datetime(2026, 5, 31, 12, tzinfo=CHINA)


def done(*, before: timedelta) -> dict[str, JobStatus]:
    status = JobStatus(succeeded_at=SUNDAY_NOON - before)
    return {DEADLINES: status, DELIVERY: status, SCAN: status}


def test_what_was_never_done_is_done_now() -> None:
    assert next_run(SCAN, {}, SUNDAY_NOON) == SUNDAY_NOON


def test_what_was_done_today_runs_tomorrow_at_five_past_midnight_in_china() -> None:
    expected = datetime(2026, 6, 1, 0, 5, tzinfo=CHINA)
    assert next_run(DEADLINES, done(before=timedelta(hours=6)), SUNDAY_NOON) == expected


def test_what_was_missed_for_three_days_is_done_now() -> None:
    assert next_run(DEADLINES, done(before=timedelta(days=3)), SUNDAY_NOON) == SUNDAY_NOON


def test_the_scan_waits_for_its_monday() -> None:
    expected = datetime(2026, 6, 1, 6, tzinfo=CHINA)
    assert next_run(SCAN, done(before=timedelta(days=3)), SUNDAY_NOON) == expected
    assert next_run(SCAN, done(before=timedelta(days=7)), SUNDAY_NOON) == SUNDAY_NOON


def test_a_success_that_seems_to_lie_ahead_puts_nothing_off() -> None:
    """The clock was set back an hour."""
    at_most = SUNDAY_NOON + timedelta(minutes=1)
    assert SUNDAY_NOON <= next_run(DELIVERY, done(before=timedelta(hours=-1)), SUNDAY_NOON) <= at_most


def test_after_the_clock_was_set_back_the_jobs_planned_too_far_ahead_are_brought_near(
    store: Store, tmp_path: Any
) -> None:
    runner = JobRunner(store, Lease(store, "one"), Folders(None, tmp_path, tmp_path))
    with store.writing() as connection:
        for name in runner.names:
            job_status.succeeded(connection, name)
    scheduler = BackgroundScheduler()
    scheduler.start(paused=True)
    assert schedule_jobs(scheduler, store, runner) == []
    before = {job.id: job.next_run_time for job in scheduler.get_jobs()}
    scheduler.modify_job(DELIVERY, next_run_time=datetime.now(CHINA) + timedelta(hours=1))
    reschedule(scheduler, store, runner)
    after = {job.id: job.next_run_time for job in scheduler.get_jobs()}
    scheduler.shutdown()
    assert after.pop(DELIVERY) < datetime.now(CHINA) + timedelta(minutes=2)
    assert after == {name: before[name] for name in after} and len(after) == 4
