"""Filings and runs, two runs in short: what both contain and what differs in it, what only one has, which counts for whom."""

from __future__ import annotations

import polars as pl

from dashboard.components import formatting
from dashboard.components.links import link
from dashboard.components.markup import Child, Column, join, show, table, tag
from dashboard.components.sections import section
from dashboard.components.states import COMPREHENSIVE
from dashboard.components.view import View
from dashboard.pages.group.summary_strip import RATIO_LINES
from dashboard.queries.record import runs
from dashboard.queries.record.runs import ROW, Comparison

__all__ = ["ROW", "in_both", "summary"]

_STATEMENT = ["group_id", "period_end"]
_MOST_NAMED = 6


def in_both(lines: pl.DataFrame) -> pl.DataFrame:
    """The lines that both runs have, ratios before amounts, the largest difference first."""
    both = lines.filter(pl.col("status_a").is_not_null(), pl.col("status_b").is_not_null())
    return both.sort(
        pl.col("unit") == "ratio",
        pl.col("difference").abs(),
        descending=True,
        nulls_last=True,
        maintain_order=True,
    )


def summary(view: View, found: Comparison, lines: pl.DataFrame) -> None:
    """The comparison in a table of facts.

    :param lines: those of :func:`in_both`.
    """
    a, b = (runs.statements_of(view.session, head["run_id"]) for head in (found.a, found.b))
    both = a.join(b, on=_STATEMENT, how="semi")
    changed = lines.select(_STATEMENT).unique().height
    only = [x.join(y, on=_STATEMENT, how="anti") for x, y in ((a, b), (b, a))]
    rows = found.filings.filter(pl.col("column") == ROW)
    facts: list[list[Child]] = [
        [view.say("compare.both"), view.say("compare.of", count=f"{changed:,}", of=f"{both.height:,}")],
        [view.say("compare.largest"), _largest(view, lines)],
        [view.say("compare.only"), _two(f"{only[0].height:,}", f"{only[1].height:,}")],
        [view.say("compare.rows"), _two(_by_table(view, rows, "value_a"), _by_table(view, rows, "value_b"))],
        [view.say("compare.counts-for"), _two(_counting(view, a), _counting(view, b))],
    ]
    section(view.say("compare.summary"))
    show(table([Column(""), Column("")], facts, css="facts"))


def _two(a: Child, b: Child) -> Child:
    return join([tag("div", "A: ", a), tag("div", "B: ", b)])


def _largest(view: View, lines: pl.DataFrame) -> Child:
    """The comprehensive ratio that moved most, as a link to its statement."""
    moved = lines.filter(pl.col("line") == RATIO_LINES[COMPREHENSIVE], pl.col("difference").is_not_null())
    if moved.is_empty():
        return view.say("compare.same")
    row = moved.row(0, named=True)
    name = f"{view.name(row['group_id'])} {view.day(row['period_end'])}"
    to = link("group", name, group=row["group_id"], period=row["period_end"])
    return join([to, f" {formatting.points(row['difference'], 2)}"])


def _by_table(view: View, rows: pl.DataFrame, side: str) -> str:
    """Of each table how many rows only one run has."""
    counts = rows.filter(pl.col(side).is_not_null()).group_by("table").len().sort("len", descending=True)
    told = [f"{name} {count:,}" for name, count in counts.iter_rows()]
    return view.say("audit.and").join(told) or formatting.NONE


def _counting(view: View, statements: pl.DataFrame) -> Child:
    """For which groups a run counts now, with the number of their statements."""
    own = statements.filter("counts").group_by("group_id", maintain_order=True).len()
    told = [
        view.say("compare.counted", group=view.short_name(group), count=count)
        for group, count in own.head(_MOST_NAMED).iter_rows()
    ]
    if own.height > _MOST_NAMED:
        told.append(view.say("compare.more-groups", count=own.height - _MOST_NAMED))
    return view.say("audit.and").join(told) or view.say("compare.for-nobody")
