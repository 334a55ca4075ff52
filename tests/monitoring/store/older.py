"""A store as an earlier program left it: two half-years of one fictional group, its flags, deadlines and an account.

``layout_0006.sql`` is a dump of what version 0.1.0 with layout 0006 wrote, so that what people have is what is tested.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

DUMP = Path(__file__).with_name("layout_0006.sql")


def store_of_layout_0006(folder: Path) -> str:
    """The address of a new SQLite store of that layout."""
    path = folder / "rule19.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(DUMP.read_text("utf-8"))
    return f"sqlite:///{path}"
