"""What processes do that open and write a store."""

from __future__ import annotations

import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from monitoring.store.store import RunRecord, open_store, record_run
from tests.monitoring.store.records import H1, a_run, solo_filings
from tests.processes import FORKS, ForkedProcess

COMPANIES = 400


def started(work: Callable[..., None], *given: Any) -> tuple[ForkedProcess, Connection]:
    """A process that does ``work(answers, *given)``, and what receives its answers."""
    received, answers = FORKS.Pipe(duplex=False)
    process = ForkedProcess(work, answers, *given)
    answers.close()
    return process, received


def open_once(answers: Connection, url: str) -> None:
    """Open the store and say whether that took Alembic."""
    open_store(url)
    answers.send("alembic" in sys.modules)


def record_for_ever(answers: Connection, url: str, number: int) -> None:
    """Record one run after the other, and say the number of each when it is recorded."""
    store = open_store(url)
    answers.send("ready")
    while True:
        record_run(store, run_number_of(number))
        answers.send(number)
        number += 1


def run_number_of(number: int) -> RunRecord:
    """A run of known size whose every figure is its number: a half of one and a half of another would show."""
    filings = solo_filings(*((f"公司{n}", H1, number) for n in range(COMPANIES)))
    return a_run(f"data {number}", filings=filings, capital={(f"集团{n}", H1): number for n in range(100)})
