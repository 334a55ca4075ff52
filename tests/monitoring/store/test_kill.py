"""A process killed while it records leaves the last complete run and nothing of the one it was at."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time

from sqlalchemy import func, select

from monitoring.store import queries as reading
from monitoring.store.layout.filed_tables import Base
from monitoring.store.runs import list_runs
from monitoring.store.store import Store, open_store, record_run
from tests.monitoring.store.records import H1, a_run, solo_filings

KILLS = 12
COMPANIES = 400
RECORD_FOR_EVER = """
import sys
from tests.monitoring.store.test_kill import run_number_of
from monitoring.store.store import open_store, record_run
store = open_store(sys.argv[1])
print("ready", flush=True)
number = int(sys.argv[2])
while True:
    record_run(store, run_number_of(number))
    print(number, flush=True)
    number += 1
"""


def run_number_of(number: int):  # type: ignore[no-untyped-def]
    """A run of known size whose every figure is its number: a half of one and a half of another would show."""
    filings = solo_filings(*((f"公司{n}", H1, number) for n in range(COMPANIES)))
    return a_run(f"data {number}", filings=filings, capital={(f"集团{n}", H1): number for n in range(100)})


def test_a_kill_at_any_moment_leaves_the_last_complete_run_and_nothing_half_written(store: Store) -> None:
    chance = random.Random(19)
    address = store.engine.url.render_as_string(hide_password=False)
    record_run(store, run_number_of(1))
    store.close()
    seen = 1
    for _ in range(KILLS):
        process = subprocess.Popen(
            [sys.executable, "-c", RECORD_FOR_EVER, address, str(seen + 1)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for _ in range(
            chance.randrange(3)
        ):  # by runs recorded, not by the clock: a busy machine kills at the same places
            process.stdout.readline()
        time.sleep(chance.uniform(0, 0.3))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
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
