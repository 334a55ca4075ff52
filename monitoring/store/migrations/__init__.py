"""The store's layout through time: one numbered file a step, run by Alembic, the same on SQLite and PostgreSQL.

:func:`bring_to_head` makes an empty or older database what this program needs, and does so once however many processes
start together. A database that is already there costs one small query: Alembic is not even imported.
``python -m monitoring.store.migrations "what changes"`` writes the next step from the difference between :func:`all_tables`
and the last step.
"""

from __future__ import annotations

import importlib
import sqlite3
import threading
import time
from pathlib import Path

from sqlalchemy import Connection, Engine, MetaData, inspect, text

from consolidation.sentence import in_words
from monitoring.store.database import SQLITE, WRITES, StoreError, plain_errors
from monitoring.store.locks import Lock, take_lock

FOLDER = Path(__file__).parent
SQUASHED = ("0006", "0007", "0008")
"""Earlier layouts, whose steps are gone: the first step that is left adds what they lack."""

_one_at_a_time = threading.Lock()


def revisions() -> list[str]:
    """The steps that this program knows, oldest first; a file ``0002_flags.py`` is revision ``0002``."""
    return sorted(path.name[:4] for path in (FOLDER / "versions").glob("[0-9]*.py"))


def all_tables() -> MetaData:
    """Every table of the store: those of each ``tables.py`` or ``*_tables.py`` of a room."""
    monitoring = Path(__file__).parents[2]
    for path in sorted(monitoring.rglob("*tables.py")):
        room = path.relative_to(monitoring.parent).with_suffix("")
        importlib.import_module(".".join(room.parts))
    from monitoring.store.layout.filed_tables import Base

    return Base.metadata


def bring_to_head(engine: Engine, where: str, wait_seconds: float) -> None:
    """Bring the database to the newest layout that this program knows, all of it or nothing.

    :raises StoreError: if the database was written by a newer program, or cannot be used.
    """
    with plain_errors(where), engine.connect() as connection:
        if _is_at_head(connection, where):
            return
    with plain_errors(where), _one_at_a_time:
        if engine.dialect.name == SQLITE:
            _use_write_ahead_log(engine, wait_seconds)
        with engine.connect() as connection:
            _upgrade(connection, where)


def _is_at_head(connection: Connection, where: str) -> bool:
    if not inspect(connection).has_table("alembic_version"):
        return False
    found, known = _layout(connection), revisions()
    if found is not None and found not in (*SQUASHED, *known):
        word = "store.layout-older" if found < known[0] else "store.layout-newer"
        raise StoreError(in_words(word, where=where, found=found, known=known[-1]))
    return found == known[-1]


def _layout(connection: Connection) -> str | None:
    """The layout that the database says it has."""
    found: str | None = connection.execute(
        text("SELECT version_num FROM alembic_version")
    ).scalar_one_or_none()
    return found


def _use_write_ahead_log(engine: Engine, wait_seconds: float) -> None:
    """Readers and a writer then do not wait for each other. Two processes may try at once and SQLite does not queue them."""
    until = time.monotonic() + wait_seconds
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        while True:
            try:
                driver.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as fault:
                if not fault.sqlite_errorname.startswith("SQLITE_BUSY") or time.monotonic() > until:
                    raise
                time.sleep(0.02)


def _upgrade(connection: Connection, where: str) -> None:
    """Run the missing steps in one transaction, alone."""
    from alembic import command
    from alembic.config import Config

    from monitoring.store.integrity import chain
    from monitoring.store.layout import views

    sqlite = connection.dialect.name == SQLITE
    driver = connection.connection.driver_connection
    if sqlite:
        # A step that rebuilds a table drops the old one, which would take rows that refer to it along.
        driver.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]
    try:
        with connection.execution_options(**{WRITES: True}).begin():
            take_lock(connection, Lock.MIGRATIONS)
            if _is_at_head(connection, where):
                return
            config = Config()
            config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
            config.set_main_option("path_separator", "os")
            config.attributes["connection"] = connection
            views.drop(connection)
            if inspect(connection).has_table("alembic_version") and _layout(connection) in SQUASHED:
                config.attributes["earlier_layout"] = True
                connection.execute(text("DELETE FROM alembic_version"))
            command.upgrade(config, "head")
            views.create(connection)
            chain.anchor(connection, "rule19")
            if sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
                raise StoreError(in_words("store.row-refers-to-nothing", where=where, table=broken[0]))
    finally:
        if sqlite:
            driver.execute("PRAGMA foreign_keys = ON")  # type: ignore[union-attr]
