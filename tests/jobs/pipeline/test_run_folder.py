"""The output folder is that of one run, whole: two runs at once, a kill at every step, files of others in it."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from threading import Barrier, Thread

import pytest

from jobs.pipeline.files import run_folder
from jobs.pipeline.files.run_folder import RUN_FILE, changed_files, draft_of, manifest
from tests.build import write_set
from tests.jobs.cli.test_command_line import FILED, MEMBERS, rule19
from tests.processes import ForkedProcess

__all__ = ["rule19"]


def write_run(out: Path, name: str, files: int = 3) -> None:
    with draft_of(out) as draft:
        fill(draft.path, name, files)
        with draft.alone():
            draft.put_in_place()


def fill(folder: Path, name: str, files: int) -> None:
    for number in range(files):
        (folder / f"{name}{number}.csv").write_text(f"{name} {number}")
    (folder / "same.csv").write_text(name)
    (folder / RUN_FILE).write_text(json.dumps({"name": name, "files": manifest(folder)}))


def whole_run(out: Path, *others: str) -> str:
    """Whose folder it is, after a look whether all of it is."""
    run = json.loads((out / RUN_FILE).read_text())
    assert changed_files(out, run) == []
    assert {p.name for p in out.iterdir()} == {*run["files"], RUN_FILE, *others}
    return str(run["name"])


def test_a_run_replaces_the_folder_whole_and_keeps_what_is_not_a_run_s(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "notes").mkdir(parents=True)
    (out / "notes" / "a.txt").write_text("a")
    (out / "mine.txt").write_text("mine")
    write_run(out, "old", files=5)
    write_run(out, "new", files=2)
    assert whole_run(out, "notes", "mine.txt") == "new"
    assert (out / "notes" / "a.txt").read_text() == "a" and (out / "mine.txt").read_text() == "mine"
    assert list(tmp_path.iterdir()) == [out]


def test_folder_and_files_can_be_read_by_their_owner_only(tmp_path: Path) -> None:
    write_run(tmp_path / "out", "run")
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "out").iterdir()} == {0o600}


def test_two_runs_at_once_leave_the_folder_of_one_of_them(tmp_path: Path) -> None:
    out, together = tmp_path / "out", Barrier(4)

    def write(name: str) -> None:
        together.wait()
        for _ in range(15):
            write_run(out, name)

    threads = [Thread(target=write, args=(name,)) for name in ("a", "b", "c", "d")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert whole_run(out) in ("a", "b", "c", "d")
    assert list(tmp_path.iterdir()) == [out]


def test_a_draft_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with draft_of(out) as draft:
        fill(draft.path, "slow", 2)
        write_run(out, "fast")
        with draft.alone():
            draft.put_in_place()
    assert whole_run(out) == "slow"


def test_a_run_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="full"), draft_of(tmp_path / "out") as draft:
        fill(draft.path, "run", 2)
        raise OSError("full")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("inside", [False, True])
def test_a_folder_that_cannot_be_exchanged_gets_its_files_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: bool
) -> None:
    out = tmp_path / "out"
    write_run(out, "old", files=3)
    monkeypatch.chdir(out)
    if inside:
        (out / "deeper").mkdir()
        monkeypatch.chdir(out / "deeper")
    write_run(out, "new", files=3)
    run = json.loads((out / RUN_FILE).read_text())
    assert run["name"] == "new" and changed_files(out, run) == []
    assert Path.cwd().exists()


class NoExchange:
    """A system that cannot exchange two folders."""

    def __init__(self, *_: object, **__: object) -> None: ...


def test_a_file_system_that_cannot_exchange_two_folders_renames_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_folder.ctypes, "CDLL", NoExchange)
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    write_run(out, "old")
    write_run(out, "new")
    assert whole_run(out, "mine.txt") == "new"
    assert list(tmp_path.iterdir()) == [out]


_COUNTED = ("os.", "open", "fcntl", "shutil", "ctypes")


def kill_at_every_step(out: Path, how: str) -> None:
    """Kill one run after another, each at its next step, and look at the folder; in a process of its own, as it forks."""
    if how == "renames":
        run_folder.ctypes.CDLL = NoExchange  # type: ignore[misc, assignment]
    out.mkdir(parents=True)
    (out / "mine.txt").write_text("mine")
    (out / "notes").mkdir()
    write_run(out, "run0")
    before, ends = "run0", []
    for deadly in range(1, 1000):
        name = f"run{deadly}"
        child = os.fork()
        if child == 0:
            die_at(deadly)
            write_run(out, name, files=2)
            os._exit(0)
        killed = os.waitpid(child, 0)[1] != 0
        if how == "exchanges" or out.exists():
            found = json.loads((out / RUN_FILE).read_text())
            assert found["name"] in (before, name) and changed_files(out, found) == [], (deadly, found)
            ends.append("new" if found["name"] == name else "old")
        write_run(out, name + "-after")
        assert whole_run(out, "mine.txt", "notes") == name + "-after"
        assert list(out.parent.iterdir()) == [out], deadly
        before = name + "-after"
        if not killed:
            break
    print(deadly, ends.count("old"), ends.count("new"))


def die_at(deadly: int) -> None:
    """End this process by force at the step of that number."""
    steps = 0

    def step(event: str, _: object) -> None:
        nonlocal steps
        if event.startswith(_COUNTED):
            steps += 1
            if steps == deadly:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(step)


@pytest.mark.parametrize("how", ["exchanges", "renames"])
def test_a_kill_at_any_step_leaves_the_old_folder_or_the_new_and_the_next_run_cleans_up(
    tmp_path: Path, how: str
) -> None:
    process = ForkedProcess(kill_at_every_step, tmp_path / "x" / "out", how)
    out, err = process.communicate()
    assert process.returncode == 0, err
    steps, old, new = map(int, out.split())
    assert steps > 20 and old > 5 and new > 2


def test_explain_says_that_a_file_is_not_the_one_that_the_run_wrote(rule19, tmp_path: Path) -> None:
    place = write_set(tmp_path / "set", {"solo_filings": FILED, "group_members": MEMBERS})
    outs = [tmp_path / "one", tmp_path / "two"]
    for out in outs:
        assert rule19("consolidate", place, "--out", out, "--store", "none").status == 0
        (place / "solo_filings.csv").write_text(
            (place / "solo_filings.csv").read_text().replace(",100", ",120")
        )
    other = (outs[1] / "explanations.parquet").read_bytes()
    (outs[0] / "explanations.parquet").write_bytes(other)
    said = rule19("explain", "--out", outs[0], "集团", "2023-06-30", "minimum_capital")
    assert said.status == 2
    assert "not as the run wrote it: explanations.parquet" in said.err


def test_a_run_that_was_recorded_is_never_said_not_to_be(rule19, tmp_path: Path, monkeypatch) -> None:
    place = write_set(tmp_path / "set", {"solo_filings": FILED, "group_members": MEMBERS})
    out = tmp_path / "out"
    assert rule19("consolidate", place, "--out", out).status == 0

    def full(self: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run_folder.DraftFolder, "put_in_place", full)
    said = rule19("consolidate", place, "--out", out)
    assert said.status == 2
    assert said.err.startswith("rule19: run 2 is recorded in the store, but its files could not be put in ")
    assert "nothing was changed" not in said.err
    assert json.loads((out / RUN_FILE).read_text())["run_id"] == "1"
