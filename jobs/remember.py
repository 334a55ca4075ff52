"""A finished run, handed to the store."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl

from consolidation.findings import to_frame
from jobs.outputs import explanations
from monitoring.flag_store import update_flags
from monitoring.store import RunRecord, Store, record_run

if TYPE_CHECKING:
    from jobs.pipeline import RunResult

_INPUT_SCHEMA = {
    "path": pl.String,
    "table": pl.String,
    "sha256": pl.String,
    "size": pl.Int64,
    "rows": pl.Int64,
}


def remember_run(store: Store, finished: RunResult) -> str:
    """Record the run with its filings, statements, findings and re-computation in one transaction; gives its number.

    The flags follow in a transaction of their own: doing that again changes nothing, so the scheduler mends a kill between.

    :raises monitoring.store.StoreError: if the database cannot be used; nothing of the run is kept then.
    """
    record, result = finished.record, finished.result
    names = pl.DataFrame(
        [(s.group_id, s.period_end, s.group_type, s.name) for s in result.statements],
        schema={"group_id": pl.String, "period_end": pl.Date, "group_type": pl.String, "name": pl.String},
        orient="row",
    )
    inputs = pl.DataFrame(
        [tuple(i[c] for c in _INPUT_SCHEMA) for i in record["inputs"]], schema=_INPUT_SCHEMA, orient="row"
    )
    run = RunRecord(
        who=record["who"],
        source=record["source"],
        data_hash=record["data_hash"],
        rulebook_hash=record["rulebook_hash"],
        engine_version=record["engine_version"],
        started_at=datetime.fromisoformat(record["started_at"]),
        rulebook_overlay=record["rulebook_overlay"],
        arguments=record["arguments"],
        input_files=inputs,
        tables=finished.filing_set.tables,
        statements=names.join(explanations(result), on=["group_id", "period_end"], how="left"),
        lines=result.lines(),
        members=result.members,
        contributions=result.contributions,
        eliminations=result.eliminations,
        reconciliation=result.reconciliation,
        waterfall=result.waterfall,
        findings=to_frame(result.findings),
        recomputation=finished.recomputation,
    )
    run_id = record_run(store, run)
    update_flags(store, run_id)
    return str(run_id)
