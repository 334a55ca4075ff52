"""what the filing set calls the counterparties of a group's concentration."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    with op.batch_alter_table("concentration", schema=None) as batch_op:
        batch_op.add_column(sa.Column("party_name", sa.String(), nullable=True))
