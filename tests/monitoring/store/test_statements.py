"""A statement is read back as the object that was written, and as nearly from a run of an older program."""

from __future__ import annotations

import json
from typing import Any

import pytest

from consolidation.statement import Statement
from monitoring.store.statements import stored_statement
from tests.consolidation.annex10.groups import Case, cases


@pytest.fixture(scope="module")
def groups() -> dict[str, Case]:
    return cases()


def kept(statement: Statement) -> dict[str, Any]:
    """What a file or a store has of it."""
    return json.loads(json.dumps(statement.to_json(), ensure_ascii=False))


def test_what_is_written_is_read_back_as_the_same_object(groups: dict[str, Case]) -> None:
    for name, case in groups.items():
        for statement in filter(None, (case.statement, case.opening, *case.run.statements)):
            assert Statement.from_json(kept(statement)) == statement, name


def test_a_run_from_before_capital_lines_were_kept_gives_the_same_statement(groups: dict[str, Case]) -> None:
    """But for tiers that were given as totals: their trees name no line of the capital sheet."""
    for name, case in (each for each in groups.items() if each[0] != "tiers given as totals"):
        for statement in case.run.statements:
            key = {"group_id": statement.group_id, "period_end": statement.period_end}
            older = {k: v for k, v in kept(statement).items() if not k.startswith("capital_")}
            read = stored_statement(
                (*key.values(), statement.name, statement.group_type),
                older,
                lines=case.run.lines().filter(**key),
                contributions=case.run.contributions.filter(**key),
                eliminations=case.run.eliminations.filter(**key),
            )
            assert read == statement, name
