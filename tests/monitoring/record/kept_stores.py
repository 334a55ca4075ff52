"""Stores with a record to hold against the chain: runs with flags, an approval, entries of the audit log, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from consolidation.consolidate import consolidate
from consolidation.rulebook import Rulebook
from monitoring.access import audit
from monitoring.flags.answers.answering import acknowledge
from monitoring.flags.store import current_flags, keep_run
from monitoring.record.backup import back_up, restore
from monitoring.store.recording import provenance, run_record
from monitoring.store.runs import approve_run
from monitoring.store.store import COMPLETE, PENDING, Store, open_store
from tests.build import one_group, read, rows, write_set
from tests.stores import drop_postgres_database, new_postgres_database, postgres_url

GROUP, PERIOD = "G", "2023-12-31"


def a_set(folder: Path, capital: str) -> Path:
    """A group whose one insurer has that actual capital to a requirement of 500; below it there are flags."""
    filings = rows("solo_filings", f"S,life,2023-12-31,annual,{capital},500")
    members = rows("group_members", "G,P,parent", "G,S,subsidiary")
    return write_set(folder, one_group(solo_filings=filings, group_members=members, group_financials=[]))


def keep(store: Store, place: Path, who: str = "amy", status: str = COMPLETE) -> int:
    """Consolidate the set and keep the run; its number."""
    filing_set, law = read(place), Rulebook.load()
    started = datetime(2026, 1, 1, tzinfo=UTC)
    made = provenance(filing_set, law, who=who, started_at=started, arguments={"set": str(place)})
    return keep_run(store, run_record(filing_set, consolidate(filing_set, law), law, made, status=status))


def fill(store: Store, folder: Path) -> None:
    """Two runs, the second approved by another person; a flag that was answered; two entries of the audit log."""
    keep(store, a_set(folder / "one", "450"))
    second = keep(store, a_set(folder / "two", "400"), status=PENDING)
    approve_run(store, second, "ben")
    acknowledge(store, int(current_flags(store)["flag_id"][0]), "amy", "seen")
    with store.writing() as connection:
        for subject in ("first", "second"):
            audit.record(connection, "amy", "export.annex10", subject, group_id=GROUP)


@pytest.fixture(scope="session")
def kept_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Such a store for all tests: none of them may change it."""
    folder = tmp_path_factory.mktemp("kept")
    store = open_store(f"sqlite:///{folder / 'rule19.db'}")
    fill(store, folder)
    yield store
    store.close()


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def kept(
    request: pytest.FixtureRequest, kept_sqlite: Store, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """The same on both databases; the one in PostgreSQL is restored from a copy of the other."""
    if request.param == "sqlite":
        yield kept_sqlite
        return
    request.getfixturevalue("postgres_server")
    name = new_postgres_database()
    store, _ = restore(back_up(kept_sqlite, tmp_path_factory.mktemp("copy")).file, postgres_url(name))
    yield store
    store.close()
    drop_postgres_database(name)
