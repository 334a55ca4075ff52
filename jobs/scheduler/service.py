"""The scheduler: one process that does the jobs of :mod:`jobs.scheduler.job_runner`, alone by a lease in the database.

:class:`Service` waits for the lease, runs APScheduler while it holds it, and starts over whenever the database goes away
or somebody else takes the lease. APScheduler keeps its jobs in memory: what is due follows from the last success of each
job (:mod:`monitoring.scheduling.job_status`) against the timetable, never from a plan that was stored. So after three
days down a daily job runs once, and one that was cut short or failed is taken up again. What is due is worked out at the
start, every few minutes, and whenever the machine's clock is set, so that a clock put back an hour does not make jobs
wait for an hour.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import SQLAlchemyError

from consolidation.sentence import in_words
from jobs.delivery import Unwritten
from jobs.scheduler.health import existing_store
from jobs.scheduler.job_runner import Folders, JobRunner
from jobs.scheduler.timetable import TIMETABLE, next_run, trigger
from monitoring.calendar import CHINA
from monitoring.scheduling import job_status
from monitoring.scheduling.lease import SECONDS, Heartbeat, Lease, LeaseLost, lease_status
from monitoring.store.database import StoreError
from monitoring.store.store import Store, open_store

RESCHEDULE_SECONDS = 300.0
"""How often what is due is worked out anew: a job that failed is tried again after that."""

GRACE_SECONDS = 20.0
"""How long jobs at work may take to finish when the scheduler is told to stop."""

_SILENT_LEASES = 4
"""After a silence of so many lengths of the lease the store is opened anew: connections to a disk that was away may be stale."""

_TICK = 0.2
_CLOCK_WAS_SET = 2.0
_THREADS = 8
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0

_log = logging.getLogger("rule19.scheduler")


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
        reschedule_seconds: float = RESCHEDULE_SECONDS,
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        self._url, self._folders = url, Folders.of_this_home(watch)
        self._lease_seconds, self._reschedule_seconds = lease_seconds, reschedule_seconds
        self._grace_seconds = grace_seconds
        self._told_to_stop = self._has_worked = False
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
            raise StoreError(in_words("store.empty-again", where=store.where))
        if not self._wait_for(lease):
            return True
        self._has_worked = True
        self._wait = _FIRST_WAIT
        heartbeat = Heartbeat(lease, lambda: _log.warning("another scheduler has taken over"))
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

        :raises StoreError: if the database does not answer at the start, or for long.
        """
        with store.writing() as connection:
            lease.fence(connection)
            job_status.forget(connection, set(TIMETABLE).difference(runner.names))
        scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(_THREADS)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=CHINA,
        )
        runner.catch_up(schedule_jobs(scheduler, store, runner))
        scheduler.start()
        try:
            self._watch(scheduler, store, lease, runner)
        finally:
            scheduler.shutdown(wait=False)

    def _watch(self, scheduler: BackgroundScheduler, store: Store, lease: Lease, runner: JobRunner) -> None:
        """Wait for the end; work out anew what is due now and then and when the clock was set."""
        planned, offset = time.monotonic(), time.time() - time.monotonic()
        while not self._told_to_stop and lease.token is not None:
            time.sleep(_TICK)
            if lease.silent_for() > _SILENT_LEASES * lease.seconds:
                silent = f"{lease.silent_for():.0f}"
                raise StoreError(in_words("store.silent", where=store.where, seconds=silent))
            now_offset = time.time() - time.monotonic()
            was_set = abs(now_offset - offset) > _CLOCK_WAS_SET
            if was_set:
                _log.warning("the machine's clock was set by %+.0f s", now_offset - offset)
            if was_set or time.monotonic() - planned >= self._reschedule_seconds:
                planned, offset = time.monotonic(), now_offset
                with suppress(StoreError):
                    reschedule(scheduler, store, runner)


def schedule_jobs(scheduler: BackgroundScheduler, store: Store, runner: JobRunner) -> list[str]:
    """Give the jobs to APScheduler with the triggers of the timetable; returns those that are due already.

    :raises StoreError: if the database cannot be used.
    """
    now = datetime.now(CHINA)
    with store.reading() as connection:
        statuses = job_status.job_statuses(connection)
    first_runs = {name: next_run(name, statuses, now) for name in runner.names}
    for name, first in first_runs.items():
        scheduler.add_job(runner.run_job, trigger(name), [name], id=name, name=name, next_run_time=first)
    return [name for name, first in first_runs.items() if first <= now]


def reschedule(scheduler: BackgroundScheduler, store: Store, runner: JobRunner) -> None:
    """Bring forward each job that is due earlier than APScheduler means to run it, by the clock as it is now.

    :raises StoreError: if the database cannot be used.
    """
    now = datetime.now(CHINA)
    with store.reading() as connection:
        statuses = job_status.job_statuses(connection)
    for name in set(runner.names) - runner.running:
        wanted = next_run(name, statuses, now)
        if scheduler.get_job(name).next_run_time > wanted:
            scheduler.modify_job(name, next_run_time=wanted)
