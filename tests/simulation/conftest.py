"""What both halves of the seeds and the planted faults share."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.simulation.simulation import Template


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Hundreds of refusals are no news here."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return Template(tmp_path_factory.mktemp("template"))
