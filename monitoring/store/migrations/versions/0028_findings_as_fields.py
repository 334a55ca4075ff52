"""findings as fields: what their sentences name is kept; sentences themselves stay where earlier versions kept them."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    for table in ("finding", "stress_finding"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("detail", sa.Text(), nullable=True))
            for name in ("message", "message_zh"):
                batch_op.alter_column(name, existing_type=sa.Text(), nullable=True)
