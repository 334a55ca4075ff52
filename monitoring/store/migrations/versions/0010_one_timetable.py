"""one timetable: what is due follows from what has been done."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.drop_table("apscheduler_jobs")
