"""filings runs and results."""

import sqlalchemy as sa
from alembic import op

from monitoring.store import exact_columns as columns

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "input_set",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("data_hash", sa.String(), nullable=False),
        sa.Column("layout", sa.String(), nullable=False),
        sa.Column("recorded_at", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_input_set")),
    )
    op.create_index("uq_input_set_data_hash", "input_set", ["data_hash", "layout"], unique=True)
    op.create_table(
        "assessment",
        sa.Column("input_set_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", columns.UtcDateTime(), nullable=False),
        sa.Column("source_file", sa.Text(), nullable=True),
        sa.Column("source_row", sa.BigInteger(), nullable=True),
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("entity_id", sa.String(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("sarmra_score", columns.Exact(12), nullable=True),
        sa.Column("capped", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["input_set_id"], ["input_set.id"], name=op.f("fk_assessment_input_set_id")),
        sa.PrimaryKeyConstraint("input_set_id", "position", name=op.f("pk_assessment")),
    )
    op.create_index(
        "ix_assessment_current",
        "assessment",
        ["group_id", "entity_id", "period_end"],
        unique=False,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    op.create_index(
        "ix_assessment_scope",
        "assessment",
        ["group_id", "entity_id", "period_end", "input_set_id"],
        unique=True,
    )
    op.create_table(
        "entity",
        sa.Column("input_set_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", columns.UtcDateTime(), nullable=False),
        sa.Column("source_file", sa.Text(), nullable=True),
        sa.Column("source_row", sa.BigInteger(), nullable=True),
        sa.Column("entity_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("jurisdiction", sa.String(), nullable=True),
        sa.Column("equivalent_regime", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["input_set_id"], ["input_set.id"], name=op.f("fk_entity_input_set_id")),
        sa.PrimaryKeyConstraint("input_set_id", "position", name=op.f("pk_entity")),
    )
    op.create_index(
        "ix_entity_current",
        "entity",
        ["entity_id"],
        unique=False,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    op.create_index("ix_entity_scope", "entity", ["entity_id", "input_set_id"], unique=True)
    op.create_table(
        "group_filing",
        sa.Column("input_set_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", columns.UtcDateTime(), nullable=False),
        sa.Column("source_file", sa.Text(), nullable=True),
        sa.Column("source_row", sa.BigInteger(), nullable=True),
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("actual_capital", columns.Exact(6), nullable=True),
        sa.Column("core_tier1_capital", columns.Exact(6), nullable=True),
        sa.Column("core_tier2_capital", columns.Exact(6), nullable=True),
        sa.Column("supplementary_tier1_capital", columns.Exact(6), nullable=True),
        sa.Column("supplementary_tier2_capital", columns.Exact(6), nullable=True),
        sa.Column("minimum_capital", columns.Exact(6), nullable=True),
        sa.Column("quantifiable_risk_minimum_capital", columns.Exact(6), nullable=True),
        sa.Column("control_risk_minimum_capital", columns.Exact(6), nullable=True),
        sa.Column("core_surplus", columns.Exact(6), nullable=True),
        sa.Column("comprehensive_surplus", columns.Exact(6), nullable=True),
        sa.Column("core_solvency_ratio", columns.Exact(12), nullable=True),
        sa.Column("comprehensive_solvency_ratio", columns.Exact(12), nullable=True),
        sa.ForeignKeyConstraint(
            ["input_set_id"], ["input_set.id"], name=op.f("fk_group_filing_input_set_id")
        ),
        sa.PrimaryKeyConstraint("input_set_id", "position", name=op.f("pk_group_filing")),
    )
    op.create_index(
        "ix_group_filing_current",
        "group_filing",
        ["group_id", "period_end", "basis"],
        unique=False,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    op.create_index(
        "ix_group_filing_scope",
        "group_filing",
        ["group_id", "period_end", "basis", "input_set_id"],
        unique=True,
    )
    op.create_table(
        "group_financial",
        sa.Column("input_set_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", columns.UtcDateTime(), nullable=False),
        sa.Column("source_file", sa.Text(), nullable=True),
        sa.Column("source_row", sa.BigInteger(), nullable=True),
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("total_assets", columns.Exact(6), nullable=True),
        sa.Column("net_assets", columns.Exact(6), nullable=True),
        sa.Column("income", columns.Exact(6), nullable=True),
        sa.ForeignKeyConstraint(
            ["input_set_id"], ["input_set.id"], name=op.f("fk_group_financial_input_set_id")
        ),
        sa.PrimaryKeyConstraint("input_set_id", "position", name=op.f("pk_group_financial")),
    )
    op.create_index(
        "ix_group_financial_current",
        "group_financial",
        ["group_id", "period_end"],
        unique=False,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    op.create_index(
        "ix_group_financial_scope", "group_financial", ["group_id", "period_end", "input_set_id"], unique=True
    )
    op.create_table(
        "industry_average",
        sa.Column("input_set_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", columns.UtcDateTime(), nullable=False),
        sa.Column("source_file", sa.Text(), nullable=True),
        sa.Column("source_row", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("core_solvency_ratio_pct", columns.Exact(12), nullable=True),
        sa.Column("comprehensive_solvency_ratio_pct", columns.Exact(12), nullable=True),
        sa.ForeignKeyConstraint(
            ["input_set_id"], ["input_set.id"], name=op.f("fk_industry_average_input_set_id")
        ),
        sa.PrimaryKeyConstraint("input_set_id", "position", name=op.f("pk_industry_average")),
    )
    op.create_index(
        "ix_industry_average_current",
        "industry_average",
        ["kind", "period_end"],
        unique=False,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    op.create_index(
        "ix_industry_average_scope", "industry_average", ["kind", "period_end", "input_set_id"], unique=True
    )
    op.create_table(
        "insurance_group",
        sa.Column("input_set_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", columns.UtcDateTime(), nullable=False),
        sa.Column("source_file", sa.Text(), nullable=True),
        sa.Column("source_row", sa.BigInteger(), nullable=True),
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("name_en", sa.String(), nullable=True),
        sa.Column("type", sa.String(), nullable=True),
        sa.Column("parent_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["input_set_id"], ["input_set.id"], name=op.f("fk_insurance_group_input_set_id")
        ),
        sa.PrimaryKeyConstraint("input_set_id", "position", name=op.f("pk_insurance_group")),
    )
    op.create_index(
        "ix_insurance_group_current",
        "insurance_group",
        ["group_id"],
        unique=False,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    op.create_index("ix_insurance_group_scope", "insurance_group", ["group_id", "input_set_id"], unique=True)
    op.create_table(
        "ownership_stake",
        sa.Column("input_set_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", columns.UtcDateTime(), nullable=False),
        sa.Column("source_file", sa.Text(), nullable=True),
        sa.Column("source_row", sa.BigInteger(), nullable=True),
        sa.Column("owner_id", sa.String(), nullable=False),
        sa.Column("entity_id", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("stake", columns.Exact(12), nullable=True),
        sa.Column("relation", sa.String(), nullable=True),
        sa.Column("bears_shortfall", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["input_set_id"], ["input_set.id"], name=op.f("fk_ownership_stake_input_set_id")
        ),
        sa.PrimaryKeyConstraint("input_set_id", "position", name=op.f("pk_ownership_stake")),
    )
    op.create_index(
        "ix_ownership_stake_current",
        "ownership_stake",
        ["entity_id"],
        unique=False,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    op.create_index(
        "ix_ownership_stake_scope", "ownership_stake", ["entity_id", "input_set_id"], unique=False
    )
    op.create_table(
        "rating",
        sa.Column("input_set_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", columns.UtcDateTime(), nullable=False),
        sa.Column("source_file", sa.Text(), nullable=True),
        sa.Column("source_row", sa.BigInteger(), nullable=True),
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("entity_id", sa.String(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("integrated_risk_rating", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["input_set_id"], ["input_set.id"], name=op.f("fk_rating_input_set_id")),
        sa.PrimaryKeyConstraint("input_set_id", "position", name=op.f("pk_rating")),
    )
    op.create_index(
        "ix_rating_current",
        "rating",
        ["group_id", "entity_id", "period_end"],
        unique=False,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    op.create_index(
        "ix_rating_scope", "rating", ["group_id", "entity_id", "period_end", "input_set_id"], unique=True
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("started_at", columns.UtcDateTime(), nullable=False),
        sa.Column("recorded_at", columns.UtcDateTime(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("input_set_id", sa.Integer(), nullable=False),
        sa.Column("rulebook_hash", sa.String(), nullable=False),
        sa.Column("rulebook_overlay", sa.Text(), nullable=True),
        sa.Column("engine_version", sa.String(), nullable=False),
        sa.Column("arguments", sa.Text(), nullable=False),
        sa.Column("effective_at", columns.UtcDateTime(), nullable=True),
        sa.Column("effective_order", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", columns.UtcDateTime(), nullable=True),
        sa.Column("approved_by", sa.String(), nullable=True),
        sa.Column("approved_at", columns.UtcDateTime(), nullable=True),
        sa.Column("rejected_by", sa.String(), nullable=True),
        sa.Column("rejected_at", columns.UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("statements", sa.Integer(), nullable=False),
        sa.Column("filings", sa.Integer(), nullable=False),
        sa.Column("errors", sa.Integer(), nullable=False),
        sa.Column("warnings", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["input_set_id"], ["input_set.id"], name=op.f("fk_run_input_set_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
        sa.UniqueConstraint("effective_order", name=op.f("uq_run_effective_order")),
    )
    op.create_index(op.f("ix_run_input_set_id"), "run", ["input_set_id"], unique=False)
    op.create_index(op.f("ix_run_recorded_at"), "run", ["recorded_at"], unique=False)
    op.create_table(
        "sector_filing",
        sa.Column("input_set_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", columns.UtcDateTime(), nullable=False),
        sa.Column("source_file", sa.Text(), nullable=True),
        sa.Column("source_row", sa.BigInteger(), nullable=True),
        sa.Column("entity_id", sa.String(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("measure", sa.String(), nullable=True),
        sa.Column("amount", columns.Exact(6), nullable=True),
        sa.Column("required_ratio", columns.Exact(12), nullable=True),
        sa.Column("actual_capital", columns.Exact(6), nullable=True),
        sa.Column("adequacy_ratio", columns.Exact(12), nullable=True),
        sa.Column("adequacy_requirement", columns.Exact(12), nullable=True),
        sa.ForeignKeyConstraint(
            ["input_set_id"], ["input_set.id"], name=op.f("fk_sector_filing_input_set_id")
        ),
        sa.PrimaryKeyConstraint("input_set_id", "position", name=op.f("pk_sector_filing")),
    )
    op.create_index(
        "ix_sector_filing_current",
        "sector_filing",
        ["entity_id", "period_end"],
        unique=False,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    op.create_index(
        "ix_sector_filing_scope", "sector_filing", ["entity_id", "period_end", "input_set_id"], unique=True
    )
    op.create_table(
        "solo_filing",
        sa.Column("input_set_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", columns.UtcDateTime(), nullable=False),
        sa.Column("source_file", sa.Text(), nullable=True),
        sa.Column("source_row", sa.BigInteger(), nullable=True),
        sa.Column("entity_id", sa.String(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("admitted_assets", columns.Exact(6), nullable=True),
        sa.Column("admitted_liabilities", columns.Exact(6), nullable=True),
        sa.Column("actual_capital", columns.Exact(6), nullable=True),
        sa.Column("core_tier1_capital", columns.Exact(6), nullable=True),
        sa.Column("core_tier2_capital", columns.Exact(6), nullable=True),
        sa.Column("supplementary_tier1_capital", columns.Exact(6), nullable=True),
        sa.Column("supplementary_tier2_capital", columns.Exact(6), nullable=True),
        sa.Column("minimum_capital", columns.Exact(6), nullable=True),
        sa.Column("quantifiable_risk_minimum_capital", columns.Exact(6), nullable=True),
        sa.Column("life_insurance_risk_minimum_capital", columns.Exact(6), nullable=True),
        sa.Column("non_life_insurance_risk_minimum_capital", columns.Exact(6), nullable=True),
        sa.Column("market_risk_minimum_capital", columns.Exact(6), nullable=True),
        sa.Column("credit_risk_minimum_capital", columns.Exact(6), nullable=True),
        sa.Column("diversification_effect", columns.Exact(6), nullable=True),
        sa.Column("loss_absorption_effect", columns.Exact(6), nullable=True),
        sa.Column("control_risk_minimum_capital", columns.Exact(6), nullable=True),
        sa.Column("core_surplus", columns.Exact(6), nullable=True),
        sa.Column("comprehensive_surplus", columns.Exact(6), nullable=True),
        sa.Column("core_solvency_ratio", columns.Exact(12), nullable=True),
        sa.Column("comprehensive_solvency_ratio", columns.Exact(12), nullable=True),
        sa.Column("integrated_risk_rating", sa.String(), nullable=True),
        sa.Column("total_assets", columns.Exact(6), nullable=True),
        sa.Column("rules", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["input_set_id"], ["input_set.id"], name=op.f("fk_solo_filing_input_set_id")),
        sa.PrimaryKeyConstraint("input_set_id", "position", name=op.f("pk_solo_filing")),
    )
    op.create_index(
        "ix_solo_filing_current",
        "solo_filing",
        ["entity_id", "period_end", "basis"],
        unique=False,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    op.create_index(
        "ix_solo_filing_scope",
        "solo_filing",
        ["entity_id", "period_end", "basis", "input_set_id"],
        unique=True,
    )
    op.create_table(
        "concentration",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("test", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("exposure", columns.Exact(6), nullable=True),
        sa.Column("limit_amount", columns.Exact(6), nullable=True),
        sa.Column("charge", columns.Exact(6), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_concentration_run_id")),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_concentration")),
    )
    op.create_index(
        "ix_concentration_group", "concentration", ["group_id", "period_end", "run_id"], unique=False
    )
    op.create_table(
        "contribution",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("entity_id", sa.String(), nullable=False),
        sa.Column("relation", sa.String(), nullable=True),
        sa.Column("share", columns.Exact(12), nullable=True),
        sa.Column("own_amount", columns.Exact(6), nullable=True),
        sa.Column("amount", columns.Exact(6), nullable=True),
        sa.Column("basis", sa.String(), nullable=True),
        sa.Column("table_name", sa.String(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("row_number", sa.BigInteger(), nullable=True),
        sa.Column("column_name", sa.String(), nullable=True),
        sa.Column("article", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_contribution_run_id")),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_contribution")),
    )
    op.create_index(
        "ix_contribution_group", "contribution", ["group_id", "period_end", "run_id"], unique=False
    )
    op.create_table(
        "elimination",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("from_id", sa.String(), nullable=True),
        sa.Column("to_id", sa.String(), nullable=True),
        sa.Column("tier", sa.String(), nullable=True),
        sa.Column("amount", columns.Exact(6), nullable=True),
        sa.Column("article", sa.String(), nullable=True),
        sa.Column("table_name", sa.String(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("row_number", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_elimination_run_id")),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_elimination")),
    )
    op.create_index("ix_elimination_group", "elimination", ["group_id", "period_end", "run_id"], unique=False)
    op.create_table(
        "finding",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("group_id", sa.String(), nullable=True),
        sa.Column("entity_id", sa.String(), nullable=True),
        sa.Column("period_end", sa.Date(), nullable=True),
        sa.Column("table_name", sa.String(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("row_number", sa.BigInteger(), nullable=True),
        sa.Column("column_name", sa.String(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("expected", sa.Text(), nullable=True),
        sa.Column("article", sa.String(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("message_zh", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_finding_run_id")),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_finding")),
    )
    op.create_index("ix_finding_group", "finding", ["group_id", "period_end", "run_id"], unique=False)
    op.create_table(
        "group_member",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("entity_id", sa.String(), nullable=False),
        sa.Column("relation", sa.String(), nullable=True),
        sa.Column("share", columns.Exact(12), nullable=True),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("jurisdiction", sa.String(), nullable=True),
        sa.Column("equivalent_regime", sa.Boolean(), nullable=True),
        sa.Column("table_name", sa.String(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("row_number", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_group_member_run_id")),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_group_member")),
    )
    op.create_index("ix_group_member_entity", "group_member", ["entity_id", "period_end"], unique=False)
    op.create_index(
        "ix_group_member_group", "group_member", ["group_id", "period_end", "run_id"], unique=False
    )
    op.create_table(
        "input_file",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("table_name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_input_file_run_id")),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_input_file")),
    )
    op.create_table(
        "recomputation",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("entity_id", sa.String(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("filed", sa.Float(), nullable=True),
        sa.Column("recomputed", sa.Float(), nullable=True),
        sa.Column("difference", sa.Float(), nullable=True),
        sa.Column("within_tolerance", sa.Boolean(), nullable=True),
        sa.Column("article", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_recomputation_run_id")),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_recomputation")),
    )
    op.create_index(
        "ix_recomputation_current",
        "recomputation",
        ["entity_id", "period_end", "basis"],
        unique=False,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    op.create_index(
        "ix_recomputation_scope",
        "recomputation",
        ["entity_id", "period_end", "basis", "run_id"],
        unique=False,
    )
    op.create_table(
        "reconciliation",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("computed", columns.Exact(6), nullable=True),
        sa.Column("published", columns.Exact(6), nullable=True),
        sa.Column("difference", columns.Exact(6), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_reconciliation_run_id")),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_reconciliation")),
    )
    op.create_index(
        "ix_reconciliation_group", "reconciliation", ["group_id", "period_end", "run_id"], unique=False
    )
    op.create_table(
        "statement",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("group_type", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("explanation", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_statement_run_id")),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_statement")),
    )
    op.create_index(
        "ix_statement_current",
        "statement",
        ["group_id", "period_end"],
        unique=False,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    op.create_index("ix_statement_scope", "statement", ["group_id", "period_end", "run_id"], unique=True)
    op.create_table(
        "statement_line",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("amount", columns.Exact(6), nullable=True),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("article", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_statement_line_run_id")),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_statement_line")),
    )
    op.create_index(
        "ix_statement_line_group", "statement_line", ["group_id", "period_end", "run_id"], unique=False
    )
    op.create_index("ix_statement_line_line", "statement_line", ["line", "run_id"], unique=False)
    op.create_table(
        "waterfall_step",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("entity_id", sa.String(), nullable=True),
        sa.Column("amount", columns.Exact(6), nullable=True),
        sa.Column("unit", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_waterfall_step_run_id")),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_waterfall_step")),
    )
    op.create_index(
        "ix_waterfall_step_group", "waterfall_step", ["group_id", "period_end", "run_id"], unique=False
    )
