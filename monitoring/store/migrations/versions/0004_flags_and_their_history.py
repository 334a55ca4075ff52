"""flags and their history."""

import sqlalchemy as sa
from alembic import op

from monitoring.store import exact_columns as columns

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "flag",
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("figure", columns.Exact(12), nullable=True),
        sa.Column("limit_amount", columns.Exact(12), nullable=True),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("distance_wan_yuan", columns.Exact(6), nullable=True),
        sa.Column("distance_points", columns.Exact(12), nullable=True),
        sa.Column("figure_basis", sa.String(), nullable=True),
        sa.Column("filing_basis", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("met", sa.Boolean(), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=True),
        sa.Column("covered_by", sa.String(), nullable=True),
        sa.Column("measures_required", sa.Text(), nullable=True),
        sa.Column("measures_allowed", sa.Text(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("raised_at", columns.UtcDateTime(), nullable=False),
        sa.Column("changed_at", columns.UtcDateTime(), nullable=False),
        sa.Column("acknowledged_by", sa.String(), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("answered_gravity", columns.Exact(12), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag")),
    )
    with op.batch_alter_table("flag", schema=None) as batch_op:
        batch_op.create_index("ix_flag_state", ["state", "severity"], unique=False)
        batch_op.create_index(
            "uq_flag_identity", ["subject_kind", "subject_id", "code", "item", "party"], unique=True
        )

    op.create_table(
        "flag_event",
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("figure", columns.Exact(12), nullable=True),
        sa.Column("limit_amount", columns.Exact(12), nullable=True),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("distance_wan_yuan", columns.Exact(6), nullable=True),
        sa.Column("distance_points", columns.Exact(12), nullable=True),
        sa.Column("figure_basis", sa.String(), nullable=True),
        sa.Column("filing_basis", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("met", sa.Boolean(), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=True),
        sa.Column("covered_by", sa.String(), nullable=True),
        sa.Column("measures_required", sa.Text(), nullable=True),
        sa.Column("measures_allowed", sa.Text(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("flag_id", sa.Integer(), nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["flag_id"], ["flag.id"], name=op.f("fk_flag_event_flag_id")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_flag_event_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag_event")),
    )
    with op.batch_alter_table("flag_event", schema=None) as batch_op:
        batch_op.create_index("ix_flag_event_flag_id", ["flag_id", "id"], unique=False)
