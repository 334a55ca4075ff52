"""``rule19 readings``: which answers to what the law leaves open move a ratio or change a verdict."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from tests.build import write_set
from tests.consolidation.test_alternatives import TABLES
from tests.jobs.cli.test_command_line import rule19, small_set

__all__ = ["rule19", "small_set"]


@pytest.fixture
def two_groups(tmp_path: Path) -> Path:
    return write_set(tmp_path / "set", TABLES)


def test_a_reading_is_told_with_its_largest_move_and_the_verdicts_it_changes(rule19, two_groups) -> None:
    said = rule19("readings", two_groups, "--language", "en")
    assert said.status == 0
    row = next(line for line in said.out.splitlines() if line.startswith("member_requirement  quantifiable"))
    assert "+22.50 (G 2023-12-31)" in row and row.rstrip().endswith("G 2023-12-31")
    assert "as read here: Whole" in said.out


def test_one_group_is_told_period_by_period(rule19, two_groups) -> None:
    said = rule19("readings", two_groups, "--group", "H", "--language", "en")
    assert "2023-12-31  member_requirement  whole" in said.out
    assert "yes → no" in said.out
    said = rule19("readings", two_groups, "--group", "H", "--language", "zh")
    assert "达标 → 不达标" in said.out


def test_every_moved_line_goes_into_a_file_and_into_json(rule19, two_groups, tmp_path) -> None:
    out = tmp_path / "out"
    said = rule19("readings", two_groups, "--out", out, "--json")
    lines = pl.read_csv(out / "readings.csv")
    assert lines.height == len(json.loads(said.out)["lines"]) > 0
    assert {path.name for path in out.iterdir()} == {"readings.csv", "readings_published.csv"}


def test_an_unknown_group_and_a_period_of_nobody_are_refused(rule19, two_groups) -> None:
    said = rule19("readings", two_groups, "--group", "X")
    assert (said.status, said.out) == (2, "")
    assert "there is no group 'X'" in said.err
    assert rule19("readings", two_groups, "--period", "2020-12-31").status == 2


def test_a_group_that_an_error_stops_is_named_and_makes_the_status_1(rule19, tmp_path) -> None:
    tables = TABLES | {
        "solo_filings": TABLES["solo_filings"].replace(
            "B,life,2023-12-31,annual,900", "B,life,2023-12-31,annual,x"
        )
    }
    tables["group_members"] = "group_id,entity_id\nG,A\nH,A\nH,B\n"
    said = rule19("readings", write_set(tmp_path / "set", tables), "--language", "en")
    assert said.status == 1
    assert "H 2023-12-31" in said.err


def test_explain_names_the_readings_behind_a_line(rule19, two_groups, tmp_path) -> None:
    out = tmp_path / "out"
    assert rule19("consolidate", two_groups, "--out", out, "-q").status == 0
    line = ("explain", "--out", out, "G", "2023-12-31", "comprehensive_solvency_ratio")
    told = json.loads(rule19(*line, "--json").out)
    assert "member_requirement" in [one["reading"] for one in told["readings"]]
    said = rule19(*line, "--language", "en").out
    assert "Does a member bring its whole minimum capital" in said and "Whole, the member's own" in said
    tier = json.loads(rule19(*line[:-1], "core_tier1_capital", "--json").out)
    assert "member_requirement" not in [one["reading"] for one in tier["readings"]]


def test_explain_of_a_what_if_says_that_the_reading_is_another(rule19, two_groups, tmp_path) -> None:
    changes = tmp_path / "what-if.yaml"
    changes.write_text("minimum_capital.member_requirement: quantifiable\n", "utf-8")
    out = tmp_path / "out"
    rule19("consolidate", two_groups, "--out", out, "-q", "--what-if", changes)
    said = rule19("explain", "--out", out, "G", "2023-12-31", "minimum_capital", "--language", "en").out
    assert "changed in this what-if run: minimum_capital.member_requirement: quantifiable" in said
