"""A disk or a database that fails once: the Nth file opened for writing, moved, made or synced, the Nth statement, commit or connection."""

from __future__ import annotations

import errno
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
from sqlalchemy import Connection, Engine, event

from monitoring.store.database import SQLITE

_CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.link")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_LISTENING: list[Failing] = []


class Failing:
    """Counts the steps and lets one of them fail; 0: none."""

    def __init__(self, deadly: int, place: Path) -> None:
        self.deadly, self.place, self.steps = deadly, str(place), 0
        self.failed = ""

    def step(self, what: str, fault: Exception) -> None:
        """One more step; raises the fault where it is this one's turn."""
        self.steps += 1
        if self.steps == self.deadly:
            self.failed = what
            raise fault

    def audited(self, name: str, arguments: tuple[Any, ...]) -> None:
        """What Python is about to do to a file."""
        if name == "open":
            path, mode, flags = arguments
            writes = (isinstance(mode, str) and set("wax+") & set(mode)) or (
                isinstance(flags, int) and flags & _WRITING
            )
            if writes and self._is_here(path):
                self.step(f"write {path}", OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)))
        elif name in _CHANGES and self._is_here(arguments[0]):
            self.step(f"{name} {arguments[0]}", OSError(errno.EIO, os.strerror(errno.EIO), str(arguments[0])))

    def _is_here(self, path: object) -> bool:
        return isinstance(path, str | os.PathLike) and str(path).startswith(self.place)


def _failing_sql(connection: Connection, *_: Any) -> None:
    """The disk under a SQLite file fails; from a server the connection is cut, or at every other step its disk is full."""
    fault: Exception = sqlite3.OperationalError("disk I/O error")
    fault.sqlite_errorname = "SQLITE_IOERR"  # type: ignore[attr-defined]
    for failing in _LISTENING:
        try:
            failing.step("database", fault)
        except sqlite3.OperationalError:
            if connection.dialect.name == SQLITE:
                raise
            if failing.deadly % 2:
                raise psycopg.errors.DiskFull("no space left on device") from None
            plain: Any = connection.connection.dbapi_connection
            plain.close()


def _audit(name: str, arguments: tuple[Any, ...]) -> None:
    for failing in _LISTENING:
        failing.audited(name, arguments)


_INSTALLED: list[bool] = []


@contextmanager
def one_step_fails(deadly: int, place: Path) -> Iterator[Failing]:
    """Let the step of that number fail, of those under a folder and those of any database; 0 only counts them."""
    if not _INSTALLED:  # a hook of Python cannot be taken away
        sys.addaudithook(_audit)
        for name in ("begin", "before_cursor_execute", "commit", "engine_connect"):
            event.listen(Engine, name, _failing_sql)
        _INSTALLED.append(True)
    failing, sync = Failing(deadly, place), os.fsync

    def fsync(handle: int) -> None:
        failing.step("fsync", OSError(errno.EIO, os.strerror(errno.EIO)))
        sync(handle)

    _LISTENING.append(failing)
    try:
        with patch("os.fsync", fsync):
            yield failing
    finally:
        _LISTENING.remove(failing)
