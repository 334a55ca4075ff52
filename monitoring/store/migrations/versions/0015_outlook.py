"""the outlook: every forecast, what came of it, and the score."""

import sqlalchemy as sa
from alembic import op

from monitoring.store.layout import exact_columns

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "outlook_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("made_at", exact_columns.UtcDateTime(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("engine_version", sa.String(), nullable=False),
        sa.Column("rulebook_hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_outlook_run_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outlook_run")),
    )
    op.create_table(
        "outlook_alarm_record",
        sa.Column("outlook_run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("made_from", sa.Date(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("limit_amount", sa.BigInteger(), nullable=False),
        sa.Column("alarms", sa.BigInteger(), nullable=False),
        sa.Column("came_true", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["outlook_run_id"], ["outlook_run.id"], name=op.f("fk_outlook_alarm_record_outlook_run_id")
        ),
        sa.PrimaryKeyConstraint("outlook_run_id", "position", name=op.f("pk_outlook_alarm_record")),
    )
    op.create_table(
        "outlook_back_test",
        sa.Column("outlook_run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("horizon", sa.BigInteger(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("limit_amount", sa.BigInteger(), nullable=True),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("median_error", sa.Float(), nullable=True),
        sa.Column("p90_error", sa.Float(), nullable=True),
        sa.Column("coverage_80", sa.Float(), nullable=True),
        sa.Column("events", sa.BigInteger(), nullable=True),
        sa.Column("auc", sa.Float(), nullable=True),
        sa.Column("brier", sa.Float(), nullable=True),
        sa.Column("hits_1x", sa.BigInteger(), nullable=True),
        sa.Column("hits_2x", sa.BigInteger(), nullable=True),
        sa.Column("lead", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["outlook_run_id"], ["outlook_run.id"], name=op.f("fk_outlook_back_test_outlook_run_id")
        ),
        sa.PrimaryKeyConstraint("outlook_run_id", "position", name=op.f("pk_outlook_back_test")),
    )
    op.create_table(
        "outlook_forecast",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("outlook_run_id", sa.Integer(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("made_from", sa.Date(), nullable=False),
        sa.Column("horizon", sa.BigInteger(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("point", sa.Float(), nullable=True),
        sa.Column("low", sa.Float(), nullable=True),
        sa.Column("high", sa.Float(), nullable=True),
        sa.Column("p_150", sa.Float(), nullable=True),
        sa.Column("p_120", sa.Float(), nullable=True),
        sa.Column("p_100", sa.Float(), nullable=True),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("ratio", sa.Float(), nullable=True),
        sa.Column("volatility", sa.Float(), nullable=True),
        sa.Column("change", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["outlook_run_id"], ["outlook_run.id"], name=op.f("fk_outlook_forecast_outlook_run_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outlook_forecast")),
    )
    with op.batch_alter_table("outlook_forecast", schema=None) as batch_op:
        batch_op.create_index("ix_outlook_forecast_outlook_run_id", ["outlook_run_id"], unique=False)
        batch_op.create_index(
            "ix_outlook_forecast_subject", ["subject_kind", "subject_id", "made_from"], unique=False
        )

    op.create_table(
        "outlook_own_forecast",
        sa.Column("outlook_run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("entity_id", sa.String(), nullable=False),
        sa.Column("made_from", sa.Date(), nullable=False),
        sa.Column("for_period", sa.Date(), nullable=False),
        sa.Column("forecast", sa.Float(), nullable=True),
        sa.Column("filed", sa.Float(), nullable=True),
        sa.Column("error", sa.Float(), nullable=True),
        sa.Column("bias", sa.Float(), nullable=True),
        sa.Column("spread", sa.Float(), nullable=True),
        sa.Column("rank", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["outlook_run_id"], ["outlook_run.id"], name=op.f("fk_outlook_own_forecast_outlook_run_id")
        ),
        sa.PrimaryKeyConstraint("outlook_run_id", "position", name=op.f("pk_outlook_own_forecast")),
    )
    op.create_table(
        "outlook_reliability",
        sa.Column("outlook_run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("horizon", sa.BigInteger(), nullable=False),
        sa.Column("low", sa.Float(), nullable=False),
        sa.Column("high", sa.Float(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("said", sa.Float(), nullable=False),
        sa.Column("came", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["outlook_run_id"], ["outlook_run.id"], name=op.f("fk_outlook_reliability_outlook_run_id")
        ),
        sa.PrimaryKeyConstraint("outlook_run_id", "position", name=op.f("pk_outlook_reliability")),
    )
    op.create_table(
        "outlook_score",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("forecast_id", sa.Integer(), nullable=False),
        sa.Column("filed_at", exact_columns.UtcDateTime(), nullable=False),
        sa.Column("filed", sa.Float(), nullable=False),
        sa.Column("lowest", sa.Float(), nullable=False),
        sa.Column("error", sa.Float(), nullable=False),
        sa.Column("is_inside", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["forecast_id"], ["outlook_forecast.id"], name=op.f("fk_outlook_score_forecast_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outlook_score")),
    )
    with op.batch_alter_table("outlook_score", schema=None) as batch_op:
        batch_op.create_index("uq_outlook_score_of_figure", ["forecast_id", "filed"], unique=True)
