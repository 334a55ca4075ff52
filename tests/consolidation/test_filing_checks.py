"""A set is valid only where a run finds no error in it: what ``validate`` looks at and what ``consolidate`` computes with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from consolidation.consolidate import consolidate
from consolidation.filing_checks import checked_set
from consolidation.filing_set import read_filing_set
from consolidation.findings import Severity
from consolidation.rulebook import Rulebook
from tests.build import write_set

_GROUPS = "group_id,name,type,parent_id\n"
_FILED = "entity_id,kind,period_end,basis,actual_capital,minimum_capital\n"
_A = "A,life,2023-06-30,quarterly,200,100\n"
_OF_A = {"group_members": "group_id,entity_id,relation\nG,A,subsidiary\n", "solo_filings": _FILED + _A}


@pytest.mark.parametrize(
    ("tables", "errors"),
    [
        (
            {
                "solo_filings": _FILED + _A,
                "group_financials": "group_id,period_end,total_assets,net_assets,income\nG,2023-06-30,9,5,1\n",
            },
            [("group-without-members", "groups", "G")],
        ),
        (
            {"solo_filings": _FILED + _A, "groups": _GROUPS + "G,Group,mixed,\n"},
            [("group-without-members", "groups", "G")],
        ),
        (
            {
                "solo_filings": _FILED + _A,
                "group_members": "group_id,entity_id,relation\nG,A,\nG,J,joint_venture\n",
            },
            [("joint-venture-without-stakes", "ownership", "G")],
        ),
        (
            {**_OF_A, "solo_filings": _FILED + "A,life,2020-06-30,quarterly,200,100\n"},
            [("no-rule-in-force", "", "G")],
        ),
        (_OF_A, []),
    ],
)
def test_what_stops_a_run_is_an_error_of_the_set(
    tables: Mapping[str, str], errors: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    filing_set, rulebook = read_filing_set(str(write_set(tmp_path / "set", tables))), Rulebook.load()
    checked = checked_set(filing_set, rulebook).findings
    run = consolidate(filing_set, rulebook).findings
    assert [(f.code, f.table, f.group_id) for f in checked if f.severity is Severity.ERROR] == errors
    assert [f for f in run if f.severity is Severity.ERROR] == [
        f for f in checked if f.severity is Severity.ERROR
    ]
