"""What the command line says to somebody who mistypes: one line on standard error, status 2, before any work is done."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from jobs.cli import main as cli
from monitoring.store.database import StoreError
from tests.build import write_set

FILED = """
    entity_id,kind,period_end,basis,actual_capital,minimum_capital
    甲,life,2023-06-30,quarterly,200,100
"""
MEMBERS = """
    group_id,entity_id
    集团,甲
"""


class Said:
    """What a command left: its status and both its streams."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err


@pytest.fixture
def rule19(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, ready_sqlite: Path
):
    """The command as the shell starts it, with a store of its own."""
    (tmp_path / "home").mkdir()
    shutil.copy(ready_sqlite, tmp_path / "home" / "rule19.db")
    monkeypatch.setenv("RULE19_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("RULE19_DATABASE_URL", raising=False)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    def call(*arguments: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["rule19", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return Said(int(end.value.code or 0), *capsys.readouterr())

    return call


def test_the_name_alone_shows_what_there_is(rule19) -> None:
    said = rule19()
    assert "consolidate" in said.out + said.err and "fault" not in said.err


@pytest.fixture
def small_set(tmp_path: Path) -> Path:
    return write_set(tmp_path / "set", {"solo_filings": FILED, "group_members": MEMBERS})


def test_a_language_that_there_is_not_is_refused_before_anything_is_written(
    rule19, small_set, tmp_path
) -> None:
    said = rule19("consolidate", small_set, "--out", tmp_path / "out", "--language", "fr")
    assert said.status == 2
    assert said.err == "rule19: --language 'fr' is not known; expected zh or en\n"
    assert not (tmp_path / "out").exists()


def test_a_period_for_which_nobody_filed_is_told_with_those_that_there_are(
    rule19, small_set, tmp_path
) -> None:
    said = rule19("consolidate", small_set, "--out", tmp_path / "out", "--period", "2023-06-29")
    assert said.status == 2
    assert said.err == (
        "rule19: --period 2023-06-29: nobody filed for it; the periods of the set are 2023-06-30\n"
    )
    said = rule19("consolidate", small_set, "--out", tmp_path / "out", "--period=2023-06-29", "--language=zh")
    assert said.err == "rule19: --period 2023-06-29：没有该报告期的报送；已报送的报告期有 2023-06-30\n"
    said = rule19("consolidate", small_set, "--out", tmp_path / "out", "--group", "X", "--language=zh")
    assert said.err == "rule19: 该套报送中没有集团 'X'；其中的集团有：集团\n"
    assert not (tmp_path / "out").exists()


def test_a_set_without_a_single_readable_table_was_not_run(rule19, tmp_path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "solo_filings.csv").write_bytes(b"\x00\x01\x02\xff\xfe not a table")
    said = rule19("validate", folder)
    assert said.out.splitlines()[-1].startswith("NOT RUN: ")
    assert said.status == 2


def test_a_set_without_groups_of_which_a_group_published_is_invalid(rule19, tmp_path) -> None:
    tables = {
        "solo_filings": FILED,
        "group_financials": "group_id,period_end,total_assets,net_assets,income\nG,2023-06-30,9,5,1\n",
    }
    said = rule19("validate", write_set(tmp_path / "set", tables), "--language", "en")
    assert said.status == 1
    assert said.out.splitlines()[-1].startswith("INVALID: 1 error, ")


@pytest.mark.parametrize("command", ["recompute", "consolidate"])
def test_a_file_where_the_output_folder_should_be_is_one_line(rule19, small_set, tmp_path, command) -> None:
    (tmp_path / "out").write_text("mine")
    said = rule19(command, small_set, "--out", tmp_path / "out", "--quiet")
    assert said.status == 2
    assert said.err.count("\n") == 1
    assert str(tmp_path / "out") in said.err
    assert (tmp_path / "out").read_text() == "mine"


def test_demo_data_leaves_filings_alone_that_are_no_demo(rule19, tmp_path) -> None:
    mine = write_set(tmp_path / "filings", {"solo_filings": FILED})
    said = rule19("demo-data", "--out", tmp_path)
    assert said.status == 2
    assert said.err == f"rule19: {mine}: is there already and is no demo; choose another folder\n"
    assert [file.name for file in mine.iterdir()] == ["solo_filings.csv"]


def test_a_store_that_fails_while_the_run_is_recorded_leaves_no_output(
    rule19, small_set, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise StoreError("the store is full")

    monkeypatch.setattr("monitoring.flags.store.keep_run", full)
    said = rule19("consolidate", small_set, "--out", tmp_path / "out")
    assert said.status == 2
    assert said.err.splitlines() == [
        "rule19: the store is full; nothing was changed, the last complete run is as it was"
    ]
    assert not (tmp_path / "out").exists()


def test_a_fault_of_the_program_keeps_its_traceback(rule19, small_set, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("jobs.pipeline.consolidation_run.consolidate", lambda *_, **__: {}["nothing"])
    said = rule19("consolidate", small_set, "--out", tmp_path / "out")
    (report,) = (tmp_path / "home" / "faults").iterdir()
    assert said.status == 70 and str(report) in said.err
    assert "KeyError: 'nothing'" in report.read_text("utf-8")


@pytest.mark.parametrize(("language", "word"), [("zh", "均未采用"), ("en", "neither is used")])
def test_flags_tells_the_errors_of_a_set_in_the_language_asked_for(rule19, tmp_path, language, word) -> None:
    filed_twice = {"solo_filings": FILED + "    甲,life,2023-06-30,quarterly,300,100\n"}
    given = write_set(tmp_path / "set", filed_twice)
    said = rule19("flags", given, "--language", language, "--code", "watch", "--quiet")
    assert word in said.err


@pytest.mark.parametrize(("language", "heading"), [("zh", "综合充足率"), ("en", "comprehensive")])
def test_a_run_is_told_in_the_language_asked_for_and_nothing_is_cut(
    rule19, small_set, tmp_path, language, heading
) -> None:
    said = rule19("consolidate", small_set, "--out", tmp_path / "out", "--language", language)
    assert said.status == 0
    lines = said.out.splitlines()
    assert lines[0].endswith(heading)
    assert lines[1].startswith("集团") and "100.00" in lines[1]
    assert not any("…" in line for line in lines)


def test_recompute_leaves_what_else_is_in_the_folder(rule19, small_set, tmp_path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    assert rule19("recompute", small_set, "--out", out).status == 0
    assert sorted(file.name for file in out.iterdir()) == ["mine.txt", "recomputation.csv"]


def test_an_answer_to_a_flag_that_needs_a_reason_asks_for_it_by_its_option(rule19) -> None:
    said = rule19("flag", 1, "close")
    assert (said.status, said.err) == (2, "rule19: --note is needed to close a flag: say why\n")


def test_a_file_that_is_no_workbook_is_named_once(rule19, tmp_path) -> None:
    (tmp_path / "set.xlsx").write_text("no workbook")
    said = rule19("validate", tmp_path / "set.xlsx", "--language", "en")
    assert said.out == f"NOT RUN: {tmp_path}/set.xlsx: not an Excel workbook; save it as .xlsx.\n"
    assert said.status == 2
