"""Fixtures for the tests of jobs: a store, and the demo industry written once."""

import pytest

from jobs.demo import DemoIndustry
from tests.made_once import the_demo
from tests.stores import *  # noqa: F403


@pytest.fixture(autouse=True)
def no_readings_beside_a_run(without_readings: None) -> None:
    """No test here looks at what a run records of other readings."""


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoIndustry:
    return the_demo(tmp_path_factory)
