"""Some steps of an upload and of its approval fail: nothing is half there; ``make sweep`` lets each of them fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dashboard.upload_sweep import sqlite_stores, sweep


@pytest.mark.usefixtures("without_readings")
def test_an_upload_of_which_a_step_fails_is_not_there_or_waits_or_counts(tmp_path: Path) -> None:
    with sqlite_stores(tmp_path) as stores:
        seen = sweep(stores, tmp_path, every=60)
    assert seen["StoreError"] and seen["counts"]
