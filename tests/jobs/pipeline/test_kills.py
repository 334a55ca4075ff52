"""A run that is killed leaves folder and store whole; ``python -m tests.jobs.pipeline.kills 200`` kills more often."""

from __future__ import annotations

from pathlib import Path

from tests.jobs.pipeline.kills import kill_often

KILLS = {"sqlite": 2, "postgresql": 1}


def test_a_run_that_is_killed_leaves_the_folder_and_the_store_whole(store_url: str, tmp_path: Path) -> None:
    kills = KILLS[store_url.partition(":")[0]]
    assert kill_often(kills, store_url, tmp_path).total() > kills
