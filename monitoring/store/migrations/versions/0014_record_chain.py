"""A chain of hashes over the record, and the refusal of the database to change one of its links."""

import sqlalchemy as sa
from alembic import op

from monitoring.store.layout import exact_columns

revision = "0014"
down_revision = "0013"

_SAYS = "the record can only be added to"
APPEND_ONLY = {
    "sqlite": (
        f"CREATE TRIGGER record_chain_no_update BEFORE UPDATE ON record_chain BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END",
        f"CREATE TRIGGER record_chain_no_delete BEFORE DELETE ON record_chain BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END",
        "CREATE TRIGGER record_chain_no_replace BEFORE INSERT ON record_chain "
        f"WHEN EXISTS (SELECT 1 FROM record_chain WHERE seq = NEW.seq) BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION refuse_record_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_SAYS}'; END $$",
        "CREATE TRIGGER record_chain_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON record_chain "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_record_change()",
    ),
}


def upgrade() -> None:
    op.create_table(
        "record_chain",
        sa.Column("seq", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("at", exact_columns.UtcDateTime(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("covers", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_record_chain"),
    )
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)
