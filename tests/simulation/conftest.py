"""What both halves of the seeds and the planted faults share."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.made_once import made_once
from tests.simulation.simulation import Template, make_industry


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Hundreds of refusals are no news here."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    made = made_once(tmp_path_factory, "industry-that-owes", make_industry)
    return Template(made, tmp_path_factory.mktemp("template"))
