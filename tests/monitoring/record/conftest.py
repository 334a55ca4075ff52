from tests.monitoring.record.kept_stores import kept, kept_sqlite  # noqa: F401
from tests.stores import *  # noqa: F403
