"""The companies of a group: members with their states, who holds whom, what is eliminated; and the published statement."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import streamlit as st

from dashboard.drawing import figures, states
from dashboard.drawing.links import link
from dashboard.drawing.markup import Cell, Child, Column, show, table, tag
from dashboard.drawing.sections import section
from dashboard.drawing.states import COMPREHENSIVE, CORE, State
from dashboard.drawing.view import View
from dashboard.group.explain import why
from dashboard.group.headline import RATIO_LINES
from dashboard.group.structure import Node, dot
from dashboard.reading import groups
from dashboard.reading.groups import StatementRecord


def _member_state(v: View, row: dict[str, object], day: date) -> State:
    """The worse of a member's own two ratios, or a bank's ratio beside its sector's requirement."""
    own = [
        states.state(which, row[RATIO_LINES[which]], day)  # type: ignore[arg-type]
        for which in (COMPREHENSIVE, CORE)
        if row[RATIO_LINES[which]] is not None
    ]
    held, needed = row["adequacy_ratio"], row["adequacy_requirement"]
    if isinstance(held, Decimal) and isinstance(needed, Decimal):
        own.append(State.BREACH if held < needed else State.FINE)
    return states.worst(own)


def members(v: View, record: StatementRecord) -> None:
    section(v.say("group.members"), v.say("group.members-note"))
    rows = groups.member_figures(v.desk, record.group_id, record.period_end).rows(named=True)
    total = record.line("minimum_capital")["amount"] or Decimal(0)
    ranked = sorted(
        rows,
        key=lambda r: (
            _member_state(v, r, record.period_end).rank,
            r["comprehensive_solvency_ratio"] or Decimal(99),
        ),
    )
    columns = [
        Column(v.say("member")),
        Column(v.say("state")),
        Column(v.say("kind")),
        Column(v.say("relation")),
        Column(v.say("share"), figures=True),
        Column(v.say("ratio.comprehensive"), figures=True),
        Column(v.say("ratio.core"), figures=True),
        Column(v.say("adequacy"), figures=True, hint=v.say("adequacy-note")),
        Column(v.say("rating")),
        Column(v.say("group.counts"), figures=True),
        Column(v.say("group.of-total"), figures=True),
    ]
    show(
        table(
            columns,
            [
                [
                    link(
                        "entities", v.name(r["entity_id"]), company=r["entity_id"], period=record.period_end
                    ),
                    v.mark(_member_state(v, r, record.period_end)),
                    v.label(f"kind.{r['kind']}"),
                    v.label(f"relation.{r['relation']}"),
                    figures.share(r["share"]),
                    v.ratio_cell(r["comprehensive_solvency_ratio"]),
                    v.ratio_cell(r["core_solvency_ratio"]),
                    v.ratio_cell(r["adequacy_ratio"]),
                    r["integrated_risk_rating"] or figures.NONE,
                    _counts(v, record, r),
                    figures.ratio(r["counts"] / total, 1)
                    if r["counts"] is not None and total > 0
                    else figures.NONE,
                ]
                for r in ranked
            ],
        )
    )


def _counts(v: View, record: StatementRecord, row: dict[str, Any]) -> Cell:
    """What a member adds to the requirement; it leads to the line in which it stands, down to the filing."""
    if row["counts"] is None:
        return Cell(figures.NONE)
    return Cell(why(record, v.amount(row["counts"]), row["counted_in"]), hint=figures.exact(row["counts"]))


def structure(v: View, record: StatementRecord) -> None:
    section(v.say("group.structure"), v.say("group.structure-note"))
    rows = groups.member_figures(v.desk, record.group_id, record.period_end).rows(named=True)
    nodes = [
        Node(
            r["entity_id"],
            (
                v.name(r["entity_id"]),
                f"{v.label('kind.' + r['kind'])} · {_state_words(v, r, record.period_end)}",
            ),
            _member_state(v, r, record.period_end).css,
            r["relation"] == "parent",
        )
        for r in rows
    ]
    stakes = groups.stakes(v.desk, record.group_id, record.period_end).rows(named=True)
    st.graphviz_chart(dot(nodes, stakes), width="content", alt=v.say("group.structure"))


def _state_words(v: View, row: dict[str, object], day: date) -> str:
    state = _member_state(v, row, day)
    ratio = row["comprehensive_solvency_ratio"]
    figure = figures.ratio(ratio, 0) if isinstance(ratio, Decimal) else ""
    return f"{state.symbol} {figure or v.state(state)}"


def eliminations(v: View, record: StatementRecord) -> None:
    section(v.say("group.eliminations"), v.say("group.in-unit", unit=v.unit_name))
    if record.eliminations.is_empty():
        key = "consolidated" if record.group_type == "insurance_holding" else "none"
        show(tag("p", v.say(f"group.eliminations.{key}"), css="quiet"))
        return
    columns = [
        Column(v.say("group.from")),
        Column(v.say("group.to")),
        Column(v.say("what")),
        Column(v.say("amount"), figures=True),
        Column(v.say("source")),
    ]
    show(
        table(
            columns,
            [
                [
                    v.name(r["from_id"]),
                    v.name(r["to_id"]),
                    Cell(v.label(f"step.elimination.{r['kind']}"), hint=v.article(r["article"])),
                    v.amount_cell(r["amount"]),
                    Cell(v.source(r), "place"),
                ]
                for r in record.eliminations.iter_rows(named=True)
            ],
        )
    )


def reconciliation(v: View, record: StatementRecord) -> None:
    section(v.say("group.reconciliation"), v.say("group.reconciliation-note"))
    if record.reconciliation.is_empty():
        show(tag("p", v.say("group.reconciliation.none"), css="quiet"))
        return
    columns = [
        Column(v.say("statement.item")),
        Column(v.say("group.computed"), figures=True),
        Column(v.say("group.published"), figures=True),
        Column(v.say("difference"), figures=True),
    ]
    show(table(columns, [_compared(v, record, r) for r in record.reconciliation.iter_rows(named=True)]))


def _compared(v: View, record: StatementRecord, row: dict[str, Decimal | None]) -> list[Child | Cell]:
    is_ratio = str(row["line"]).endswith("_ratio")
    figure = v.ratio_cell if is_ratio else v.amount_cell
    name = str(row["line"])
    return [
        why(record, v.line(name), name),
        figure(row["computed"]),
        figure(row["published"]),
        figures.points(row["difference"], 2) if is_ratio else figure(row["difference"]),
    ]
