"""The worked examples and hard cases of the law: tables in, lines out. The cases stand in ``scenarios/*.yaml``."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from consolidation.consolidate import Scope
from consolidation.findings import Severity
from consolidation.intake import read_filing_set
from consolidation.rulebook import Rulebook
from consolidation.whole import compute

CASES = sorted((Path(__file__).parent / "scenarios").glob("*.yaml"))


def load(case: Path) -> dict:
    """The case with every number as text, so that no float comes between the lawyer and the engine."""
    return yaml.load(case.read_text("utf-8"), yaml.BaseLoader)


@pytest.mark.parametrize("case", CASES, ids=lambda p: p.stem)
def test_the_case_gives_the_lines_a_lawyer_would(case: Path, tmp_path: Path) -> None:
    scenario = load(case)
    for table, text in scenario["tables"].items():
        (tmp_path / f"{table}.csv").write_text(text, "utf-8")
    day = date.fromisoformat(scenario["period"])

    result = compute(read_filing_set(str(tmp_path)), Rulebook.load(), Scope(scenario["group"], day)).result

    assert [f.message() for f in result.findings if f.severity is Severity.ERROR] == []
    (statement,) = result.statements
    found = {name: statement.amount(name) for name in scenario["lines"]}
    assert found == {name: Decimal(text) for name, text in scenario["lines"].items()}
    if "members" in scenario:
        assert result.members["entity_id"].sort().to_list() == scenario["members"]
