"""The first fifty seeds of the simulation; one of every twenty-five has sets, runs and flags.

``make simulate SEEDS=1000 SEED=1`` runs as many as one likes.
"""

from __future__ import annotations

import pytest

from tests.simulation.seeds import nothing_goes_wrong_in
from tests.simulation.simulation import Template


@pytest.mark.slow  # two simulated years of three schedulers a seed
@pytest.mark.parametrize("first", [1, 26], ids="from {}".format)
def test_no_alert_is_lost_told_twice_or_early_and_who_lost_the_lease_writes_nothing(
    first: int, template: Template
) -> None:
    nothing_goes_wrong_in(range(first, first + 25), template)
