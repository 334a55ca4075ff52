"""The one timetable: when each job of the scheduler is due, by its last success."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache

from apscheduler.triggers.cron import CronTrigger

from monitoring.calendar import CHINA
from monitoring.scheduling.job_status import JobStatus

DEADLINES, RUNS, OUTLOOK, DELIVERY = "deadlines", "runs", "outlook", "delivery"
WATCH, SCAN, BACKUP = "watch", "scan", "backup"

TIMETABLE: dict[str, Mapping[str, str]] = {
    DEADLINES: {"hour": "0", "minute": "5"},
    RUNS: {"minute": "*"},
    OUTLOOK: {"minute": "*"},
    DELIVERY: {"minute": "*"},
    WATCH: {"minute": "*"},
    BACKUP: {"hour": "3", "minute": "30"},
    SCAN: {"day_of_week": "mon", "hour": "6"},
}
"""When each job runs, in China's time, as APScheduler's cron trigger takes it."""


@cache
def trigger(name: str) -> CronTrigger:
    """The trigger of a job."""
    return CronTrigger(**TIMETABLE[name], timezone=CHINA)


def due(name: str, status: JobStatus) -> datetime | None:
    """The first time of the timetable after a job's last success, past or coming; None: it has never been done."""
    done = status.succeeded_at
    return trigger(name).get_next_fire_time(None, done.astimezone(CHINA)) if done else None


def next_run(name: str, statuses: Mapping[str, JobStatus], now: datetime) -> datetime:
    """When a job is to run next: now if it has been due since its last success, else as the timetable says."""
    missed = due(name, statuses.get(name, JobStatus()))
    return now if missed is None or missed <= now else trigger(name).get_next_fire_time(None, now)
