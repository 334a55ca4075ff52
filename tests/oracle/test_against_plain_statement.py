"""Every line of random groups of every type equals a second, plain reading of the law, to the last digit."""

from __future__ import annotations

from pathlib import Path

import pytest

from consolidation.consolidate import consolidate
from consolidation.findings import Severity
from consolidation.rulebook import Rulebook
from consolidation.structure.scope import Scope
from tests.build import read_set
from tests.oracle import plain_statement
from tests.oracle.random_groups import random_set


@pytest.mark.parametrize("seed", range(20))
def test_every_line_of_every_group_is_that_of_the_plain_reading(seed: int, tmp_path: Path) -> None:
    tables = random_set(seed)

    result = consolidate(
        read_set(tmp_path, {name: rows for name, rows in tables.items() if rows}), Rulebook.load(), Scope()
    )

    assert [f.message() for f in result.findings if f.severity is Severity.ERROR] == []
    expected = {
        (group["group_id"], day): plain_statement.statement(tables, group["group_id"], day)
        for group in tables["groups"]
        for day in plain_statement.periods(tables, group["group_id"])
    }
    found = {
        (s.group_id, s.period_end): {name: line.amount for name, line in s.lines.items()}
        for s in result.statements
    }
    assert found == expected
