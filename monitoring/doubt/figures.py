"""Which figures are in doubt, and what rests on them.

Whatever looks at ratios asks here what to leave out: the falling flag, the industry's means and quantiles, the outlook, the
reports of events. Pure: frames in, frames out; who confirmed what is in :mod:`monitoring.doubt.register`.
"""

from __future__ import annotations

from collections.abc import Collection

import dataframely as dy
import polars as pl

from consolidation.provenance import Status
from consolidation.results import columns as c
from consolidation.results.schemas import Contributions, FiguresInDoubt, StatementLines
from consolidation.rulebook import Rulebook
from consolidation.solo.contradictions import COLUMNS, TABLES, contradicted_figures
from monitoring.ratios import COMPREHENSIVE, CORE, ENTITY, GROUP, STATEMENT

_CORE_TIERS = ("core_tier1_capital", "core_tier2_capital")
RESTS_ON = {
    CORE: (*_CORE_TIERS, "minimum_capital"),
    COMPREHENSIVE: ("actual_capital", "minimum_capital"),
}
"""Measure → the figures of a filing that its ratio is made of."""


class Confirmations(c.ResultSchema):
    """One row a figure that a person has confirmed as it was filed; for another value it says nothing."""

    subject_kind = c.text("entity or group")
    subject_id = c.text("the company or group")
    period_end = c.day("the period's last day")
    basis = c.text("quarterly, or annual (audited)")
    column = c.text("the figure that was in doubt")
    filed = c.rate("the value that is confirmed: 万元, of a ratio a fraction")
    at = dy.Datetime(time_unit="us", time_zone="UTC", description="when; from then on the figure counts")


_KEY = [name for name in Confirmations.column_names() if name != "at"]

CONFIRMED_AT = "confirmed_at"
"""Column of filings: when the last of their figures in doubt was confirmed; null: none was in doubt."""


def figures_in_doubt(
    solo_filings: pl.DataFrame,
    group_filings: pl.DataFrame,
    rulebook: Rulebook,
    confirmed: dy.DataFrame[Confirmations] | None = None,
) -> dy.DataFrame[FiguresInDoubt]:
    """The figures of insurers' and groups' filings that their filing contradicts and nobody has confirmed.

    :param solo_filings, group_filings: the tables of the filing set or store, with the columns of
        :data:`FIGURES_NEEDED` as far as they are given.
    """
    found = pl.concat(
        contradicted_figures(filings, kind, rulebook)
        for kind, filings in ((ENTITY, solo_filings), (GROUP, group_filings))
    )
    if confirmed is not None and confirmed.height:
        found = found.join(confirmed, on=_KEY, how="anti", maintain_order="left")
    return FiguresInDoubt.typed(found)


def figure_touched() -> pl.Expr:
    """The figure that a doubt makes doubtful: of a statement the requirement, where members bring the quantifiable part (A16)."""
    brings_part = (pl.col("basis") == STATEMENT) & (pl.col("column") == "quantifiable_risk_minimum_capital")
    return pl.when(brings_part).then(pl.lit("minimum_capital")).otherwise("column")


FIGURES_NEEDED = COLUMNS
"""The columns of a filing that are held against each other."""


def measures_in_doubt(doubts: dy.DataFrame[FiguresInDoubt]) -> pl.DataFrame:
    """subject_kind, subject_id, period_end, filing_basis, measure: the ratios that rest on a figure in doubt."""
    kept = ("subject_kind", "subject_id", "period_end")
    parts = [
        doubts.filter(figure_touched().is_in(columns)).select(
            *kept, filing_basis="basis", measure=pl.lit(measure)
        )
        for measure, columns in RESTS_ON.items()
    ]
    return pl.concat(parts)


def without_doubt(figures: pl.DataFrame, doubts: dy.DataFrame[FiguresInDoubt]) -> pl.DataFrame:
    """Figures (:class:`~monitoring.ratios.CapitalFigures`) whose ratio rests on nothing in doubt."""
    if doubts.is_empty():
        return figures
    ratios = measures_in_doubt(doubts)
    return figures.join(ratios, on=ratios.columns, how="anti", maintain_order="left")


def with_doubt(figures: pl.DataFrame, doubts: dy.DataFrame[FiguresInDoubt]) -> pl.DataFrame:
    """The figures in their order with ``in_doubt``: whether the ratio rests on a figure in doubt."""
    ratios = measures_in_doubt(doubts).unique()
    joined = figures.join(
        ratios.with_columns(in_doubt=pl.lit(True)), on=ratios.columns, how="left", maintain_order="left"
    )
    return joined.with_columns(pl.col("in_doubt").fill_null(False))


def filings_without_doubt(
    solo_filings: pl.DataFrame, rulebook: Rulebook, confirmed: dy.DataFrame[Confirmations] | None = None
) -> pl.DataFrame:
    """The insurers' filings none of whose ratios rest on a figure in doubt.

    Of a store with every version of every filing (``recorded_at``) each version is looked at by itself: one that was
    filed anew without the contradiction stays. One whose figures have been confirmed has the moment in :data:`CONFIRMED_AT`.
    """
    numbered = solo_filings.drop("source_row", strict=False).with_row_index("source_row")
    found = contradicted_figures(numbered, ENTITY, rulebook)
    touched: Collection[str] = {column for columns in RESTS_ON.values() for column in columns}
    doubts = found.filter(pl.col("column").is_in(touched)).select(*_KEY, "source_row")
    if doubts.is_empty():
        return solo_filings
    known = Confirmations.without_rows() if confirmed is None else confirmed
    settled = doubts.join(known.group_by(_KEY).agg(pl.col("at").min()), on=_KEY, how="left")
    of_row = settled.group_by("source_row").agg(
        pl.col("at").max().alias(CONFIRMED_AT), open=pl.col("at").null_count() > 0
    )
    joined = solo_filings.with_row_index("place").join(
        of_row.with_columns(place=pl.col("source_row").cast(pl.UInt32)).drop("source_row"),
        on="place",
        how="left",
        maintain_order="left",
    )
    return joined.filter(~pl.col("open").fill_null(False)).drop("place", "open")


def of_statements(
    doubts: dy.DataFrame[FiguresInDoubt],
    lines: dy.DataFrame[StatementLines],
    contributions: dy.DataFrame[Contributions],
) -> dy.DataFrame[FiguresInDoubt]:
    """The doubts that the groups' computed statements inherit, with the basis ``statement``.

    A statement rests on the cells of its members' filings that its contributions were read from – their requirement and, by
    the deduction method, their capital – and on each line that it takes as the group has published it.
    """
    key = {"subject_id": "entity_id"} | {name: name for name in ("period_end", "basis", "column")}
    of_members = doubts.filter(subject_kind=ENTITY).join(
        contributions.select("group_id", *key.values()).unique(),
        left_on=list(key),
        right_on=list(key.values()),
        maintain_order="left",
    )
    published = lines.filter(status=Status.REPORTED).select(
        "period_end", subject_id="group_id", column="line"
    )
    own = doubts.filter(subject_kind=GROUP).join(published, on=published.columns, how="semi")
    columns = FiguresInDoubt.column_names()
    inherited = of_members.with_columns(of_member="subject_id", subject_id="group_id")
    found = pl.concat([inherited.select(columns), own.select(columns)])
    return FiguresInDoubt.typed(
        found.unique(["subject_id", "period_end", "column"], keep="first", maintain_order=True).with_columns(
            subject_kind=pl.lit(GROUP), basis=pl.lit(STATEMENT)
        )
    )


def table_of(subject_kind: str) -> str:
    """The table of the filing set in which a subject's filings stand."""
    return TABLES[subject_kind][0]
