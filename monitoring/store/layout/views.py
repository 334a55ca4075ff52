"""Views for people who read the store with SQL: what counts today, in 万元 and fractions, the same names in both databases.

``current_<table>`` stands for every table of filings and results. On PostgreSQL the figures are exact decimals; SQLite has
none, so there the views divide the stored integers and show floating-point numbers (the tables stay exact).
The views are made anew after every migration, so a migration never has to mind them.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, Table, inspect

from monitoring.store.database import SQLITE
from monitoring.store.layout.exact_columns import Exact
from monitoring.store.layout.filed_tables import FILED
from monitoring.store.layout.result_tables import RESULTS

PREFIX = "current_"
_HIDDEN = ("is_current", "position", "input_set_id")


def create(connection: Connection) -> None:
    """Make all views. Expects none to be there."""
    for table, condition in _tables():
        figures = ", ".join(
            _column(table, c.name, connection.dialect.name) for c in table.columns if c.name not in _HIDDEN
        )
        connection.exec_driver_sql(
            f'CREATE VIEW "{PREFIX}{table.name}" AS SELECT {figures} FROM "{table.name}" AS t {condition}'
        )


def drop(connection: Connection) -> None:
    """Remove all views of this program, as a table that a view reads cannot be rebuilt."""
    for name in inspect(connection).get_view_names():
        if name.startswith(PREFIX):
            connection.exec_driver_sql(f'DROP VIEW "{name}"')


def _tables() -> Iterator[tuple[Table, str]]:
    for filed in FILED.values():
        yield filed.table, "WHERE t.is_current"
    for table in RESULTS.values():
        if "is_current" in table.columns:
            yield table, "WHERE t.is_current"
        elif "period_end" in table.columns:
            yield (
                table,
                "JOIN statement AS s ON s.run_id = t.run_id AND s.group_id = t.group_id AND s.period_end = t.period_end WHERE s.is_current",
            )


def _column(table: Table, name: str, dialect: str) -> str:
    column_type = table.columns[name].type
    if dialect == SQLITE and isinstance(column_type, Exact):
        return f't."{name}" / 1{"0" * column_type.scale}.0 AS "{name}"'
    return f't."{name}"'
