"""stress tests: what members' own models gave, what shocks act on, and who signed."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op

from monitoring.store.layout import exact_columns

revision = "0011"
down_revision = "0010"

_MONEY, _RATE, _TEXT = exact_columns.Exact(6), exact_columns.Exact(12), sa.String()
_TABLES: dict[str, tuple[tuple[str, ...], dict[str, sa.types.TypeEngine[Any]]]] = {
    "stress_result": (
        ("entity_id", "report_date", "scenario", "horizon_end"),
        {
            "entity_id": _TEXT,
            "report_date": sa.Date(),
            "scenario": _TEXT,
            "horizon_end": sa.Date(),
            "actual_capital": _MONEY,
            "core_capital": _MONEY,
            "minimum_capital": _MONEY,
            "core_tier1_capital": _MONEY,
            "core_tier2_capital": _MONEY,
            "supplementary_tier1_capital": _MONEY,
            "supplementary_tier2_capital": _MONEY,
            "quantifiable_risk_minimum_capital": _MONEY,
            "direction": _TEXT,
        },
    ),
    "stress_driver": (
        ("entity_id", "period_end"),
        {
            "entity_id": _TEXT,
            "period_end": sa.Date(),
            "equity_assets": _MONEY,
            "fixed_income_fair_value": _MONEY,
            "modified_duration": _RATE,
            "credit_risk_assets": _MONEY,
            "earned_premium": _MONEY,
            "combined_ratio": _RATE,
            "claims_ratio": _RATE,
        },
    ),
    "stress_sign_off": (
        ("group_id", "entity_id", "report_date"),
        {
            "group_id": _TEXT,
            "entity_id": _TEXT,
            "report_date": sa.Date(),
            "board_on": sa.Date(),
            "reviewer": _TEXT,
            "opinion": _TEXT,
        },
    ),
}
"""Table → the columns that say what a row is about, and all columns of the filed table."""


def upgrade() -> None:
    for name, (scope, columns) in _TABLES.items():
        op.create_table(name, *_filed_columns(), *_columns(scope, columns))
        marked = sa.text("is_current")
        op.create_index(f"ix_{name}_current", name, list(scope), sqlite_where=marked, postgresql_where=marked)
        op.create_index(f"ix_{name}_scope", name, [*scope, "input_set_id"], unique=True)


def _filed_columns() -> Iterable[sa.Column[Any]]:
    return (
        sa.Column("input_set_id", sa.Integer(), sa.ForeignKey("input_set.id"), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", exact_columns.UtcDateTime(), nullable=False),
        sa.Column("source_file", sa.Text()),
        sa.Column("source_row", sa.BigInteger()),
    )


def _columns(
    scope: tuple[str, ...], columns: dict[str, sa.types.TypeEngine[Any]]
) -> Iterable[sa.Column[Any]]:
    return (sa.Column(name, kind, nullable=name not in scope) for name, kind in columns.items())
