"""What a user gets wrong is said in a line or two – what, where, what was expected, what to do – and nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.build import write_set
from tests.jobs.cli.test_command_line import FILED, MEMBERS, rule19, small_set

__all__ = ["rule19", "small_set"]


@pytest.fixture
def unreadable_set(tmp_path: Path) -> Path:
    """A set as a spreadsheet program saves it in Chinese Windows: not a table of it can be read."""
    folder = write_set(tmp_path / "gb", {"solo_filings": FILED, "group_members": MEMBERS})
    for file in folder.iterdir():
        file.write_bytes(file.read_text("utf-8").encode("gb18030"))
    return folder


@pytest.mark.parametrize("command", ["consolidate", "recompute"])
def test_a_set_of_which_no_table_can_be_read_leaves_the_last_run_as_it_was(
    rule19, small_set, unreadable_set, tmp_path, command
) -> None:
    out = tmp_path / "out"
    assert rule19(command, small_set, "--out", out).status == 0
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    said = rule19(command, unreadable_set, "--out", out)
    assert said.status == 2
    assert said.err.startswith(f"rule19: {unreadable_set}: group_members.csv is not UTF-8")
    assert "run again with --encoding gb18030" in said.err
    assert said.err.endswith(f"(1 more: rule19 validate {unreadable_set})\n")
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before
    assert rule19(command, unreadable_set, "--out", out, "--encoding", "gb18030").status == 0


def test_positions_that_cannot_be_read_make_the_set_unusable_but_for_what_needs_none(
    rule19, small_set, tmp_path
) -> None:
    out = tmp_path / "out"
    assert rule19("consolidate", small_set, "--out", out).status == 0
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    (small_set / "exposures.parquet").write_bytes(b"PAR1 and no more")

    checked = rule19("validate", small_set, "--language", "en")
    assert checked.status == 2
    assert "exposures.parquet" in checked.out and checked.out.splitlines()[-1].startswith("NOT RUN: 1 error,")
    said = rule19("consolidate", small_set, "--out", out, "--language", "en")
    assert said.status == 2
    assert "exposures.parquet" in said.err and "nothing was changed" in said.err
    said = rule19("consolidate", small_set, "--out", out, "--language=zh")
    assert "exposures.parquet" in said.err and said.err.endswith("；未作任何更改，上次完整运行保持原样\n")
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before
    assert rule19("recompute", small_set, "--out", out).status == 0


@pytest.mark.parametrize("command", ["flags", "scan"])
def test_a_set_of_which_no_table_can_be_read_is_not_without_flags(rule19, unreadable_set, command) -> None:
    said = rule19(command, unreadable_set)
    assert (said.status, said.out) == (2, "")
    assert "run again with --encoding gb18030" in said.err


def test_filings_left_out_of_the_re_computation_are_named(rule19, tmp_path) -> None:
    place = write_set(tmp_path / "set", {"solo_filings": FILED.replace("200", "two")})
    said = rule19("recompute", place, "--out", tmp_path / "out", "--language", "en")
    assert said.status == 1
    assert "solo_filings.csv row 2, actual_capital: “two” is not a number" in said.err


@pytest.mark.parametrize("command", ["flags", "scan"])
def test_a_filing_in_error_is_named_and_makes_the_status_1(rule19, tmp_path, command) -> None:
    faulty = FILED + "    乙,life,2023-06-30,quarterly,two,100\n"
    said = rule19(command, write_set(tmp_path / "set", {"solo_filings": faulty}), "--language", "en")
    assert said.status == 1 and said.out
    assert (
        said.err
        == "solo_filings.csv row 3, actual_capital: “two” is not a number; expected one such as 1234.56\n"
    )


def test_a_set_without_groups_says_why_there_is_no_statement(rule19, tmp_path) -> None:
    place = write_set(tmp_path / "set", {"solo_filings": FILED})
    said = rule19("consolidate", place, "--out", tmp_path / "out", "--language", "en")
    assert said.status == 0
    assert "no statement: no member of a group filed for the periods asked for" in said.out


def test_a_name_that_is_empty_is_not_the_folder_one_stands_in(
    rule19, small_set, tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(small_set)
    before = sorted(file.name for file in small_set.iterdir())
    for arguments in (["consolidate", "", "--out", tmp_path / "out"], ["validate", ""], ["flags", ""]):
        said = rule19(*arguments)
        assert said.status == 2 and said.err.startswith("rule19: SET is empty"), arguments
    said = rule19("consolidate", small_set, "--out", "")
    assert said.status == 2 and said.err.startswith("rule19: --out is empty")
    assert sorted(file.name for file in small_set.iterdir()) == before


WRONG = [
    (["scan", "SET", "--loss", "NaN"], "--loss 'NaN' is no share; expected a number from 0 to 1"),
    (
        ["scan", "SET", "--classes", "NONE"],
        "no such file is there; expected a CSV of the columns entity_id and class",
    ),
    (
        ["scan", "SET", "--classes", "DIR"],
        "a folder, not a file; expected a CSV of the columns entity_id and class",
    ),
    (
        ["flags", "SET", "--period", "2020-06-30"],
        "nobody filed for it; the periods of the set are 2023-06-30",
    ),
    (["flags", "SET", "--csv", "DIR"], "is a folder; name a file in it"),
    (["flags", "SET", "--xlsx", "DIR"], "is a folder; name a file in it"),
    (["flags", "SET", "--csv", "FILE/x.csv"], "FILE is a file and no folder"),
    (["flags", "SET", "--xlsx", "FILE/x.xlsx"], "FILE is a file and no folder"),
    (["schedule", "--watch", "FILE"], "is a file; name a folder"),
    (["import", "DIR", "--into", "NONE"], "a folder, not a file; expected an Annex 9 workbook (.xlsx)"),
]


@pytest.mark.parametrize(
    ("arguments", "says"), WRONG, ids=lambda value: "" if isinstance(value, str) else " ".join(value)
)
def test_a_wrong_argument_is_one_line(rule19, small_set, tmp_path, arguments, says) -> None:
    (tmp_path / "DIR").mkdir()
    (tmp_path / "FILE").write_text("mine")
    places = {"SET": small_set, "DIR": tmp_path / "DIR", "NONE": tmp_path / "NONE"}
    given = [places.get(word, tmp_path / word if word.startswith("FILE") else word) for word in arguments]
    said = rule19(*given)
    assert said.status == 2
    assert says in said.err and said.err.count("\n") == 1
    assert (tmp_path / "FILE").read_text() == "mine"


def test_a_number_too_large_for_any_store_is_no_fault_of_the_program(rule19) -> None:
    said = rule19("flag", "9" * 30)
    assert said.status == 2 and "FLAG" in said.err


@pytest.mark.parametrize(
    "file", ["contributions.parquet", "holders.parquet", "explanations.parquet", "run.json"]
)
def test_a_damaged_run_is_told_with_the_way_out(rule19, small_set, tmp_path, file) -> None:
    out = tmp_path / "out"
    assert rule19("consolidate", small_set, "--out", out).status == 0
    (out / file).write_bytes(b"")
    said = rule19("explain", "--out", out, "集团", "2023-06-30", "minimum_capital")
    assert said.status == 2
    assert (
        "a file of the run is missing, damaged or may not be read" in said.err and said.err.count("\n") == 1
    )


def test_a_what_if_file_is_named_once(rule19, small_set, tmp_path) -> None:
    what_if = tmp_path / "none.yaml"
    said = rule19("consolidate", small_set, "--out", tmp_path / "out", "--what-if", what_if)
    assert said.status == 2
    assert said.err.count("none.yaml") == 1


@pytest.mark.parametrize(
    ("language", "said_of"), [("zh", "甲人寿保险有限公司（甲寿）"), ("en", "Jia Life (甲寿)")]
)
def test_whom_a_finding_is_about_is_named_beside_the_id_of_the_set(
    rule19, tmp_path, language, said_of
) -> None:
    row = "    甲寿,life,2023-06-30,quarterly,200,100\n"
    tables = {
        "solo_filings": FILED.rstrip(" ") + row + row,
        "entities": "entity_id,name,name_en,kind\n甲寿,甲人寿保险有限公司,Jia Life,life\n",
    }
    said = rule19("validate", write_set(tmp_path / "set", tables), "--language", language)
    assert said.status == 1 and said_of in said.out, said.out


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("zh", "不支持数据库 oracle：应为 sqlite:///文件 或 postgresql://用户@主机/数据库"),
        (
            "en",
            "oracle is not a database that rule19 knows: expected sqlite:///FILE or postgresql://USER@HOST/DATABASE",
        ),
    ],
)
def test_what_is_wrong_with_the_store_is_said_in_the_language_that_is_asked_for(
    rule19, language, line
) -> None:
    said = rule19("runs", "--store", "oracle://here", "--language", language)
    assert (said.status, said.err) == (2, f"rule19: {line}\n")
