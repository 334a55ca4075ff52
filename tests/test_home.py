"""What tests keep for the program lies apart from what the tester keeps."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

KEEPS = """
from monitoring.store.database import home

def test_keeps():
    home().mkdir(parents=True, exist_ok=True)
    (home() / "kept").touch()
"""


def test_a_worker_without_a_home_of_the_testers_choice_leaves_nothing_in_the_usual_one(
    tmp_path: Path,
) -> None:
    for made in ("user", "temporary"):
        (tmp_path / made).mkdir()
    (tmp_path / "test_keeps.py").write_text(KEEPS)
    places = {"HOME": str(tmp_path / "user"), "TMPDIR": str(tmp_path / "temporary")}
    environment = {name: said for name, said in os.environ.items() if name != "RULE19_HOME"} | places
    options = ("-p", "tests.conftest", "-p", "no:cacheprovider", "-n", "1", f"--rootdir={tmp_path}")
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "test_keeps.py"],
        cwd=tmp_path,
        env=environment | {"PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert not list((tmp_path / "user").rglob("rule19*"))
    assert not list((tmp_path / "temporary").glob("rule19*"))
