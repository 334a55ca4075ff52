"""transitional measures, so that a fall can say that one has ended."""

import sqlalchemy as sa
from alembic import op

from monitoring.store.layout import exact_columns

revision = "0021"
down_revision = "0020"

_NAME, _SCOPE = "transitional_measure", ("entity_id", "parameter", "valid_from")


def upgrade() -> None:
    op.create_table(
        _NAME,
        sa.Column("input_set_id", sa.Integer(), sa.ForeignKey("input_set.id"), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", exact_columns.UtcDateTime(), nullable=False),
        sa.Column("source_file", sa.Text()),
        sa.Column("source_row", sa.BigInteger()),
        sa.Column("entity_id", sa.String(), nullable=False),
        sa.Column("parameter", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("value", exact_columns.Exact(12)),
        sa.Column("valid_to", sa.Date()),
        sa.Column("approval", sa.String()),
    )
    marked = sa.text("is_current")
    op.create_index(f"ix_{_NAME}_current", _NAME, list(_SCOPE), sqlite_where=marked, postgresql_where=marked)
    op.create_index(f"ix_{_NAME}_scope", _NAME, [*_SCOPE, "input_set_id"], unique=True)
