"""Findings as a table: how grave, what, where – file, row and column – and what was expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from dashboard.components.markup import Cell, Child, Column, Html, join, table, tag
from dashboard.components.view import View

_MOST = 100
_LONGEST_VALUE = 60
_GRAVEST = {"error": 0, "warning": 1, "info": 2}


def findings_table(v: View, findings: pl.DataFrame) -> Html:
    """The gravest first, the first hundred of them.

    :param findings: rows of ``findings.FRAME_SCHEMA``.
    """
    if findings.is_empty():
        return tag("p", v.say("findings.none"), css="quiet")
    order = pl.col("severity").replace_strict(_GRAVEST, default=3, return_dtype=pl.Int8)
    rows = findings.sort(order, maintain_order=True).head(_MOST)
    columns = [
        Column(v.say("severity"), css="nowrap"),
        Column(v.say("why")),
        Column(v.say("finding.file")),
        Column(v.say("finding.row"), figures=True),
        Column(v.say("finding.column")),
        Column(v.say("finding.value")),
    ]
    more = findings.height - rows.height
    rest = tag("p", v.say("finding.more", count=more), css="quiet") if more else None
    return join([table(columns, _rows(v, rows.iter_rows(named=True))), rest])


def _rows(v: View, rows: Iterable[Mapping[str, Any]]) -> list[list[Child | Cell]]:
    return [
        [
            v.say(f"severity.{r['severity']}"),
            v.message(dict(r)),
            r["file"] or r["table"] or "",
            str(r["row"] or ""),
            r["column"] or "",
            _short(r["value"] or ""),
        ]
        for r in rows
    ]


def _short(value: str) -> Cell:
    if len(value) <= _LONGEST_VALUE:
        return Cell(value)
    return Cell(value[:_LONGEST_VALUE] + "…", hint=value)
