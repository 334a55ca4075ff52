"""The database of a simulation: a real store, whose clock, waiting and failing are simulated.

Every statement and commit is a step at which others run and the process may die. A writer waits for the one before it as in
SQLite itself, in simulated seconds; on PostgreSQL, too, as all processes are one here and must not wait for each other in truth.
The store's clock is SQLite's ``strftime``, replaced on each connection, or the answer to PostgreSQL's ``clock_timestamp``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
from sqlalchemy import Engine, event

from monitoring.store.database import SQLITE, WRITES, begin_sqlite, database_url, make_engine
from monitoring.store.store import WAIT_SECONDS, Store
from tests.simulation.timeline import Killed, Task, Timeline

BEGINNING = datetime(2024, 1, 1, tzinfo=UTC)


class Database:
    """The store, the clock of its server, and who writes.

    :param before_commit: called with the connection and the tables that its transaction wrote to.
    """

    def __init__(
        self, url: str, timeline: Timeline, before_commit: Callable[[Any, frozenset[str]], None]
    ) -> None:
        self.timeline, self.before_commit = timeline, before_commit
        self.offset = 0.0
        self.jumps: list[tuple[float, float, float]] = []
        self.faults = 0.0
        self._writer: Any = None
        engine = make_engine(database_url(url), WAIT_SECONDS)
        self._listen(engine)
        self.store = Store(engine, "the simulated store")
        self._eye: Any = (
            sqlite3.connect(str(engine.url.database), isolation_level=None)
            if self.is_sqlite
            else psycopg.connect(url, autocommit=True)
        )

    @property
    def is_sqlite(self) -> bool:
        """Whether it is SQLite; else it is PostgreSQL."""
        return self.store.engine.dialect.name == SQLITE

    def ask(self, query: str, *values: object) -> list[Any]:
        """What is committed, moments and days as text; no step of anybody."""
        return self._asked(self._eye, query, values)

    def ask_inside(self, connection: Any, query: str, *values: object) -> list[Any]:
        """The same as a transaction sees it that is not committed yet."""
        return self._asked(connection.connection.dbapi_connection, query, values)

    def _asked(self, plain: Any, query: str, values: tuple[object, ...]) -> list[Any]:
        found = plain.execute(query if self.is_sqlite else query.replace("?", "%s"), values).fetchall()
        return [tuple(v.isoformat() if isinstance(v, date) else v for v in row) for row in found]

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
        self._eye.close()
        self.store.engine.dispose()

    def _listen(self, engine: Engine) -> None:
        @event.listens_for(engine, "connect")
        def connected(connection: Any, _record: object) -> None:
            if isinstance(connection, sqlite3.Connection):
                connection.execute("PRAGMA synchronous = OFF")
                connection.create_function("strftime", 2, self._strftime)

        if engine.dialect.name == SQLITE:
            event.remove(engine, "begin", begin_sqlite)

        @event.listens_for(engine, "begin")
        def begins(connection: Any) -> None:
            self.timeline.step()
            connection.info["simulated_writes"] = set()
            if connection.get_execution_options().get(WRITES):
                self._wait_for_the_writer()
                self._writer = connection
            if engine.dialect.name == SQLITE:
                begin_sqlite(connection)

        @event.listens_for(engine, "before_cursor_execute", retval=True)
        def executes(
            connection: Any, _c: Any, statement: str, given: Any, _x: Any, _m: bool
        ) -> tuple[str, Any]:
            self.timeline.step()
            if statement == "SELECT clock_timestamp()":
                return f"SELECT timestamptz '{self.time().isoformat()}'", given
            self._fail_perhaps()
            words = statement.split(None, 3)
            if words[0] in ("INSERT", "UPDATE", "DELETE"):
                table = words[1] if words[0] == "UPDATE" else words[2]
                connection.info["simulated_writes"].add(table.strip('"'))
            self.timeline.note(statement[:40].replace("\n", " "))
            return statement, given

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

        @event.listens_for(engine, "handle_error")
        def dies(context: Any) -> None:
            """Its transaction is undone; the connection is as good as the new one that somebody else would open."""
            if isinstance(context.original_exception, Killed):
                context.is_disconnect = False

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
