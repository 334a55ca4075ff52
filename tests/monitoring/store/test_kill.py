"""A process killed while it records leaves the last complete run and nothing of the one it was at."""

from __future__ import annotations

import random
import time

import pytest
from sqlalchemy import func, select

from monitoring.store import queries as reading
from monitoring.store.layout.filed_tables import Base
from monitoring.store.runs import list_runs
from monitoring.store.store import Store, open_store, record_run
from tests.monitoring.store.processes import COMPANIES, record_for_ever, run_number_of, started

pytestmark = pytest.mark.slow  # kills twenty-four processes, each after as long as chance says

KILLS = 12


def test_a_kill_at_any_moment_leaves_the_last_complete_run_and_nothing_half_written(store: Store) -> None:
    chance = random.Random(19)
    address = store.engine.url.render_as_string(hide_password=False)
    record_run(store, run_number_of(1))
    store.close()
    seen = 1
    for _ in range(KILLS):
        process, answers = started(record_for_ever, address, seen + 1)
        assert answers.recv() == "ready"
        for _ in range(
            chance.randrange(3)
        ):  # by runs recorded, not by the clock: a busy machine kills at the same places
            answers.recv()
        time.sleep(chance.uniform(0, 0.3))
        process.kill()
        process.wait(60)
        answers.close()
        again = open_store(address)
        newest = whole_and_newest(again)
        assert newest >= seen
        seen = newest
        again.close()
    assert record_run(open_store(address), run_number_of(seen + 1)) == seen + 1


def whole_and_newest(store: Store) -> int:
    """Check that every run is whole and the newest is the current one; its number."""
    numbers = list_runs(store)["run_id"].to_list()
    newest = len(numbers)
    assert numbers == list(range(1, newest + 1))
    assert reading.solo_filings(store)["actual_capital"].to_list() == [newest] * COMPANIES
    assert reading.lines(store)["amount"].to_list() == [newest] * 100
    with store.reading() as connection:
        for name, each in (
            ("solo_filing", COMPANIES),
            ("statement", 100),
            ("statement_line", 100),
            ("group_member", 100),
            ("input_set", 1),
        ):
            count = connection.execute(
                select(func.count()).select_from(Base.metadata.tables[name])
            ).scalar_one()
            assert count == each * newest, name
    return newest
