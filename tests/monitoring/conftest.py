"""The store of these tests."""

from tests.stores import *  # noqa: F403
