"""The rule engine: filing set → validated tables → members → capital → statement.

Pure functions over immutable tables: it knows no database, no clock and no screen.
Each file is one idea of the regulation, named in the field's words.
"""

import os

# Read by Polars once, as it is imported: without it, what a row group needed is given back before the next needs it.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:10000")
