"""How the jobs of the scheduler fare: last start, success and failure, how often in a row, and how far they have come.

All times are the database's. What is written goes through the lease's fence: a scheduler that was replaced writes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, select
from sqlalchemy.dialects import postgresql, sqlite

from consolidation.sentence import Sentence, read_text
from monitoring.clock import database_time
from monitoring.scheduling.tables import ScheduledJob
from monitoring.store.database import SQLITE
from monitoring.store.layout.filed_tables import Base

JOB = Base.metadata.tables[str(ScheduledJob.__tablename__)]


@dataclass(frozen=True, slots=True)
class JobStatus:
    """How one job fares. ``failures``: how often in a row, 0 after a success; ``problem``: why."""

    started_at: datetime | None = None
    succeeded_at: datetime | None = None
    failed_at: datetime | None = None
    failures: int = 0
    problem: Sentence | None = None

    @property
    def is_running(self) -> bool:
        """It was started and has not said yet how it went; after a crash this stays until the next start."""
        ends = [at for at in (self.succeeded_at, self.failed_at) if at is not None]
        return self.started_at is not None and (not ends or self.started_at > max(ends))


def started(connection: Connection, name: str) -> None:
    """A job begins."""
    _write(connection, name, started_at=database_time(connection))


def succeeded(connection: Connection, name: str) -> None:
    """A job has done its work."""
    _write(connection, name, succeeded_at=database_time(connection), failures=0, problem=None)


def failed(connection: Connection, name: str, problem: Sentence) -> int:
    """A job has failed; gives how often in a row."""
    now = database_time(connection)
    _write(connection, name, failed_at=now, failures=1, problem=problem.kept_as_text())
    return int(connection.execute(select(JOB.c.failures).where(JOB.c.name == name)).scalar_one())


def cursor(connection: Connection, name: str) -> int:
    """How far a job has come that goes through something in order; 0 where it has not begun."""
    found = connection.execute(select(JOB.c.cursor).where(JOB.c.name == name)).scalar_one_or_none()
    return found or 0


def set_cursor(connection: Connection, name: str, value: int) -> None:
    """A job has done everything up to ``value``."""
    _write(connection, name, cursor=value)


def job_statuses(connection: Connection) -> Mapping[str, JobStatus]:
    """Every job that ever began, by name."""
    return {
        row.name: JobStatus(
            row.started_at,
            row.succeeded_at,
            row.failed_at,
            row.failures,
            read_text(row.problem) if row.problem else None,
        )
        for row in connection.execute(_EVERY)
    }


_EVERY = select(JOB)
"""Asked before every job: made once."""


def forget(connection: Connection, names: Collection[str]) -> None:
    """Remove the status of jobs that are not run any more."""
    connection.execute(JOB.delete().where(JOB.c.name.in_(names)))


def _write(connection: Connection, name: str, **values: Any) -> None:
    """Set columns of a job's row. ``failures`` are added to those in a row before, but 0 ends the row."""
    statement = _set(connection.dialect.name, *values, adds=values.get("failures", 0) > 0)
    connection.execute(statement, {"name": name, "failures": 0, **values})


@cache
def _set(dialect: str, *columns: str, adds: bool) -> Insert:
    """One statement, made once: several are written for every job that runs."""
    statement = (sqlite.insert if dialect == SQLITE else postgresql.insert)(JOB)
    values: dict[str, Any] = {name: statement.excluded[name] for name in columns}
    if adds:
        values["failures"] = JOB.c.failures + statement.excluded.failures
    return statement.on_conflict_do_update(index_elements=["name"], set_=values)
