"""The companies of a group: members with their states, who holds whom, what is eliminated; and the published statement."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from dashboard.components import formatting, states
from dashboard.components.chart.chart_frame import graph_tools
from dashboard.components.links import link
from dashboard.components.markup import Child, Column, Html, TableCell, join, show, table, tag
from dashboard.components.sections import section
from dashboard.components.states import COMPREHENSIVE, CORE, SolvencyState
from dashboard.components.view import View
from dashboard.pages.entities.heat_map import ratio_history, ratios_of
from dashboard.pages.group.explain import why
from dashboard.pages.group.structure import Node, dot
from dashboard.pages.group.summary_strip import RATIO_LINES
from dashboard.queries import groups
from dashboard.queries.groups import StatementRecord


def _member_state(view: View, row: dict[str, object], day: date) -> SolvencyState:
    """The worse of a member's own two ratios, or a bank's ratio beside its sector's requirement.

    A ratio that rests on a figure in doubt is neither fine nor a breach.
    """
    own = [
        SolvencyState.DOUBT
        if _is_doubted(view, str(row["entity_id"]), which, day)
        else states.state(which, row[RATIO_LINES[which]], day)  # type: ignore[arg-type]
        for which in (COMPREHENSIVE, CORE)
        if row[RATIO_LINES[which]] is not None
    ]
    ratio, requirement = row["adequacy_ratio"], row["adequacy_requirement"]
    if isinstance(ratio, Decimal) and isinstance(requirement, Decimal):
        own.append(SolvencyState.BREACH if ratio < requirement else SolvencyState.FINE)
    return states.worst(own)


def _is_doubted(view: View, company: str, which: str, day: date) -> bool:
    found = ratios_of(view, company, which).get(day)
    return found is not None and found.state is SolvencyState.DOUBT


def members(view: View, record: StatementRecord) -> None:
    section(view.say("group.members"), view.say("group.members-note"))
    rows = groups.member_figures(view.session, record.group_id, record.period_end).rows(named=True)
    total = record.statement.line("minimum_capital").amount or Decimal(0)
    ranked = sorted(
        rows,
        key=lambda r: (
            _member_state(view, r, record.period_end).rank,
            r["comprehensive_solvency_ratio"] or Decimal(99),
        ),
    )
    columns = [
        Column(view.say("member")),
        Column(view.say("state")),
        Column(view.say("kind")),
        Column(view.say("relation")),
        Column(view.say("share"), figures=True),
        Column(view.say("ratio.comprehensive"), figures=True),
        Column(view.say("ratio.core"), figures=True),
        Column(view.say("adequacy"), figures=True, hint=view.say("adequacy-note")),
        Column(view.say("rating")),
        Column(view.say("group.counts"), figures=True),
        Column(view.say("group.of-total"), figures=True),
        Column(view.say("source")),
    ]
    show(
        table(
            columns,
            [
                [
                    link(
                        "entities",
                        view.name(r["entity_id"]),
                        company=r["entity_id"],
                        period=record.period_end,
                    ),
                    view.mark(_member_state(view, r, record.period_end)),
                    view.label(f"kind.{r['kind']}"),
                    view.label(f"relation.{r['relation']}"),
                    formatting.share(r["share"]),
                    _filed_ratio(view, record, r, COMPREHENSIVE),
                    _filed_ratio(view, record, r, CORE),
                    view.ratio_cell(r["adequacy_ratio"]),
                    r["integrated_risk_rating"] or formatting.NONE,
                    _counts(view, record, r),
                    formatting.ratio(r["counted_minimum_capital"] / total, 1)
                    if r["counted_minimum_capital"] is not None and total > 0
                    else formatting.NONE,
                    TableCell(_sources(view, r), "quiet small"),
                ]
                for r in ranked
            ],
        )
    )


def _filed_ratio(view: View, record: StatementRecord, row: dict[str, Any], which: str) -> TableCell:
    """A member's own ratio; it leads to the filing and its re-computation."""
    ratio = row[RATIO_LINES[which]]
    if ratio is None:
        return TableCell(formatting.NONE)
    mark = "? " if _is_doubted(view, row["entity_id"], which, record.period_end) else ""
    to = link("entities", mark + formatting.ratio(ratio), company=row["entity_id"], period=record.period_end)
    past = ratio_history(view, row["entity_id"], which)
    moved = tag("div", past.change(record.period_end), css="small")
    return TableCell(join([to, past.line(record.period_end), moved]), hint=formatting.exact(ratio, ""))


def _sources(view: View, row: dict[str, Any]) -> Html:
    """Where the member's own figures were filed, and where its share is declared."""
    filed = view.source({"file": row["filing_file"], "row": row["filing_row"]})
    return join(tag("div", place, css="nowrap") for place in (filed, view.source(row)) if place)


def _counts(view: View, record: StatementRecord, row: dict[str, Any]) -> TableCell:
    """What a member adds to the requirement; it leads to the line in which it stands, down to the filing."""
    if row["counted_minimum_capital"] is None:
        return TableCell(formatting.NONE)
    return TableCell(
        why(view, record, view.amount(row["counted_minimum_capital"]), row["counted_in"]),
        hint=view.exact(row["counted_minimum_capital"]),
    )


def structure(view: View, record: StatementRecord) -> None:
    section(view.say("group.structure"), view.say("group.structure-note"))
    rows = groups.member_figures(view.session, record.group_id, record.period_end).rows(named=True)
    nodes = [
        Node(
            r["entity_id"],
            (
                view.name(r["entity_id"]),
                f"{view.label('kind.' + r['kind'])} · {_state_words(view, r, record.period_end)}",
            ),
            _member_state(view, r, record.period_end).css,
            r["relation"] == "parent",
        )
        for r in rows
    ]
    stakes = groups.stakes(view.session, record.group_id, record.period_end).rows(named=True)
    st.graphviz_chart(dot(nodes, stakes), width="content", alt=view.say("group.structure"))
    graph_tools(view, view.say("group.structure"))
    show(tag("details", tag("summary", view.say("group.stakes")), _register(view, stakes)))


def _register(view: View, stakes: list[dict[str, Any]]) -> Html:
    """The stakes of the graph as a table, for who has it read, and with the row of the register behind each."""
    columns = [
        Column(view.say("group.holder")),
        Column(view.say("group.held")),
        Column(view.say("relation")),
        Column(view.say("group.stake"), figures=True),
        Column(view.say("source")),
    ]
    rows: list[list[Child | TableCell]] = [
        [
            view.name(r["owner_id"]) if r["owner_id"] else view.say("group.outsiders"),
            view.name(r["entity_id"]),
            formatting.NONE if r["relation"] == "outside" else view.label(f"relation.{r['relation']}"),
            formatting.share(r["stake"]) if r["stake"] is not None else formatting.NONE,
            TableCell(view.source(r), "quiet small"),
        ]
        for r in stakes
    ]
    return table(columns, rows, css="narrow")


def _state_words(view: View, row: dict[str, object], day: date) -> str:
    state = _member_state(view, row, day)
    ratio = row["comprehensive_solvency_ratio"]
    figure = formatting.ratio(ratio, 0) if isinstance(ratio, Decimal) else ""
    return f"{state.symbol} {figure or view.state(state)}"


def eliminations(view: View, record: StatementRecord) -> None:
    section(view.say("group.eliminations"), view.say("group.in-unit", unit=view.unit_name))
    if record.eliminations.is_empty():
        key = "consolidated" if record.statement.group_type == "insurance_holding" else "none"
        show(tag("p", view.say(f"group.eliminations.{key}"), css="quiet"))
        return
    columns = [
        Column(view.say("group.from")),
        Column(view.say("group.to")),
        Column(view.say("what")),
        Column(view.say("amount"), figures=True),
        Column(view.say("source")),
    ]
    show(
        table(
            columns,
            [
                [
                    view.name(r["from_id"]),
                    view.name(r["to_id"]),
                    join(
                        [
                            view.label(f"step.elimination.{r['kind']}"),
                            tag("div", view.article(r["article"]), css="quiet small"),
                        ]
                    ),
                    view.amount_cell(r["amount"]),
                    TableCell(view.source(r), "place"),
                ]
                for r in record.eliminations.iter_rows(named=True)
            ],
        )
    )


def reconciliation(view: View, record: StatementRecord) -> None:
    section(view.say("group.reconciliation"), view.say("group.reconciliation-note"))
    if record.reconciliation.is_empty():
        show(tag("p", view.say("group.reconciliation.none"), css="quiet"))
        return
    columns = [
        Column(view.say("statement.item"), css="some"),
        Column(view.say("group.computed"), figures=True),
        Column(view.say("group.published"), figures=True),
        Column(view.say("difference"), figures=True),
        Column(view.say("group.published-column"), css="middle"),
    ]
    compared = record.reconciliation.join(
        record.published_lines.drop("published"), on="line", how="left", maintain_order="left"
    )
    rows = [_compared(view, record, r) for r in compared.iter_rows(named=True)]
    show(table(columns, rows, css="tight", caption=_published_at(view, record)))
    remarks = pl.col("code").str.contains("^(published-by-reading-|control-risk-implied)")
    for remark in record.findings.filter(remarks).iter_rows(named=True):
        show(tag("p", view.message(remark), css="quiet small"))


def _published_at(view: View, record: StatementRecord) -> str:
    """The row of ``group_filings``; its columns stand with the lines, as does the row of a line that was published alone."""
    if record.published is None:
        return ""
    basis = view.label(f"basis.{record.published['basis']}")
    return view.say("group.published-at", basis=basis, place=view.filed_at(record.published))


def _compared(view: View, record: StatementRecord, row: dict[str, Any]) -> list[Child | TableCell]:
    is_ratio = str(row["line"]).endswith("_ratio")
    figure = view.ratio_cell if is_ratio else view.amount_cell
    name = str(row["line"])
    column = row["column"] or ""
    place = TableCell(tag("span", column, css="place"), "quiet small in-one-line", column)
    if row["table"] == "group_filing_lines":
        basis = view.label("basis." + row["basis"])
        place = TableCell(tag("span", f"{basis}, {view.source(row)}", css="place"), "quiet small")
    return [
        why(view, record, view.line(name), name),
        figure(row["computed"]),
        figure(row["published"]),
        formatting.points(row["difference"], 2) if is_ratio else figure(row["difference"]),
        place,
    ]
