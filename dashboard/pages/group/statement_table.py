"""A group's statement as Annex 10 orders it: every official row with closing and opening balance, each figure a link to why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from consolidation.annex10.layout import HOLDING, NON_HOLDING_AND_MIXED, Fills, LayoutRow, layout
from consolidation.money import add
from dashboard.components import formatting
from dashboard.components.markup import Column, Html, Row, TableCell, table
from dashboard.components.view import View
from dashboard.pages.group.explain import why
from dashboard.queries.groups import StatementRecord

ITEMS = (
    "members_actual_capital",
    "joint_ventures_actual_capital",
    "double_counted_capital",
    "asset_transfer_adjustment",
)
"""Rows of the deduction method's sheet that are no lines of the statement: what is summed and what is taken off."""

_MADE_OF_ITEMS = "actual_capital"
"""The line whose explanation names every company and elimination behind :data:`ITEMS`."""


@dataclass(frozen=True, slots=True)
class _Side:
    """One statement with the amount and status of each of its lines."""

    record: StatementRecord
    lines: Mapping[str, tuple[Decimal | None, str]]

    @staticmethod
    def of(record: StatementRecord) -> _Side:
        rows = record.lines.select("line", "amount", "status").iter_rows()
        return _Side(record, {name: (amount, status) for name, amount, status in rows})


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
    now, before, depths = _Side.of(record), _Side.of(opening) if opening else None, _depths(rows)
    return table(
        columns,
        [_row(view, row, depths[row.line], now, before, chosen) for row in rows],
        css="statement",
    )


def beside(record: StatementRecord, line: str) -> tuple[str, ...]:
    """The lines that stand in one row of the sheet with this one, itself included, as far as the statement has them."""
    known = record.lines["line"].to_list()
    row = next((r.names for r in _rows(record) if line in r.names), ())
    return tuple(n for n in row if n in known) or (line,)


def _rows(record: StatementRecord) -> tuple[LayoutRow, ...]:
    return layout(HOLDING if record.group_type == "insurance_holding" else NON_HOLDING_AND_MIXED)


def _row(
    view: View,
    row: LayoutRow,
    depth: int,
    now: _Side,
    before: _Side | None,
    chosen: str | None,
) -> Row:
    names = [n for n in row.names if n in now.lines]
    item = row.item if view.language == "zh" else _english(view, row)
    css = " ".join(
        filter(None, ("total" if row.fills is not Fills.INPUT else "", "chosen" if chosen in names else ""))
    )
    title = TableCell(item, f"in{depth}" if depth else None, row.line_formula)
    if not names:
        sides = [_item_amount(view, s.record, row) if s else "" for s in (now, before)]
        return Row([title, row.line, *sides, ""], css or None)
    status = {now.lines[n][1] for n in names}
    told = view.label(f"status.{status.pop()}") if len(status) == 1 else ""
    return Row(
        [
            title,
            row.line,
            why(now.record, _figure(view, row, now, names), names[0], view.say("statement.why")),
            why(before.record, _figure(view, row, before, names), names[0], view.say("statement.why"))
            if before
            else "",
            TableCell(told, "quiet small"),
        ],
        css or None,
    )


def _figure(view: View, row: LayoutRow, side: _Side, names: list[str]) -> str:
    amounts = side.lines
    known = [amount for n in names if n in amounts and (amount := amounts[n][0]) is not None]
    total = add(known) if known else None
    if row.fills is Fills.RATIO:
        return formatting.ratio(total)
    return view.amount(total)


def _item_amount(view: View, record: StatementRecord, row: LayoutRow) -> TableCell | str:
    name = row.names[0] if row.names else ""
    if name not in ITEMS:
        return ""
    amount = item_amount(record, name)
    return TableCell(why(record, view.amount(amount), _MADE_OF_ITEMS), hint=formatting.exact(amount))


def item_amount(record: StatementRecord, name: str) -> Decimal:
    """One of :data:`ITEMS`, summed from the members and eliminations that the run stored, exactly."""
    is_capital = pl.col("line") == "actual_capital"
    is_joint = pl.col("relation") == "joint_venture"
    is_transfer = pl.col("kind") == "asset_transfer"
    frame, of_item = {
        "members_actual_capital": (record.contributions, is_capital & ~is_joint),
        "joint_ventures_actual_capital": (record.contributions, is_capital & is_joint),
        "double_counted_capital": (record.eliminations, ~is_transfer),
        "asset_transfer_adjustment": (record.eliminations, is_transfer),
    }[name]
    return add(frame.filter(of_item)["amount"].drop_nulls().to_list())


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
