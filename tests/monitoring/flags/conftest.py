"""Fixtures for the tests of flags and scan."""

from tests.stores import *  # noqa: F403
