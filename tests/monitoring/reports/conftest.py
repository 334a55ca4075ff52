"""What tests of reports need: the demo industry in a store, with the stress tests of one of its groups."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import pytest

from consolidation.filing_set import read_filing_set
from consolidation.progress import Progress
from consolidation.rulebook import Rulebook
from jobs.pipeline.stress_run import run_stress
from monitoring.flags.store import keep_stress
from monitoring.store.store import Store, open_store
from tests.dashboard.conftest import made_once, write_demo_store
from tests.stores import *  # noqa: F403

LAST = date(2025, 12, 31)


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this worker's own with the demo industry and the store that it was consolidated into."""
    folder = tmp_path_factory.mktemp("reports") / "own"
    shutil.copytree(made_once(tmp_path_factory, "demo-store", write_demo_store), folder)
    return folder


@pytest.fixture(scope="session")
def demo(demo_folder: Path) -> Iterator[Store]:
    """The demo industry, with 青丘集团's stress tests from the last year-end."""
    store = open_store(f"sqlite:///{demo_folder / 'rule19.db'}")
    run_stress(
        read_filing_set(str(demo_folder / "demo" / "filings")),
        demo_folder / "stress",
        Rulebook.load(),
        [],
        group_id="青丘集团",
        report_date=LAST,
        actions=(),
        with_second_round=False,
        progress=Progress(),
        started_at=datetime.now(UTC),
        arguments={},
        record=partial(keep_stress, store),
    )
    yield store
    store.close()
