"""A group's statement as Annex 10 orders it: every official row with closing and opening balance, each figure a link to why."""

from __future__ import annotations

from collections.abc import Iterable

from consolidation.annex10.layout import HOLDING, NON_HOLDING_AND_MIXED, Fills, LayoutRow, layout
from consolidation.money import add
from consolidation.provenance import LineRef, Status
from dashboard.components import formatting
from dashboard.components.markup import Column, Html, Row, TableCell, table
from dashboard.components.view import View
from dashboard.pages.group.explain import why
from dashboard.queries.groups import StatementRecord

_MADE_OF_ITEMS = "actual_capital"
"""The line whose explanation names every company and elimination behind ``Statement.capital_items``."""


def statement_table(
    view: View, record: StatementRecord, opening: StatementRecord | None, chosen: str | None
) -> Html:
    """The rows of the official sheet.

    :param opening: the statement of the 31 December before, if there is one.
    :param chosen: the line whose explanation is open.
    """
    rows = _rows(record)
    columns = [
        Column(view.say("statement.item")),
        Column(view.say("statement.row"), figures=True),
        Column(view.say("statement.closing"), figures=True),
        Column(view.say("statement.opening"), figures=True),
        Column(view.say("statement.status")),
    ]
    depths = _depths(rows)
    return table(
        columns,
        [_row(view, row, depths[row.line], record, opening, chosen) for row in rows],
        css="statement",
    )


def beside(record: StatementRecord, line: str) -> tuple[str, ...]:
    """The lines that stand in one row of the sheet with this one, itself included, as far as the statement has them."""
    row = next((r.names for r in _rows(record) if line in r.names), ())
    return tuple(n for n in row if n in record.statement.lines) or (line,)


def _rows(record: StatementRecord) -> tuple[LayoutRow, ...]:
    return layout(HOLDING if record.statement.group_type == "insurance_holding" else NON_HOLDING_AND_MIXED)


def _row(
    view: View,
    row: LayoutRow,
    depth: int,
    now: StatementRecord,
    before: StatementRecord | None,
    chosen: str | None,
) -> Row:
    names = [n for n in row.names if n in now.statement.lines]
    item = row.item if view.language == "zh" else _english(view, row)
    css = " ".join(
        filter(None, ("total" if row.fills is not Fills.INPUT else "", "chosen" if chosen in names else ""))
    )
    title = TableCell(item, f"in{depth}" if depth else None, row.line_formula)
    if not names:
        sides = [_item_amount(view, s, row) if s else "" for s in (now, before)]
        return Row([title, row.line, *sides, ""], css or None)
    status = {now.statement.lines[n].status for n in names}
    told = view.label(f"status.{status.pop()}") if len(status) == 1 else ""
    without = sorted(
        {lacked for n in names for lacked in _lacking(now, n)}, key=list(now.statement.lines).index
    )
    hint = view.say("statement.without", lines=", ".join(view.line(n) for n in without)) if without else None
    if without:
        told = f"{told} · {view.say('statement.partial')}".lstrip(" ·")
    return Row(
        [
            title,
            row.line,
            why(view, now, _figure(view, row, now, names), names[0], view.say("statement.why")),
            why(view, before, _figure(view, row, before, names), names[0], view.say("statement.why"))
            if before
            else "",
            TableCell(told, "quiet small", hint),
        ],
        css or None,
    )


def _figure(view: View, row: LayoutRow, record: StatementRecord, names: list[str]) -> str:
    lines = [record.statement.line(n) for n in names]
    amounts = [line.amount for line in lines if line.status is not Status.NO_DATA]
    known = [amount for amount in amounts if amount is not None]
    total = add(known) if known else None
    if row.fills is Fills.RATIO:
        return formatting.ratio(total)
    return view.amount(total)


def _lacking(record: StatementRecord, name: str) -> set[str]:
    """The lines without data, or without a member, that a line adds up; none for one that is such a line itself."""
    found: set[str] = set()
    for part in record.statement.line(name).inputs:
        if isinstance(part, LineRef):
            own = record.statement.line(part.name).status in (Status.NO_DATA, Status.INCOMPLETE)
            found |= {part.name} if own else _lacking(record, part.name)
    return found


def _item_amount(view: View, record: StatementRecord, row: LayoutRow) -> TableCell | str:
    name = row.names[0] if row.names else ""
    amount = record.statement.capital_items.get(name)
    if amount is None:
        return ""
    return TableCell(why(view, record, view.amount(amount), _MADE_OF_ITEMS), hint=view.exact(amount))


def _english(view: View, row: LayoutRow) -> str:
    if not row.names:
        return row.item
    name = row.names[0] if len(row.names) == 1 else "other_members_minimum_capital"
    key = f"annex10.item.{name}"
    return view.label(key) if view.label(key) != key else view.line(name)


def _depths(rows: Iterable[LayoutRow]) -> dict[int, int]:
    """How deep each row stands: one further than the sum that it is a part of, by the sheet's own formulas."""
    found: dict[int, int] = {}
    for row in rows:
        own = found.setdefault(row.line, 0)
        if row.fills is Fills.SUM:
            found |= {line: own + 1 for terms in row.terms for _, line in terms}
    return found
