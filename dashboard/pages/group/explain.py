"""Why a line is what it is: formula, article and inputs, each input a link onward or the cell it was read from.

Draws the stored statement (``consolidation.provenance``): one line at a time, its steps unfolded; another line of the statement is a
link to its own explanation, a member is a link to the company.
"""

from __future__ import annotations

from decimal import Decimal

import streamlit as st

from consolidation.explanation import words
from consolidation.explanation.tree import Contribution, Explainable, ExplanationNode, conversions_of
from consolidation.provenance import RATIO, WAN_YUAN, Cell, Line, MemberSum, Rule, Step
from consolidation.words import first_label
from dashboard.components import formatting
from dashboard.components.links import link
from dashboard.components.markup import Child, Column, Html, TableCell, join, table, tag
from dashboard.components.view import View
from dashboard.pages.group.readings import readings_behind
from dashboard.queries.groups import StatementRecord

_MOST_MEMBERS = 200


def why(view: View, record: StatementRecord, label: Child, line: str, hint: str | None = None) -> Html:
    """A link to the explanation of a line; what else is chosen on the page of the group stays chosen."""
    kept = view.once("kept by why", lambda: {name: st.query_params.get(name) for name in ("way", "measure")})
    return link("group", label, hint=hint, group=record.group_id, period=record.period_end, line=line, **kept)


def explanation(view: View, record: StatementRecord, name: str) -> Html:
    """The explanation of one line of a statement."""
    line = record.statement.line(name)
    conversions = conversions_of(record.findings, view.names)
    node = Explainable(record.statement, record.contributions, conversions=conversions).line(name)
    head = tag(
        "p",
        tag("b", view.line(name)),
        " ",
        tag("span", _exact(view, line.amount, line.unit), css="amount"),
        " ",
        tag("span", view.label(f"status.{line.status}"), css="quiet"),
    )
    if not line.inputs and not line.formula:
        return tag("div", head, tag("p", view.say("explain.none"), css="quiet"), css="tree")
    made = tag("p", _grey(words.formula(line.formula, view.language), view.article(line.article)))
    inputs = (_input(view, record, one) for one in node.inputs)
    return tag("div", head, made, *inputs, readings_behind(view, node), css="tree")


def _exact(view: View, amount: Decimal | None, unit: str) -> str:
    if unit == WAN_YUAN:
        return view.exact(amount)
    return formatting.ratio(amount, 4) if unit == RATIO else formatting.exact(amount, unit)


def _input(view: View, record: StatementRecord, node: ExplanationNode) -> Html:
    match item := node.item:
        case Line():
            sign = "" if node.sign == "+" else f"{node.sign} "
            amount = formatting.ratio(item.amount) if item.unit == RATIO else view.amount(item.amount)
            onward = why(view, record, view.line(item.name), item.name)
            return tag("div", sign, onward, " ", tag("span", amount, css="amount"), css="leaf")
        case Step():
            return _step(view, record, item, node.inputs)
        case Rule():
            return _rule(view, item)
        case MemberSum():
            return _members(view, record, node.inputs)
        case Cell():
            value = tag("span", item.value, css="amount")
            return tag("div", value, " ", place(view, item), _how_filed(view, node), css="leaf")
        case Contribution():
            return _members(view, record, [node])


def _step(view: View, record: StatementRecord, step: Step, inputs: list[ExplanationNode]) -> Html:
    if step.unit == WAN_YUAN:
        shown = view.amount(step.amount)
    else:
        shown = formatting.NONE if step.amount is None else f"{step.amount.normalize():f}"
    name = words.step_name(step.name, view.language)
    told: tuple[Child, ...] = (name, " ", tag("span", shown, css="amount"), " ")
    parties = " → ".join(view.party(one) for one in step.note.split(" → "))
    note, article = words.note(parties, view.language), view.article(step.article)
    if not step.formula and len(inputs) == 1 and isinstance(inputs[0].item, Cell):
        where = (place(view, inputs[0].item), _how_filed(view, inputs[0]))
        return tag("div", *told, _grey(note), *where, css="leaf", title=article)
    told = (*told, _grey(note, words.formula(step.formula, view.language), article))
    if not inputs:
        return tag("div", *told, css="leaf")
    return tag("details", tag("summary", *told), *(_input(view, record, one) for one in inputs), open="")


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


def place(view: View, cell: Cell, without: str = "") -> Html:
    """Where a value stands: table, row by its key but for the part ``without``, column, file and row in it."""
    where = view.say(
        "explain.place",
        table=cell.table,
        which=", ".join(_key(view, part, text) for part, text in cell.key.items() if part != without),
        column=cell.column,
        file=cell.file,
        row=cell.row,
    )
    return tag("span", where, css="place")


def _key(view: View, part: str, text: str) -> str:
    """A part of a row's key: companies by name, a basis by its word."""
    if part.endswith("_id"):
        return view.name(text)
    return first_label(("basis",), text, view.language)


def _how_filed(view: View, node: ExplanationNode) -> Child:
    """What was filed instead of a figure, or at which exchange rate the row was converted; nothing where neither is so."""
    said = words.how_filed(node, view.language)
    return tag("div", said, css="quiet small") if said else None


def _members(view: View, record: StatementRecord, nodes: list[ExplanationNode]) -> Html:
    """The members behind a sum, the largest first."""
    members = [(one.item, one) for one in nodes if isinstance(one.item, Contribution)]
    if not members:
        return tag("p", view.say("explain.no-members"), css="quiet")
    columns = [
        Column(view.say("member")),
        *(Column(view.say(name), figures=True) for name in ("share", "own-amount", "counted")),
        Column(view.say("source")),
    ]
    largest = sorted(members, key=lambda one: abs(one[0].amount), reverse=True)[:_MOST_MEMBERS]
    shown: list[list[Child | TableCell]] = [
        [
            link("entities", view.name(one.entity_id), company=one.entity_id, period=record.period_end),
            formatting.share(one.share),
            view.amount_cell(one.own_amount),
            view.amount_cell(one.amount),
            TableCell(
                join((place(view, one.cell, without="period_end"), _how_filed(view, node))),
                hint=view.article(one.article),
            ),
        ]
        for one, node in largest
    ]
    more = len(members) - len(shown)
    rest = tag("p", view.say("explain.more-members", count=more), css="quiet") if more else None
    return join((table(columns, shown), rest))


def _grey(*parts: str) -> Html:
    return tag("span", " · ".join(p for p in parts if p), css="quiet small")
