"""The companies of a group: members with their states, who holds whom, what is eliminated; and the published statement."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from dashboard.components import figures, states
from dashboard.components.links import link
from dashboard.components.markup import Cell, Child, Column, Html, join, show, table, tag
from dashboard.components.sections import section
from dashboard.components.states import COMPREHENSIVE, CORE, State
from dashboard.components.view import View
from dashboard.pages.group.explain import why
from dashboard.pages.group.structure import Node, dot
from dashboard.pages.group.summary_strip import RATIO_LINES
from dashboard.queries import groups
from dashboard.queries.groups import StatementRecord


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
        Column(v.say("source")),
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
                    _filed_ratio(v, record, r, COMPREHENSIVE),
                    _filed_ratio(v, record, r, CORE),
                    v.ratio_cell(r["adequacy_ratio"]),
                    r["integrated_risk_rating"] or figures.NONE,
                    _counts(v, record, r),
                    figures.ratio(r["counts"] / total, 1)
                    if r["counts"] is not None and total > 0
                    else figures.NONE,
                    Cell(_sources(v, r), "quiet small"),
                ]
                for r in ranked
            ],
        )
    )


def _filed_ratio(v: View, record: StatementRecord, row: dict[str, Any], which: str) -> Cell:
    """A member's own ratio; it leads to the filing and its re-computation."""
    ratio = row[RATIO_LINES[which]]
    if ratio is None:
        return Cell(figures.NONE)
    to = link("entities", figures.ratio(ratio), company=row["entity_id"], period=record.period_end)
    return Cell(to, hint=figures.exact(ratio, ""))


def _sources(v: View, row: dict[str, Any]) -> Html:
    """Where the member's own figures were filed, and where its share is declared."""
    filed = v.source({"file": row["filing_file"], "row": row["filing_row"]})
    return join(tag("div", place, css="nowrap") for place in (filed, v.source(row)) if place)


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
    show(tag("details", tag("summary", v.say("group.stakes")), _register(v, stakes)))


def _register(v: View, stakes: list[dict[str, Any]]) -> Html:
    """The stakes of the graph as a table, for who has it read, and with the row of the register behind each."""
    columns = [
        Column(v.say("group.holder")),
        Column(v.say("group.held")),
        Column(v.say("relation")),
        Column(v.say("group.stake"), figures=True),
        Column(v.say("source")),
    ]
    rows: list[list[Child | Cell]] = [
        [
            v.name(r["owner_id"]) if r["owner_id"] else v.say("group.outsiders"),
            v.name(r["entity_id"]),
            figures.NONE if r["relation"] == "outside" else v.label(f"relation.{r['relation']}"),
            figures.share(r["stake"]) if r["stake"] is not None else figures.NONE,
            Cell(v.source(r), "quiet small"),
        ]
        for r in stakes
    ]
    return table(columns, rows, css="narrow")


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
                    join(
                        [
                            v.label(f"step.elimination.{r['kind']}"),
                            tag("div", v.article(r["article"]), css="quiet small"),
                        ]
                    ),
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
        Column(v.say("statement.item"), css="some"),
        Column(v.say("group.computed"), figures=True),
        Column(v.say("group.published"), figures=True),
        Column(v.say("difference"), figures=True),
        Column(v.say("group.published-column")),
    ]
    compared = record.reconciliation.join(
        record.published_lines.drop("published"), on="line", how="left", maintain_order="left"
    )
    rows = [_compared(v, record, r) for r in compared.iter_rows(named=True)]
    show(table(columns, rows, css="tight", caption=_published_at(v, record)))
    by_reading = pl.col("code").str.starts_with("published-by-reading-")
    for remark in record.findings.filter(by_reading).iter_rows(named=True):
        show(tag("p", v.message(remark), css="quiet small"))


def _published_at(v: View, record: StatementRecord) -> str:
    """The row of ``group_filings``; its columns stand with the lines, as does the row of a line that was published alone."""
    if record.published is None:
        return ""
    basis = v.label(f"basis.{record.published['basis']}")
    return v.say("group.published-at", basis=basis, place=v.filed_at(record.published))


def _compared(v: View, record: StatementRecord, row: dict[str, Any]) -> list[Child | Cell]:
    is_ratio = str(row["line"]).endswith("_ratio")
    figure = v.ratio_cell if is_ratio else v.amount_cell
    name = str(row["line"])
    place = row["column"] or ""
    if row["table"] == "group_filing_lines":
        basis = v.label("basis." + row["basis"])
        place = f"{basis}, {v.source(row)}"
    return [
        why(record, v.line(name), name),
        figure(row["computed"]),
        figure(row["published"]),
        figures.points(row["difference"], 2) if is_ratio else figure(row["difference"]),
        Cell(tag("span", place, css="place"), "quiet small"),
    ]
