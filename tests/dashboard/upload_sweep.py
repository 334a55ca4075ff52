"""Let each step of an upload and of its approval fail once: ``python -m tests.dashboard.upload_sweep [EVERY]``, on both databases.

Whatever fails, the set is not there, or waits, or counts, each of it whole; who filed is told in a sentence; and who goes on from
there comes to what comes out where nothing fails.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from sqlalchemy import func, select

from consolidation.filing_set import UnusableSet
from dashboard.actions import acting, uploads
from dashboard.queries.session import UserSession
from monitoring.access.accounts import Role
from monitoring.record.verify import verify
from monitoring.store import recording
from monitoring.store.database import StoreError
from monitoring.store.migrations import all_tables
from monitoring.store.runs import list_runs
from monitoring.store.store import PENDING, Store, open_store
from monitoring.upload_effect import PARTS
from tests.dashboard.own_sets import GROUP, signed_in, tables, zipped
from tests.jobs.pipeline.failing import one_step_fails
from tests.stores import drop_postgres_database, emptying, new_postgres_database, postgres_url

_OF_ACCESS = {"audit_entry", "record_chain", "account", "session"}
"""Tables in which an attempt leaves something, too."""
_FOR_PEOPLE = (StoreError, UnusableSet, acting.ActionDenied, OSError)

Fresh = Callable[[], Store]


def _file_and_approve(officer: UserSession, supervisor: UserSession) -> None:
    """Go on from where the set stands."""
    runs = list_runs(officer.store)
    if runs.is_empty():
        uploads.file(officer, io.BytesIO(zipped(tables())), "set.zip")
    (run,) = list_runs(officer.store).iter_rows(named=True)
    if run["status"] == PENDING:
        acting.approve(supervisor, run["run_id"], (), PARTS)


def _rows(store: Store) -> dict[str, int]:
    with store.reading() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in all_tables().sorted_tables
            if table.name not in _OF_ACCESS
        }


def sweep(fresh: Fresh, place: Path, every: int = 1) -> Counter[str]:
    """Let every so manieth step fail; what became of it, counted.

    :param fresh: an empty store, each time.
    :raises AssertionError: where something is half there, or what is said is no sentence.
    """
    whole: list[dict[str, int]] = []
    seen: Counter[str] = Counter()
    number, steps = 0, 0
    while number <= steps:
        store = fresh()
        officer, supervisor = signed_in(store, Role.OFFICER, GROUP), signed_in(store, Role.SUPERVISOR)
        nothing = _rows(store)
        with patch("tempfile.tempdir", str(place)), one_step_fails(number, place) as failing:
            try:
                _file_and_approve(officer, supervisor)
            except _FOR_PEOPLE as said:
                assert str(said) and "\n" not in str(said)
                seen[type(said).__name__] += 1
        where = f"step {number}: {failing.failed}"
        if not number:
            steps, whole = failing.steps, [nothing, _rows(store)]
        left = _rows(store)
        waits = list_runs(store).height == 1 and list_runs(store)["status"].item() == PENDING
        assert waits or left in whole, where
        _file_and_approve(officer, supervisor)
        assert _rows(store) == whole[1], where
        assert verify(store).misfits == (), where
        seen["waits" if waits else "nothing" if left == nothing else "counts"] += 1
        store.close()
        number += every if number else 1
    return seen


@contextmanager
def sqlite_stores(place: Path) -> Iterator[Fresh]:
    """Stores in files, each a copy of one that was made once."""
    ready = place / "ready.db"
    open_store(f"sqlite:///{ready}").close()
    file = place / "rule19.db"

    def fresh() -> Store:
        for old in place.glob("rule19.db*"):
            old.unlink()
        file.write_bytes(ready.read_bytes())
        return open_store(f"sqlite:///{file}")

    yield fresh


@contextmanager
def postgres_stores() -> Iterator[Fresh]:
    """A PostgreSQL store, emptied each time."""
    name = new_postgres_database()
    url = postgres_url(name)
    open_store(url).close()
    with emptying(name) as empty:

        def fresh() -> Store:
            empty()
            return open_store(url)

        yield fresh
    drop_postgres_database(name)


if __name__ == "__main__":
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    with tempfile.TemporaryDirectory() as folder, patch.object(recording, "readings_of", lambda *_: {}):
        for name, stores in (("SQLite", sqlite_stores(Path(folder))), ("PostgreSQL", postgres_stores())):
            with stores as made:
                print(name, dict(sweep(made, Path(folder), steps)), flush=True)
