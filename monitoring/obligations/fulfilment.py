"""Which reports are in the store already: a filing that is kept and approved is the report that was owed.

A report is written down as submitted by a person (:mod:`~monitoring.obligations.register`), to whom that is offered when a run is
approved. Until then it is *filed*: neither overdue nor reminded of, and nobody is late by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Column, ColumnElement, and_, exists, or_

from monitoring.obligations.generation import OBLIGATION
from monitoring.store.layout.filed_tables import FILED

ANNUAL = "annual"


@dataclass(frozen=True, slots=True)
class ReportSource:
    """The table whose rows are an obligation's report, the column that names its party, and its basis (None: any)."""

    table: str
    party: str
    basis: str | None = None


REPORTS: Mapping[str, ReportSource] = {
    "solo-quarterly-report": ReportSource("solo_filings", "entity_id"),
    "solo-audited-q4": ReportSource("solo_filings", "entity_id", ANNUAL),
    "group-semiannual-report": ReportSource("group_filings", "group_id"),
    "group-annual-report": ReportSource("group_filings", "group_id", ANNUAL),
}
"""Obligation → what of the filing set is its report."""


@cache
def is_filed() -> ColumnElement[bool]:
    """Whether a row of the obligations is about a report that is in the store and counts."""
    return or_(*(_filed_as(id, report, _current(report)) for id, report in REPORTS.items()))


def is_filed_by(input_set: int) -> ColumnElement[bool]:
    """Whether a row of the obligations is about a report that is in a set of data."""
    return or_(
        *(
            _filed_as(id, report, FILED[report.table].table.c.input_set_id == input_set)
            for id, report in REPORTS.items()
        )
    )


def _current(report: ReportSource) -> ColumnElement[bool]:
    current: Column[bool] = FILED[report.table].table.c.is_current
    return current.is_(True)


def _filed_as(id: str, report: ReportSource, which: ColumnElement[bool]) -> ColumnElement[bool]:
    table = FILED[report.table].table
    conditions = [
        which,
        table.c[report.party] == OBLIGATION.c.party_id,
        table.c.period_end == OBLIGATION.c.period_end,
    ]
    if report.basis is not None:
        conditions.append(table.c.basis == report.basis)
    return and_(OBLIGATION.c.obligation == id, exists().where(*conditions))
