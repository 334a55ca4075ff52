"""what an event that must be reported came to."""

import sqlalchemy as sa
from alembic import op

from monitoring.store import exact_columns as columns

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    with op.batch_alter_table("obligation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("amount", columns.Exact(6), nullable=True))
