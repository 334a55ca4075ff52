"""Stress tests of filing sets, and what is asked of them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from consolidation.rulebook import Rulebook
from consolidation.scenario.definition import Scenario
from consolidation.scenario.stress import StressTest, stress
from tests.build import read_set
from tests.consolidation.scenario.worked import DAY, worked_example
from tests.oracle.plain_reading import Tables

BOOK = Rulebook.load()


def stressed(folder: Path, tables: Tables, *scenarios: dict[str, Any], **how: Any) -> StressTest:
    chosen = [Scenario.model_validate({"stages": [{}], **one}) for one in scenarios] or None
    return stress(read_set(folder, tables), BOOK, chosen, **how)


def amounts(
    test: StressTest, scenario: str = "macro", column: str = "stressed", **where: Any
) -> dict[str, Any]:
    """By line one column of a group's figures."""
    group = where.pop("group_id", "G")
    found = test.lines.filter(scenario=scenario, group_id=group, **{"actions": "before", **where})
    assert found["horizon_end"].n_unique() <= 1
    return dict(found.select("line", column).iter_rows())


def moved(
    test: StressTest, line: str = "actual_capital", **where: Any
) -> dict[tuple[str, str | None], Decimal]:
    """By shock and company what it adds to a line."""
    found = test.attribution.filter(line=line, **where)
    return {
        (shock, entity): change
        for shock, entity, change in found.select("shock", "entity_id", "change").iter_rows()
    }


def codes(test: StressTest) -> set[tuple[str, str]]:
    return {(f.code, f.entity_id) for f in test.findings if f.code.startswith("stress-")}


def driven(**drivers: str) -> Tables:
    given = worked_example()["stress_results"]
    return worked_example(
        stress_results=[row for row in given if row["scenario"] == "base"],
        stress_drivers=[{"entity_id": "L", "period_end": DAY, **drivers}],
    )
