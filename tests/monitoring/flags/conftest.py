"""The store of these tests: on PostgreSQL one database, emptied for each test."""

from tests.monitoring.obligations.conftest import *  # noqa: F403
