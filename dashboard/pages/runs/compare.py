"""Filings and runs, two runs side by side: statement lines, cells of filings, findings and files that differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import polars as pl
import streamlit as st

from consolidation.money import plain
from dashboard.actions import downloads
from dashboard.actions.downloads import File
from dashboard.components import choices, figures
from dashboard.components.findings_table import findings_table
from dashboard.components.links import link
from dashboard.components.markup import Cell, Child, Column, Html, join, show, table, tag
from dashboard.components.sections import section
from dashboard.components.view import View
from dashboard.pages.entities.company import item_name
from dashboard.queries import runs
from dashboard.queries.session import Desk

_MOST = 150


def comparison(v: View) -> None:
    """Choose two runs; what differs between them."""
    heads = runs.runs(v.desk)
    numbers = [str(n) for n in heads["run_id"].to_list()]
    if len(numbers) < 2:
        show(tag("p", v.say("compare.one"), css="quiet"))
        return
    told = {str(h["run_id"]): _told(v, h) for h in heads.iter_rows(named=True)}
    left, right, offer = st.columns([2, 2, 1.2], vertical_alignment="bottom")
    with left:
        a = choices.choose(v, "a", v.say("compare.a"), numbers, shown=told.__getitem__, default=numbers[1])
    with right:
        b = choices.choose(v, "b", v.say("compare.b"), numbers, shown=told.__getitem__, default=numbers[0])
    found = runs.compare(v.desk, int(a), int(b))
    with offer:
        file = File(f"runs-{a}-{b}.xlsx", downloads.EXCEL, lambda desk: _workbook(desk, int(a), int(b)))
        downloads.offer(v, v.say("compare.download"), file, "export.comparison")
    section(v.say("compare.lines"), f"{found.lines.height:,}")
    show(_lines(v, found.lines))
    section(v.say("compare.filings"), f"{found.filings.height:,}")
    show(_filings(v, found.filings))
    for side in ("a", "b"):
        only = found.findings.filter(pl.col("run") == side)
        section(v.say(f"compare.findings-{side}", run=a if side == "a" else b), f"{only.height:,}")
        show(findings_table(v, only))
    if found.files.height:
        section(v.say("runs.files"), f"{found.files.height:,}")
        show(_files(v, found.files))


def _told(v: View, head: Mapping[str, Any]) -> str:
    parts = [f"#{head['run_id']}", v.moment(head["recorded_at"]), head["who"], head["source"]]
    return " · ".join(str(p) for p in parts if p)


def _workbook(desk: Desk, a: int, b: int) -> bytes:
    return downloads.excel(dict(runs.compare(desk, a, b).parts()))


def _capped(
    v: View,
    frame: pl.DataFrame,
    columns: Sequence[Column],
    row: Callable[[Mapping[str, Any]], Sequence[Child | Cell]],
) -> Html:
    if frame.is_empty():
        return tag("p", v.say("compare.same"), css="quiet")
    shown = table(columns, [row(r) for r in frame.head(_MOST).iter_rows(named=True)])
    more = frame.height - _MOST
    return join([shown, tag("p", v.say("compare.more", count=more), css="quiet") if more > 0 else None])


def _lines(v: View, frame: pl.DataFrame) -> Html:
    columns = [
        Column(v.say("group")),
        Column(v.say("period"), css="nowrap"),
        Column(v.say("statement.item")),
        Column("A", figures=True),
        Column("B", figures=True),
        Column(v.say("compare.difference"), figures=True),
        Column(v.say("state")),
    ]

    def row(r: Mapping[str, Any]) -> Sequence[Child | Cell]:
        is_ratio = r["unit"] == "ratio"
        cell = v.ratio_cell if is_ratio else v.amount_cell
        states = [v.label(f"status.{s}") if s else figures.NONE for s in (r["status_a"], r["status_b"])]
        return [
            link("group", v.name(r["group_id"]), group=r["group_id"], period=r["period_end"], line=r["line"]),
            v.day(r["period_end"]),
            v.line(r["line"]),
            cell(r["amount_a"]),
            cell(r["amount_b"]),
            figures.points(r["difference"], 2) if is_ratio else v.amount_cell(r["difference"]),
            Cell(states[0] if states[0] == states[1] else " → ".join(states), "quiet small"),
        ]

    return _capped(v, frame, columns, row)


def _filings(v: View, frame: pl.DataFrame) -> Html:
    columns = [
        Column(v.say("runs.table")),
        Column(v.say("compare.key")),
        Column(v.say("finding.column")),
        Column("A", figures=True),
        Column("B", figures=True),
    ]

    def row(r: Mapping[str, Any]) -> Sequence[Child | Cell]:
        return [
            r["table"],
            r["key"],
            v.say("compare.row")
            if r["column"] == "(row)"
            else Cell(item_name(v, r["column"]), hint=r["column"]),
            _value(v, r["value_a"]),
            _value(v, r["value_b"]),
        ]

    return _capped(v, frame, columns, row)


def _value(v: View, value: str | None) -> str:
    """A cell as text; numbers without the zeros that say nothing."""
    if value == "given":
        return v.say("compare.given")
    if value is None:
        return figures.NONE
    try:
        return plain(Decimal(value))
    except InvalidOperation:
        return value


def _files(v: View, frame: pl.DataFrame) -> Html:
    columns = [Column(v.say("finding.file")), Column(v.say("runs.table")), Column("A"), Column("B")]

    def row(r: Mapping[str, Any]) -> Sequence[Child | Cell]:
        return [
            r["path"],
            r["table"],
            *(Cell((r[c] or figures.NONE)[:12], "place", r[c]) for c in ("sha256_a", "sha256_b")),
        ]

    return _capped(v, frame, columns, row)
