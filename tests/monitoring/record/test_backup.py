"""A copy of the store is of one moment and fits its chain; what is restored from it answers as the store did."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import pytest

from monitoring.access import audit
from monitoring.flags.store import current_flags
from monitoring.record.backup import CannotRestore, back_up, copies, restore
from monitoring.record.verify import Fault, verify
from monitoring.store import queries
from monitoring.store.database import StoreError
from monitoring.store.runs import list_runs
from monitoring.store.store import Store, open_store, record_run
from tests.monitoring.store.records import H1, a_run, solo_filings
from tests.stores import postgres_url

NIGHT = datetime(2026, 1, 1, 3, tzinfo=UTC)


@pytest.fixture
def writer(store: Store) -> Iterator[None]:
    """Somebody who records runs and acts all the time."""
    stop = Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            filings = solo_filings(*((f"公司{n}", H1, number) for n in range(30)))
            record_run(store, a_run(f"data {number}", filings=filings, capital={("集团", H1): number}))
            with store.writing() as connection:
                audit.record(connection, "amy", "export.annex10", str(number))

    thread = Thread(target=write)
    thread.start()
    yield
    stop.set()
    thread.join()


def test_a_copy_made_while_others_write_is_of_one_moment_and_restores_to_the_same(
    store: Store, writer: None, tmp_path: Path
) -> None:
    while list_runs(store).height < 2:
        pass
    copied = back_up(store, tmp_path / "copies", at=NIGHT)
    assert copied.verification.misfits == ()
    assert copied.file.name == "rule19-20260101T030000Z.db"
    assert copied.file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "copies").iterdir()] == [copied.file.name]

    restored, verification = restore(copied.file, f"sqlite:///{tmp_path / 'elsewhere' / 'rule19.db'}")
    assert verification == copied.verification
    newest = list_runs(restored).height
    assert newest >= 2
    assert queries.lines(restored)["amount"].to_list() == [newest]
    assert list_runs(restored).equals(list_runs(store).head(newest))
    assert audit.entries(restored).height in (newest - 1, newest)
    assert record_run(restored, a_run("more", filings=solo_filings(("公司0", H1, 9)))) == newest + 1
    assert verify(restored).misfits == ()
    restored.close()


@pytest.mark.postgres
def test_what_is_restored_into_the_other_database_answers_the_same(
    kept: Store, postgres_database: str, tmp_path: Path
) -> None:
    file = back_up(kept, tmp_path).file
    restored, verification = restore(file, postgres_url(postgres_database))
    assert verification.misfits == ()
    assert list_runs(restored).equals(list_runs(kept))
    assert current_flags(restored).equals(current_flags(kept))
    for run in (1, 2):
        assert queries.contributions(restored, run=run).equals(queries.contributions(kept, run=run))
    with restored.writing() as connection:
        audit.record(connection, "amy", "export.annex10", "after")
    assert audit.entries(restored)["id"].to_list() == [3, 2, 1]
    assert verify(restored).misfits == ()
    with pytest.raises(CannotRestore, match="is not empty"):
        restore(file, postgres_url(postgres_database))
    restored.close()


def test_the_oldest_copies_go_but_never_for_one_that_does_not_fit(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'rule19.db'}")
    record_run(store, a_run("a", filings=solo_filings(("甲", H1, 1))))
    folder = tmp_path / "copies"
    made = [back_up(store, folder, keep=2, at=NIGHT + timedelta(days=day)) for day in range(3)]
    assert copies(folder) == [made[1].file, made[2].file]
    assert made[2].removed == (made[0].file,)
    with closing(sqlite3.connect(tmp_path / "rule19.db")) as connection, connection:
        connection.execute("UPDATE run SET who = 'eve'")
    bad = back_up(store, folder, keep=2, at=NIGHT + timedelta(days=3))
    assert [one.fault for one in bad.verification.misfits] == [Fault.CHANGED]
    assert copies(folder) == [made[1].file, made[2].file, bad.file]
    store.close()


def test_nothing_that_is_there_is_written_over(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'rule19.db'}")
    file = back_up(store, tmp_path / "copies").file
    with pytest.raises(CannotRestore, match="a store is there already"):
        restore(file, f"sqlite:///{tmp_path / 'rule19.db'}")
    with pytest.raises(CannotRestore, match="is not there"):
        restore(tmp_path / "none.db", f"sqlite:///{tmp_path / 'new.db'}")
    store.close()


# --- a store that has lost something -------------------------------------------------------------------------------------


def test_a_store_that_lost_its_write_ahead_log_is_told(tmp_path: Path) -> None:
    there, url = tmp_path / "rule19.db", f"sqlite:///{tmp_path / 'rule19.db'}"
    store = open_store(url)
    record_run(store, a_run("a", filings=solo_filings(("甲", H1, 1))))
    store.close()  # folds the log into the file
    early = tmp_path / "early.db"
    shutil.copy(there, early)
    again = open_store(url)
    record_run(again, a_run("b", filings=solo_filings(("甲", H1, 2))))
    again.close()
    shutil.copy(early, there)  # as if the log with the second run had been lost
    with pytest.raises(StoreError, match=r"is older than it was: it ends at link 1 .* knows link 2"):
        open_store(url)
    there.with_name("rule19.db.head").unlink()
    assert list_runs(open_store(url)).height == 1


@pytest.mark.parametrize("how", ["emptied", "removed"])
def test_a_store_that_is_gone_is_told_and_no_new_one_made_in_its_place(tmp_path: Path, how: str) -> None:
    there, url = tmp_path / "rule19.db", f"sqlite:///{tmp_path / 'rule19.db'}"
    store = open_store(url)
    record_run(store, a_run("a", filings=solo_filings(("甲", H1, 1))))
    store.close()
    if how == "emptied":
        there.write_bytes(b"")
        os.utime(there, (0, 0))
    else:
        there.unlink()
    with pytest.raises(StoreError, match="restore the last backup"):
        open_store(url)
    assert not there.exists() or there.stat().st_size == 0
