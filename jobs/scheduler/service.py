"""The scheduler: one process that does the jobs of :mod:`jobs.scheduler.job_runner`, alone by a lease in the database.

:class:`Service` waits for the lease, keeps APScheduler's clock running while it has it, and starts over whenever the
database goes away or somebody else takes the lease. What is due is worked out from what has been done (last success of
each job against its timetable), not from what was planned: after three days down a daily job runs once, and one that was
cut short or failed is taken up again. That is looked at when the scheduler starts, every few minutes, and whenever the
machine's clock is set, so that a clock put back an hour does not make jobs wait for an hour.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers import SchedulerNotRunningError
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy.exc import SQLAlchemyError

from jobs.delivery import Unwritten
from jobs.scheduler.health import existing_store
from jobs.scheduler.job_runner import TIMETABLE, Folders, JobRunner
from monitoring.calendar import CHINA
from monitoring.scheduling import job_status
from monitoring.scheduling.job_status import JobStatus
from monitoring.scheduling.lease import SECONDS, Heartbeat, Lease, LeaseLost, lease_status
from monitoring.store.database import WRITES, StoreError
from monitoring.store.store import Store, open_store

LOOK_AGAIN_SECONDS = 300.0
"""How often what is due is worked out anew: a job that failed is tried again after that."""

GRACE_SECONDS = 20.0
"""How long jobs at work may take to finish when the scheduler is told to stop."""

_TICK = 0.2
_CLOCK_WAS_SET = 2.0
_THREADS = 8
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0

_log = logging.getLogger("rule19.scheduler")
_runner: JobRunner | None = None


def run_job(name: str) -> None:
    """What APScheduler calls: it keeps only this function and the job's name in the database."""
    if _runner is not None:
        _runner.run_job(name)


def first_run(name: str, status: Mapping[str, JobStatus], now: datetime) -> datetime:
    """When a job is to run next: now if it was due since it last succeeded, else as the timetable says."""
    trigger = CronTrigger(**TIMETABLE[name], timezone=CHINA)
    done = status[name].succeeded_at if name in status else None
    if done is None or trigger.get_next_fire_time(None, done.astimezone(CHINA)) <= now:
        return now
    return trigger.get_next_fire_time(None, now)


class Service:
    """The process' whole life.

    :param url: the store's address, as :func:`monitoring.store.store.open_store` takes it.
    :param lease_seconds: the length of the lease.
    """

    def __init__(
        self,
        url: str | None,
        watch: Path | None = None,
        *,
        lease_seconds: float = SECONDS,
        look_again_seconds: float = LOOK_AGAIN_SECONDS,
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        self._url, self._folders = url, Folders.of_this_home(watch)
        self._lease_seconds, self._look_again_seconds = lease_seconds, look_again_seconds
        self._grace_seconds = grace_seconds
        self._told_to_stop = self._lost = self._has_worked = False
        self._unwritten: Unwritten = {}
        self._wait = _FIRST_WAIT

    def stop(self) -> None:
        """End soon and cleanly. Only sets a mark, so that a signal may call it at any moment."""
        self._told_to_stop = True

    def run(self) -> bool:
        """Work until :meth:`stop`. False: a job would not end in time and is still at work in a thread of this process."""
        idle = True
        while not self._told_to_stop:
            try:
                store = existing_store(self._url) if self._has_worked else open_store(self._url)
                try:
                    idle = self._serve(store)
                finally:
                    store.close()
            except (StoreError, SQLAlchemyError) as problem:
                why = problem if isinstance(problem, StoreError) else type(problem).__name__
                _log.warning("%s; trying again in %.0f s", why, self._wait)
                self._pause(self._wait)
                self._wait = min(self._wait * 2, _LONGEST_WAIT)
        return idle

    def _pause(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self._told_to_stop and time.monotonic() < end:
            time.sleep(_TICK)

    def _serve(self, store: Store) -> bool:
        """Hold the lease and work for as long as that lasts."""
        holder = f"{socket.gethostname()} {os.getpid()} {secrets.token_hex(3)}"
        lease = Lease(store, holder, seconds=self._lease_seconds)
        if self._has_worked and lease_status(store) is None:
            raise StoreError(
                f"the store at {store.where} is empty, though this scheduler has worked on it: is its disk away?"
            )
        if not self._wait_for(lease):
            return True
        self._has_worked = True
        self._wait, self._lost = _FIRST_WAIT, False
        heartbeat = Heartbeat(lease, self._lose)
        heartbeat.start()
        runner = JobRunner(store, lease, self._folders, self._unwritten)
        try:
            self._keep_time(store, lease, runner)
        finally:
            idle = runner.wait_until_idle(self._grace_seconds)
            heartbeat.stop()
            with suppress(StoreError, LeaseLost):
                runner.abandon()
            with suppress(StoreError):
                lease.release()
        return idle

    def _lose(self) -> None:
        self._lost = True
        _log.warning("another scheduler has taken over")

    def _wait_for(self, lease: Lease) -> bool:
        """Wait for the lease, saying so; False if told to stop before."""
        is_first = True
        while not self._told_to_stop:
            if lease.acquire():
                _log.info("at work as %s", lease.holder)
                return True
            if is_first:
                other = lease_status(lease.store, lease.name)
                _log.info("another scheduler is at work (%s): waiting", other.holder if other else "gone")
                is_first = False
            self._pause(min(2.0, lease.seconds / 5))
        return False

    def _keep_time(self, store: Store, lease: Lease, runner: JobRunner) -> None:
        """Run APScheduler until told to stop or the lease is lost.

        :raises SQLAlchemyError: if the database goes away in the middle of its work.
        """
        global _runner
        with store.writing() as connection:
            lease.fence(connection)
            wanted = job_status.TIMETABLE.c.id.in_(runner.names)
            connection.execute(job_status.TIMETABLE.delete().where(~wanted))
        engine = store.engine.execution_options(**{WRITES: True})
        scheduler = BlockingScheduler(
            jobstores={"default": SQLAlchemyJobStore(engine=engine)},
            executors={"default": ThreadPoolExecutor(_THREADS)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=CHINA,
        )
        now = datetime.now(CHINA)
        with store.reading() as connection:
            status = job_status.job_statuses(connection)
        first_runs = {name: first_run(name, status, now) for name in runner.names}
        runner.catch_up(name for name, first in first_runs.items() if first <= now)
        for name, first in first_runs.items():
            trigger = CronTrigger(**TIMETABLE[name], timezone=CHINA)
            scheduler.add_job(
                run_job,
                trigger,
                [name],
                id=name,
                name=name,
                replace_existing=True,
                next_run_time=first,
            )
        _runner = runner
        ended = threading.Event()
        monitor = threading.Thread(
            target=self._watch, args=(scheduler, store, runner, ended), name="monitor", daemon=True
        )
        monitor.start()
        try:
            scheduler.start()
        finally:
            _runner = None
            with suppress(SchedulerNotRunningError):
                scheduler.shutdown(wait=False)
            ended.set()
            monitor.join()

    def _watch(
        self, scheduler: BlockingScheduler, store: Store, runner: JobRunner, ended: threading.Event
    ) -> None:
        """Stop APScheduler when it is time; look again at what is due now and then and when the clock was set."""
        looked, offset = time.monotonic(), time.time() - time.monotonic()
        while not ((self._told_to_stop or self._lost) and scheduler.running):
            if ended.wait(_TICK):
                return
            now_offset = time.time() - time.monotonic()
            was_set = abs(now_offset - offset) > _CLOCK_WAS_SET
            if was_set:
                _log.warning("the machine's clock was set by %+.0f s", now_offset - offset)
            if was_set or time.monotonic() - looked >= self._look_again_seconds:
                looked, offset = time.monotonic(), now_offset
                with suppress(StoreError, SQLAlchemyError, JobLookupError, SchedulerNotRunningError):
                    look_again(scheduler, store, runner)
        with suppress(SchedulerNotRunningError):
            scheduler.shutdown(wait=False)


def look_again(scheduler: BlockingScheduler, store: Store, runner: JobRunner) -> None:
    """Put right when each job runs next, by what has been done and by the clock as it is now.

    :raises StoreError: or SQLAlchemyError if the database cannot be used.
    """
    now = datetime.now(CHINA)
    with store.reading() as connection:
        status = job_status.job_statuses(connection)
        planned = job_status.next_runs(connection)
    for name in runner.names:
        wanted = first_run(name, status, now)
        if name not in runner.running and (name not in planned or planned[name] > wanted):
            scheduler.modify_job(name, next_run_time=wanted)
