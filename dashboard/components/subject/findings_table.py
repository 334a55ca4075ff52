"""Findings as a table: how grave, what, where – file, row and column – and what was expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from consolidation.findings import value_in_words
from dashboard.components.markup import Child, Column, Html, TableCell, join, table, tag
from dashboard.components.view import View

_MOST = 100
_LONGEST_VALUE = 60
_GRAVEST = {"error": 0, "warning": 1, "info": 2}


def findings_table(view: View, findings: pl.DataFrame) -> Html:
    """The gravest first, the first hundred of them.

    :param findings: rows of ``results.schemas.Findings``.
    """
    if findings.is_empty():
        return tag("p", view.say("findings.none"), css="quiet")
    order = pl.col("severity").replace_strict(_GRAVEST, default=3, return_dtype=pl.Int8)
    rows = findings.sort(order, maintain_order=True).head(_MOST)
    columns = [
        Column(view.say("severity"), css="nowrap"),
        Column(view.say("why")),
        Column(view.say("finding.file")),
        Column(view.say("finding.row"), figures=True),
        Column(view.say("finding.column")),
        Column(view.say("finding.value")),
    ]
    more = findings.height - rows.height
    rest = tag("p", view.say("finding.more", count=more), css="quiet") if more else None
    return join([table(columns, _rows(view, rows.iter_rows(named=True))), rest])


def _rows(view: View, rows: Iterable[Mapping[str, Any]]) -> list[list[Child | TableCell]]:
    return [
        [
            view.say(f"severity.{r['severity']}"),
            view.message(r),
            r["file"] or r["table"] or "",
            str(r["row"] or ""),
            r["column"] or "",
            _short(value_in_words(r, view.language, view.names)),
        ]
        for r in rows
    ]


def _short(value: str) -> TableCell:
    if len(value) <= _LONGEST_VALUE:
        return TableCell(value)
    return TableCell(value[:_LONGEST_VALUE] + "…", hint=value)
