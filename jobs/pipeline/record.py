"""A finished run, handed to the store."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from monitoring.store.recording import keep_run, run_record
from monitoring.store.store import Store

if TYPE_CHECKING:
    from jobs.pipeline import RunResult


def remember_run(store: Store, finished: RunResult) -> str:
    """Record the run with its filings, statements, findings and re-computation, and bring the flags up to date; gives its number.

    :raises monitoring.store.store.StoreError: if the database cannot be used; nothing of the run is kept then.
    """
    record = run_record(
        finished.filing_set,
        finished.computed,
        finished.rulebook,
        who=finished.record["who"],
        started_at=datetime.fromisoformat(finished.record["started_at"]),
        arguments=finished.record["arguments"],
    )
    return str(keep_run(store, record))
