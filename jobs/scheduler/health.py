"""Is the scheduler well: who works, how the jobs fare, what waits to go out, and what is wrong with that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from consolidation.sentence import Sentence, in_words, read_text
from consolidation.words import say
from jobs.scheduler.timetable import DEADLINES, DELIVERY, RUNS, SCAN, TIMETABLE, due
from jobs.scheduler.watched_folder import CONSOLIDATED, KNOWN, REFUSED, WATCHED, WITH_ERRORS
from monitoring.alerts.messages import MESSAGE, WAITING, Backlog, backlog
from monitoring.calendar import CHINA
from monitoring.clock import database_time
from monitoring.scheduling import job_status
from monitoring.scheduling.job_status import JobStatus
from monitoring.scheduling.lease import LeaseStatus, lease_status
from monitoring.store.database import SQLITE, StoreError, database_url, place
from monitoring.store.store import WAIT_SECONDS, Store, open_store

ALWAYS = (DEADLINES, RUNS, DELIVERY, SCAN)
"""The jobs that every scheduler has; the watched folder is one more where there is one."""

LATE_AFTER = timedelta(minutes=5)
HANGS_AFTER = timedelta(hours=2)
REFUSED_OFTEN = 3

ASK_SECONDS = 5.0
"""How long a question about the health waits for a store that somebody else has locked."""


@dataclass(frozen=True, slots=True)
class HealthIssue:
    """Something that somebody should look at: ``status.fault.<code>`` of the words, with what fills it."""

    code: str
    places: Mapping[str, Any]

    def sentence(self, language: str) -> str:
        """Say the fault in a sentence."""
        shown = {
            name: shown_time(value) if isinstance(value, datetime) else value
            for name, value in self._said(language).items()
        }
        if "job" in shown:
            shown["job"] = job_in_words(shown["job"], language)
        return say(f"status.fault.{self.code}", language, **shown)

    def to_json(self, language: str) -> dict[str, Any]:
        """Code, what fills the sentence, and the sentence."""
        said = self._said(language)
        places = {name: _iso(v) if isinstance(v, datetime) else v for name, v in said.items()}
        return {"code": self.code, **places, "says": self.sentence(language)}

    def _said(self, language: str) -> dict[str, Any]:
        """What fills the sentence, with sentences in it in the language."""
        return {n: in_one_line(v, language) if isinstance(v, Sentence) else v for n, v in self.places.items()}


@dataclass(frozen=True, slots=True)
class Refusals:
    """Messages that are refused again and again but not given up yet, and what was said of the last of them."""

    count: int
    problem: Sentence | None


@dataclass(frozen=True, slots=True)
class Health:
    """All of it, as the database has it at ``now``."""

    now: datetime
    lease: LeaseStatus | None
    jobs: Mapping[str, JobStatus]
    waiting: Backlog
    refusals: Refusals
    sets: Mapping[str, int]
    """What became of the sets in the watched folder → how many."""

    @property
    def names(self) -> list[str]:
        """The jobs that every scheduler has, and those of the timetable that this one has, too."""
        return [*ALWAYS, *(name for name in TIMETABLE if name in self.jobs and name not in ALWAYS)]

    def due(self, name: str) -> datetime | None:
        """When a job is due after its last success; None: it has never been done."""
        return due(name, self.jobs.get(name, JobStatus()))

    def faults(self) -> list[HealthIssue]:
        """What is wrong; empty: all is well."""
        found = list(self._of_lease())
        for name in self.names:
            found += self._of_job(name)
        if self.waiting.dead:
            found.append(HealthIssue("dead", {"count": self.waiting.dead}))
        if self.refusals.count:
            found.append(
                HealthIssue("refused", {"count": self.refusals.count, "problem": self.refusals.problem or ""})
            )
        return found

    def _of_lease(self) -> Iterator[HealthIssue]:
        lease = self.lease
        if lease is None or lease.holder is None:
            yield HealthIssue("no_holder", {})
        elif not lease.is_live:
            yield HealthIssue("silent", {"holder": lease.holder, "until": lease.expires_at})

    def _of_job(self, name: str) -> Iterator[HealthIssue]:
        status, due = self.jobs.get(name, JobStatus()), self.due(name)
        if status.failures:
            yield HealthIssue("failing", {"job": name, "count": status.failures, "problem": status.problem})
        elif status.is_running:
            assert status.started_at is not None
            if self.now - status.started_at > HANGS_AFTER:
                yield HealthIssue("hangs", {"job": name, "since": status.started_at})
        elif due is None:
            if self.lease and self.lease.holder is not None:  # else it follows from nobody being at work
                yield HealthIssue("never_ran", {"job": name})
        elif self.now - due > LATE_AFTER:
            yield HealthIssue("late", {"job": name, "due": due})

    def to_json(self, language: str) -> dict[str, Any]:
        """The whole, with the faults in words."""
        faults = self.faults()
        lease = self.lease
        return {
            "healthy": not faults,
            "faults": [f.to_json(language) for f in faults],
            "now": self.now.isoformat(),
            "lease": {
                "holder": lease.holder if lease else None,
                "since": _iso(lease.held_since) if lease else None,
                "until": _iso(lease.expires_at) if lease else None,
                "live": bool(lease and lease.is_live),
            },
            "jobs": {name: self._job_json(name, language) for name in self.names},
            "outbox": {
                "waiting": self.waiting.waiting,
                "oldest": _iso(self.waiting.oldest),
                "refused_often": self.refusals.count,
                "dead": self.waiting.dead,
            },
            "watched_sets": dict(self.sets),
        }

    def _job_json(self, name: str, language: str) -> dict[str, Any]:
        status = self.jobs.get(name, JobStatus())
        return {
            "last_success": _iso(status.succeeded_at),
            "last_failure": _iso(status.failed_at),
            "failures_in_a_row": status.failures,
            "problem": in_one_line(status.problem, language) if status.problem else None,
            "running": status.is_running,
            "next_run": _iso(self.due(name)),
        }


def existing_store(url: str | None, *, wait_seconds: float = WAIT_SECONDS) -> Store:
    """Open a store that should be there: where the disk under it is away, no empty one is made in its place.

    :raises monitoring.store.store.StoreError: if it is not there, or cannot be used.
    """
    address = database_url(url)
    if address.drivername == SQLITE and not Path(str(address.database)).expanduser().exists():
        raise StoreError(in_words("store.not-there", where=place(address)))
    return open_store(url, wait_seconds=wait_seconds)


def health_of(store: Store) -> Health:
    """How it is now.

    :raises monitoring.store.store.StoreError: if the database cannot be used.
    """
    lease = lease_status(store)
    with store.reading() as connection:
        return Health(
            database_time(connection),
            lease,
            job_status.job_statuses(connection),
            backlog(connection),
            _refusals(connection),
            _sets(connection),
        )


def _sets(connection: Connection) -> dict[str, int]:
    counts = select(WATCHED.c.status, func.count().label("sets")).group_by(WATCHED.c.status)
    return {row.status: row.sets for row in connection.execute(counts)}


def _refusals(connection: Connection) -> Refusals:
    often = (
        (MESSAGE.c.status == WAITING)
        & (MESSAGE.c.attempts >= REFUSED_OFTEN)
        & (MESSAGE.c.problem.is_not(None))
    )
    count = connection.execute(select(func.count()).where(often)).scalar_one()
    last = select(MESSAGE.c.problem).where(often).order_by(MESSAGE.c.id.desc()).limit(1)
    kept = connection.execute(last).scalar_one_or_none()
    return Refusals(count, read_text(kept) if kept else None)


def in_one_line(problem: Sentence, language: str) -> str:
    """What is wrong, without ends of lines: of a file it may be several things."""
    return " ".join(problem.message(language).split())


def job_in_words(name: str, language: str) -> str:
    """What a job is called."""
    return say(f"status.job.{name}", language)


def shown_time(moment: datetime | None) -> str:
    """In China's time, for a person."""
    return moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S") if moment else "–"


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def print_health(health: Health, language: str) -> None:
    """For reading: the verdict, what is wrong, who works, the jobs, the outbox."""
    from rich.console import Console
    from rich.table import Table

    console = Console(soft_wrap=True, highlight=False, markup=False)
    faults = health.faults()
    console.print(say("status.not_healthy" if faults else "status.healthy", language))
    for fault in faults:
        console.print(f"  {fault.sentence(language)}")
    if health.lease and health.lease.is_live:
        until = shown_time(health.lease.expires_at)
        console.print(say("status.holder", language, holder=health.lease.holder, until=until))
    table = Table(*(say(f"status.{c}", language) for c in ("job", "succeeded", "failed", "next", "problem")))
    for name in health.names:
        status = health.jobs.get(name, JobStatus())
        times = (status.succeeded_at, status.failed_at, health.due(name))
        problem = in_one_line(status.problem, language) if status.problem else ""
        table.add_row(job_in_words(name, language), *(shown_time(at) for at in times), problem)
    console.print(table)
    waiting = health.waiting
    key = "status.backlog" if waiting.waiting else "status.nothing_waits"
    console.print(say(key, language, waiting=waiting.waiting, oldest=shown_time(waiting.oldest)))
    if health.sets:
        done = health.sets.get(CONSOLIDATED, 0) + health.sets.get(KNOWN, 0)
        counts = {"with_errors": health.sets.get(WITH_ERRORS, 0), "refused": health.sets.get(REFUSED, 0)}
        console.print(say("status.sets", language, done=done, **counts))
