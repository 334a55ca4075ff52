"""A computed filing set becomes a run of the store: what the command line and the dashboard's upload both write."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version
from typing import Any

import polars as pl

from consolidation.consolidate import Consolidation
from consolidation.findings import to_frame
from consolidation.intake import FilingSet
from consolidation.rulebook import Rulebook
from consolidation.whole import Computed
from monitoring.flags.store import update_flags
from monitoring.store import COMPLETE, RunRecord, Store, record_run

EXPLANATION_SCHEMA = {"group_id": pl.String, "period_end": pl.Date, "explanation": pl.String}

_INPUT_SCHEMA = {
    "path": pl.String,
    "table": pl.String,
    "sha256": pl.String,
    "size": pl.Int64,
    "rows": pl.Int64,
}
_NAME_SCHEMA = {"group_id": pl.String, "period_end": pl.Date, "group_type": pl.String, "name": pl.String}


def explanations(result: Consolidation) -> pl.DataFrame:
    """group_id, period_end, explanation: the tree under every line of a statement, as JSON."""
    rows = [
        (s.group_id, s.period_end, json.dumps(s.to_json(), ensure_ascii=False)) for s in result.statements
    ]
    return pl.DataFrame(rows, schema=EXPLANATION_SCHEMA, orient="row")


def run_record(
    filing_set: FilingSet,
    computed: Computed,
    rulebook: Rulebook,
    *,
    who: str,
    started_at: datetime,
    arguments: Mapping[str, Any],
    status: str = COMPLETE,
) -> RunRecord:
    """All that the store keeps of a run.

    :param status: ``complete``, or ``pending`` until a second person approves it.
    """
    result = computed.result
    names = pl.DataFrame(
        [(s.group_id, s.period_end, s.group_type, s.name) for s in result.statements],
        schema=_NAME_SCHEMA,
        orient="row",
    )
    return RunRecord(
        who=who,
        source=filing_set.source,
        data_hash=filing_set.data_hash(),
        rulebook_hash=rulebook.hash,
        engine_version=version("rule19"),
        started_at=started_at,
        rulebook_overlay=rulebook.differences(Rulebook.load()) or None,
        arguments=arguments,
        status=status,
        input_files=pl.DataFrame(
            [(i.path, i.table, i.sha256, i.size, i.rows) for i in filing_set.inputs],
            schema=_INPUT_SCHEMA,
            orient="row",
        ),
        tables=filing_set.tables,
        statements=names.join(explanations(result), on=["group_id", "period_end"], how="left"),
        lines=result.lines(),
        members=result.members,
        contributions=result.contributions,
        eliminations=result.eliminations,
        reconciliation=result.reconciliation,
        waterfall=result.waterfall,
        findings=to_frame(result.findings),
        recomputation=computed.recomputation,
        concentration=computed.specific.concentration,
    )


def keep_run(store: Store, record: RunRecord) -> int:
    """Record the run in one transaction; gives its number.

    The flags follow in a transaction of their own: doing that again changes nothing, so the scheduler mends a kill between.

    :raises monitoring.store.StoreError: if the database cannot be used; nothing of the run is kept then.
    """
    run_id = record_run(store, record)
    update_flags(store, run_id)
    return run_id
