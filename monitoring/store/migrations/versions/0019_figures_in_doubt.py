"""Figures in doubt: who confirmed which, and on the flags what they rest on."""

import sqlalchemy as sa
from alembic import op

from monitoring.store.layout import exact_columns

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "figure_confirmation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("column_name", sa.String(), nullable=False),
        sa.Column("filed", exact_columns.Exact(12), nullable=False),
        sa.Column("fitting", exact_columns.Exact(12), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("at", exact_columns.UtcDateTime(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_confirmation")),
    )
    with op.batch_alter_table("figure_confirmation", schema=None) as batch_op:
        batch_op.create_index(
            "uq_figure_confirmation",
            ["subject_kind", "subject_id", "period_end", "basis", "column_name", "filed"],
            unique=True,
        )
    for table in ("flag", "flag_event"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("doubted", sa.String(), nullable=True))
            batch_op.add_column(sa.Column("doubted_filed", exact_columns.Exact(12), nullable=True))
            batch_op.add_column(sa.Column("doubted_fitting", exact_columns.Exact(12), nullable=True))
            batch_op.add_column(sa.Column("doubted_slip", sa.String(), nullable=True))
            batch_op.add_column(sa.Column("doubted_agreeing", sa.String(), nullable=True))
