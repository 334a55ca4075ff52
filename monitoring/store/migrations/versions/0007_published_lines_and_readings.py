"""members' requirement, banks in the same hands, add-on capital, day of the audit, published lines."""

import sqlalchemy as sa
from alembic import op

from monitoring.store import exact_columns as columns

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "group_filing_line",
        sa.Column("input_set_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", columns.UtcDateTime(), nullable=False),
        sa.Column("source_file", sa.Text(), nullable=True),
        sa.Column("source_row", sa.BigInteger(), nullable=True),
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("amount", columns.Exact(6), nullable=True),
        sa.ForeignKeyConstraint(
            ["input_set_id"], ["input_set.id"], name=op.f("fk_group_filing_line_input_set_id")
        ),
        sa.PrimaryKeyConstraint("input_set_id", "position", name=op.f("pk_group_filing_line")),
    )
    with op.batch_alter_table("group_filing_line", schema=None) as batch_op:
        batch_op.create_index(
            "ix_group_filing_line_current",
            ["group_id", "period_end", "basis", "line"],
            unique=False,
            sqlite_where=sa.text("is_current"),
            postgresql_where=sa.text("is_current"),
        )
        batch_op.create_index(
            "ix_group_filing_line_scope",
            ["group_id", "period_end", "basis", "line", "input_set_id"],
            unique=True,
        )

    with op.batch_alter_table("insurance_group", schema=None) as batch_op:
        batch_op.add_column(sa.Column("member_requirement", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("controls_bank", sa.Boolean(), nullable=True))

    with op.batch_alter_table("solo_filing", schema=None) as batch_op:
        batch_op.add_column(sa.Column("add_on_capital", columns.Exact(6), nullable=True))
        batch_op.add_column(sa.Column("audited_on", sa.Date(), nullable=True))
