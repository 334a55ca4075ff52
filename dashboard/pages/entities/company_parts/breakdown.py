"""What a company's capital and requirement are made of: each item with its share, its change, and the cell that it stands in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import streamlit as st

from consolidation.filing_set.absences import Absence, absence_in
from consolidation.filing_set.filing_basis import prefer_audited
from consolidation.money import less, ratio
from dashboard.components import formatting
from dashboard.components.markup import Child, Column, Row, TableCell, show, table, tag
from dashboard.components.sections import section
from dashboard.components.view import View
from dashboard.pages.entities.company_parts.tiles import counted_filing
from dashboard.pages.entities.items import cell_of, item_name
from dashboard.queries.company.companies import CompanyRecord
from monitoring.flags.attribution.company_bridge import (
    BESIDE,
    QUANTIFIABLE,
    RISK_PARTS,
    SIZE_ADJUSTMENT,
    TIERS,
    signed_parts,
)

_Items = Mapping[str, Decimal | None]


def capital_by_tier(view: View, record: CompanyRecord, day: date) -> None:
    """The four tiers and actual capital as filed."""
    _section(view, record, day, view.say("company.capital"), (*TIERS, "actual_capital"))


def requirement_by_part(view: View, record: CompanyRecord, day: date) -> None:
    """The risk parts as they count in the sum (reductions negative), what stands beside them, and minimum capital."""
    names = (*RISK_PARTS, SIZE_ADJUSTMENT, QUANTIFIABLE, *BESIDE, "minimum_capital")
    _section(view, record, day, view.say("company.minimum-capital"), names)


def _items(row: Mapping[str, Any]) -> _Items:
    named = (*TIERS, "actual_capital", QUANTIFIABLE, "minimum_capital")
    return {name: row[name] for name in named} | signed_parts(row)


def _section(view: View, record: CompanyRecord, day: date, title: str, names: Sequence[str]) -> None:
    """Items that the filing has, against the filing before; the one that the address asks for is marked and told in full."""
    row = counted_filing(record, day)
    if row is None:
        return
    earlier = _before(record, day)
    now, was = _items(row), _items(earlier) if earlier else {}
    shown = [
        name for name in names if now[name] is not None or was.get(name) is not None or _is_said(row, name)
    ]
    section(f"{title} · {view.day(day)}", view.say("group.in-unit", unit=view.unit_name))
    columns = [
        Column(view.say("statement.item")),
        Column(view.say("amount"), figures=True),
        Column(view.say("company.of-sum"), figures=True),
        Column(view.day(earlier["period_end"] if earlier else None), figures=True),
        Column("Δ", figures=True, hint=view.say("groups.change")),
        Column(view.say("source")),
    ]
    asked = st.query_params.get("item", "")
    rows = [
        _row(view, name, now, was, row, is_asked=cell_of(name) == asked, last=names[-1]) for name in shown
    ]
    show(table(columns, rows, css="tight"))
    if asked in names:
        told = view.say("company.cell", item=item_name(view, asked), place=view.filed_at(row), column=asked)
        show(tag("p", told, css="small"))


def _said(filed: Mapping[str, Any], name: str) -> Absence | None:
    return absence_in(filed, cell_of(name)) if cell_of(name) in filed else None


def _is_said(filed: Mapping[str, Any], name: str) -> bool:
    """Whether an item without a figure is shown: the filer said so, or it is a tier."""
    said = _said(filed, name)
    return said is not None and (said is not Absence.NOT_GIVEN or name in TIERS)


def _as_filed(view: View, filed: Mapping[str, Any], name: str, amount: Decimal | None) -> TableCell:
    """An amount, or the filer's word for one."""
    said = _said(filed, name)
    return TableCell(view.label(f"filed-as.{said.value}"), "quiet") if said else view.amount_cell(amount)


def _before(record: CompanyRecord, day: date) -> Mapping[str, Any] | None:
    own = prefer_audited(record.filings, "entity_id", "period_end")
    earlier = [d for d in own["period_end"] if d < day]
    return counted_filing(record, max(earlier)) if earlier else None


def _row(
    view: View, name: str, now: _Items, was: _Items, filed: Mapping[str, Any], *, is_asked: bool, last: str
) -> Row:
    amount, before, whole = now[name], was.get(name), now[last]
    of_sum = ratio(amount, whole) if amount is not None and whole is not None else None
    moved = less(amount, before) if amount is not None and before is not None else None
    cells: list[Child | TableCell] = [
        item_name(view, name),
        _as_filed(view, filed, name, amount),
        formatting.ratio(of_sum, 1),
        view.amount_cell(before),
        TableCell(f"+{view.amount(moved)}" if moved is not None and moved > 0 else view.amount(moved)),
        TableCell(view.filed_at(filed), "quiet small nowrap", hint=cell_of(name)),
    ]
    is_sum = name in (last, QUANTIFIABLE)
    return Row(
        cells, " ".join(filter(None, ("total" if is_sum else "", "chosen" if is_asked else ""))) or None
    )
