"""The store of these tests: on PostgreSQL one database, emptied for each test, as making one takes longer than most tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete

from monitoring.store.migrations import all_tables
from monitoring.store.store import Store, open_store
from tests.stores import (
    drop_postgres_database,
    new_postgres_database,
    postgres_server,
    postgres_url,
    ready_stores,
)

__all__ = ["one_postgres_store", "postgres_server", "ready_stores", "store"]


@pytest.fixture(scope="session")
def one_postgres_store(postgres_server: str) -> Iterator[Store]:
    """A store on the test server for the whole session."""
    name = new_postgres_database()
    opened = open_store(postgres_url(name))
    yield opened
    opened.close()
    drop_postgres_database(name)


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
    emptied: Store = request.getfixturevalue("one_postgres_store")
    with emptied.writing() as connection:
        for table in reversed(all_tables().sorted_tables):
            if table.name != "audit_entry":  # nothing here writes to it, and it cannot be emptied
                connection.execute(delete(table))
    yield emptied
