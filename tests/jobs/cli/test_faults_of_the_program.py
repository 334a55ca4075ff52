"""A fault of the program is told from one of the data, and no terminal's encoding ends a run."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from consolidation import filing_set
from tests.build import one_group, write_set
from tests.processes import ForkedProcess, rule19

_PLANTED = """
import sys
import consolidation.filing_set as filing_set
def broken(*_, **__): raise KeyError("planted")
filing_set.read_filing_set = broken
from jobs.cli.main import main
main()
"""


def broken(*_: object, **__: object) -> None:
    raise KeyError("planted")


def planted(*arguments: str) -> None:
    """The program with a fault, in a process of its own."""
    filing_set.read_filing_set = broken  # type: ignore[assignment]
    rule19(*arguments)


def started(code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, env={**os.environ, **environment}
    )


def test_a_planted_fault_ends_with_70_and_names_its_report_in_both_languages(tmp_path: Path) -> None:
    write_set(tmp_path / "set", one_group())
    ended = started(_PLANTED, "validate", str(tmp_path / "set"), RULE19_HOME=str(tmp_path / "home"))
    (report,) = (tmp_path / "home" / "faults").iterdir()
    said = ended.stderr.decode().splitlines()
    assert ended.returncode == 70
    assert said == [
        f"rule19: a fault of this program (KeyError at <string>:4), not of the data; the report is in {report}, "
        "send it to whoever maintains the program",
        f"rule19: 程序自身故障（KeyError at <string>:4），不是数据问题；详情见 {report}，请把该文件发给维护者",
    ]
    assert "planted" in report.read_text("utf-8")
    assert stat.S_IMODE(report.stat().st_mode) == 0o600


def test_a_terminal_without_chinese_gets_numbers_for_signs_and_the_verdict(tmp_path: Path) -> None:
    tables = one_group()
    write_set(tmp_path / "集", {**tables, "group_capital": "group_id,金额\n"})
    ended = started(
        "from jobs.cli.main import main; main()",
        *("validate", str(tmp_path / "集"), "--language", "zh"),
        PYTHONIOENCODING="ascii",
        PYTHONUTF8="0",
    )
    assert ended.returncode == 1
    assert b"\\u91d1\\u989d" in ended.stdout
    assert ended.stdout.splitlines()[-1].startswith(b"INVALID: ")


def at_home(folder: Path) -> dict[str, str]:
    return {**os.environ, "RULE19_HOME": str(folder / "home")}


@pytest.mark.parametrize("given", [("--debug", "validate"), ("validate", "--debug")])
def test_with_debug_the_traceback_is_shown_too(tmp_path: Path, given: tuple[str, ...]) -> None:
    write_set(tmp_path / "set", one_group())
    ended = ForkedProcess(planted, *given, str(tmp_path / "set"), env=at_home(tmp_path))
    _, said = ended.communicate()
    assert ended.returncode == 70
    assert "Traceback (most recent call last)" in said and "KeyError: 'planted'" in said
    assert "the report is in" in said


def test_debug_changes_nothing_of_what_a_user_can_cause(tmp_path: Path) -> None:
    ended = ForkedProcess(rule19, "--debug", "validate", str(tmp_path / "none"), env=at_home(tmp_path))
    out, err = ended.communicate()
    assert ended.returncode == 2
    assert "nothing is there" in out and "Traceback" not in out + err
