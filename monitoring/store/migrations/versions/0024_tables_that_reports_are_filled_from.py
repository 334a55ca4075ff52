"""tables that reports are filled from: shareholders, penalties, accounts received, largest positions."""

import sqlalchemy as sa
from alembic import op

from monitoring.store.layout import exact_columns

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.create_table(
        "member_account",
        sa.Column("input_set_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", exact_columns.UtcDateTime(), nullable=False),
        sa.Column("source_file", sa.Text(), nullable=True),
        sa.Column("source_row", sa.BigInteger(), nullable=True),
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("entity_id", sa.String(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("audited_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["input_set_id"], ["input_set.id"], name=op.f("fk_member_account_input_set_id")
        ),
        sa.PrimaryKeyConstraint("input_set_id", "position", name=op.f("pk_member_account")),
    )
    with op.batch_alter_table("member_account", schema=None) as batch_op:
        batch_op.create_index(
            "ix_member_account_current",
            ["group_id", "entity_id", "period_end"],
            unique=False,
            sqlite_where=sa.text("is_current"),
            postgresql_where=sa.text("is_current"),
        )
        batch_op.create_index(
            "ix_member_account_scope", ["group_id", "entity_id", "period_end", "input_set_id"], unique=True
        )

    op.create_table(
        "penalty",
        sa.Column("input_set_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", exact_columns.UtcDateTime(), nullable=False),
        sa.Column("source_file", sa.Text(), nullable=True),
        sa.Column("source_row", sa.BigInteger(), nullable=True),
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("authority", sa.String(), nullable=True),
        sa.Column("penalty", sa.String(), nullable=True),
        sa.Column("ground", sa.String(), nullable=True),
        sa.Column("amount", exact_columns.Exact(6), nullable=True),
        sa.Column("entity_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["input_set_id"], ["input_set.id"], name=op.f("fk_penalty_input_set_id")),
        sa.PrimaryKeyConstraint("input_set_id", "position", name=op.f("pk_penalty")),
    )
    with op.batch_alter_table("penalty", schema=None) as batch_op:
        batch_op.create_index(
            "ix_penalty_current",
            ["group_id", "decision", "subject"],
            unique=False,
            sqlite_where=sa.text("is_current"),
            postgresql_where=sa.text("is_current"),
        )
        batch_op.create_index(
            "ix_penalty_scope", ["group_id", "decision", "subject", "input_set_id"], unique=True
        )

    op.create_table(
        "shareholder",
        sa.Column("input_set_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", exact_columns.UtcDateTime(), nullable=False),
        sa.Column("source_file", sa.Text(), nullable=True),
        sa.Column("source_row", sa.BigInteger(), nullable=True),
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("shareholder", sa.String(), nullable=True),
        sa.Column("share_class", sa.String(), nullable=True),
        sa.Column("shares", exact_columns.Exact(12), nullable=True),
        sa.Column("stake", exact_columns.Exact(12), nullable=True),
        sa.Column("share_status", sa.String(), nullable=True),
        sa.Column("encumbered_shares", exact_columns.Exact(12), nullable=True),
        sa.Column("controller", sa.String(), nullable=True),
        sa.Column("related_to", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["input_set_id"], ["input_set.id"], name=op.f("fk_shareholder_input_set_id")),
        sa.PrimaryKeyConstraint("input_set_id", "position", name=op.f("pk_shareholder")),
    )
    with op.batch_alter_table("shareholder", schema=None) as batch_op:
        batch_op.create_index(
            "ix_shareholder_current",
            ["group_id", "period_end"],
            unique=False,
            sqlite_where=sa.text("is_current"),
            postgresql_where=sa.text("is_current"),
        )
        batch_op.create_index(
            "ix_shareholder_scope", ["group_id", "period_end", "input_set_id"], unique=False
        )

    op.create_table(
        "largest_position",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("test", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("entity_id", sa.String(), nullable=False),
        sa.Column("asset_class", sa.String(), nullable=False),
        sa.Column("amount", exact_columns.Exact(6), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("row_number", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_largest_position_run_id")),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_largest_position")),
    )
    with op.batch_alter_table("largest_position", schema=None) as batch_op:
        batch_op.create_index("ix_largest_position_group", ["group_id", "period_end", "run_id"], unique=False)
