"""Why a line is what it is: formula, article and inputs, each input a link onward or the cell it was read from.

Draws what the run stored (``Line.to_json``): one line at a time, its steps unfolded; another line of the statement is a
link to its own explanation, a member is a link to the company.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from dashboard.components import formatting
from dashboard.components.links import link
from dashboard.components.markup import Child, Column, Html, TableCell, join, table, tag
from dashboard.components.view import View
from dashboard.pages.group import rule_words
from dashboard.pages.group.readings import readings_behind
from dashboard.queries.groups import StatementRecord

_MOST_MEMBERS = 200
_FIGURE = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?")


def why(record: StatementRecord, label: Child, line: str, hint: str | None = None) -> Html:
    """A link to the explanation of a line; what else is chosen on the page of the group stays chosen."""
    kept = {name: st.query_params.get(name) for name in ("way", "measure")}
    return link("group", label, hint=hint, group=record.group_id, period=record.period_end, line=line, **kept)


def explanation(view: View, record: StatementRecord, name: str) -> Html:
    """The explanation of one line of a statement."""
    node = record.explanation.get(name)
    line = record.line(name)
    amount = (
        formatting.exact(line["amount"], "")
        if line["unit"] == "ratio"
        else formatting.exact(line["amount"], line["unit"] or "")
    )
    head = tag(
        "p",
        tag("b", view.line(name)),
        " ",
        tag("span", amount, css="amount"),
        " ",
        tag("span", view.label(f"status.{line['status']}"), css="quiet"),
    )
    if node is None:
        return tag("div", head, tag("p", view.say("explain.none"), css="quiet"), css="tree")
    made = tag("p", _grey(_formula(view, node["formula"]), view.article(node["article"])))
    inputs = (_input(view, record, i) for i in node["inputs"])
    return tag("div", head, made, *inputs, readings_behind(view, record, name), css="tree")


def _input(view: View, record: StatementRecord, node: Mapping[str, Any]) -> Html:
    for kind, draw in _KINDS.items():
        if kind in node:
            return draw(view, record, node)
    return Html("")


def _line(view: View, record: StatementRecord, node: Mapping[str, Any]) -> Html:
    line = record.line(node["line"])
    sign = "" if node["sign"] == "+" else f"{node['sign']} "
    amount = formatting.ratio(line["amount"]) if line["unit"] == "ratio" else view.amount(line["amount"])
    onward = why(record, view.line(node["line"]), node["line"])
    return tag("div", sign, onward, " ", tag("span", amount, css="amount"), css="leaf")


def _step(view: View, record: StatementRecord, node: Mapping[str, Any]) -> Html:
    key = node["step"] if node["step"].startswith("annex10.") else f"step.{node['step']}"
    amount = None if node["amount"] is None else Decimal(node["amount"])
    if node["unit"] == "万元":
        shown = view.amount(amount)
    else:
        shown = formatting.NONE if amount is None else f"{amount.normalize():f}"
    told: tuple[Child, ...] = (view.label(key), " ", tag("span", shown, css="amount"), " ")
    if _is_one_cell(node):
        read = place(view, node["inputs"][0])
        note = _grey(rule_words.note(view, node["note"]))
        return tag("div", *told, note, read, css="leaf", title=view.article(node["article"]))
    told = (
        *told,
        _grey(
            rule_words.note(view, node["note"]),
            _formula(view, node["formula"]),
            view.article(node["article"]),
        ),
    )
    inputs = [_input(view, record, i) for i in node["inputs"]]
    if not inputs:
        return tag("div", *told, css="leaf")
    return tag("details", tag("summary", *told), *inputs, open="")


def _is_one_cell(node: Mapping[str, Any]) -> bool:
    """A step that is nothing but a cell as it was read."""
    inputs = node["inputs"]
    return not node["formula"] and len(inputs) == 1 and "cell" in inputs[0]


def _rule(view: View, _record: StatementRecord, node: Mapping[str, Any]) -> Html:
    """A rule in words; its id in the rulebook for who points at it."""
    return tag(
        "div",
        tag("span", rule_words.name(view, node["rule"]), title=node["rule"]),
        " ",
        tag("span", rule_words.value(view, node["value"], node["unit"]), css="amount"),
        " ",
        _grey(view.article(node["article"]), view.say("explain.from", day=node["from"])),
        css="leaf",
    )


def _cell(view: View, _record: StatementRecord, node: Mapping[str, Any]) -> Html:
    return tag("div", tag("span", node["value"], css="amount"), " ", place(view, node), css="leaf")


def place(view: View, cell: Mapping[str, Any]) -> Html:
    """Where a value stands: table, row by its key, column, file and row in it."""
    key = ", ".join(str(v) for v in cell["key"].values())
    where = view.say(
        "explain.place",
        table=cell["table"],
        which=key,
        column=cell["cell"],
        file=cell["file"],
        row=cell["row"],
    )
    return tag("span", where, css="place")


def _members(view: View, record: StatementRecord, node: Mapping[str, Any]) -> Html:
    """The members behind a sum, the largest first."""
    rows = record.contributions.filter(pl.col("line") == node["members"]).sort(
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
                place(
                    view,
                    {**r, "cell": r["column"], "key": {"entity": r["entity_id"], "basis": r["basis"] or ""}},
                ),
                hint=view.article(r["article"]),
            ),
        ]
        for r in rows.head(_MOST_MEMBERS).iter_rows(named=True)
    ]
    more = rows.height - len(shown)
    rest = tag("p", view.say("explain.more-members", count=more), css="quiet") if more else None
    return join((table(columns, shown), rest))


def _grey(*parts: str) -> Html:
    return tag("span", " · ".join(p for p in parts if p), css="quiet small")


def _formula(view: View, formula: str) -> str:
    """The engine's formula in the reader's language. Words with ``#`` stand for any figures; line numbers stay as they are."""
    key, figured = f"formula.{formula}", f"formula.{_FIGURE.sub('#', formula)}"
    if view.label(key) != key:
        return view.label(key)
    if view.label(figured) == figured:
        return formula
    values = iter(_FIGURE.findall(formula))
    return re.sub("#", lambda _: next(values), view.label(figured))


_KINDS: Mapping[str, Callable[[View, StatementRecord, Mapping[str, Any]], Html]] = {
    "line": _line,
    "step": _step,
    "rule": _rule,
    "members": _members,
    "cell": _cell,
}
"""By the key that tells one kind of input from another, in ``consolidation.explanation``."""
