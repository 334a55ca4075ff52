from tests.monitoring.record.kept_stores import kept, kept_sqlite  # noqa: F401
