"""Scenarios as data: those of the rulebook, those of the documentation, and what is wrong with a file of one's own."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from consolidation.rulebook import Rulebook
from consolidation.scenario.reading import (
    GROUP_SCENARIOS,
    PREFIX,
    UnusableScenario,
    group_scenarios,
    read_actions,
    read_scenarios,
)

BOOK = Rulebook.load()
DOCS = Path(__file__).parents[3] / "docs" / "stress.md"


def test_every_group_scenario_of_the_rulebook_can_be_applied() -> None:
    named = {id.removeprefix(PREFIX) for id in BOOK.ids() if id.startswith(PREFIX)}
    assert named == set(GROUP_SCENARIOS)
    assert [s.name for s in group_scenarios(BOOK.on(date(2023, 12, 31)))] == list(GROUP_SCENARIOS)


def test_the_examples_of_the_documentation_can_be_read(tmp_path: Path) -> None:
    scenarios, actions = re.findall(r"```yaml\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    (tmp_path / "s.yaml").write_text(scenarios, "utf-8")
    (tmp_path / "a.yaml").write_text(actions, "utf-8")

    assert [s.name for s in read_scenarios(tmp_path / "s.yaml")] == ["steel_fails", "own_macro"]
    assert [a.type for a in read_actions(tmp_path / "a.yaml")] == [
        "dividend_cut", "instrument_issued", "position_reduced",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "must hold scenarios by name"),
        ("3", "must hold scenarios by name"),
        ("- a", "must hold scenarios by name"),
        ("a: {stages: []}", "at least one"),
        ("a: {stages: [{shocks: [{type: quake}]}]}", "quake"),
        ("a: {stages: [{shocks: [{type: equity_fall, fall: 1.2}]}]}", "must be at most 1, not 1.2"),
        ("a: {stages: [{shocks: [{type: capital_loss, amount: 5}]}]}", "must name its companies"),
        ("a: {stages: [{shocks: [{type: equity_fall, kinds: [bakery], fall: 1}]}]}", "must be one of"),
        (
            "a: {stages: [{shocks: [{type: equity_fall, fall: 1}, {type: equity_fall, fall: 1}]}]}",
            "stands twice",
        ),
        ("a: {stages: [{}], results: {life: mandatory_9}}", "mandatory_1"),
        ("a: {stages: [{}], shocks: []}", "there is no such field"),
        ("a: {stages: [{shocks: [{type: equity_fall, fall: 30}]}]}", "must be at most 1, not 30"),
        ("macro: {stages: [{}]}", "give your own another"),
        ("base: {stages: [{}]}", "give your own another"),
        ("a: 3", "must be a mapping"),
        ("a: [", "not YAML"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_in_words(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "s.yaml").write_text(content, "utf-8")

    with pytest.raises(UnusableScenario, match=re.escape(told)) as refused:
        read_scenarios(tmp_path / "s.yaml")
    for language in ("zh", "en"):
        told_in = refused.value.message(language).split("\n")
        assert all(fault.startswith("s.yaml") and "{" not in fault for fault in told_in)
        assert not any(
            words in fault for fault in told_in for words in ("Input", "Extra", "valid ", "pydantic")
        )


@pytest.mark.parametrize(
    ("content", "line"),
    [("a:\n\tstages: []\n", 2), ("a: 1\nb: [\n", 3), ("a: 1\na: 2\n", 2), ("a:\n  b: \x07", 2)],
)
def test_broken_yaml_is_told_with_its_line_in_both_languages(tmp_path: Path, content: str, line: int) -> None:
    (tmp_path / "s.yaml").write_text(content, "utf-8")

    with pytest.raises(UnusableScenario) as refused:
        read_scenarios(tmp_path / "s.yaml")
    chinese, english = (refused.value.message(language) for language in ("zh", "en"))
    assert chinese.startswith(f"s.yaml: 第 {line} 行") and not re.search("not|did|found|given", chinese)
    assert english.startswith(f"s.yaml: line {line}")


@pytest.mark.parametrize("content", ["3", "- a", "{}", "other: []", "{actions: [], other: []}"])
def test_a_file_of_actions_holds_them_and_nothing_else(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.yaml").write_text(content, "utf-8")

    with pytest.raises(UnusableScenario) as refused:
        read_actions(tmp_path / "a.yaml")
    assert [(fault.place, fault.code) for fault in refused.value.faults] == [("a.yaml", "no-actions")]


def test_a_fault_is_told_with_its_place_and_an_unreadable_file_with_its_cause(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("a: {stages: [{shocks: [{type: quake}]}]}", "utf-8")

    with pytest.raises(UnusableScenario) as refused:
        read_scenarios(tmp_path / "s.yaml")
    assert [fault.place for fault in refused.value.faults] == ["s.yaml: a: stages.0.shocks.0"]
    with pytest.raises(UnusableScenario) as refused:
        read_scenarios(tmp_path / "none.yaml")
    (fault,) = refused.value.faults
    assert (fault.place, fault.names["cause"]) == ("none.yaml", "No such file or directory")


def test_a_list_with_a_fault_in_it_is_not_called_empty(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("a: {stages: [{shocks: [{type: equity_fall, fal: 0.3}]}]}", "utf-8")

    with pytest.raises(UnusableScenario) as refused:
        read_scenarios(tmp_path / "s.yaml")
    assert [fault.code for fault in refused.value.faults] == ["missing", "unknown-name"]


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("a: {stages: []}\nb: 3\n", "utf-8")

    with pytest.raises(UnusableScenario) as refused:
        read_scenarios(tmp_path / "s.yaml")
    assert len(refused.value.faults) == 2
