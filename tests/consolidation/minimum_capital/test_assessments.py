"""Rule 19 A120: which assessment counts, where its explanation says it was read, and how far it reaches."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from consolidation.consolidate import Consolidation, recompute_set
from consolidation.filing_set import read_filing_set
from consolidation.findings import Severity
from consolidation.minimum_capital.control_risk import GROUP, INSURER, latest
from consolidation.provenance import Cell, Step
from consolidation.rulebook import Rulebook
from consolidation.structure.scope import Scope
from tests.build import consolidated, write_set

TABLES = {
    "groups": "group_id,name,type,parent_id\nG,Group,mixed,\n",
    "group_members": "group_id,entity_id,relation\nG,A,subsidiary\n",
    "solo_filings": """
        entity_id,kind,period_end,basis,actual_capital,minimum_capital,quantifiable_risk_minimum_capital
        A,life,2023-06-30,quarterly,3000,1000,1000
        A,life,2023-12-31,annual,3000,1000,1000
        """,
}


def results(rows: str) -> dict[str, str]:
    return TABLES | {"assessments": f"group_id,entity_id,period_end,sarmra_score,capped\n{rows}"}


def factor(result: Consolidation, day: str) -> Step:
    (statement,) = (s for s in result.statements if s.period_end == date.fromisoformat(day))
    step = statement.lines["control_risk_minimum_capital"].inputs[0]
    assert isinstance(step, Step)
    return step


def test_the_explanation_says_from_which_period_the_score_is_and_its_cell(tmp_path: Path) -> None:
    found = factor(consolidated(tmp_path, results("G,,2022-03-31,50,\nG,,2023-06-30,60,\n")), "2023-12-31")
    assert (found.amount, found.formula) == (Decimal("0.15"), "Q(S) at S = 60, assessed for 2023-06-30")
    read = found.inputs[0]
    assert isinstance(read, Cell)
    assert (read.key["period_end"], read.column, read.row, read.value) == (
        "2023-06-30",
        "sarmra_score",
        3,
        "60",
    )


@pytest.mark.parametrize(
    ("rows", "q"),
    [
        ("", "0"),
        ("G,,2024-03-31,60,\n", "0"),  # not yet
        ("G,,2023-12-31,60,\n", "0.15"),
        ("G,,2023-09-30,60,\nG,,2023-03-31,50,\n", "0.15"),  # in any order, at any quarter's end
        ("G,,2022-03-31,95,true\n", "0.05"),  # its cap goes along
        (",A,2023-12-31,60,\n", "0"),  # an insurer's is not the group's
        ("K,,2023-12-31,60,\n", "0"),  # nor another group's
    ],
)
def test_the_latest_result_at_or_before_the_periods_end_counts(tmp_path: Path, rows: str, q: str) -> None:
    result = consolidated(tmp_path, results(rows), Scope("G", date(2023, 12, 31)))
    assert factor(result, "2023-12-31").amount == Decimal(q)


@pytest.mark.parametrize(
    "bad", ["G,,2023-06-30,600,\n", "G,,2023-06-30,,\n", "G,,2023-06-30,50,\nG,,2023-06-30,60,\n"]
)
def test_a_row_in_error_stops_the_periods_until_the_next_result(tmp_path: Path, bad: str) -> None:
    day = date(2023, 12, 31)
    stopped = consolidated(tmp_path / "1", results("G,,2022-12-31,60,\n" + bad))
    assert stopped.blocked == (("G", date(2023, 6, 30)), ("G", day))
    assert [
        (f.group_id, f.period_end, f.value)
        for f in stopped.findings
        if f.code == "assessment-in-error" and f.severity is Severity.ERROR
    ] == [("G", day, "2023-06-30")]
    again = consolidated(tmp_path / "2", results("G,,2022-12-31,60,\n" + bad + "G,,2023-09-30,70,\n"))
    assert again.blocked == (("G", date(2023, 6, 30)),)


def recomputed(folder: Path, rows: str) -> list[float | None]:
    filing_set = read_filing_set(str(write_set(folder, results(rows))))
    found = recompute_set(filing_set, Rulebook.load())
    return found.filter(pl.col("item") == "control_risk_minimum_capital")["recomputed"].to_list()


def test_an_insurers_latest_result_is_what_its_control_risk_is_held_against(tmp_path: Path) -> None:
    assert recomputed(tmp_path / "1", ",A,2023-09-30,50,\n") == [None, 250]
    assert recomputed(tmp_path / "2", ",A,2022-03-31,50,\nG,,2023-06-30,70,\n") == [250, 250]
    # What the row in error was nobody knows; the older result does not take its place.
    assert recomputed(tmp_path / "3", ",A,2022-03-31,50,\n,A,2023-09-30,500,\n") == [250, None]


def test_an_error_in_a_filing_of_the_same_day_is_none_of_the_assessment(tmp_path: Path) -> None:
    tables = results(",A,2023-06-30,50,\n")
    filed = tables["solo_filings"].replace("minimum_capital\n", "minimum_capital,core_surplus\n", 1)
    tables["solo_filings"] = filed.replace("3000,1000,1000\n", "3000,1000,1000,two\n", 1).replace(
        "3000,1000,1000\n", "3000,1000,1000,\n"
    )
    found = recompute_set(read_filing_set(str(write_set(tmp_path, tables))), Rulebook.load())
    assert found.filter(item="control_risk_minimum_capital")["recomputed"].to_list() == [250, 250]


def test_latest_keeps_every_row_that_is_asked_for() -> None:
    days = pl.DataFrame({"group_id": ["B", "A", "A"], "period_end": [date(2023, 12, 31), date(2023, 12, 31), date(2023, 6, 30)]})  # fmt: skip
    scores = pl.DataFrame(
        {"group_id": ["A", "C"], "period_end": [date(2023, 9, 30)] * 2, "sarmra_score": [1, 2]}
    )
    found = latest(days, scores, GROUP).sort("group_id", "period_end")
    assert found.rows() == [
        ("A", date(2023, 6, 30), None, None),
        ("A", date(2023, 12, 31), date(2023, 9, 30), 1),
        ("B", date(2023, 12, 31), None, None),
    ]
    none = latest(days.rename({GROUP: INSURER}), scores.clear().rename({GROUP: INSURER}), INSURER)
    assert none["sarmra_score"].to_list() == [None] * 3
