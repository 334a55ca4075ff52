"""How long it takes to generate the obligations of 5,000 companies for three years, and a day on which nothing is new.

``python -m benchmarks.deadlines`` prints one table, for SQLite and, where ``RULE19_TEST_POSTGRES`` names a server on which
databases may be made, for PostgreSQL. Each runs in a process of its own, so that the memory is its own.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

import polars as pl

from consolidation.rulebook import Rulebook
from monitoring.obligations.generation import generate_obligations
from monitoring.obligations.parties import GroupSettings, ObligationSettings
from monitoring.obligations.reminders import update_states
from monitoring.store.store import RunRecord, open_store, record_run

COMPANIES, GROUPS = 5_000, 20
FIRST, LAST = date(2024, 1, 1), date(2026, 12, 31)
A_DAY, THE_NEXT = date(2024, 1, 2), date(2024, 1, 3)
ALLOWED = {"generate": 30.0, "nothing new": 2.0}
MOST_MEMORY = 1024**3
SERVER_VARIABLE = "RULE19_TEST_POSTGRES"


def industry() -> RunRecord:
    """A run with that many insurers and groups."""
    entities = pl.DataFrame(
        [(f"公司{n:05d}", f"第{n}人寿保险股份有限公司", "life") for n in range(COMPANIES)],
        schema={"entity_id": pl.String, "name": pl.String, "kind": pl.String},
        orient="row",
    )
    groups = pl.DataFrame(
        [(f"集团{n:02d}", f"第{n}保险集团股份有限公司", "insurance_holding") for n in range(GROUPS)],
        schema={"group_id": pl.String, "name": pl.String, "type": pl.String},
        orient="row",
    )
    return RunRecord(
        who="benchmark",
        source="benchmark",
        data_hash="benchmark",
        rulebook_hash="",
        engine_version="",
        started_at=datetime.now(UTC),
        tables={"entities": entities, "groups": groups},
    )


def measure(url: str) -> list[float]:
    """Obligations; seconds of generating them, of a day with reminders, of a day with nothing new; most memory in bytes."""
    store, book = open_store(url), Rulebook.load()
    record_run(store, industry())
    filers = {f"集团{n:02d}": GroupSettings(must_file=True) for n in range(GROUPS)}
    settings = ObligationSettings(track_from=FIRST, groups=filers)

    def day(today: date) -> None:
        generate_obligations(store, book, settings, today)
        update_states(store, book, today)

    made = [0]

    def forward() -> None:
        made[0] = generate_obligations(store, book, settings, FIRST, until=LAST).added

    seconds = [_seconds(forward), _seconds(lambda: day(A_DAY)), _seconds(lambda: day(THE_NEXT))]
    store.close()
    return [made[0], *seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024]


def _seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@contextmanager
def _databases() -> Iterator[dict[str, str]]:
    """Name → address of an empty database, gone at the end."""
    with tempfile.TemporaryDirectory() as folder:
        found = {"SQLite": f"sqlite:///{folder}/rule19.db"}
        server = os.environ.get(SERVER_VARIABLE)
        if server is None:
            yield found
            return
        import psycopg

        name = f"rule19_bench_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
            try:
                yield {**found, "PostgreSQL": f"{server.rpartition('/')[0]}/{name}"}
            finally:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def main() -> int:
    """Print the table; 1 if something took longer or more than allowed."""
    too_much = 0
    print(
        f"{'':12} {'obligations':>11} {'generate s':>10} {'reminders s':>11} {'nothing new s':>13} {'peak MB':>8}"
    )
    with _databases() as databases:
        for name, url in databases.items():
            command = [sys.executable, "-m", "benchmarks.deadlines", url]
            out = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
            made, generated, reminded, nothing, memory = (float(figure) for figure in out)
            too_much += (
                generated > ALLOWED["generate"] or nothing > ALLOWED["nothing new"] or memory > MOST_MEMORY
            )
            print(
                f"{name:12} {made:11,.0f} {generated:10.2f} {reminded:11.2f} {nothing:13.3f} {memory / 1024**2:8.0f}"
            )
    print(
        f"{'allowed':12} {'':11} {ALLOWED['generate']:10.0f} {'':11} {ALLOWED['nothing new']:13.0f} {1024:8}"
    )
    return 1 if too_much else 0


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(*measure(sys.argv[1]))
    else:
        sys.exit(main())
