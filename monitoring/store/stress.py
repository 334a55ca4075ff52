"""Stress tests into the store and out again: the newest of each subject, report date and scenario counts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import dataframely as dy
import polars as pl
from sqlalchemy import func, insert, select

from consolidation.scenario.schemas import StressLines
from consolidation.scenario.stress import StressTest
from monitoring.store import frames
from monitoring.store.integrity import chain
from monitoring.store.layout.filed_tables import Base
from monitoring.store.layout.stress_tables import STRESS, StressRun
from monitoring.store.locks import Lock, take_lock
from monitoring.store.store import Store

_RUN = Base.metadata.tables[str(StressRun.__tablename__)]
_SUBJECT = ("group_id", "entity_id", "report_date", "scenario")
_KEPT = ("started_at", "who", "source", "data_hash", "rulebook_hash", "engine_version")


def record_stress(store: Store, test: StressTest, made: Mapping[str, Any]) -> int:
    """Add a stress test to the store in one transaction and return its number.

    :param made: as :func:`monitoring.store.recording.provenance` gives it.
    :raises monitoring.store.store.StoreError: if the database cannot be used; nothing of the test is kept then.
    """
    with store.writing() as connection:
        take_lock(connection, Lock.RUNS)
        number: int = connection.execute(select(func.coalesce(func.max(_RUN.c.id), 0) + 1)).scalar_one()
        head = {name: made[name] for name in _KEPT}
        told = json.dumps(made["arguments"], ensure_ascii=False, default=str)
        connection.execute(
            insert(_RUN).values(id=number, recorded_at=datetime.now(UTC), arguments=told, **head)
        )
        kept = {
            "lines": pl.concat([test.base, test.lines]),
            "attribution": test.attribution,
            "reverse": test.reverse,
            "changes": test.changes,
        }
        for name, table in STRESS.items():
            frames.insert(connection, table, kept[name], stress_run_id=number)
        chain.note_stress_test(connection, number, made["who"])
    return number


def stress_lines(store: Store) -> dy.DataFrame[StressLines]:
    """The lines that count: of each subject, report date and scenario those of the newest test.

    The base is among them.
    """
    table = STRESS["lines"]
    with store.reading() as connection:
        rows = frames.read(
            connection,
            select(
                table.c.stress_run_id, table.c.position, *(table.c[n] for n in StressLines.column_names())
            ),
        )
    newest = pl.col("stress_run_id") == pl.col("stress_run_id").max().over(_SUBJECT)
    ordered = rows.filter(newest).sort("stress_run_id", "position")
    return StressLines.typed(
        ordered.select(pl.col(n).cast(t) for n, t in StressLines.polars_schema().items())
    )
