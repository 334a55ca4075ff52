"""A group's statement as Annex 10 orders it: every official row with closing and opening balance, each figure a link to why."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import polars as pl

from consolidation.annex10.layout import HOLDING, NON_HOLDING_AND_MIXED, Fills, LayoutRow, layout
from consolidation.money import add
from dashboard import figures
from dashboard.links import link
from dashboard.markup import Cell, Column, Html, Row, table
from dashboard.reading.groups import StatementRecord
from dashboard.view import View

ITEMS = (
    "members_actual_capital",
    "joint_ventures_actual_capital",
    "double_counted_capital",
    "asset_transfer_adjustment",
)
"""Rows of the deduction method's sheet that are no lines of the statement: what is summed and what is taken off."""


def statement_table(
    view: View, record: StatementRecord, opening: StatementRecord | None, chosen: str | None
) -> Html:
    """The rows of the official sheet.

    :param opening: the statement of the 31 December before, if there is one.
    :param chosen: the line whose explanation is open.
    """
    rows = layout(HOLDING if record.group_type == "insurance_holding" else NON_HOLDING_AND_MIXED)
    columns = [
        Column(view.say("statement.item")),
        Column(view.say("statement.row"), figures=True),
        Column(view.say("statement.closing"), figures=True),
        Column(view.say("statement.opening"), figures=True),
        Column(view.say("statement.status")),
    ]
    now, before = _amounts(record), _amounts(opening) if opening else {}
    depths = _depths(rows)
    return table(
        columns,
        [_row(view, record, row, depths[row.line], now, before, chosen) for row in rows],
        css="statement",
    )


def _amounts(record: StatementRecord) -> dict[str, tuple[Decimal | None, str]]:
    return {
        name: (amount, status)
        for name, amount, status in record.lines.select("line", "amount", "status").iter_rows()
    }


def _row(
    view: View,
    record: StatementRecord,
    row: LayoutRow,
    depth: int,
    now: dict[str, tuple[Decimal | None, str]],
    before: dict[str, tuple[Decimal | None, str]],
    chosen: str | None,
) -> Row:
    names = [n for n in row.names if n in now]
    item = row.item if view.language == "zh" else _english(view, row)
    css = " ".join(
        filter(None, ("total" if row.fills is not Fills.INPUT else "", "chosen" if chosen in names else ""))
    )
    title = Cell(item, f"in{depth}" if depth else None, row.line_formula)
    if not names:
        return Row([title, row.line, _item_amount(view, record, row), "", ""], css or None)
    status = {now[n][1] for n in names}
    told = view.label(f"status.{status.pop()}") if len(status) == 1 else ""
    why = link(
        "group",
        _figure(view, row, now, names),
        group=record.group_id,
        period=record.period_end,
        line=names[0],
        hint=view.say("statement.why"),
    )
    return Row(
        [
            title,
            row.line,
            why,
            _figure(view, row, before, names) if before else "",
            Cell(told, "quiet small"),
        ],
        css or None,
    )


def _figure(
    view: View, row: LayoutRow, amounts: dict[str, tuple[Decimal | None, str]], names: list[str]
) -> str:
    known = [amount for n in names if n in amounts and (amount := amounts[n][0]) is not None]
    total = add(known) if known else None
    if row.fills is Fills.RATIO:
        return figures.ratio(total)
    return view.amount(total)


def _item_amount(view: View, record: StatementRecord, row: LayoutRow) -> Cell | str:
    name = row.names[0] if row.names else ""
    return view.amount_cell(item_amount(record, name)) if name in ITEMS else ""


def item_amount(record: StatementRecord, name: str) -> Decimal:
    """One of :data:`ITEMS`, summed from the members and eliminations that the run stored, exactly."""
    held = record.contributions.filter(pl.col("line") == "actual_capital")
    is_joint = pl.col("relation") == "joint_venture"
    is_transfer = pl.col("kind") == "asset_transfer"
    frame = {
        "members_actual_capital": held.filter(~is_joint),
        "joint_ventures_actual_capital": held.filter(is_joint),
        "double_counted_capital": record.eliminations.filter(~is_transfer),
        "asset_transfer_adjustment": record.eliminations.filter(is_transfer),
    }[name]
    return add(frame["amount"].drop_nulls().to_list())


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
