"""Stress tests into the store and out again: the newest of each subject, report date and scenario counts."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import dataframely as dy
import polars as pl
from sqlalchemy import ColumnElement, Connection, func, insert, or_, select

from consolidation.findings import to_frame
from consolidation.result_columns import ResultSchema
from consolidation.result_schemas import Findings
from consolidation.scenario.schemas import MemberChanges, ReverseResults, StressAttribution, StressLines
from consolidation.scenario.stress import BASE_HORIZONS, StressTest
from monitoring.store import frames
from monitoring.store.integrity import chain
from monitoring.store.layout.derived_tables import RENAMED
from monitoring.store.layout.filed_tables import Base
from monitoring.store.layout.stress_tables import STRESS, StressRun
from monitoring.store.locks import Lock, take_lock
from monitoring.store.store import Store

_RUN = Base.metadata.tables[str(StressRun.__tablename__)]
_SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "lines": ("group_id", "entity_id", "report_date", "scenario"),
    "attribution": ("group_id", "report_date", "scenario"),
    "reverse": ("group_id", "report_date"),
    "changes": ("group_id", "report_date", "scenario"),
    "findings": ("stress_run_id",),
}
"""Of which rows the newest test counts, by table."""
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
            "findings": to_frame(f for f in test.findings if f.code.startswith("stress-")),
        }
        for name, table in STRESS.items():
            frames.insert(connection, table, kept[name], stress_run_id=number)
        chain.note_stress_test(connection, number, made["who"])
    return number


@dataclass(frozen=True)
class StressResult:
    """What stress tests gave for one group and report date: of each scenario the newest test that counts.

    ``lines``: the group's and its members', the base among them; ``tests``: the heads of the tests behind it, newest first
    (id, started_at, recorded_at, who, source, data_hash, rulebook_hash, engine_version, arguments); ``test_of_scenario``: the
    id of the test that gave the group's lines of each scenario.
    """

    group_id: str
    report_date: date
    lines: dy.DataFrame[StressLines]
    attribution: dy.DataFrame[StressAttribution]
    reverse: dy.DataFrame[ReverseResults]
    changes: dy.DataFrame[MemberChanges]
    findings: dy.DataFrame[Findings]
    tests: pl.DataFrame
    test_of_scenario: Mapping[str, int]

    def test_behind(self, scenario: str) -> dict[str, Any]:
        """The head of the test that gave a scenario of the group."""
        return self.tests.row(by_predicate=pl.col("id") == self.test_of_scenario[scenario], named=True)

    @property
    def scenarios(self) -> tuple[str, ...]:
        """The scenarios of the group, the base left out, in the order of the tests."""
        own = self.lines.filter(pl.col("group_id").is_not_null(), ~pl.col("scenario").is_in(BASE_HORIZONS))
        return tuple(own["scenario"].unique(maintain_order=True))


def stress_result(
    store: Store, group_id: str, report_date: date, members: Collection[str]
) -> StressResult | None:
    """The stress result of a group; None where no test has any.

    :param members: the group's members on the date, whose own lines are wanted.
    """
    lines = STRESS["lines"].c
    ours = (lines.report_date == report_date) & or_(
        lines.group_id == group_id, lines.group_id.is_(None) & lines.entity_id.in_(sorted(members))
    )
    read = _newest("lines", StressLines, ours)
    with store.reading() as connection:
        found = read(connection)
        of_group_itself = found.filter(pl.col("group_id").is_not_null())
        if of_group_itself.is_empty():
            return None

        def of_group(name: str, schema: type[ResultSchema], day: str = "report_date") -> pl.DataFrame:
            columns = STRESS[name].c
            where = (columns.group_id == group_id) & (columns[day] == report_date)
            return _newest(name, schema, where)(connection)

        frames_of_group = {
            "attribution": of_group("attribution", StressAttribution),
            "reverse": of_group("reverse", ReverseResults),
            "changes": of_group("changes", MemberChanges),
            "findings": of_group("findings", Findings, "period_end"),
        }
        numbers = found["stress_run_id"].unique().to_list()
        told = frames_of_group["findings"].filter(pl.col("stress_run_id").is_in(numbers))
        tests = frames.read(connection, select(*_RUN.c).where(_RUN.c.id.in_(numbers)))
    return StressResult(
        group_id,
        report_date,
        StressLines.typed(_as(found, StressLines)),
        StressAttribution.typed(_as(frames_of_group["attribution"], StressAttribution)),
        ReverseResults.typed(_as(frames_of_group["reverse"], ReverseResults)),
        MemberChanges.typed(_as(frames_of_group["changes"], MemberChanges)),
        Findings.typed(_as(told, Findings).unique(maintain_order=True)),
        tests.sort("id", descending=True),
        dict(of_group_itself.select("scenario", "stress_run_id").iter_rows()),
    )


def group_lines(store: Store, lines: Collection[str]) -> dy.DataFrame[StressLines]:
    """Some lines of every group and company, before actions, all report dates; the base is among them.

    :param lines: names of lines.
    """
    columns = STRESS["lines"].c
    with store.reading() as connection:
        found = _newest("lines", StressLines, columns.line.in_(lines))(connection)
    return StressLines.typed(_as(found, StressLines))


def stress_lines(store: Store) -> dy.DataFrame[StressLines]:
    """The lines that count: of each subject, report date and scenario those of the newest test.

    The base is among them.
    """
    with store.reading() as connection:
        found = _newest("lines", StressLines)(connection)
    return StressLines.typed(_as(found, StressLines))


def _newest(
    name: str, schema: type[ResultSchema], *where: ColumnElement[bool]
) -> Callable[[Connection], pl.DataFrame]:
    """Reads rows of a table of stress tests: of each subject, report date and scenario those of the newest test.

    The rows have ``stress_run_id`` and ``position`` before the schema's columns.
    """
    table = STRESS[name]
    stored = [table.c[RENAMED.get(column, column)] for column in schema.column_names()]

    def read(connection: Connection) -> pl.DataFrame:
        query = select(table.c.stress_run_id, table.c.position, *stored).where(*where)
        newest = pl.col("stress_run_id") == pl.col("stress_run_id").max().over(_SUBJECTS[name])
        return frames.read(connection, query).filter(newest).sort("stress_run_id", "position")

    return read


def _as(rows: pl.DataFrame, schema: type[ResultSchema]) -> pl.DataFrame:
    return rows.select(pl.col(name).cast(kind) for name, kind in schema.polars_schema().items())
