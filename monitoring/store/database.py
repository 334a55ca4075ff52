"""The database behind the store: its address, its engine, and its troubles in one plain sentence.

SQLite (a file) by default, PostgreSQL by URL; both are used through SQLAlchemy by as many threads as like. Whatever goes
wrong there – locked, full, read-only, away, no database at all – reaches the caller as a :class:`StoreError` whose text
is meant for a person and never holds a password.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, exc, make_url

from consolidation.sentence import FaultInWords, Sentence, in_words

SQLITE, POSTGRESQL = "sqlite", "postgresql"
URL_VARIABLE = "RULE19_DATABASE_URL"
HOME_VARIABLE = "RULE19_HOME"
WRITES = "rule19_writes"
"""Execution option of a connection that is going to write: on SQLite its transaction takes the write lock at once."""

CONNECT_SECONDS = 10
_NOTICED_HERE = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
_NOTICED_THERE = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
"""A machine that lost its power is noticed within half a minute, by us and by the database, which would otherwise keep the
locks of a scheduler that is gone for hours."""
_SCHEMES = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg", "sqlite": "sqlite"}


class StoreError(FaultInWords):
    """The store cannot be used as asked."""


class OutcomeUnknown(StoreError):
    """The database did not say whether it kept what was written: it went away while it committed."""


def home() -> Path:
    """The folder of this program's own data: ``RULE19_HOME``, else ``~/.local/share/rule19``."""
    given = os.environ.get(HOME_VARIABLE)
    return Path(given).expanduser() if given else Path.home() / ".local" / "share" / "rule19"


def database_url(given: str | None = None) -> URL:
    """The address of the store: as given, else ``RULE19_DATABASE_URL``, else a SQLite file in :func:`home`.

    :raises StoreError: for an address that is none, or of a database that this program does not know.
    """
    text = given or os.environ.get(URL_VARIABLE)
    if not text:
        return URL.create("sqlite", database=str(home() / "rule19.db"))
    try:
        url = make_url(text)
    except (exc.ArgumentError, ValueError):
        raise StoreError(in_words("store.no-address")) from None
    if url.drivername not in (*_SCHEMES, *_SCHEMES.values()):
        raise StoreError(in_words("store.unknown-database", kind=url.drivername))
    if any("@" in part for part in (url.host or "", url.database or "") if url.drivername != "sqlite"):
        raise StoreError(in_words("store.mark-out-of-place"))
    url = url.set(drivername=_SCHEMES.get(url.drivername, url.drivername))
    if url.drivername == "sqlite" and (not url.database or url.database == ":memory:"):
        raise StoreError(in_words("store.in-memory"))
    return url


def place(url: URL) -> str:
    """Where the store is, for a person: the file, or user, host and database; never a password or an option."""
    if url.drivername == "sqlite":
        return str(url.database)
    user = f"{url.username}@" if url.username else ""
    port = f":{url.port}" if url.port else ""
    return f"{user}{url.host or 'localhost'}{port}/{url.database or url.username or ''}"


def make_engine(url: URL, wait_seconds: float) -> Engine:
    """An engine for ``url`` whose writers wait at most ``wait_seconds`` for each other."""
    if url.drivername != "sqlite":
        engine = create_engine(
            url,
            pool_pre_ping=True,
            max_overflow=20,
            hide_parameters=True,
            connect_args={
                "connect_timeout": CONNECT_SECONDS,
                "application_name": "rule19",
                "client_encoding": "utf8",
                **_NOTICED_HERE,
            },
        )
        event.listen(engine, "connect", _prepare_postgresql(wait_seconds))
        return engine
    file = Path(str(url.database)).expanduser()
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not file.exists():  # SQLite would let everybody read it; its logs take the rights of the file
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as fault:
        said = in_words("store.not-opened", where=str(file), reason=fault.strerror or str(fault))
        raise StoreError(said) from None
    if _is_something_else(file):
        raise StoreError(in_words(_SQLITE_SENTENCES["SQLITE_NOTADB"], where=str(file)))
    engine = create_engine(
        url.set(database=str(file)),
        max_overflow=20,
        hide_parameters=True,
        connect_args={"timeout": wait_seconds, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", begin_sqlite)
    return engine


def _is_something_else(file: Path) -> bool:
    """Whether the file holds what no SQLite file begins with: SQLite itself would write over one of a few bytes."""
    try:
        with file.open("rb") as opened:
            start = opened.read(len(_SQLITE_BEGINS))
    except OSError:  # not there yet, or not to be read: SQLite says it better
        return False
    return start not in (b"", _SQLITE_BEGINS)


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin where SQLAlchemy says, see begin_sqlite
    connection.execute("PRAGMA foreign_keys = ON")


def begin_sqlite(connection: Any) -> None:
    """A writer takes the lock before it reads: otherwise two that read first could never both go on to write.

    Not through SQLAlchemy: every transaction does it, and one of two statements costs as much there as both.
    """
    writes = connection.get_execution_options().get(WRITES)
    connection.connection.dbapi_connection.execute("BEGIN IMMEDIATE" if writes else "BEGIN")


def _prepare_postgresql(wait_seconds: float) -> Any:
    def prepare(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SET TIME ZONE 'UTC'; SET lock_timeout = {round(wait_seconds * 1000)}; {_NOTICED_THERE}"
            )
        connection.commit()

    return prepare


@contextmanager
def plain_errors(where: str) -> Iterator[None]:
    """Turn what the database says into a :class:`StoreError` about the store at ``where``."""
    try:
        yield
    except exc.DBAPIError as fault:
        raise StoreError(_sentence(fault.orig, where)) from None
    except exc.TimeoutError:
        raise StoreError(in_words("store.too-many-users", where=where)) from None
    except sqlite3.Error as fault:
        raise StoreError(_sentence(fault, where)) from None
    except Exception as fault:
        if type(fault).__module__.partition(".")[0] != "psycopg":
            raise
        raise StoreError(_sentence(fault, where)) from None


_SQLITE_BEGINS = b"SQLite format 3\x00"
_SQLITE_SENTENCES = {
    "SQLITE_FULL": "store.disk-full",
    "SQLITE_READONLY": "store.file-only-read",
    "SQLITE_BUSY": "store.locked",
    "SQLITE_LOCKED": "store.locked",
    "SQLITE_CANTOPEN": "store.folder-not-usable",
    "SQLITE_NOTADB": "store.other-file",
    "SQLITE_CORRUPT": "store.damaged",
    "SQLITE_IOERR": "store.disk-fails",
}
_POSTGRESQL_SENTENCES = {
    "28": "store.user-refused",
    "3D": "store.no-database",
    "53100": "store.server-disk-full",
    "53": "store.server-no-room",
    "25006": "store.only-read",
    "42501": "store.no-rights",
    "55P03": "store.locked",
    "57": "store.server-down",
    "08": "store.connection-broke",
}


def _sentence(fault: BaseException | None, where: str) -> Sentence:
    if isinstance(fault, sqlite3.Error):
        name = getattr(fault, "sqlite_errorname", "")
        for start, sentence in _SQLITE_SENTENCES.items():
            if name.startswith(start):
                return in_words(sentence, where=where)
        return in_words("store.refused", where=where, reason=_first_line(fault))
    state = getattr(fault, "sqlstate", None) or _state_in_words(str(fault))
    for start, sentence in _POSTGRESQL_SENTENCES.items():
        if state.startswith(start):
            return in_words(sentence, where=where, variable=URL_VARIABLE)
    if any(kind.__name__ == "OperationalError" for kind in type(fault).__mro__):
        return in_words("store.not-reached", where=where, variable=URL_VARIABLE)
    return in_words("store.refused", where=where, reason=_first_line(fault))


def _state_in_words(text: str) -> str:
    """A connection that fails carries no code, only words."""
    if "authentication failed" in text or "no password supplied" in text or "pg_hba.conf" in text:
        return "28"
    if "database" in text and "does not exist" in text:
        return "3D"
    return "53" if "too many clients" in text else ""


def _first_line(fault: BaseException | None) -> str:
    return (str(fault).strip().splitlines() or ["no reason given"])[0]
