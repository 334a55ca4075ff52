"""Every charge of random groups equals a second, plain reading of the law, to the last digit."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from tests.build import amounts, measured, write_set
from tests.oracle import plain_reading
from tests.oracle.plain_reading import Tables
from tests.oracle.strategies import DAYS, filing_set

KEYS = [(group, date.fromisoformat(day)) for group in ("G", "H") for day in DAYS]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(filing_set())
def test_charges_of_any_groups_are_those_of_the_plain_reading(tables: Tables) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run = measured(write_set(Path(folder) / "set", tables, part_rows=11, group_rows=4))

    assert amounts(run) == {key: plain_reading.charges(tables, *key) for key in KEYS}
