"""A store to test with, on both databases.

Ask for the fixture ``store`` (an empty store, once on SQLite and once on PostgreSQL) or ``store_url`` (its address, nothing
there yet): ``from tests.stores import *`` in a ``conftest.py`` makes them known. PostgreSQL is the server of
``RULE19_TEST_POSTGRES`` (a user who may create databases), else the one on this machine; where none answers, its half of
the tests is skipped and says so. Every test has databases of its own, removed at the end.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from monitoring.store.store import Store, open_store

__all__ = ["postgres_server", "ready_stores", "store", "store_url"]

SERVER = os.environ.get("RULE19_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")


def _execute(statement: str) -> None:
    with psycopg.connect(SERVER, autocommit=True, connect_timeout=3) as connection:
        connection.execute(statement)  # type: ignore[call-overload]


def new_postgres_database(template: str = "template0") -> str:
    """The name of a fresh database on the test server."""
    name = f"rule19_test_{uuid.uuid4().hex[:12]}"
    _execute(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'")
    return name


def drop_postgres_database(name: str) -> None:
    _execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def postgres_url(name: str) -> str:
    return f"{SERVER.rpartition('/')[0]}/{name}"


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """The address of the PostgreSQL server for tests."""
    try:
        _execute("SELECT 1")
    except psycopg.OperationalError:
        pytest.skip(
            "no PostgreSQL server for tests: set RULE19_TEST_POSTGRES=postgresql://USER@HOST/DATABASE"
        )
    return SERVER


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database that is still empty."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'rule19.db'}"
        return
    request.getfixturevalue("postgres_server")
    name = new_postgres_database()
    yield postgres_url(name)
    drop_postgres_database(name)


@pytest.fixture(scope="session")
def ready_stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """By database: an empty store with all its tables, made once and copied for each test."""
    made = {"sqlite": str(tmp_path_factory.mktemp("store") / "ready.db")}
    open_store(f"sqlite:///{made['sqlite']}").close()
    yield made
    if "postgresql" in made:
        drop_postgres_database(made["postgresql"])


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path: Path, ready_stores: dict[str, str]) -> Iterator[Store]:
    """An open, empty store."""
    if request.param == "sqlite":
        file = tmp_path / "rule19.db"
        shutil.copy(ready_stores["sqlite"], file)
        opened = open_store(f"sqlite:///{file}")
        yield opened
        opened.close()
        return
    request.getfixturevalue("postgres_server")
    if "postgresql" not in ready_stores:
        ready_stores["postgresql"] = new_postgres_database()
        open_store(postgres_url(ready_stores["postgresql"])).close()
    name = new_postgres_database(ready_stores["postgresql"])
    opened = open_store(postgres_url(name))
    yield opened
    opened.close()
    drop_postgres_database(name)
