"""Flags that people work: whose answer is wanted until when, the files beside them; the groups a person keeps at hand; English names."""

import sqlalchemy as sa
from alembic import op

from monitoring.store.layout import exact_columns

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.add_column("entity", sa.Column("name_en", sa.String(), nullable=True))
    op.add_column("account", sa.Column("favourites", sa.Text(), nullable=True))
    for table in ("flag", "flag_event"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("assignee", sa.String(), nullable=True))
            batch_op.add_column(sa.Column("answer_by", sa.Date(), nullable=True))
    op.create_table(
        "flag_attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("flag_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("at", exact_columns.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["flag_id"], ["flag.id"], name=op.f("fk_flag_attachment_flag_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag_attachment")),
    )
    with op.batch_alter_table("flag_attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_flag_attachment_flag_id"), ["flag_id"], unique=False)
