"""``rule19 report``: what it writes and lists, and what it says where it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.build import Q4, filing, rows, write_set
from tests.jobs.cli.test_command_line import rule19

__all__ = ["rule19"]


@pytest.fixture
def stored(rule19, tmp_path: Path) -> None:
    place = write_set(
        tmp_path / "set",
        {
            "groups": rows("groups", "G,集团甲,mixed", "H,集团乙,mixed"),
            "entities": rows("entities", "S,寿险,life"),
            "group_members": rows("group_members", "G,S,subsidiary"),
            "solo_filings": [filing("S", Q4, 1000, 500, kind="life")],
        },
    )
    assert rule19("consolidate", place, "--out", tmp_path / "out").status == 1, "集团乙 has no member"


def test_without_a_file_it_lists_the_parts_and_what_is_to_be_written(rule19, stored) -> None:
    said = rule19("report", "G", Q4, "--language", "zh")
    assert said.status == 0
    assert "董事会和管理层声明" in said.out and "待填写" in said.out and "法定代表人" in said.out


def test_a_report_is_chinese_unless_english_is_asked_for(rule19, stored, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    for asked, title in (((), "年度"), (("--language", "en"), "Annual")):
        assert rule19("report", "G", Q4, "--out", tmp_path / "r.html", *asked).status == 0
        assert title in (tmp_path / "r.html").read_text("utf-8")


def test_a_report_without_an_outlook_says_so(rule19, stored, tmp_path) -> None:
    assert rule19("report", "G", Q4, "--out", tmp_path / "r.html").status == 0
    assert "没有由本期作出的展望" in (tmp_path / "r.html").read_text("utf-8")


@pytest.mark.parametrize(("ending", "begins"), [(".docx", b"PK"), (".html", b"<!doctype html>")])
def test_a_report_is_written_in_the_form_of_the_file(rule19, stored, tmp_path, ending, begins) -> None:
    file = tmp_path / f"r{ending}"
    said = rule19("report", "G", Q4, "--out", file, "--language", "en")
    assert (said.status, said.out) == (0, f"{file}: 集团甲, 10 parts not checked yet\n")
    assert file.read_bytes().startswith(begins)
    assert file.stat().st_mode & 0o777 == 0o644, "who it is for can read it, as any other output"


def test_the_reports_of_all_groups_at_once(rule19, stored, tmp_path) -> None:
    """One group has no statement: its report says so, and so does the exit status."""
    said = rule19("report", "--all", Q4, "--kind", "summary", "--out", tmp_path / "all", "--language", "zh")
    assert said.status == 1
    assert "集团乙，没有本期的偿付能力报表" in said.out
    names = {path.name for path in (tmp_path / "all").iterdir()}
    assert names == {f"{g}_2023-12-31_summary.docx" for g in "GH"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("X", Q4), "the store knows no group X"),
        (("G", "2023-06-30"), "owed for periods ending 12-31"),
        (("G",), "expected GROUP PERIOD, or --all PERIOD"),
        (("--all", Q4), "--all needs --out DIR"),
        (("G", Q4, "--out", "r.txt"), "expected a file ending in .docx, .html, .pdf"),
        (("G", Q4, "--out", "nowhere/r.docx"), "No such file or directory; nothing was written"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(rule19, stored, given, told) -> None:
    said = rule19("report", *given)
    assert (said.status, said.out) == (2, "")
    assert told in said.err and said.err.count("\n") == 1


def test_the_board_gets_a_page_a_group_that_has_a_statement(rule19, stored, tmp_path) -> None:
    file = tmp_path / "board.html"
    said = rule19("board", "--out", file, "--language", "en")
    assert (said.status, said.out) == (0, f"{file}: a page for each of 1 groups\n")
    assert "集团甲" in file.read_text("utf-8")
    assert rule19("board", "--group", "X", "--out", file).status == 2
