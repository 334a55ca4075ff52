"""the door: a second factor, known browsers, and failed sign-ins by name, by address and over all."""

import sqlalchemy as sa
from alembic import op

from monitoring.store.layout import exact_columns

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.add_column("account", sa.Column("totp_secret", sa.Text()))
    op.add_column("account", sa.Column("totp_step", sa.BigInteger()))
    op.create_table(
        "known_browser",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("made_at", exact_columns.UtcDateTime(), nullable=False),
        sa.Column("used_at", exact_columns.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_known_browser_account_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_known_browser")),
    )
    with op.batch_alter_table("known_browser", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_known_browser_account_id"), ["account_id"], unique=False)
    op.drop_table("failed_sign_in")  # what it held is forgotten after a day anyway
    op.create_table(
        "failed_sign_in",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", exact_columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", name=op.f("pk_failed_sign_in")),
    )
