"""settings of the obligations."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("obligation_roll", sa.Column("settings", sa.Text(), nullable=True))
