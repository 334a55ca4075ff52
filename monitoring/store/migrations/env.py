"""Where Alembic starts: runs the steps on the connection (and in the transaction) that ``bring_to_head`` opened."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlmodel.sql.sqltypes import AutoString

from monitoring.store.layout.exact_columns import Exact, UtcDateTime
from monitoring.store.migrations import all_tables


def render_type(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """A step names types that stay what they are, not those of the library that the tables are written with."""
    if kind == "type" and isinstance(item, Exact):
        return f"exact_columns.Exact({item.scale})"
    if kind == "type" and isinstance(item, UtcDateTime):
        return "exact_columns.UtcDateTime()"
    if kind == "type" and isinstance(item, AutoString):
        return "sa.String()"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=all_tables(),
    render_as_batch=True,
    transactional_ddl=True,
    render_item=render_type,
)
with context.begin_transaction():
    context.run_migrations()
