"""Which computed statements lack members, and by how much: such a one is no basis for a state, a flag, a trend or an outlook.

A statement is incomplete where a member filed no requirement (a member's line says so), where the list of members calls itself
partial (``group_members.coverage``), or where the computed requirement is below the published one by more than
``completeness.requirement_tolerance``. Its capital, for a holding group the consolidated one, would be held against a requirement that
some of its companies are not in. The group is then followed by what it published.
"""

from __future__ import annotations

import dataframely as dy
import polars as pl

from consolidation.provenance import Status
from consolidation.results import columns as c
from consolidation.results.schemas import Members, StatementLines
from consolidation.rulebook import NotInForce, Rulebook
from consolidation.statement_lines import MEMBER_LINES
from consolidation.words import say, table
from monitoring.formatting import listed
from monitoring.ratios import (
    COMPREHENSIVE,
    PUBLISHED,
    CapitalFigures,
    exact_ratio,
    published_figures,
    statement_figures,
    units,
)

TOLERANCE = "completeness.requirement_tolerance"
COMPLETE = "complete"
"""What ``group_members.coverage`` says of a list that lacks nobody."""

_SEPARATOR = ", "
_KEYS = ("group_id", "period_end")


class Completeness(c.ResultSchema):
    """One row a computed statement; it is complete where none of the three reasons holds."""

    group_id = c.text("the group")
    period_end = c.day("the period's last day")
    members = c.number("companies on the list of members")
    coverage = c.text_or_none("what the list says of itself, where it is not complete")
    lacks_filing = c.yes_no_or_none("a member filed no requirement")
    is_short = c.yes_no_or_none(
        "the computed requirement is below the published one by more than the tolerance"
    )
    computed = c.amount("computed minimum capital, 万元")
    published = c.amount("published minimum capital, 万元; empty: none")
    share = c.rate("computed ÷ published")
    is_complete = c.yes_no_or_none("none of the three")


def completeness(
    lines: dy.DataFrame[StatementLines],
    members: dy.DataFrame[Members],
    group_filings: pl.DataFrame,
    rulebook: Rulebook,
) -> dy.DataFrame[Completeness]:
    """How complete each statement is (:class:`Completeness`), in the order of groups and periods.

    :param group_filings: the table of that name; of two filings for a period the audited one counts.
    """
    computed = (
        lines.group_by(_KEYS)
        .agg(
            computed=pl.col("amount").filter(pl.col("line") == "minimum_capital").first(),
            lacks_filing=(pl.col("line").is_in(MEMBER_LINES) & (pl.col("status") == Status.INCOMPLETE)).any(),
        )
        .join(_listed(members), on=_KEYS, how="left")
        .join(_published(group_filings), on=_KEYS, how="left")
        .join(_tolerances(rulebook, lines), on="period_end", how="left")
        .with_columns(share=exact_ratio(pl.col("computed"), pl.col("published")))
    )
    short = units(pl.col("share")) < pl.lit(10**12, pl.Int128) - units(pl.col("tolerance"))
    return Completeness.typed(
        computed.with_columns(is_short=short.fill_null(False), members=pl.col("members").fill_null(0))
        .with_columns(
            is_complete=~(pl.col("is_short") | pl.col("lacks_filing") | pl.col("coverage").is_not_null())
        )
        .select(Completeness.column_names())
        .sort(_KEYS)
    )


def group_figures(
    lines: dy.DataFrame[StatementLines],
    members: dy.DataFrame[Members],
    group_filings: pl.DataFrame,
    rulebook: Rulebook,
) -> dy.DataFrame[CapitalFigures]:
    """The groups' figures that can be judged: of their complete statements, and of the published ones."""
    found = completeness(lines, members, group_filings, rulebook)
    return figures_of(complete_only(lines, found), group_filings)


def figures_of(
    complete_lines: dy.DataFrame[StatementLines], group_filings: pl.DataFrame
) -> dy.DataFrame[CapitalFigures]:
    """The figures of complete statements and of published ones."""
    stated, published = statement_figures(complete_lines), published_figures(group_filings)
    return CapitalFigures.typed(pl.concat([stated, published]))


def complete_only(
    lines: dy.DataFrame[StatementLines], found: dy.DataFrame[Completeness]
) -> dy.DataFrame[StatementLines]:
    """The lines of the statements that lack nobody."""
    lacking = found.filter(~pl.col("is_complete"))
    return StatementLines.typed(lines.join(lacking, on=_KEYS, how="anti", maintain_order="left"))


def coverage_in_words(coverage: str, language: str) -> str:
    """What lists say of themselves, in a language where the table of words knows the filer's phrase, else as filed."""
    keys = {said: f"coverage.{said.replace(' ', '-')}" for said in coverage.split(_SEPARATOR)}
    return listed((say(key, language) if key in table() else said for said, key in keys.items()), language)


def _listed(members: pl.DataFrame) -> pl.DataFrame:
    said = pl.col("coverage").filter(pl.col("coverage") != COMPLETE)
    return (
        members.group_by(_KEYS)
        .agg(
            members=pl.col("entity_id").n_unique().cast(pl.Int64),
            coverage=said.unique().sort().str.join(_SEPARATOR),
        )
        .with_columns(pl.col("coverage").replace("", None))
    )


def _published(group_filings: pl.DataFrame) -> pl.DataFrame:
    figures = published_figures(group_filings)
    return figures.filter(measure=COMPREHENSIVE, source=PUBLISHED).select(
        pl.col("subject_id").alias("group_id"), "period_end", published="required"
    )


def _tolerances(rulebook: Rulebook, lines: pl.DataFrame) -> pl.DataFrame:
    rows = []
    for day in lines["period_end"].unique():
        try:
            rows.append((day, rulebook.on(day).number(TOLERANCE)))
        except NotInForce:
            continue
    return pl.DataFrame(
        rows, schema={"period_end": pl.Date, "tolerance": Completeness.polars_schema()["share"]}, orient="row"
    )
