"""messages in series: part and parts, what the far side takes, and when one was handed over."""

import sqlalchemy as sa
from alembic import op

from monitoring.store.layout import exact_columns

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    for name, kind in (
        ("part", sa.Integer()),
        ("parts", sa.Integer()),
        ("most_bytes", sa.Integer()),
        ("handed_over_at", exact_columns.UtcDateTime()),
    ):
        op.add_column("message", sa.Column(name, kind))
    op.execute("UPDATE message SET part = 1, parts = 1")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.alter_column("part", existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column("parts", existing_type=sa.Integer(), nullable=False)
        batch_op.create_index("ix_message_handed_over", ["channel", "handed_over_at"], unique=False)
        batch_op.create_index(
            "ix_message_found_limit",
            ["channel"],
            unique=False,
            sqlite_where=sa.text("most_bytes IS NOT NULL"),
            postgresql_where=sa.text("most_bytes IS NOT NULL"),
        )
