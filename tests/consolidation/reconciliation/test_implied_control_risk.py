"""Control risk that a published requirement implies is said to be implied, and held against the score in force."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from consolidation.reconciliation.consistency import consistency_of
from consolidation.rulebook import Rulebook
from tests.build import one_group, read_set

BOOK = Rulebook.load()


def found(folder: Path, score: str | None, **published: Any) -> list[tuple[str, str, str]]:
    """Code, implied and expected amount, of a group that published a requirement of 1,010,000 and 1,000,000 of it quantifiable."""
    row = {
        "group_id": "G",
        "period_end": "2023-12-31",
        "basis": "annual",
        "minimum_capital": "1010000",
        "quantifiable_risk_minimum_capital": "1000000",
    } | published
    tables = one_group(group_filings=[row])
    if score is not None:
        tables["assessments"] = [
            {"group_id": "G", "entity_id": "", "period_end": "2023-06-30", "sarmra_score": score}
        ]
    findings = consistency_of(read_set(folder, tables), BOOK).findings
    return [(f.code, f.value, f.expected) for f in findings]


@pytest.mark.parametrize(
    ("score", "minimum", "expected"),
    [
        # Q(78) = 0.4 − 0.005 × 78 = 0.01 of 1,000,000: 10,000
        ("78", "1010000", [("control-risk-implied", "10000", "10000")]),
        ("78", "1010002", [("control-risk-implied", "10002", "10000")]),
        ("78", "1010003", [("control-risk-implied-differs", "10003", "10000")]),
        ("85", "975000", [("control-risk-implied", "-25000", "-25000")]),
        (None, "1010000", [("control-risk-implied-unassessed", "10000", "0")]),
        (None, "1000000", []),
    ],
)
def test_it_fits_to_two_units(
    tmp_path: Path, score: str | None, minimum: str, expected: list[tuple[str, str, str]]
) -> None:
    assert found(tmp_path, score, minimum_capital=minimum) == expected


def test_what_was_published_is_not_implied(tmp_path: Path) -> None:
    assert found(tmp_path, "70", control_risk_minimum_capital="10000") == []
