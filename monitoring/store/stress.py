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
from consolidation.results.columns import ResultSchema
from consolidation.scenario.schemas import (
    ClearingPayments,
    MemberChanges,
    ReverseResults,
    ScenarioDescriptions,
    StressAttribution,
    StressFindings,
    StressLines,
)
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
    "clearing": ("group_id", "report_date", "scenario"),
    "descriptions": ("scenario",),
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
            "clearing": test.clearing,
            "descriptions": test.descriptions,
            "findings": _findings(test),
        }
        for name, table in STRESS.items():
            frames.insert(connection, table, kept[name], stress_run_id=number)
        chain.note_stress_test(connection, number, made["who"])
    return number


def _findings(test: StressTest) -> pl.DataFrame:
    """What the test itself had to say, each with its scenario."""
    own = [finding for finding in test.findings if finding.code.startswith("stress-")]
    scenarios = [finding.detail.get("scenario") for finding in own]
    return to_frame(own).with_columns(scenario=pl.Series(scenarios, dtype=pl.String))


@dataclass(frozen=True)
class StressResult:
    """What stress tests gave for one group and report date: of each scenario the newest test that counts.

    ``lines``: the group's and its members', the base among them; ``tests``: the heads of the tests behind it, newest first
    (id, started_at, recorded_at, who, source, data_hash, rulebook_hash, engine_version, arguments); ``test_of_scenario``: the
    id of the test that gave the group's lines of each scenario; ``outdated``: the scenarios of tests on other data or by
    another rulebook than the newest, whose base is not the one that counts; ``descriptions``: by scenario and language what
    it is about, where the file says it.
    """

    group_id: str
    report_date: date
    lines: dy.DataFrame[StressLines]
    attribution: dy.DataFrame[StressAttribution]
    reverse: dy.DataFrame[ReverseResults]
    changes: dy.DataFrame[MemberChanges]
    clearing: dy.DataFrame[ClearingPayments]
    findings: dy.DataFrame[StressFindings]
    tests: pl.DataFrame
    test_of_scenario: Mapping[str, int]
    outdated: frozenset[str]
    descriptions: Mapping[str, Mapping[str, str]]

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
            "clearing": of_group("clearing", ClearingPayments),
            "findings": of_group("findings", StressFindings, "period_end"),
        }
        numbers = found["stress_run_id"].unique().to_list()
        told = frames_of_group["findings"].filter(pl.col("stress_run_id").is_in(numbers))
        tests = frames.read(connection, select(*_RUN.c).where(_RUN.c.id.in_(numbers)))
        described = _newest("descriptions", ScenarioDescriptions)(connection)
    behind = of_group_itself.select("scenario", "stress_run_id").unique()
    for name in ("attribution", "changes", "clearing"):
        own = frames_of_group[name]
        frames_of_group[name] = own.join(behind, on=behind.columns, how="semi", maintain_order="left")
    return StressResult(
        group_id,
        report_date,
        StressLines.typed(_as(found, StressLines)),
        StressAttribution.typed(_as(frames_of_group["attribution"], StressAttribution)),
        ReverseResults.typed(_as(frames_of_group["reverse"], ReverseResults)),
        MemberChanges.typed(_as(frames_of_group["changes"], MemberChanges)),
        ClearingPayments.typed(_as(frames_of_group["clearing"], ClearingPayments)),
        StressFindings.typed(_as(told, StressFindings).unique(maintain_order=True)),
        tests.sort("id", descending=True),
        dict(behind.iter_rows()),
        frozenset(_outdated(behind, tests)["scenario"]),
        _descriptions(described),
    )


def _outdated(behind: pl.DataFrame, tests: pl.DataFrame) -> pl.DataFrame:
    """The rows of tests on other data or by another rulebook than the newest test.

    :param behind: subject, scenario and ``stress_run_id``, of one subject or of several in ``group_id`` and ``report_date``.
    """
    made = behind.join(
        tests.select("id", "data_hash", "rulebook_hash"), left_on="stress_run_id", right_on="id"
    )
    subject = [name for name in ("group_id", "report_date") if name in behind.columns] or pl.lit(0)
    newest = pl.struct("data_hash", "rulebook_hash").sort_by("stress_run_id").last().over(subject)
    return made.filter(pl.struct("data_hash", "rulebook_hash") != newest).select(behind.columns)


def outdated_scenarios(store: Store) -> pl.DataFrame:
    """group_id, report_date and scenario of what is from a test on other data or by another rulebook than the group's newest."""
    lines = STRESS["lines"].c
    key = (lines.group_id, lines.report_date, lines.scenario)
    query = select(*key, func.max(lines.stress_run_id).label("stress_run_id")).group_by(*key)
    with store.reading() as connection:
        behind = frames.read(connection, query.where(lines.group_id.is_not(None)))
        tests = frames.read(connection, select(*_RUN.c))
    return _outdated(behind, tests).drop("stress_run_id")


def scenario_descriptions(store: Store) -> dict[str, dict[str, str]]:
    """By scenario and language what it is about, as its newest test says."""
    with store.reading() as connection:
        return _descriptions(_newest("descriptions", ScenarioDescriptions)(connection))


def _descriptions(rows: pl.DataFrame) -> dict[str, dict[str, str]]:
    return {
        row["scenario"]: {language: row[language] for language in ("zh", "en") if row[language]}
        for row in rows.iter_rows(named=True)
    }


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
