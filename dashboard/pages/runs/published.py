"""Filings and runs, a group's own statement in an upload: every published line, parts beside totals, with its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dataframely as dy
import polars as pl
import streamlit as st

from consolidation.reconciliation.implied_control_risk import CONTROL
from consolidation.results.schemas import ImpliedControlRisk, PublishedLines
from consolidation.statement_lines import CAPITAL_TIER_LINES, LINES, MEMBER_LINES
from dashboard.components import formatting
from dashboard.components.markup import Column, Html, Row, TableCell, show, table, tag
from dashboard.components.sections import section
from dashboard.components.view import View

_TOTALS = ("actual_capital", "minimum_capital", "quantifiable_risk_minimum_capital")
_PARTS = (
    *CAPITAL_TIER_LINES,
    *MEMBER_LINES,
    "group_specific_risk_minimum_capital",
    "contagion_risk_minimum_capital",
    "concentration_risk_minimum_capital",
    "diversification_reduction",
)
_MOST_SHOWN = 12
"""Statements shown; a set of the whole industry has more than anybody reads here."""


def published_statements(
    view: View, published: dy.DataFrame[PublishedLines], implied: dy.DataFrame[ImpliedControlRisk]
) -> None:
    """The published statements of an upload, the newest first; nothing where there is none."""
    statements = published.sort("period_end", "group_id", descending=[True, False], maintain_order=True)
    frames = statements.partition_by("period_end", "group_id", as_dict=True, maintain_order=True)
    if not frames:
        return
    section(view.say("upload.published"), view.say("upload.published-note", unit=view.unit_name))
    by_key = {(r["period_end"], r["group_id"]): r for r in implied.iter_rows(named=True)}
    for number, (key, lines) in enumerate(list(frames.items())[:_MOST_SHOWN]):
        day, group = key
        with st.expander(f"{view.name(str(group))} {day}", expanded=number == 0):
            show(_statement(view, lines, by_key.get((day, group))))
    if len(frames) > _MOST_SHOWN:
        show(tag("p", view.say("upload.published-more", count=len(frames) - _MOST_SHOWN), css="quiet"))


def _statement(view: View, lines: pl.DataFrame, implied: Mapping[str, Any] | None) -> Html:
    columns = [
        Column(view.say("statement.item"), css="some"),
        Column(view.say("upload.published-total"), figures=True),
        Column(view.say("upload.published-part"), figures=True),
        Column(view.say("source")),
    ]
    rows = {row["line"]: _line(view, row) for row in lines.iter_rows(named=True)}
    if implied is not None:
        rows[CONTROL] = _implied(view, implied)
    return table(columns, [rows[line] for line in LINES if line in rows], css="tight")


def _line(view: View, row: Mapping[str, Any]) -> Row:
    line = row["line"]
    figure = formatting.ratio(row["published"]) if line.endswith("_ratio") else view.amount(row["published"])
    is_part = line in _PARTS or (line not in _TOTALS and line.endswith("_minimum_capital"))
    place = f"{view.source(row)} {row['column']}" if row["table"] == "group_filings" else view.source(row)
    shown = ("", figure) if is_part else (figure, "")
    return Row(
        [view.line(line), *shown, TableCell(f"{view.label('basis.' + row['basis'])}, {place}", "place small")]
    )


def _implied(view: View, row: Mapping[str, Any]) -> Row:
    """Control risk that the statement implies, said to be implied, beside what the score in force gives."""
    key = "upload.implied-fits" if row["fits"] else "upload.implied-differs"
    said = view.say(key, expected=view.amount(row["expected"]))
    amount = tag("i", view.say("upload.implied", amount=view.amount(row["implied"])))
    return Row([view.line(CONTROL), "", amount, TableCell(said, "small")])
