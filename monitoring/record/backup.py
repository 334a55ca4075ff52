"""Copies of the store, and the store back from one: always a SQLite file, from either database and into either.

A copy is of one moment, whoever writes meanwhile, and is held against the chain of hashes before it gets its name.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, func, select, text

from monitoring.record.verify import Verification, verify
from monitoring.store import frames
from monitoring.store.database import SQLITE, StoreError, database_url, plain_errors
from monitoring.store.integrity import chain, head_file
from monitoring.store.migrations import all_tables
from monitoring.store.store import Store, open_store

KEPT = 7
"""How many copies are kept where nobody says otherwise."""

_NAME = re.compile(r"rule19-\d{8}T\d{6}Z(-\d+)?\.db")
_OWNER_ONLY, _OWNER_ONLY_FOLDER = 0o600, 0o700


class CannotRestore(Exception):
    """The store cannot be restored there or from that; the text says why for a person."""


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy of a store: its file, what the chain says of it, and which older copies were removed."""

    file: Path
    verification: Verification
    removed: tuple[Path, ...] = ()


def back_up(store: Store, folder: Path, *, keep: int = KEPT, at: datetime | None = None) -> Copied:
    """Copy the store into a new file of the folder and remove the oldest copies beyond ``keep``.

    A copy that does not fit its chain is kept, as it is what there is, and removes no other.

    :raises StoreError: if the store cannot be read.
    :raises OSError: if the folder cannot be written.
    """
    folder.mkdir(mode=_OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
    stamp = (at or datetime.now(UTC)).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    with TemporaryDirectory(dir=folder, prefix=".unfinished-") as place:
        draft = Path(place, "rule19.db")
        _copy(store, draft)
        with _opened(f"sqlite:///{draft}") as copy:
            verification = verify(copy)
        _to_disk(draft)
        file = _free(folder, f"rule19-{stamp}")
        draft.rename(file)
    removed = () if verification.misfits else _rotate(folder, keep)
    return Copied(file, verification, removed)


def _free(folder: Path, name: str) -> Path:
    file, number = folder / f"{name}.db", 1
    while file.exists():
        file, number = folder / f"{name}-{number}.db", number + 1
    return file


def copies(folder: Path) -> list[Path]:
    """The copies in the folder, the oldest first."""
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))


def _rotate(folder: Path, keep: int) -> tuple[Path, ...]:
    old = tuple(copies(folder)[:-keep])
    for path in old:
        path.unlink()
    return old


def _copy(store: Store, draft: Path) -> None:
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL, _OWNER_ONLY))
    if store.engine.dialect.name == SQLITE:
        with plain_errors(store.where), store.engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            with closing(sqlite3.connect(draft)) as into:
                driver.backup(into)
    else:
        draft.unlink()
        with (
            _opened(f"sqlite:///{draft}") as target,
            store.reading() as source,
            target.writing() as connection,
        ):
            _copy_rows(source, connection)
        draft.chmod(_OWNER_ONLY)
    _one_file(draft)


def _one_file(file: Path) -> None:
    """Fold the write-ahead log into the file: a copy is one file."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    for suffix in ("-wal", "-shm", head_file.SUFFIX):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


def restore(file: Path, url: str | None) -> tuple[Store, Verification]:
    """Make the store at ``url`` from a copy; gives it open, and what the chain says of it there.

    :param url: a SQLite file that is not there yet, or an empty PostgreSQL database; None: where the store is by default.
    :raises CannotRestore: if the copy is none, or the place is taken.
    :raises StoreError: if the database cannot be used.
    """
    address = database_url(url)
    if not file.is_file():
        raise CannotRestore(f"{file}: is not there, or no file")
    if address.drivername == SQLITE:
        return _restore_file(file, Path(str(address.database)).expanduser())
    with TemporaryDirectory() as place:
        draft = Path(place, "rule19.db")
        _take(file, draft)
        store = open_store(url)
        try:
            with _opened(f"sqlite:///{draft}") as copy:
                _into(copy, store)
        except BaseException:
            store.close()
            raise
    return store, verify(store)


def _restore_file(file: Path, target: Path) -> tuple[Store, Verification]:
    if target.exists() and target.stat().st_size:
        raise CannotRestore(
            f"{target}: a store is there already; move it away first, with its -wal and {head_file.SUFFIX} files"
        )
    target.parent.mkdir(mode=_OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
    with TemporaryDirectory(dir=target.parent, prefix=".unfinished-") as place:
        draft = Path(place, "rule19.db")
        _take(file, draft)
        with _opened(f"sqlite:///{draft}"):
            pass  # brought to the layout of this program
        _one_file(draft)
        _to_disk(draft)
        for suffix in ("-wal", "-shm", head_file.SUFFIX):
            target.with_name(target.name + suffix).unlink(missing_ok=True)
        draft.replace(target)
    with closing(sqlite3.connect(target)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    store = open_store(f"sqlite:///{target}")
    with store.reading() as reading:
        head = chain.head(reading)
    if head is not None:
        head_file.write(store.engine.url, head)
    return store, verify(store)


def _take(file: Path, draft: Path) -> None:
    shutil.copyfile(file, draft)
    draft.chmod(_OWNER_ONLY)
    wal = file.with_name(f"{file.name}-wal")
    if wal.exists():
        raise CannotRestore(
            f"{file}: is in use ({wal.name} is beside it); make a copy of it with rule19 backup"
        )


def _into(copy: Store, store: Store) -> None:
    """Put every row of the copy into an empty store."""
    with copy.reading() as source, store.writing() as connection:
        for table in all_tables().sorted_tables:
            if connection.execute(select(func.count()).select_from(table)).scalar_one():
                raise CannotRestore(
                    f"the store at {store.where} is not empty: {table.name} has rows; name an empty database"
                )
        _copy_rows(source, connection)
        _count_on(connection)


def _copy_rows(source: Connection, target: Connection) -> None:
    for table in all_tables().sorted_tables:
        query = select(*table.columns).order_by(*table.primary_key.columns)
        for part in frames.read_in_parts(source, query):
            frames.write(target, table, part)


def _count_on(connection: Connection) -> None:
    """Let PostgreSQL number new rows after those that were put in."""
    for table in all_tables().sorted_tables:
        for column in table.primary_key.columns:
            names = {"table": f'"{table.name}"', "column": column.name}
            counter = connection.execute(
                text("SELECT pg_get_serial_sequence(:table, :column)"), names
            ).scalar_one()
            if counter:
                last = select(func.coalesce(func.max(column), 0))
                connection.execute(
                    text("SELECT setval(:counter, greatest(:last, 1), :last > 0)"),
                    {"counter": counter, "last": connection.execute(last).scalar_one()},
                )


@contextmanager
def _opened(url: str) -> Iterator[Store]:
    store = open_store(url)
    try:
        yield store
    finally:
        store.close()


def _to_disk(file: Path) -> None:
    with file.open("rb") as opened:
        os.fsync(opened.fileno())


__all__ = ["KEPT", "CannotRestore", "Copied", "StoreError", "back_up", "copies", "restore"]
