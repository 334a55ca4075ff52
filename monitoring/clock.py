"""What time it is, by the clock of the database: the one clock that all who share a store have in common."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from monitoring.store.database import SQLITE


def database_time(connection: Connection) -> datetime:
    """The moment by the database's clock, in UTC; within one transaction it goes on, it does not stand still."""
    if connection.dialect.name == SQLITE:
        plain: Any = (
            connection.connection.dbapi_connection
        )  # every transaction asks; SQLAlchemy costs ten times the answer
        (text,) = plain.execute("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')").fetchone()
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    moment: Any = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    return moment.astimezone(UTC)
