"""The scheduler's jobs: what each does. Doing one again changes nothing, so that a crash costs nothing either.

:class:`JobRunner` runs them for one holder of the lease: it begins nothing without the lease, writes down how each job fares,
and keeps the failure of one from the others.
"""

from __future__ import annotations

import json
import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from sqlalchemy import func, select

from consolidation.sentence import in_words
from jobs.delivery import Sender, Unwritten
from jobs.delivery.credentials import Secrets
from jobs.delivery.recipients import load_recipients
from jobs.faults import sentence_of
from jobs.scheduler.timetable import BACKUP, DEADLINES, DELIVERY, OUTLOOK, RUNS, SCAN, WATCH
from jobs.scheduler.watched_folder import WatchedFolder
from monitoring.alerts.outbox import NewAlert, raise_alerts
from monitoring.calendar import day_in_china
from monitoring.clock import database_time
from monitoring.scheduling import job_status
from monitoring.scheduling.lease import FencedStore, Lease, LeaseLost
from monitoring.store.database import StoreError, home
from monitoring.store.layout.filed_tables import Base
from monitoring.store.store import Store

CATCHING_UP_SECONDS = 300.0
"""How long delivery waits, when the scheduler begins, for jobs that were missed: what they have to tell goes out together."""

_log = logging.getLogger("rule19.scheduler")


@dataclass(frozen=True, slots=True)
class Folders:
    """Where files go: results of the watched folder's sets, the scans, and copies of the store.

    ``watch`` is None where no folder is watched, ``backups`` where no copies are made.
    """

    watch: Path | None
    consolidated: Path
    scans: Path
    backups: Path | None = None

    @classmethod
    def of_this_home(cls, watch: Path | None) -> Folders:
        """As ``RULE19_HOME`` has them."""
        return cls(watch, home() / "consolidated", home() / "scans", home() / "backups")


class JobRunner:
    """The jobs of one holder of the lease. Jobs run in threads; one of a name runs once at a time.

    Everything is written through a :class:`FencedStore`; only what became of a message that went out may be written by who
    was replaced.

    :param unwritten: what the last holder in this process could not write; see :class:`jobs.delivery.Sender`.
    """

    def __init__(
        self, store: Store, lease: Lease, folders: Folders, unwritten: Unwritten | None = None
    ) -> None:
        self._plain_store, self._store = store, FencedStore(lease)
        self._lease, self._folders, self._unwritten = lease, folders, unwritten
        self._sender: Sender | None = None
        self._watched = (
            WatchedFolder(folders.watch, folders.consolidated, self._store) if folders.watch else None
        )
        self._running: set[str] = set()
        self._missed: set[str] = set()
        self._ending = threading.Event()
        self._lock = threading.Lock()
        self._jobs: dict[str, Callable[[], None]] = {
            DEADLINES: self._deadlines,
            RUNS: self._follow_runs,
            OUTLOOK: self._look_ahead,
            DELIVERY: self._deliver,
            SCAN: self._scan,
        }
        if self._watched:
            self._jobs[WATCH] = self._consolidate
        if folders.backups:
            self._jobs[BACKUP] = self._back_up

    @property
    def names(self) -> list[str]:
        """The jobs that are to run."""
        return list(self._jobs)

    @property
    def running(self) -> frozenset[str]:
        """The jobs that are at work now."""
        return frozenset(self._running)

    def catch_up(self, missed: Iterable[str]) -> None:
        """These jobs are to run at once as they were missed; delivery waits for those that tell people something."""
        self._missed = {DEADLINES, RUNS, OUTLOOK, SCAN}.intersection(missed)

    def run_job(self, name: str) -> None:
        """Do a job if the lease is held; never raises."""
        with self._lock:
            if name in self._running:
                return
            self._running.add(name)
        try:
            if self._lease.still_held():
                self._run(name)
        except LeaseLost:
            _log.warning("%s: another scheduler has taken over, nothing more is written", name)
        except StoreError as problem:
            _log.warning("%s: %s", name, problem)
        finally:
            with self._lock:
                self._running.discard(name)
                self._missed.discard(name)

    def _run(self, name: str) -> None:
        with self._store.writing() as connection:
            job_status.started(connection, name)
        try:
            self._jobs[name]()
        except LeaseLost:
            raise
        except Exception as fault:
            problem = sentence_of(fault)
            with self._store.writing() as connection:
                failures = job_status.failed(connection, name, problem)
            _log.error("%s failed (%s in a row): %s", name, failures, " ".join(problem.message().split()))
            return
        with self._store.writing() as connection:
            job_status.succeeded(connection, name)

    def wait_until_idle(self, seconds: float) -> bool:
        """Nothing more is begun; wait for the jobs at work. False: some still are."""
        self._ending.set()
        end = time.monotonic() + seconds
        while self._running and time.monotonic() < end:
            time.sleep(0.05)
        return not self._running

    def abandon(self) -> None:
        """Note that the process ends on purpose: what it leaves half done was not at fault."""
        if self._watched:
            self._watched.abandon()

    # The jobs

    def _deadlines(self) -> None:
        """Obligations and their states on the day, and the flags that a due date raises when it passes."""
        self._update_obligations()
        self._update_flags(None)
        self._alert_flags()

    def _update_obligations(self) -> None:
        from consolidation.rulebook import Rulebook
        from monitoring.obligations.generation import generate_obligations
        from monitoring.obligations.reminders import update_states

        book, today = Rulebook.load(), self._today()
        result = generate_obligations(self._store, book, load_recipients().settings, today)
        update = update_states(self._store, book, today)
        _log.info(
            "deadlines of %s: %s added, %s moved, %s lapsed; %s reminders",
            *(today, result.added, result.moved, result.lapsed, update.reminders),
        )

    def _follow_runs(self) -> None:
        """Flags and obligations after a new run; after a run that was killed before its flags were written, too."""
        runs = Base.metadata.tables["run"]
        with self._store.reading() as connection:
            last: int = connection.execute(select(func.coalesce(func.max(runs.c.id), 0))).scalar_one()
            done = job_status.cursor(connection, RUNS)
        if last > done:
            self._update_obligations()
            self._update_flags(last)
            with self._store.writing() as connection:
                job_status.set_cursor(connection, RUNS, last)
        self._alert_flags()

    def _update_flags(self, run: int | None) -> None:
        """Flags as of the day, after the obligations, which say whose report is due and whose is not."""
        from monitoring.flags.store import update_flags

        today = self._today()
        happened = update_flags(self._store, run, as_of=today).events.height
        _log.info("flags of %s: %s events", today, happened)

    def _look_ahead(self) -> None:
        """The outlook after a new run, what came of earlier ones, and the flags that it raises."""
        from consolidation.rulebook import Rulebook
        from monitoring.flags.store import update_flags
        from monitoring.outlook.register import keep_outlook

        runs = Base.metadata.tables["run"]
        with self._store.reading() as connection:
            last: int = connection.execute(select(func.coalesce(func.max(runs.c.id), 0))).scalar_one()
            done = job_status.cursor(connection, OUTLOOK)
        if last == done:
            return
        kept = keep_outlook(self._store, Rulebook.load(), last)
        happened = update_flags(self._store, last).events.height
        with self._store.writing() as connection:
            job_status.set_cursor(connection, OUTLOOK, last)
        _log.info(
            "outlook after run %s: %s forecasts, %s scores, %s events of flags",
            *(last, kept.forecasts, kept.scores, happened),
        )
        self._alert_flags()

    def _alert_flags(self) -> None:
        """Alerts of the flags that were raised, by whomever, and the reports that they make due."""
        from consolidation.rulebook import Rulebook
        from monitoring.flags.consequences import alerts as flag_alerts
        from monitoring.flags.consequences import reports as flag_reports

        if not flag_alerts.are_any(self._store):
            return
        today = self._today()
        with self._store.writing() as connection:
            alerts = flag_alerts.raise_flag_alerts(connection)
            reports = flag_reports.open_reports(connection, Rulebook.load(), today)
        _log.info("%s alerts of flags, %s reports due by them", alerts, len(reports))

    def _deliver(self) -> None:
        until = time.monotonic() + CATCHING_UP_SECONDS
        while self._missed and time.monotonic() < until:
            if self._ending.wait(0.1):
                return
        if self._sender is None:
            self._sender = Sender(
                self._plain_store,
                Secrets.load(home()),
                self._lease.holder,
                guard=self._lease.fence,
                unwritten=self._unwritten,
            )
        done = self._sender.deliver(load_recipients())
        if done.sent or done.refused or done.lost:
            _log.info("delivery: %s sent, %s refused, %s lost", done.sent, done.refused, done.lost)

    def _consolidate(self) -> None:
        if self._watched:
            self._watched.consolidate_new()

    def _scan(self) -> None:
        from consolidation.rulebook import Rulebook
        from jobs.pipeline.scan import ScanOptions, scan_of
        from jobs.pipeline.scan_inputs import scan_inputs_of_store

        scan_inputs = scan_inputs_of_store(self._store)
        if scan_inputs.flag_inputs.solo_filings.is_empty():
            return
        found = scan_of(scan_inputs, Rulebook.load(), ScanOptions(None, None, None, None, Decimal(1), None))
        today = self._today()
        place = self._folders.scans / today.isoformat()
        draft = place.with_name(f".{place.name}")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        found.write(draft, None, "zh")
        for language in ("zh", "en"):
            text = json.dumps(found.to_json(language), ensure_ascii=False, indent=2, default=str)
            (draft / f"scan-{language}.json").write_text(text, "utf-8")
        with self._store.writing() as connection:
            shutil.rmtree(place, ignore_errors=True)
            draft.rename(place)
            places = {"period": found.period.isoformat()}
            raise_alerts(connection, [NewAlert(f"scan:{today}", "scan", "scan_done", places)])

    def _back_up(self) -> None:
        from monitoring.record.backup import back_up

        assert self._folders.backups is not None
        with self._store.writing():
            pass  # who was replaced makes no copies, and removes none
        copied = back_up(self._plain_store, self._folders.backups)
        _log.info("the store was copied to %s; %s old copies removed", copied.file, len(copied.removed))
        if copied.verification.misfits:
            raise StoreError(in_words("store.does-not-fit-its-record", file=str(copied.file)))

    def _today(self) -> date:
        with self._store.reading() as connection:
            return day_in_china(database_time(connection))
