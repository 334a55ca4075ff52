"""``rule19 stress``: files, exit statuses, scenarios of one's own, and that a scenario never becomes a statement of the store."""

from __future__ import annotations

import json
import re
from pathlib import Path

import polars as pl
import pytest

from tests.build import write_set
from tests.consolidation.scenario.worked import worked_example
from tests.jobs.cli.test_command_line import rule19, small_set

__all__ = ["rule19", "small_set"]

FAILS = "fails: {stages: [{shocks: [{type: capital_loss, companies: [L], amount: 5000}]}]}\n"


@pytest.fixture
def group(tmp_path: Path) -> Path:
    return write_set(tmp_path / "set", worked_example())


def test_the_files_of_a_stress_test(rule19, group, tmp_path) -> None:
    out = tmp_path / "out"
    said = rule19("stress", group, "--out", out, "--language", "en")
    assert said.status == 0
    assert "140.80%" in said.out and "not a filing" in said.out
    chinese = rule19("stress", group, "--out", out, "--language", "zh").out
    assert "宏观经济风险情景" in chinese and "采取措施前" in chinese and "计算" in chinese
    assert not re.search(r"\b(macro|before|computed|life|property)\b", chinese)
    assert {path.name for path in out.iterdir()} == {
        "stress.csv", "stress_base.csv", "stress_attribution.csv", "stress_reverse.csv", "stress_changes.csv",
        "stress_clearing.csv", "stress_G_2023-12-31.xlsx", "findings.csv",
    }  # fmt: skip
    lines = pl.read_csv(out / "stress.csv", infer_schema=False)
    assert lines.columns[:8] == [
        "group_id", "entity_id", "report_date", "scenario", "stage", "horizon_end", "actions", "line",
    ]  # fmt: skip
    assert lines.filter(group_id="G", line="actual_capital")["stressed"].to_list() == ["8300.000000"]
    assert json.loads(rule19("runs", "--json").out) == [], "a stress test is no run that counts"


def test_a_scenario_and_actions_of_ones_own(rule19, group, tmp_path) -> None:
    (tmp_path / "own.yaml").write_text(FAILS, "utf-8")
    (tmp_path / "do.yaml").write_text(
        "actions: [{type: dividend_cut, companies: [L], amount: 1000}]\n", "utf-8"
    )
    said = rule19(
        "stress", group, "--out", tmp_path / "out", "--scenario", tmp_path / "own.yaml", "--scenario", "macro",
        "--actions", tmp_path / "do.yaml", "--json", "--store", "none",
    )  # fmt: skip
    found = [
        r for r in json.loads(said.out)["lines"] if r["group_id"] == "G" and r["line"] == "actual_capital"
    ]
    assert [(r["scenario"], r["actions"], r["stressed"]) for r in found] == [
        ("fails", "before", "5000.000000"),
        ("fails", "after", "6000.000000"),
        ("macro", "before", "8300.000000"),
        ("macro", "after", "9300.000000"),
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--scenario", "quake"], "no scenario of the rulebook"),
        (["--scenario", "none.yaml"], "cannot be read"),
        (["--scenario", "macro", "--scenario", "macro"], "given twice"),
        (["--group", "X"], "there is no group 'X'"),
        (["--report-date", "2020-12-31"], "--report-date 2020-12-31: nobody filed for it"),
        (["--report-date", "soon"], "is no date"),
        (["--actions", "none.yaml"], "cannot be read"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(rule19, group, tmp_path, arguments, told) -> None:
    said = rule19("stress", group, "--out", tmp_path / "out", *arguments)
    assert (said.status, said.out) == (2, "")
    assert told in said.err and len(said.err.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_group_that_an_error_stops_is_named_and_makes_the_status_1(rule19, tmp_path) -> None:
    tables = worked_example()
    tables["solo_filings"][0]["actual_capital"] = "x"
    said = rule19(
        "stress", write_set(tmp_path / "set", tables), "--out", tmp_path / "out", "--language", "en"
    )
    assert said.status == 1
    assert "G" in said.err
