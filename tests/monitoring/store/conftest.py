"""Fixtures for the tests of the store."""

from tests.stores import *  # noqa: F403
