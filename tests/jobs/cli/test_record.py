"""What the command line does stands in the audit log under the system's account, whatever the environment says."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from monitoring.access import audit
from monitoring.record.verify import verify
from monitoring.store.runs import list_runs
from monitoring.store.store import Store, open_store
from tests.jobs.cli.test_command_line import rule19
from tests.monitoring.record.kept_stores import a_set

__all__ = ["rule19"]
ME = pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture
def store(rule19, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store into which somebody consolidated who calls himself otherwise than the system does."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody-else")
    place = a_set(tmp_path / "set", "450")
    assert rule19("consolidate", place, "--out", tmp_path / "out", "--quiet").status == 0
    return open_store(f"sqlite:///{tmp_path / 'home' / 'rule19.db'}")


def acts(store: Store) -> list[tuple[str, str, str]]:
    return audit.entries(store).sort("id").select("who", "action", "subject").rows()


def test_acts_are_logged_under_the_system_s_account(rule19, store: Store, tmp_path: Path) -> None:
    assert rule19("flag", "1", "acknowledge", "--note", "seen").status == 0
    assert rule19("flag", "999", "close", "--note", "gone").status == 2
    assert rule19("proof", "G", "2023-12-31", "--out", tmp_path / "p.zip").status == 0
    assert rule19("backup", "--to", tmp_path / "copies").status == 0
    assert acts(store) == [
        (ME, "run.record", "1"),
        (ME, "flag.acknowledge", "1"),
        (ME, "flag.close", "999"),
        (ME, "flag.close.failed", "999"),
        (ME, "export.proof", "G 2023-12-31"),
        (ME, "record.backup", str(tmp_path / "copies")),
    ]
    assert list_runs(store)["who"].to_list() == [ME]
    assert verify(store).misfits == ()


def test_the_store_can_be_read_by_its_owner_only(store: Store, tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert home.stat().st_mode & 0o777 == 0o700
    assert {path.name: path.stat().st_mode & 0o777 for path in home.iterdir() if path.is_file()} == {
        path.name: 0o600 for path in home.iterdir() if path.is_file()
    }


def test_runs_are_computed_again_where_their_filing_set_still_lies(
    rule19, store: Store, tmp_path: Path
) -> None:
    said = rule19("verify", "--recompute", "--language", "en")
    assert said.status == 0
    assert said.out.splitlines()[1] == "1 runs computed again: the same to the last digit"
    a_set(tmp_path / "set", "460")
    said = rule19("verify", "--recompute", "--language", "en")
    assert said.status == 0
    assert said.out.splitlines()[1].endswith("is another by now")


def test_a_bundle_and_a_folder_are_checked_by_the_same_command(rule19, store: Store, tmp_path: Path) -> None:
    file = tmp_path / "p.zip"
    assert rule19("proof", "G", "2023-12-31", "--out", file).status == 0
    said = rule19("verify", file, "--language", "en")
    assert (said.status, said.out.splitlines()[-1]) == (0, "everything is the same")
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    said = rule19("proof", "--check", file, "--language", "en")
    assert said.status in (1, 2) and "everything is the same" not in said.out
    assert rule19("verify", tmp_path / "out").status == 0
    (tmp_path / "out" / "findings.csv").write_text("none")
    said = rule19("verify", tmp_path / "out", "--language", "en")
    assert (said.status, said.out) == (
        1,
        f"{tmp_path / 'out'}: findings.csv is not as the run wrote it, or is gone\n",
    )


def test_a_copy_is_restored_and_nothing_is_written_over(rule19, store: Store, tmp_path: Path) -> None:
    assert rule19("backup", "--to", tmp_path / "copies").status == 0
    (copy,) = (tmp_path / "copies").iterdir()
    said = rule19("restore", copy)
    assert said.status == 2 and "a store is there already" in said.err
    elsewhere = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    said = rule19("restore", copy, "--store", elsewhere, "--language", "en")
    assert said.status == 0 and said.out.startswith("the record fits")
    assert acts(open_store(elsewhere))[-1] == (ME, "record.restore", copy.name)
