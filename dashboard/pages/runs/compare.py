"""Filings and runs, two runs side by side over what both contain: in short, then lines, cells, findings and files that differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import polars as pl
import streamlit as st

from consolidation.money import plain
from consolidation.words import first_label
from dashboard.actions import exports
from dashboard.components import choices, formatting
from dashboard.components.links import link
from dashboard.components.markup import Child, Column, Html, TableCell, join, show, table, tag
from dashboard.components.sections import section
from dashboard.components.subject.findings_table import findings_table
from dashboard.components.view import View
from dashboard.pages.entities.items import item_name
from dashboard.pages.runs.comparison_summary import ROW, in_both, summary
from dashboard.queries.record import runs

_MOST = 150
_HEADLINES = "headlines"
_KINDS = (_HEADLINES, "every")


def comparison(view: View) -> None:
    """Choose two runs; what differs between them."""
    heads = runs.runs(view.session)
    numbers = [str(n) for n in heads["run_id"].to_list()]
    if len(numbers) < 2:
        show(tag("p", view.say("compare.one"), css="quiet"))
        return
    told = {str(h["run_id"]): _told(view, h) for h in heads.iter_rows(named=True)}
    left, right, offer = st.columns([2, 2, 1.2], vertical_alignment="bottom")
    with left:
        a = choices.choose(
            view, "a", view.say("compare.a"), numbers, shown=told.__getitem__, default=numbers[1]
        )
    with right:
        b = choices.choose(
            view, "b", view.say("compare.b"), numbers, shown=told.__getitem__, default=numbers[0]
        )
    found = runs.compare(view.session, int(a), int(b))
    with offer:
        exports.offer_tables(
            view,
            view.say("compare.download"),
            f"runs-{a}-{b}",
            lambda session: dict(runs.compare(session, int(a), int(b)).parts()),
            "export.comparison",
        )
    rows = pl.col("column") == ROW
    lines = in_both(found.lines)
    summary(view, found, lines)
    shown = _chosen(view, lines)
    section(view.say("compare.lines"), f"{shown.height:,}")
    show(_lines(view, shown))
    cells = found.filings.filter(~rows)
    section(view.say("compare.filings"), f"{cells.height:,}")
    show(_filings(view, cells))
    for side in ("a", "b"):
        only = found.findings.filter(pl.col("run") == side)
        section(view.say(f"compare.findings-{side}", run=a if side == "a" else b), f"{only.height:,}")
        show(findings_table(view, only))
    if found.files.height:
        section(view.say("runs.files"), f"{found.files.height:,}")
        show(_files(view, found.files))


def _chosen(view: View, lines: pl.DataFrame) -> pl.DataFrame:
    """The lines of the group and kind that the address asks for, by size."""
    left, right = st.columns([2, 2])
    with left:
        groups = ["", *lines["group_id"].unique().sort()]
        group = choices.choose(
            view, "of", view.say("group"), groups, shown=lambda g: view.name(g) or view.say("all")
        )
    with right:
        which = choices.switch(
            view, "lines", view.say("compare.lines"), _KINDS, shown=lambda k: view.say(f"compare.kind.{k}")
        )
    if group:
        lines = lines.filter(pl.col("group_id") == group)
    if which == _HEADLINES:
        lines = lines.filter(pl.col("line").is_in(runs.HEADLINES))
    return lines


def _told(view: View, head: Mapping[str, Any]) -> str:
    parts = [f"#{head['run_id']}", view.moment(head["recorded_at"]), head["who"], head["source"]]
    return " · ".join(str(p) for p in parts if p)


def _capped(
    view: View,
    frame: pl.DataFrame,
    columns: Sequence[Column],
    row: Callable[[Mapping[str, Any]], Sequence[Child | TableCell]],
) -> Html:
    if frame.is_empty():
        return tag("p", view.say("compare.same"), css="quiet")
    shown = table(columns, [row(r) for r in frame.head(_MOST).iter_rows(named=True)])
    more = frame.height - _MOST
    return join([shown, tag("p", view.say("compare.more", count=more), css="quiet") if more > 0 else None])


def _lines(view: View, frame: pl.DataFrame) -> Html:
    columns = [
        Column(view.say("group")),
        Column(view.say("period"), css="nowrap"),
        Column(view.say("statement.item")),
        Column("A", figures=True),
        Column("B", figures=True),
        Column(view.say("compare.difference"), figures=True),
        Column(view.say("state")),
    ]

    def row(r: Mapping[str, Any]) -> Sequence[Child | TableCell]:
        is_ratio = r["unit"] == "ratio"
        cell = view.ratio_cell if is_ratio else view.amount_cell
        states = [view.label(f"status.{s}") if s else formatting.NONE for s in (r["status_a"], r["status_b"])]
        return [
            link(
                "group", view.name(r["group_id"]), group=r["group_id"], period=r["period_end"], line=r["line"]
            ),
            view.day(r["period_end"]),
            view.line(r["line"]),
            cell(r["amount_a"]),
            cell(r["amount_b"]),
            formatting.points(r["difference"], 2) if is_ratio else view.amount_cell(r["difference"]),
            TableCell(states[0] if states[0] == states[1] else " → ".join(states), "quiet small"),
        ]

    return _capped(view, frame, columns, row)


def _filings(view: View, frame: pl.DataFrame) -> Html:
    columns = [
        Column(view.say("runs.table")),
        Column(view.say("compare.key")),
        Column(view.say("finding.column")),
        Column("A", figures=True),
        Column("B", figures=True),
    ]

    def row(r: Mapping[str, Any]) -> Sequence[Child | TableCell]:
        return [
            r["table"],
            TableCell(_record(view, r["key"]), hint=r["key"]),
            TableCell(item_name(view, r["column"]), hint=r["column"]),
            _value(view, r["value_a"]),
            _value(view, r["value_b"]),
        ]

    return _capped(view, frame, columns, row)


def _record(view: View, key: str) -> str:
    """Which row it is: companies by name, a basis by its word, all else as the key has it."""
    return " · ".join(
        view.names.get(part) or first_label(("basis",), part, view.language) for part in key.split(" ")
    )


def _value(view: View, value: str | None) -> str:
    """A cell as text; numbers without the zeros that say nothing."""
    if value is None:
        return formatting.NONE
    try:
        return plain(Decimal(value))
    except InvalidOperation:
        return value


def _files(view: View, frame: pl.DataFrame) -> Html:
    columns = [Column(view.say("finding.file")), Column(view.say("runs.table")), Column("A"), Column("B")]

    def row(r: Mapping[str, Any]) -> Sequence[Child | TableCell]:
        return [
            r["path"],
            r["table"],
            *(TableCell((r[c] or formatting.NONE)[:12], "place", r[c]) for c in ("sha256_a", "sha256_b")),
        ]

    return _capped(view, frame, columns, row)
