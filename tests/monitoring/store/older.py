"""Stores as earlier programs left them: fictional groups, so that what people have is what is tested.

``layout_0006.sql`` is a dump of what version 0.1.0 with layout 0006 wrote: two half-years of one group, its flags, deadlines and
an account. ``layout_0009.sql`` is one of layout 0009 as it was made step by step: one run, its figures and its findings.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


def store_of_layout(layout: str, folder: Path) -> str:
    """The address of a new SQLite store of that layout."""
    path = folder / "rule19.db"
    dump = Path(__file__).with_name(f"layout_{layout}.sql")
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(dump.read_text("utf-8"))
    return f"sqlite:///{path}"
