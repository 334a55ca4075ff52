"""Published lines of random groups, from both tables and with both bases, against a plain reading of which figure counts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from consolidation.consolidate import consolidate
from consolidation.rulebook import Rulebook
from consolidation.statement_lines import LINES
from consolidation.structure.scope import Scope
from tests.build import read_set
from tests.oracle import plain_statement
from tests.oracle.plain_reading import Tables, of
from tests.oracle.random_groups import DAYS, GROUPS, random_set

COLUMN_OF = {
    "core_solvency_surplus": "core_surplus",
    "comprehensive_solvency_surplus": "comprehensive_surplus",
}
"""Where a line has another name in ``group_filings``."""

Figures = dict[str, Decimal]


def with_published_lines(tables: Tables, seed: int) -> Tables:
    """The tables with a random choice of lines published as rows, some of them also as columns."""
    draw = Random(seed)
    rows = [
        {
            "group_id": group,
            "period_end": day,
            "basis": basis,
            "line": line,
            "amount": f"{draw.randint(-(10**10), 10**11) / 10**6:.6f}",
        }
        for group, *_ in GROUPS
        for day in DAYS
        for basis in ("quarterly", "annual")
        if draw.random() < 0.5
        for line in draw.sample(LINES, draw.randint(1, 12))
    ]
    return {**tables, "group_filing_lines": rows}


def plain_published(tables: Tables, group: str, day: date) -> tuple[Figures, set[str]]:
    """Each published line, and those that both tables give differently with the same basis: plain loops."""
    at = {"group_id": group, "period_end": day.isoformat()}
    statements = {row["basis"]: row for row in of(tables, "group_filings", **at)}
    basis = "annual" if "annual" in statements else "quarterly"
    figures: Figures = {}
    twice = set()
    for line in LINES:
        column = statements.get(basis, {}).get(COLUMN_OF.get(line, line), "")
        rows = {row["basis"]: row["amount"] for row in of(tables, "group_filing_lines", **at, line=line)}
        own = "annual" if "annual" in rows else "quarterly"
        if column and own in rows and own == basis and Decimal(column) != Decimal(rows[own]):
            twice.add(line)
        if column and (own not in rows or own == basis or basis == "annual"):
            figures[line] = Decimal(column)
        elif own in rows:
            figures[line] = Decimal(rows[own])
    return figures, twice


@pytest.mark.parametrize("seed", range(5))
def test_every_published_line_stands_beside_the_computed_one(seed: int, tmp_path: Path) -> None:
    tables = with_published_lines(random_set(seed), seed)
    result = consolidate(
        read_set(tmp_path, {name: rows for name, rows in tables.items() if rows}), Rulebook.load(), Scope()
    )

    expected, differing = {}, set()
    for group, *_ in GROUPS:
        for day in plain_statement.periods(tables, group):
            computed = plain_statement.statement(tables, group, day)
            figures, twice = plain_published(tables, group, day)
            differing |= {(group, day, COLUMN_OF.get(line, line)) for line in twice}
            for line, figure in figures.items():
                own = computed[line]
                expected[group, day, line] = (figure, None if own is None else own - figure)
    found = {
        row[:3]: row[3:]
        for row in result.reconciliation.select(
            "group_id", "period_end", "line", "published", "difference"
        ).iter_rows()
    }
    assert found == expected
    assert {
        (f.group_id, f.period_end, f.column) for f in result.findings if f.code == "published-line-differs"
    } == differing
