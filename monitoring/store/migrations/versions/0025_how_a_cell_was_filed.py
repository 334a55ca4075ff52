"""how a cell was filed (a dash, not applicable), and whose figure in doubt a group's flag rests on."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

_TABLES = ("solo_filing", "group_filing", "group_filing_line", "stress_result", "contribution")


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(table, sa.Column("filed_as", sa.String()))
    for table in ("flag", "flag_event"):
        op.add_column(table, sa.Column("doubted_of", sa.String()))
