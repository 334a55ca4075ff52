"""The database of a simulation: a real SQLite store, whose clock, waiting and failing are simulated.

Every statement and commit is a step at which others run and the process may die. A writer waits for the one before it as in
SQLite itself, in simulated seconds. The store's clock is SQLite's ``strftime``, replaced on each connection.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from monitoring.store.database import database_url, make_engine
from monitoring.store.store import WAIT_SECONDS, Store
from tests.simulation.timeline import Killed, Task, Timeline

BEGINNING = datetime(2024, 1, 1, tzinfo=UTC)


class Database:
    """The store, the clock of its server, and who writes.

    :param before_commit: called with the connection and the tables that its transaction wrote to.
    """

    def __init__(
        self, file: Path, timeline: Timeline, before_commit: Callable[[Any, frozenset[str]], None]
    ) -> None:
        self.timeline, self.before_commit = timeline, before_commit
        self.offset = 0.0
        self.jumps: list[tuple[float, float, float]] = []
        self.faults = 0.0
        self._writer: Any = None
        engine = make_engine(database_url(f"sqlite:///{file}"), WAIT_SECONDS)
        self._listen(engine)
        self.store = Store(engine, "the simulated store")
        self.eye = sqlite3.connect(file, isolation_level=None)
        """Looks at what is committed; no step of anybody."""

    def time(self) -> datetime:
        """The moment by the server's clock."""
        return BEGINNING + timedelta(seconds=self.timeline.now + self.offset)

    def set_clock(self, offset: float) -> None:
        """Set the server's clock."""
        self.jumps.append((self.timeline.now, self.offset, offset))
        self.offset = offset

    def readings_since(self, true_time: float) -> list[datetime]:
        """What the clock showed at a true time, before and after each setting since, and now."""
        jumps = [jump for jump in self.jumps if jump[0] > true_time]
        offset = jumps[0][1] if jumps else self.offset
        shown = [true_time + offset, *(at + o for at, *both in jumps for o in both)]
        return [BEGINNING + timedelta(seconds=s) for s in (*shown, self.timeline.now + self.offset)]

    def close(self) -> None:
        """Give the connections back."""
        self.eye.close()
        self.store.engine.dispose()

    def _listen(self, engine: Engine) -> None:
        @event.listens_for(engine, "connect")
        def connected(connection: sqlite3.Connection, _record: object) -> None:
            connection.execute("PRAGMA synchronous = OFF")
            connection.create_function("strftime", 2, self._strftime)

        @event.listens_for(engine, "before_cursor_execute")
        def executes(connection: Any, _c: Any, statement: str, _p: Any, _x: Any, _m: bool) -> None:
            self.timeline.step()
            if statement.startswith("BEGIN"):
                connection.info["simulated_writes"] = set()
                if statement == "BEGIN IMMEDIATE":
                    self._wait_for_the_writer()
                    self._writer = connection
                return
            self._fail_perhaps()
            words = statement.split(None, 3)
            if words[0] in ("INSERT", "UPDATE", "DELETE"):
                table = words[1] if words[0] == "UPDATE" else words[2]
                connection.info["simulated_writes"].add(table.strip('"'))
            self.timeline.note(statement[:40].replace("\n", " "))

        @event.listens_for(engine, "commit")
        def commits(connection: Any) -> None:
            self.timeline.step()
            written = frozenset(connection.info["simulated_writes"])
            if written:
                self._fail_perhaps()
                self.before_commit(connection, written)
                self.timeline.note(f"commit {sorted(written)}")
            self._over(connection)

        @event.listens_for(engine, "rollback")
        def rolls_back(connection: Any) -> None:
            self._over(connection)

        @event.listens_for(engine, "checkin")
        def given_back(_connection: Any, record: Any) -> None:
            if self._writer is not None and self._writer.info is record.info:
                self._writer = None

    def _over(self, connection: Any) -> None:
        if self._writer is connection:
            self._writer = None

    def _wait_for_the_writer(self) -> None:
        begun = self.timeline.now
        while self._writer is not None:
            if self.timeline.now - begun > WAIT_SECONDS:
                raise fault("database is locked", "SQLITE_BUSY")
            self.timeline.takes(self.timeline.chance.uniform(0.01, 0.2))

    def _fail_perhaps(self) -> None:
        if self.faults and self.timeline.chance.random() < self.faults:
            self.timeline.note("disk fails")
            raise fault("disk I/O error", "SQLITE_IOERR")

    def _strftime(self, form: str, moment: str) -> str:
        assert (form, moment) == ("%Y-%m-%dT%H:%M:%f", "now"), (
            "the one way in which the store asks for the time"
        )
        return self.time().strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]


def fault(text: str, name: str) -> sqlite3.OperationalError:
    """What SQLite raises, with its name for it."""
    made = sqlite3.OperationalError(text)
    made.sqlite_errorname = name
    return made


__all__ = ["BEGINNING", "Database", "Killed", "Task", "fault"]
