"""PostgreSQL's advisory locks: every number that this program takes, in one place, so that no two rooms share one."""

from __future__ import annotations

from enum import IntEnum

from sqlalchemy import Connection, text

from monitoring.store.database import SQLITE


class Lock(IntEnum):
    """What only one transaction at a time may do; the number is ``R19`` in ASCII and one byte."""

    MIGRATIONS = 0x52313900
    RUNS = 0x52313901
    """Record or decide on a run: the order of runs is the order of commits."""
    ACCOUNTS = 0x52313902
    """Change accounts and count failed sign-ins."""
    OBLIGATIONS = 0x52313903
    """Generate obligations."""
    FLAGS = 0x52313904
    """Change flags: what is compared with is what is changed."""
    CHAIN = 0x52313905
    """Add links to the record: the last lock that a transaction takes."""
    OUTLOOK = 0x52313906
    """Keep forecasts: what is compared with is what is added to."""


def take_lock(connection: Connection, lock: Lock) -> None:
    """Wait for the lock and hold it until the transaction ends.

    On SQLite a writing transaction holds the database's one write lock from its start (``database.WRITES``).
    """
    if connection.dialect.name != SQLITE:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": int(lock)})
