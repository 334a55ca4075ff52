"""A store to test with, on both databases.

Ask for the fixture ``store`` (an open, empty store, once on SQLite and once on PostgreSQL): ``from tests.stores import *`` in a
``conftest.py`` makes it known. A SQLite store is a copy of one that was made once; on PostgreSQL all tests of a worker share
one database, which is emptied before each of them. What a killed run left behind there, the next one drops. A test that alters tables or cuts connections asks for ``own_store``, or
for ``store_url``, the address of a database of its own with nothing in it yet.

PostgreSQL is the server of ``RULE19_TEST_POSTGRES`` (a user who may create databases), else the one on this machine; where
none answers, its half of the tests is skipped and says so.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, Engine, event
from sqlalchemy.util import LRUCache

from monitoring.store import recording
from monitoring.store.store import Store, open_store
from tests.made_once import made_once

__all__ = [
    "emptied_postgres",
    "shared_postgres",
    "own_store",
    "postgres_database",
    "postgres_server",
    "ready_postgres",
    "ready_sqlite",
    "sqlite_store",
    "store",
    "store_url",
    "without_readings",
]

SERVER = os.environ.get("RULE19_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
_PREFIX = "rule19_test_"
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@event.listens_for(Engine, "connect")
def _no_waiting_for_the_disk(connection: object, _record: object) -> None:
    """No test takes the power away, so SQLite need not wait at every commit until the disk has it."""
    if isinstance(connection, sqlite3.Connection):
        with suppress(sqlite3.Error):  # a file that is no database: for the store to say
            connection.execute("PRAGMA synchronous = OFF")


class _AnyEngines(LRUCache[Any, Any]):
    """What SQLAlchemy keeps of statements that it has compiled, under the kind of the database instead of one engine's dialect."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get(_of_any_engine(key), default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        super().__setitem__(_of_any_engine(key), compiled)


def _of_any_engine(key: tuple[Any, ...]) -> tuple[Any, ...]:
    return (key[0].name, *key[1:])


_COMPILED = _AnyEngines(5000)


@event.listens_for(Engine, "engine_connect")
def _compiled_once(connection: Connection) -> None:
    """Each test has a store of its own, so each would compile the same few hundred statements anew.

    The engine's own cache, not an option of the connection: that would be merged into those of each of its statements.
    """
    connection.engine._compiled_cache = _COMPILED


def _execute(statement: str) -> None:
    with psycopg.connect(SERVER, autocommit=True, connect_timeout=3) as connection:
        connection.execute(statement)  # type: ignore[call-overload]


@cache
def this_run() -> str:
    """What the databases of this process are named after. A connection of that name stays open while it lives."""
    run = f"{_PREFIX}{uuid.uuid4().hex[:12]}"
    atexit.register(psycopg.connect(SERVER, autocommit=True, connect_timeout=3, application_name=run).close)
    return run


def drop_what_dead_runs_left() -> None:
    """Drop the test databases of runs that were killed: those whose name no open connection has. Any server knows its own."""
    with psycopg.connect(SERVER, autocommit=True, connect_timeout=3) as connection:
        left = connection.execute(
            "SELECT datname FROM pg_database WHERE datname ~ %s AND left(datname, %s) NOT IN"
            " (SELECT application_name FROM pg_stat_activity WHERE application_name IS NOT NULL)",
            (f"^{_PREFIX}[0-9a-f]{{12}}_", len(_PREFIX) + 12),
        ).fetchall()
    for (name,) in left:
        with suppress(psycopg.Error):  # another worker is at it, or it is somebody else's
            drop_postgres_database(name)


def new_postgres_database(template: str = "template0") -> str:
    """The name of a fresh database on the test server, which does not wait for its disk either."""
    name = f"{this_run()}_{uuid.uuid4().hex[:8]}"
    _execute(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'")
    _execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    return name


def drop_postgres_database(name: str) -> None:
    _execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def postgres_url(name: str) -> str:
    return f"{SERVER.rpartition('/')[0]}/{name}"


@contextmanager
def _made_store() -> Iterator[str]:
    """The name of a PostgreSQL database with the tables of a store, gone at the end."""
    name = new_postgres_database()
    open_store(postgres_url(name)).close()
    yield name
    drop_postgres_database(name)


@contextmanager
def emptying(name: str) -> Iterator[Callable[[], None]]:
    """What takes every row out of a store whose tables stay as they are, begins to count anew, and ends whoever is still connected.

    Its connection stays open: a new one would have to learn every table anew, ten times the work.
    """
    with psycopg.connect(postgres_url(name), autocommit=True) as connection:
        steps = connection.execute(
            "SELECT format('DELETE FROM %I', tablename) FROM pg_tables"
            " WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
            " UNION ALL SELECT format('SELECT setval(%L, %s, false)', sequencename, start_value) FROM pg_sequences"
        ).fetchall()
        # as a replica: the audit log cannot be emptied otherwise, nor tables in any order
        connection.execute("SET session_replication_role = replica")

        def emptied() -> None:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            connection.execute(";".join(step for (step,) in steps))

        yield emptied


@pytest.fixture
def without_readings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs are recorded without the statements under every other reading of the law, which take most of the time; those of the
    demo have them, and the tests of the readings panel look at them.
    """
    monkeypatch.setattr(recording, "readings_of", lambda *_: {})


@contextmanager
def _opened(url: str) -> Iterator[Store]:
    opened = open_store(url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """The address of the PostgreSQL server for tests."""
    try:
        drop_what_dead_runs_left()
    except psycopg.OperationalError:
        pytest.skip(
            "no PostgreSQL server for tests: set RULE19_TEST_POSTGRES=postgresql://USER@HOST/DATABASE"
        )
    return SERVER


@pytest.fixture(scope="session")
def ready_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of an empty store with all its tables, made once and copied for each test."""
    return made_once(tmp_path_factory, "ready-store", _make_sqlite) / _READY


_READY = "ready.db"


def _make_sqlite(folder: Path) -> None:
    open_store(f"sqlite:///{folder / _READY}").close()


@pytest.fixture(scope="session")
def ready_postgres(postgres_server: str) -> Iterator[str]:
    """The same as a database, the template of others."""
    with _made_store() as name:
        yield name


@pytest.fixture(scope="session")
def shared_postgres(ready_postgres: str) -> Iterator[tuple[str, Callable[[], None]]]:
    """The name of the database of all tests that alter no tables, and what empties it."""
    name = new_postgres_database(ready_postgres)
    with emptying(name) as empty:
        yield name, empty
    drop_postgres_database(name)


@pytest.fixture
def emptied_postgres(shared_postgres: tuple[str, Callable[[], None]]) -> str:
    """The name of a database with an empty store in it, of which no test alters tables or cuts all connections."""
    name, empty = shared_postgres
    empty()
    return name


@pytest.fixture
def postgres_database(ready_postgres: str) -> Iterator[str]:
    """The name of a database of the test's own with an empty store in it; its connections may be cut."""
    name = new_postgres_database(ready_postgres)
    yield name
    drop_postgres_database(name)


@pytest.fixture(params=BOTH)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database that is still empty."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'rule19.db'}"
        return
    request.getfixturevalue("postgres_server")
    name = new_postgres_database()
    yield postgres_url(name)
    drop_postgres_database(name)


@pytest.fixture
def sqlite_store(ready_sqlite: Path, tmp_path: Path) -> Iterator[Store]:
    """An open, empty store in a file."""
    with _opened(f"sqlite:///{shutil.copy(ready_sqlite, tmp_path / 'rule19.db')}") as opened:
        yield opened


@pytest.fixture(params=BOTH)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An open, empty store."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_store")
        return
    with _opened(postgres_url(request.getfixturevalue("emptied_postgres"))) as opened:
        yield opened


@pytest.fixture(params=BOTH)
def own_store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An open, empty store whose tables a test may alter."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_store")
        return
    with _opened(postgres_url(request.getfixturevalue("postgres_database"))) as opened:
        yield opened
