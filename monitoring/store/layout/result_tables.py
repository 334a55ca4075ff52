"""The tables of the store that hold what a run computed, made from the schemas of the results."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer

from consolidation.results import schemas as results
from consolidation.results.columns import ResultSchema
from monitoring.store.layout.derived_tables import columns_of, current_index
from monitoring.store.layout.filed_tables import Base, ScopedTable


def _computed(
    name: str,
    schema: type[ResultSchema],
    *more: Column[Any] | Index,
    without: Collection[str] = (),
) -> sa.Table:
    """The rows of a run's result, in the order in which the run gave them; ``more`` columns stand before the schema's."""
    return sa.Table(
        name,
        Base.metadata,
        Column("run_id", Integer, ForeignKey("run.id"), primary_key=True),
        Column("position", Integer, primary_key=True),
        *(one for one in more if isinstance(one, Column)),
        *columns_of(schema, without=without),
        *(one for one in more if isinstance(one, Index)),
    )


def _of_group(name: str, schema: type[ResultSchema], *more: Index, without: Collection[str] = ()) -> sa.Table:
    by_group = Index(f"ix_{name}_group", "group_id", "period_end", "run_id")
    return _computed(name, schema, by_group, *more, without=without)


def _scoped(name: str, schema: type[ResultSchema], *scope: str, one_row: bool) -> ScopedTable:
    """A table of results whose rows can be current; ``one_row``: a run has one row about the scope."""
    table = _computed(
        name,
        schema,
        Column("is_current", Boolean, nullable=False),
        current_index(name, *scope),
        Index(f"ix_{name}_scope", *scope, "run_id", unique=one_row),
    )
    return ScopedTable(table, "run_id", scope)


STATEMENT = _scoped("statement", results.Statements, "group_id", "period_end", one_row=True)
RECOMPUTATION = _scoped(
    "recomputation", results.Recomputations, "entity_id", "period_end", "basis", one_row=False
)
_CELL = ("basis", "table", "file", "row", "column", "reading")

RESULTS: Mapping[str, sa.Table] = {
    "statements": STATEMENT.table,
    "lines": _of_group(
        "statement_line", results.StatementLines, Index("ix_statement_line_line", "line", "run_id")
    ),
    "members": _of_group(
        "group_member",
        results.Members,
        Index("ix_group_member_entity", "entity_id", "period_end"),
        without=("bears_shortfall",),
    ),
    "contributions": _of_group("contribution", results.Contributions),
    "eliminations": _of_group("elimination", results.Eliminations),
    "reconciliation": _of_group("reconciliation", results.ReconciledLines, without=_CELL),
    "waterfall": _of_group("waterfall_step", results.WaterfallSteps),
    "findings": _of_group("finding", results.Findings),
    "recomputation": RECOMPUTATION.table,
    "concentration": _of_group("concentration", results.NamedConcentration),
    "largest_positions": _of_group("largest_position", results.LargestPositions),
}
"""Field of ``store.RunRecord`` → the store's table of its rows."""

INPUT_FILE = _computed("input_file", results.InputFiles)
"""The files that a run read."""
