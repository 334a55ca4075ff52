"""Rows of ``stress_results`` that contradict themselves, and names in a scenario that nothing bears: said, the rest computed."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from consolidation.rulebook import Rulebook
from consolidation.scenario.members.contradictions import contradictions_of_set
from consolidation.scenario.reading import read_scenarios
from consolidation.scenario.stress import StressTest, stress
from tests.build import read_set
from tests.consolidation.scenario.worked import DAY, result, worked_example
from tests.oracle.plain_reading import Tables

BOOK = Rulebook.load()


def told(test: StressTest, code: str) -> list[tuple[str, str, str, int | None]]:
    return [(f.entity_id, f.column, f.value, f.row) for f in test.findings if f.code == code]


def test_every_contradiction_of_a_row_is_named_and_the_rest_computed(tmp_path: Path) -> None:
    tables: Tables = worked_example()
    tables["stress_results"] = [
        result("L", "base", "6000", "4000"),
        result("L", "mandatory_2", "4500", "-1", core_capital="4600"),
        result("J", "base", "2000", "1000"),
        result("J", "mandatory_2", "1600", "", core_tier1_capital="1000", core_tier2_capital="500"),
    ]
    test = stress(read_set(tmp_path, tables), BOOK)

    assert told(test, "stress-core-above-actual") == [("L", "core_capital", "4600.000000", 3)]
    assert told(test, "stress-requirement-not-positive") == [("L", "minimum_capital", "-1.000000", 3)]
    assert told(test, "stress-requirement-missing") == [("J", "minimum_capital", "", 5)]
    assert told(test, "stress-tiers-differ") == [
        ("J", "actual_capital", "1600.000000", 5), ("J", "core_capital", "1600.000000", 5),
    ]  # fmt: skip
    for finding in test.findings:
        for language in ("zh", "en"):
            assert "{" not in finding.message(language)
    actual = test.lines.filter(group_id="G", scenario="macro", line="actual_capital")["stressed"].item()
    assert actual == Decimal(10_000) - 1_500 - 200


def test_validating_a_set_tells_what_a_stress_test_tells(tmp_path: Path) -> None:
    tables: Tables = worked_example()
    tables["solo_filings"][0]["total_assets"] = "20000"
    tables["stress_results"] += [
        result("L", "mandatory_1", "-14000.000001", "4000"),
        result("L", "mandatory_3", "NaN", "4000", core_capital="", horizon_end="2026-12-31"),
        result("L", "quarter_1", "5000", "4000"),
        result("J", "mandatory_1", "1600", "1000", horizon_end="2023-06-30"),
        result("Z", "base", "1600", "1000"),
    ]
    filed = read_set(tmp_path, tables)
    found = contradictions_of_set(filed, BOOK)
    assert sorted((f.code, f.row, f.value, f.expected) for f in found) == [
        ("stress-horizon-before", 9, "2023-06-30", "2023-12-31"),
        ("stress-horizon-without-base", 7, "2026-12-31", "base"),
        ("stress-horizon-without-base", 8, "2024-12-31", "quarter_base"),
        ("stress-horizon-without-base", 9, "2023-06-30", "base"),
        ("stress-loss-above-assets", 6, "20000.000001", "20000.000000"),
    ]
    assert set(found) <= set(stress(filed, BOOK).findings)
    read = {(f.table, f.value) for f in filed.findings}
    assert {("stress_results", "NaN"), ("stress_results", "Z")} <= read, "told where the table is read"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"core_capital": "4501"}, []),
        ({"core_capital": "4501.000001"}, [("stress-core-above-actual", "core_capital")]),
        ({"core_tier1_capital": "4499"}, []),
        ({"core_tier1_capital": "4498.999999"}, [("stress-tiers-differ", "actual_capital"), ("stress-tiers-differ", "core_capital")]),
        ({"core_tier1_capital": "4000", "core_tier2_capital": "502", "supplementary_tier2_capital": "-2", "core_capital": "4502"},
         [("stress-core-above-actual", "core_capital")]),
        ({"core_tier2_capital": "4500"}, []),
        ({"minimum_capital": "0.000001"}, []),
        ({"minimum_capital": "0"}, [("stress-requirement-not-positive", "minimum_capital")]),
        ({"horizon_end": DAY}, []),
        ({"actual_capital": "-4000", "core_capital": "-4000"}, []),
        ({"actual_capital": "-4000.000001", "core_capital": "-4000.000001"}, [("stress-loss-above-assets", "actual_capital")]),
    ],
)  # fmt: skip
def test_a_row_contradicts_itself_from_the_last_place_on(
    more: dict[str, str], told: list[tuple[str, str]], tmp_path: Path
) -> None:
    tables: Tables = worked_example()
    tables["solo_filings"][0]["total_assets"] = "10000"
    given = result("L", "mandatory_2", "4500", "3900") | more
    tables["stress_results"] = [result("L", "base", "6000", "4000", horizon_end=given["horizon_end"]), given]
    found = contradictions_of_set(read_set(tmp_path, tables), BOOK)
    assert [(f.code, f.column) for f in found] == told


def test_a_counterparty_or_sector_that_no_position_has_is_named_and_does_nothing(tmp_path: Path) -> None:
    shocks = (
        "{type: default, counterparty: NOBODY, loss: 1}",
        "{type: asset_fall, sectors: [SWS/无此行业], asset_classes: [equity], fall: 0.5}",
        "{type: capital_loss, companies: [NOBODY], amount: 5}",
    )
    path = tmp_path / "own.yaml"
    path.write_text(f"own: {{stages: [{{shocks: [{', '.join(shocks)}]}}]}}", "utf-8")
    test = stress(read_set(tmp_path / "set", worked_example()), BOOK, read_scenarios(path))

    assert [f.value for f in test.findings if f.code == "stress-no-position"] == [
        "NOBODY",
        "equity, SWS/无此行业",
    ]
    assert [f.value for f in test.findings if f.code == "stress-name-unknown"] == ["NOBODY"]
    assert set(test.lines.drop_nulls("change")["change"]) == {Decimal(0)}
