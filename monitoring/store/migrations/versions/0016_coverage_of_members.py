"""coverage of members: how complete a group's list of members is, in the filer's words."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("group_member", sa.Column("coverage", sa.String()))
