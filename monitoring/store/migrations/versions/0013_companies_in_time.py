"""companies in time: who goes on for whom, until when an id holds, and what ended it."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    for name, kind in (("successor_id", sa.String()), ("valid_to", sa.Date()), ("ended_by", sa.String())):
        op.add_column("entity", sa.Column(name, kind))
