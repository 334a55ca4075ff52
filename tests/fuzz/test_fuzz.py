"""Some seeds of the fuzz; ``make fuzz`` runs two thousand."""

from __future__ import annotations

import subprocess
import sys


def test_hostile_files_of_every_form_are_read_or_refused_in_a_sentence() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--files", "60", "--seconds", "15"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 failures" in done.stdout
