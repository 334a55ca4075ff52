from tests.monitoring.record.kept_stores import kept  # noqa: F401
from tests.stores import *  # noqa: F403
