"""clearing of stress tests: the second round's payments with their certificate, what a scenario is about, and of which a finding is."""

import sqlalchemy as sa
from alembic import op

from monitoring.store.layout.exact_columns import Exact

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.add_column("stress_finding", sa.Column("scenario", sa.String()))
    op.create_table(
        "stress_description",
        sa.Column("stress_run_id", sa.Integer(), sa.ForeignKey("stress_run.id"), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("scenario", sa.String(), nullable=False),
        sa.Column("zh", sa.String()),
        sa.Column("en", sa.String()),
    )
    op.create_index("ix_stress_description_subject", "stress_description", ["scenario", "stress_run_id"])
    op.create_table(
        "stress_clearing",
        sa.Column("stress_run_id", sa.Integer(), sa.ForeignKey("stress_run.id"), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("report_date", sa.Date(), nullable=False),
        sa.Column("scenario", sa.String(), nullable=False),
        sa.Column("stage", sa.BigInteger(), nullable=False),
        sa.Column("horizon_end", sa.Date(), nullable=False),
        sa.Column("actions", sa.String(), nullable=False),
        sa.Column("debtor_id", sa.String(), nullable=False),
        sa.Column("creditor_id", sa.String()),
        sa.Column("owed", Exact(6)),
        sa.Column("paid", Exact(6)),
        sa.Column("paid_exactly", sa.String(), nullable=False),
        sa.Column("debtor_assets", sa.String(), nullable=False),
        sa.Column("way_out", sa.String()),
    )
    op.create_index(
        "ix_stress_clearing_subject", "stress_clearing", ["group_id", "report_date", "stress_run_id"]
    )
