"""Why a line is what it is: formula, article and inputs, each input a link onward or the cell it was read from.

Draws the stored statement (``consolidation.explanation``): one line at a time, its steps unfolded; another line of the statement is a
link to its own explanation, a member is a link to the company.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from consolidation import explanation_words as words
from consolidation.explanation import RATIO, WAN_YUAN, Cell, Input, LineRef, MemberSum, Rule, Step
from dashboard.components import formatting
from dashboard.components.links import link
from dashboard.components.markup import Child, Column, Html, TableCell, join, table, tag
from dashboard.components.view import View
from dashboard.pages.group.readings import readings_behind
from dashboard.queries.groups import StatementRecord

_MOST_MEMBERS = 200


def why(record: StatementRecord, label: Child, line: str, hint: str | None = None) -> Html:
    """A link to the explanation of a line; what else is chosen on the page of the group stays chosen."""
    kept = {name: st.query_params.get(name) for name in ("way", "measure")}
    return link("group", label, hint=hint, group=record.group_id, period=record.period_end, line=line, **kept)


def explanation(view: View, record: StatementRecord, name: str) -> Html:
    """The explanation of one line of a statement."""
    line = record.statement.line(name)
    head = tag(
        "p",
        tag("b", view.line(name)),
        " ",
        tag("span", formatting.exact(line.amount, "" if line.unit == RATIO else line.unit), css="amount"),
        " ",
        tag("span", view.label(f"status.{line.status}"), css="quiet"),
    )
    if not line.inputs and not line.formula:
        return tag("div", head, tag("p", view.say("explain.none"), css="quiet"), css="tree")
    made = tag("p", _grey(words.formula(line.formula, view.language), view.article(line.article)))
    inputs = (_input(view, record, i) for i in line.inputs)
    return tag("div", head, made, *inputs, readings_behind(view, record, name), css="tree")


def _input(view: View, record: StatementRecord, item: Input) -> Html:
    match item:
        case LineRef():
            return _line(view, record, item)
        case Step():
            return _step(view, record, item)
        case Rule():
            return _rule(view, item)
        case MemberSum():
            return _members(view, record, item)
        case Cell():
            value = tag("span", item.value, css="amount")
            return tag("div", value, " ", place(view, item), css="leaf")


def _line(view: View, record: StatementRecord, ref: LineRef) -> Html:
    line = record.statement.line(ref.name)
    sign = "" if ref.sign == "+" else f"{ref.sign} "
    amount = formatting.ratio(line.amount) if line.unit == RATIO else view.amount(line.amount)
    onward = why(record, view.line(ref.name), ref.name)
    return tag("div", sign, onward, " ", tag("span", amount, css="amount"), css="leaf")


def _step(view: View, record: StatementRecord, step: Step) -> Html:
    if step.unit == WAN_YUAN:
        shown = view.amount(step.amount)
    else:
        shown = formatting.NONE if step.amount is None else f"{step.amount.normalize():f}"
    name = words.step_name(step.name, view.language)
    told: tuple[Child, ...] = (name, " ", tag("span", shown, css="amount"), " ")
    note, article = words.note(step.note, view.language), view.article(step.article)
    if not step.formula and len(step.inputs) == 1 and isinstance(step.inputs[0], Cell):
        return tag("div", *told, _grey(note), place(view, step.inputs[0]), css="leaf", title=article)
    told = (*told, _grey(note, words.formula(step.formula, view.language), article))
    inputs = [_input(view, record, i) for i in step.inputs]
    if not inputs:
        return tag("div", *told, css="leaf")
    return tag("details", tag("summary", *told), *inputs, open="")


def _rule(view: View, rule: Rule) -> Html:
    """A rule in words; its id in the rulebook for who points at it."""
    return tag(
        "div",
        tag("span", words.rule_name(rule.id, view.language), title=rule.id),
        " ",
        tag("span", words.rule_value(rule.value, rule.unit, view.language), css="amount"),
        " ",
        _grey(view.article(rule.article), words.valid_from(rule, view.language)),
        css="leaf",
    )


def place(view: View, cell: Cell) -> Html:
    """Where a value stands: table, row by its key, column, file and row in it."""
    where = view.say(
        "explain.place",
        table=cell.table,
        which=", ".join(cell.key.values()),
        column=cell.column,
        file=cell.file,
        row=cell.row,
    )
    return tag("span", where, css="place")


def _members(view: View, record: StatementRecord, members: MemberSum) -> Html:
    """The members behind a sum, the largest first."""
    rows = record.contributions.filter(pl.col("line") == members.line).sort(
        pl.col("amount").abs(), descending=True, maintain_order=True
    )
    if rows.is_empty():
        return tag("p", view.say("explain.no-members"), css="quiet")
    columns = [
        Column(view.say("member")),
        Column(view.say("share"), figures=True),
        Column(view.say("own-amount"), figures=True),
        Column(view.say("counted"), figures=True),
        Column(view.say("source")),
    ]
    shown: list[list[Child | TableCell]] = [
        [
            link("entities", view.name(r["entity_id"]), company=r["entity_id"], period=record.period_end),
            formatting.share(r["share"]),
            view.amount_cell(r["own_amount"]),
            view.amount_cell(r["amount"]),
            TableCell(
                place(view, _filed(r)),
                hint=view.article(r["article"]),
            ),
        ]
        for r in rows.head(_MOST_MEMBERS).iter_rows(named=True)
    ]
    more = rows.height - len(shown)
    rest = tag("p", view.say("explain.more-members", count=more), css="quiet") if more else None
    return join((table(columns, shown), rest))


def _filed(row: Mapping[str, Any]) -> Cell:
    """The cell that a member's own amount was read from."""
    key = {"entity": row["entity_id"], "basis": row["basis"] or ""}
    return Cell(row["table"], key, row["column"], row["file"], row["row"], "")


def _grey(*parts: str) -> Html:
    return tag("span", " · ".join(p for p in parts if p), css="quiet small")
