"""``python -m monitoring.store.migrations "what changes"``: write the next step of the store's layout.

Compares the tables of this program with a store made anew by the steps so far, and writes the difference as
``versions/NNNN_what_changes.py``. Read it before you keep it: Alembic sees columns and indexes, not meaning.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from monitoring.store.migrations import FOLDER, revisions


def write_step(message: str) -> Path:
    """The file of the new step."""
    number = f"{int((revisions() or ['0'])[-1]) + 1:04d}"
    name = f"{number}_{re.sub(r'[^a-z0-9]+', '_', message.lower()).strip('_')}"
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", name)
    with (
        tempfile.TemporaryDirectory() as folder,
        create_engine(f"sqlite:///{folder}/scratch.db").connect() as connection,
    ):
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
        command.revision(config, message, autogenerate=True, rev_id=number)
    return FOLDER / "versions" / f"{name}.py"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit('usage: python -m monitoring.store.migrations "what changes"')
    print(write_step(sys.argv[1]))
