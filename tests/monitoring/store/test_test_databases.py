"""The databases that tests make for themselves are gone after them, even those of a run that was killed."""

from __future__ import annotations

import psycopg
import pytest

from tests import stores

pytestmark = pytest.mark.postgres


def names() -> set[str]:
    with psycopg.connect(stores.SERVER) as connection:
        return {name for (name,) in connection.execute("SELECT datname FROM pg_database").fetchall()}


def test_what_a_killed_run_left_is_dropped_and_nothing_of_a_living_one(postgres_server: str) -> None:
    own = stores.new_postgres_database()
    run = f"{stores._PREFIX}{'0' * 12}"
    others = f"{run}_00000000"
    stores.drop_postgres_database(others)
    stores._execute(f"CREATE DATABASE {others}")
    with psycopg.connect(stores.SERVER, application_name=run):
        stores.drop_what_dead_runs_left()
        assert {own, others} <= names()
    stores.drop_what_dead_runs_left()
    assert own in names()
    assert others not in names()
    stores.drop_postgres_database(own)
