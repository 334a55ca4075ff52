"""The tables of the store that hold stress tests: runs of their own, never filings and never statements that count."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Integer, Text
from sqlmodel import Field

from consolidation.results.columns import ResultSchema
from consolidation.scenario import schemas
from monitoring.store.layout.derived_tables import columns_of
from monitoring.store.layout.exact_columns import UtcDateTime
from monitoring.store.layout.filed_tables import Base


class StressRun(Base, table=True):
    """One stress test: who, when, on what data, by which rulebook and engine."""

    __tablename__ = "stress_run"
    id: int | None = Field(default=None, primary_key=True)
    started_at: datetime = Field(sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    who: str
    source: str
    data_hash: str
    rulebook_hash: str
    engine_version: str
    arguments: str = Field(sa_type=Text)


def _of_test(name: str, schema: type[ResultSchema], *index: str) -> sa.Table:
    """The rows of a stress test, in its order."""
    return sa.Table(
        name,
        Base.metadata,
        Column("stress_run_id", Integer, ForeignKey("stress_run.id"), primary_key=True),
        Column("position", Integer, primary_key=True),
        *columns_of(schema),
        Index(f"ix_{name}_subject", *index, "stress_run_id"),
    )


STRESS: Mapping[str, sa.Table] = {
    "lines": _of_test("stress_line", schemas.StressLines, "group_id", "entity_id", "report_date"),
    "attribution": _of_test("stress_attribution", schemas.StressAttribution, "group_id", "report_date"),
    "reverse": _of_test("stress_reverse", schemas.ReverseResults, "group_id", "report_date"),
    "changes": _of_test("stress_change", schemas.MemberChanges, "group_id", "report_date"),
    "clearing": _of_test("stress_clearing", schemas.ClearingPayments, "group_id", "report_date"),
    "descriptions": _of_test("stress_description", schemas.ScenarioDescriptions, "scenario"),
    "findings": _of_test("stress_finding", schemas.StressFindings, "group_id", "period_end"),
}
"""Field of :class:`~consolidation.scenario.stress.StressTest` → the store's table of its rows; the base is among the lines.

Of the findings those of the stress test itself are kept; those of the filing set are with the runs over it."""
