"""stress findings: what a stress test had to say, such as which member gave nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "stress_finding",
        sa.Column("stress_run_id", sa.Integer(), sa.ForeignKey("stress_run.id"), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("group_id", sa.String()),
        sa.Column("entity_id", sa.String()),
        sa.Column("period_end", sa.Date()),
        sa.Column("table_name", sa.String()),
        sa.Column("file_name", sa.Text()),
        sa.Column("row_number", sa.BigInteger()),
        sa.Column("column_name", sa.String()),
        sa.Column("value", sa.Text()),
        sa.Column("expected", sa.Text()),
        sa.Column("article", sa.String()),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("message_zh", sa.Text(), nullable=False),
    )
    op.create_index(
        "ix_stress_finding_subject", "stress_finding", ["group_id", "period_end", "stress_run_id"]
    )
