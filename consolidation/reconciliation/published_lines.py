"""What a group published of its statement, line by line, each figure with the cell it stands in.

A line may stand in two tables: in a column of ``group_filings`` and in a row of ``group_filing_lines``. The audited figure
wins over the unaudited one; of two with the same basis that differ the column is taken, and a finding names both cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

import dataframely as dy
import polars as pl

from consolidation.filing_set.filing_basis import prefer_audited
from consolidation.findings import Finding, warning
from consolidation.money import line_amount, plain
from consolidation.results.schemas import PublishedLines
from consolidation.statement_lines import LINES

PUBLISHED_COLUMNS = {
    "actual_capital": "actual_capital",
    "core_tier1_capital": "core_tier1_capital",
    "core_tier2_capital": "core_tier2_capital",
    "supplementary_tier1_capital": "supplementary_tier1_capital",
    "supplementary_tier2_capital": "supplementary_tier2_capital",
    "minimum_capital": "minimum_capital",
    "quantifiable_risk_minimum_capital": "quantifiable_risk_minimum_capital",
    "control_risk_minimum_capital": "control_risk_minimum_capital",
    "core_solvency_surplus": "core_surplus",
    "core_solvency_ratio": "core_solvency_ratio",
    "comprehensive_solvency_surplus": "comprehensive_surplus",
    "comprehensive_solvency_ratio": "comprehensive_solvency_ratio",
}
"""Statement line → column of ``group_filings``."""

_ORDER = {line: number for number, line in enumerate(LINES)}
_KEY = ["group_id", "period_end", "line"]


def published_lines(
    group_filings: pl.DataFrame, group_filing_lines: pl.DataFrame
) -> dy.DataFrame[PublishedLines]:
    """Each published line once, in the order of a statement; an empty cell is no figure.

    :param group_filings: the table of that name, as read or as kept; of two rows for a period the audited one counts.
    :param group_filing_lines: the table of that name.
    :returns: a frame of :class:`~consolidation.results.schemas.PublishedLines`.
    """
    figures = _all_figures(group_filings, group_filing_lines)
    first = prefer_audited(figures, *_KEY)
    return PublishedLines.typed(
        first.with_columns(_order=pl.col("line").replace_strict(_ORDER, return_dtype=pl.Int64))
        .sort("group_id", "period_end", "_order")
        .select(*PublishedLines.column_names())
    )


def published_twice(group_filings: pl.DataFrame, group_filing_lines: pl.DataFrame) -> list[Finding]:
    """A warning for each line that both tables give, with the same basis and different figures."""
    figures = _all_figures(group_filings, group_filing_lines)
    columns, rows = (figures.filter(pl.col("table") == t) for t in ("group_filings", "group_filing_lines"))
    both = columns.join(rows, on=[*_KEY, "basis"], suffix="_line").filter(
        pl.col("published") != pl.col("published_line")
    )
    return [
        warning(
            "published-line-differs",
            table="group_filings",
            file=f["file"],
            row=f["row"],
            column=f["column"],
            value=plain(f["published"]),
            expected=plain(f["published_line"]),
            group_id=f["group_id"],
            period_end=f["period_end"],
            article="Annex 10",
            detail={"line": f["line"], "other_file": f["file_line"], "other_row": str(f["row_line"])},
        )
        for f in both.sort(_KEY).iter_rows(named=True)
    ]


def published_totals(group_filings: pl.DataFrame, group_filing_lines: pl.DataFrame) -> pl.DataFrame:
    """``group_filings`` with what only ``group_filing_lines`` gives: empty cells filled, and a row for who filed lines alone.

    A line fills the cell of the same period and basis; what a cell says stays (:func:`published_twice` says where they differ).
    """
    keys = ["group_id", "period_end", "basis"]
    given = group_filing_lines.filter(
        pl.col("line").is_in(list(PUBLISHED_COLUMNS)) & pl.col("amount").is_not_null()
    )
    if given.is_empty():
        return group_filings
    types = {column: group_filings.schema[column] for column in PUBLISHED_COLUMNS.values()}
    wide = given.group_by(keys, maintain_order=True).agg(
        *(
            pl.col("amount").filter(pl.col("line") == line).first().cast(types[column]).alias(column)
            for line, column in PUBLISHED_COLUMNS.items()
        ),
        *(pl.col(c).first() for c in ("source_file", "source_row") if c in group_filings.columns),
    )
    filled = group_filings.join(
        wide, on=keys, how="left", suffix="_line", maintain_order="left"
    ).with_columns(pl.coalesce(column, f"{column}_line").alias(column) for column in types)
    alone = wide.join(group_filings, on=keys, how="anti", maintain_order="left")
    return pl.concat([filled.select(group_filings.columns), alone], how="diagonal")


PublishedFigure = tuple[str, date, str, Decimal, str, str, str, int, str]
"""A row of :class:`~consolidation.results.schemas.PublishedLines`."""


def _all_figures(
    group_filings: pl.DataFrame, group_filing_lines: pl.DataFrame
) -> dy.DataFrame[PublishedLines]:
    """The figures of both tables; where two count alike, the column of ``group_filings`` stands first."""
    statements = prefer_audited(group_filings, "group_id", "period_end")
    rows = prefer_audited(group_filing_lines.filter(pl.col("amount").is_not_null()), *_KEY)
    figures: Iterable[PublishedFigure] = [*_of_columns(statements), *_of_rows(rows)]
    return PublishedLines.of_rows(figures)


def _of_columns(statements: pl.DataFrame) -> Iterator[PublishedFigure]:
    for row in statements.iter_rows(named=True):
        for line, column in PUBLISHED_COLUMNS.items():
            if row[column] is not None:
                yield (
                    row["group_id"],
                    row["period_end"],
                    line,
                    line_amount(row[column]),
                    row["basis"],
                    "group_filings",
                    row["source_file"],
                    row["source_row"],
                    column,
                )


def _of_rows(rows: pl.DataFrame) -> Iterator[PublishedFigure]:
    for row in rows.iter_rows(named=True):
        yield (
            row["group_id"],
            row["period_end"],
            row["line"],
            row["amount"],
            row["basis"],
            "group_filing_lines",
            row["source_file"],
            row["source_row"],
            "amount",
        )
