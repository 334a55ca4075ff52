"""stress runs: what stress tests gave, beside the runs that count."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from monitoring.store.layout import exact_columns

revision = "0012"
down_revision = "0011"

_KINDS: dict[str, sa.types.TypeEngine[Any]] = {
    "text": sa.String(),
    "date": sa.Date(),
    "big": sa.BigInteger(),
    "int": sa.Integer(),
    "bool": sa.Boolean(),
    "money": exact_columns.Exact(6),
    "rate": exact_columns.Exact(12),
}
_TABLES = {
    "stress_line": (
        "group_id text, entity_id text, report_date date filled, scenario text filled, stage big filled"
        ", horizon_end date filled, actions text filled, line text filled, base money, stressed money, change money"
        ", status text filled",
        "group_id entity_id report_date",
    ),
    "stress_attribution": (
        "group_id text filled, report_date date filled, scenario text filled, stage big filled"
        ", horizon_end date filled, shock text filled, entity_id text, line text filled, change money",
        "group_id report_date",
    ),
    "stress_reverse": (
        "group_id text filled, report_date date filled, horizon_end date filled, driver text filled"
        ", ratio text filled, limit_amount rate, size money, reached_ratio money, status text filled, due bool",
        "group_id report_date",
    ),
    "stress_change": (
        "group_id text filled, report_date date filled, scenario text filled, stage big filled"
        ", horizon_end date filled, actions text filled, shock text filled, entity_id text"
        ", capital_share rate, requirement_share rate, core_tier1_capital money"
        ", core_tier2_capital money, supplementary_tier1_capital money, supplementary_tier2_capital money"
        ", actual_capital money, minimum_capital money",
        "group_id report_date",
    ),
}
"""Table → its columns, and those of its index."""


def upgrade() -> None:
    op.create_table(
        "stress_run",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("started_at", exact_columns.UtcDateTime(), nullable=False),
        sa.Column("recorded_at", exact_columns.UtcDateTime(), nullable=False),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("who", "source", "data_hash", "rulebook_hash", "engine_version")
        ),
        sa.Column("arguments", sa.Text(), nullable=False),
    )
    for name, (columns, index) in _TABLES.items():
        op.create_table(
            name,
            sa.Column("stress_run_id", sa.Integer(), sa.ForeignKey("stress_run.id"), primary_key=True),
            sa.Column("position", sa.Integer(), primary_key=True),
            *(_column(*column.split()) for column in columns.split(", ")),
        )
        op.create_index(f"ix_{name}_subject", name, [*index.split(), "stress_run_id"])


def _column(name: str, kind: str, *holds: str) -> sa.Column[Any]:
    return sa.Column(name, _KINDS[kind], nullable="filled" not in holds)
