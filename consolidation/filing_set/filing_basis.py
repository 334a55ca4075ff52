"""Which filing counts: one row a company and period.

Where one insurer files twice for a date, the audited ``annual`` filing wins over the ``quarterly`` one; both stay in
the table. What a company's filing is called in an explanation is a :class:`~consolidation.provenance.Cell`.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import dataframely as dy
import polars as pl

from consolidation.filing_set.absences import absence_in
from consolidation.filing_set.schemas.group_filings import GroupFilings
from consolidation.money import plain
from consolidation.provenance import Cell

_PREFERENCE = {"annual": 0, "quarterly": 1}


def prefer_audited(filings: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """Keep one row for each combination of ``keys``: the annual (audited) filing where there is one, else the quarterly.

    Of two alike the first.
    """
    if not filings.select(keys).is_duplicated().any():
        return filings
    order = pl.col("basis").replace_strict(_PREFERENCE, default=len(_PREFERENCE), return_dtype=pl.Int8)
    return (
        filings.with_columns(_order=order)
        .sort(*keys, "_order", maintain_order=True)
        .unique(list(keys), keep="first", maintain_order=True)
        .drop("_order")
    )


def published_statements(group_filings: dy.DataFrame[GroupFilings]) -> dict[tuple[str, date], dict[str, Any]]:
    """By group and period the row of ``group_filings`` that counts."""
    best = prefer_audited(group_filings, "group_id", "period_end")
    return {(row["group_id"], row["period_end"]): row for row in best.iter_rows(named=True)}


def cell(table: str, row: dict[str, Any], column: str, *keys: str) -> Cell:
    """The cell ``column`` of a table row (a dict with ``source_file`` and ``source_row``), keyed by ``keys``."""
    said = absence_in(row, column)
    return Cell(
        table,
        {k: str(row[k]) for k in keys},
        column,
        row["source_file"],
        row["source_row"],
        _text(row[column]),
        said.value if said else "",
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    return plain(value) if isinstance(value, Decimal) else str(value)
