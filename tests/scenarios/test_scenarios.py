"""The worked examples and hard cases of the law: tables in; lines, findings and flags out (``scenarios/*.yaml``).

A scenario is exact in what it speaks of and silent about the rest:

- ``lines:`` each line it names, to the last digit; other lines are not looked at. ``members:`` exactly these.
- ``published:`` exactly the lines that the group published, each with computed less published.
- ``findings:`` every warning and every error of the run stands in the list once (``times:`` says how often), and every
  entry of the list was found. Remarks (``severity: info``) and ``column-not-given`` count only where they are listed.
  Without ``findings:`` warnings are not looked at, but an error fails the scenario unless a group is ``stopped: true``.
- ``flags:`` every flag raised stands in the list and the other way round; one that a graver flag covers may be left out.

An entry of ``findings:`` or ``flags:`` is compared by the fields it gives. ``scenarios/README.md`` tells how to write one.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.scenarios.scenario import (
    NotAScenario,
    Scenario,
    compute_scenario,
    differences,
    read_scenario,
)
from tests.scenarios.told import TOLD, told

FOLDER = Path(__file__).parent
CASES = sorted(FOLDER.glob("*.yaml"))
AGAIN = "python -m tests.scenarios.told writes the record anew: read the difference before you keep it"


@pytest.mark.parametrize("case", CASES, ids=lambda p: p.stem)
def test_the_case_gives_what_a_lawyer_would(case: Path, tmp_path: Path) -> None:
    scenario = read_scenario(case)
    computed = compute_scenario(scenario, tmp_path)
    assert differences(scenario, tmp_path, computed) == []
    record = TOLD / f"{case.stem}.txt"
    if record.exists():
        assert told(computed).splitlines() == record.read_text("utf-8").splitlines(), AGAIN


@pytest.mark.parametrize("case", CASES, ids=lambda p: p.stem)
def test_its_name_begins_with_its_first_article(case: Path) -> None:
    law = re.search(r"^law: (.*)$", case.read_text("utf-8"), re.MULTILINE)
    assert law
    first = law[1].split(";")[0]
    article = re.search(r" (A\d+)", first)
    source = re.match(r"(Rule|Annex|Notice) ([\d-]+)", first)
    assert source
    words = [f"{source[1].lower()}{'-' * (source[1] == 'Notice')}{source[2]}", article and article[1]]
    start = "-".join(word for word in words if word and word != "rule19")
    assert case.stem.startswith(f"{start}-")


EXAMPLE = """
title: An example
law: Rule 19 A127
tables:
  groups: |
    group_id,name,type,parent_id
    G,Group,insurance_holding,
    K,Other,insurance_holding,
  group_members: |
    group_id,entity_id
    G,A
    K,B
  solo_filings: |
    entity_id,kind,period_end,basis,actual_capital,minimum_capital
    A,life,2023-06-30,quarterly,1,1000
    B,life,2023-06-30,quarterly,1,-5
    A,life,2023-12-31,annual,1,x
  group_filings: |
    group_id,period_end,basis,minimum_capital,actual_capital
    G,2023-06-30,quarterly,999,1
"""

RIGHT = """
statements:
  - {group: G, period: 2023-06-30, lines: {minimum_capital: 1000}, members: [A], published: {minimum_capital: 1, actual_capital: 0}}
  - {group: K, period: 2023-06-30, lines: {minimum_capital: -5}}
  - {group: G, period: 2023-12-31, stopped: true}
"""


def scenario(folder: Path, text: str) -> Scenario:
    path = folder / "scenario.yaml"
    path.write_text(text, "utf-8")
    return read_scenario(path)


def all_differences(scenario: Scenario, folder: Path) -> list[str]:
    return differences(scenario, folder, compute_scenario(scenario, folder))


def said(folder: Path, text: str) -> str:
    return "\n".join(all_differences(scenario(folder, EXAMPLE + text), folder))


def test_several_groups_and_periods_one_of_them_stopped(tmp_path: Path) -> None:
    assert said(tmp_path, RIGHT) == ""


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [
        ("minimum_capital: 1000", "minimum_capital: 1001", "minimum_capital is 1000, not 1001"),
        ("members: [A]", "members: [A, C]", "the members are A, not A, C"),
        ("{minimum_capital: 1, ", "{minimum_capital: 2, ", "computed less published, minimum_capital is 1, not 2"),
        (", actual_capital: 0}", "}", "the group published actual_capital, which published: does not list"),
        ("2023-06-30, lines: {minimum_capital: -5}", "2023-06-30, stopped: true", "K 2023-06-30 was not stopped"),
        ("2023-12-31, stopped: true", "2023-12-31, lines: {}", "G 2023-12-31 has no statement"),
    ],
)  # fmt: skip
def test_what_is_not_as_expected_is_told_in_a_sentence(
    tmp_path: Path, right: str, wrong: str, sentence: str
) -> None:
    assert right in RIGHT
    assert sentence in said(tmp_path, RIGHT.replace(right, wrong))


def test_findings_are_exact_once_they_are_spoken_of(tmp_path: Path) -> None:
    assert "found, but not expected: error" in said(tmp_path, RIGHT + "findings: []\n")
    assert "not found: code no-such" in said(tmp_path, RIGHT + "findings: [{code: no-such}]\n")


def test_flags_are_exact_once_they_are_spoken_of(tmp_path: Path) -> None:
    assert "flagged, but not expected: breach" in said(tmp_path, RIGHT + "flags: []\n")
    assert "no such flag: code breach, subject Z" in said(
        tmp_path, RIGHT + "flags: [{code: breach, subject: Z}]\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        RIGHT + "remarks: []\n",
        RIGHT + "group: G\n",
        RIGHT + "findings: [{kode: x}]\n",
        RIGHT + "flags: [{who: x}]\n",
        RIGHT.replace("minimum_capital: -5", "minimal_capital: -5"),
        RIGHT.replace("stopped: true", "stopped: maybe"),
        RIGHT.replace("stopped: true", "lines: {}, stopped: true"),
        "",
    ],
)
def test_a_word_that_the_format_does_not_have_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(NotAScenario):
        scenario(tmp_path, EXAMPLE + text)


def test_a_scenario_may_lay_another_reading_over_the_rulebook(tmp_path: Path) -> None:
    text = RIGHT.replace("minimum_capital: 1000", "minimum_capital: 900").replace(
        "minimum_capital: 1,", "minimum_capital: -99,"
    )
    text = text.replace("minimum_capital: -5", "minimum_capital: -4.5")
    assert said(tmp_path, text + "rulebook: {diversification_reduction.rate: 0.1}\n") == ""


def test_the_example_of_the_readme_is_a_scenario(tmp_path: Path) -> None:
    readme = (FOLDER / "README.md").read_text("utf-8")
    text = readme.split("```yaml\n")[1].split("```")[0]
    assert all_differences(scenario(tmp_path, text), tmp_path) == []
