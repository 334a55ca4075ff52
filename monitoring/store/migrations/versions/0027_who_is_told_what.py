"""who is told what: preferences set on the page, the file of recipients as read last, alerts for one account; English names of parties."""

import sqlalchemy as sa
from alembic import op

from monitoring.store.layout import exact_columns

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.add_column("alert", sa.Column("only_to", sa.String(), nullable=True))
    op.add_column("concentration", sa.Column("party_name_en", sa.String(), nullable=True))
    op.create_table(
        "mail_preference",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("is_told", sa.Boolean(), nullable=False),
        sa.Column("mail", sa.String(), nullable=True),
        sa.Column("topics", sa.Text(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=True),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("changed_at", exact_columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_mail_preference")),
    )
    op.create_table(
        "recipients_read",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("read_at", exact_columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipients_read")),
    )
