"""A company beside others of one's choice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from consolidation.money import ratio
from dashboard.components import formatting
from dashboard.components.links import link
from dashboard.components.markup import Child, Column, Row, TableCell, join, show, table, tag
from dashboard.components.sections import section
from dashboard.components.states import COMPREHENSIVE, CORE
from dashboard.components.view import View
from dashboard.pages.entities.heat_map import RATIO, ratio_history, ratios_of
from dashboard.pages.entities.items import item_name
from dashboard.queries.company import companies
from dashboard.queries.company.companies import CompanyRecord
from monitoring.flags.attribution.company_bridge import (
    BESIDE,
    RISK_PARTS,
    SIZE_ADJUSTMENT,
    TIERS,
    signed_parts,
)

_MOST, _NEAR = 5, 2
_PARAMETER, _KEY = "peers", "entities-peers"


def peers(view: View, record: CompanyRecord, day: date) -> None:
    """The company and up to five others side by side: ratios, capital, what both are made of."""
    filed = companies.filings(view.session).filter(period_end=day)
    offered = sorted((one for one in filed["entity_id"] if one != record.entity_id), key=view.name)
    if not offered:
        return
    section(view.say("company.peers"), view.say("company.peers-note"))
    chosen = _chosen(view, offered, _next_in_size(filed, record.entity_id))
    if not chosen:
        show(tag("p", view.say("company.no-peers"), css="quiet"))
        return
    _beside(view, [record.entity_id, *chosen], day)


def _chosen(view: View, offered: Sequence[str], default: Sequence[str]) -> list[str]:
    """Those of the address, else the default; the choice is written into the address."""
    asked = [one for one in st.query_params.get(_PARAMETER, "").split(",") if one in offered][:_MOST]
    st.session_state[_KEY] = asked or list(default)
    return st.multiselect(
        view.say("company.peers"),
        offered,
        key=_KEY,
        format_func=view.name,
        max_selections=_MOST,
        placeholder=view.say("company.peers-choose"),
        label_visibility="collapsed",
        on_change=_write_back,
    )


def _write_back() -> None:
    st.query_params[_PARAMETER] = ",".join(st.session_state[_KEY])


def _next_in_size(filed: pl.DataFrame, company: str) -> list[str]:
    """The two above and the two below it by minimum capital, of its kind."""
    own = filed.filter(entity_id=company).drop_nulls("minimum_capital")
    if own.is_empty():
        return []
    alike = filed.filter(pl.col("kind") == own["kind"][0]).drop_nulls("minimum_capital")
    order = alike.sort("minimum_capital", "entity_id", descending=[True, False])["entity_id"].to_list()
    at = order.index(company)
    return [one for one in order[max(at - _NEAR, 0) : at + _NEAR + 1] if one != company]


def _beside(view: View, shown: Sequence[str], day: date) -> None:
    found = companies.filed_in_full(view.session, shown, day)
    by_company = {row["entity_id"]: row for row in found.iter_rows(named=True)}
    columns = [
        Column(view.say("statement.item")),
        *(
            Column(link("entities", view.short_name(one), hint=view.name(one), company=one, period=day), True)
            for one in shown
        ),
    ]
    own = [by_company.get(one, {}) for one in shown]
    rows: list[Row | list[Child | TableCell]] = []
    for which in (COMPREHENSIVE, CORE):
        rows.append(
            Row([view.line(RATIO[which]), *(_ratio(view, one, which, day) for one in shown)], "total")
        )
        changes = (ratio_history(view, one, which).change(day) for one in shown)
        rows.append([tag("span", f"Δ {view.say('group.points')}", css="quiet small"), *changes])
    for name in ("actual_capital", "minimum_capital"):
        rows.append([view.line(name), *(view.amount_cell(row.get(name)) for row in own)])
    rows.append([view.say("rating"), *(row.get("integrated_risk_rating") or formatting.NONE for row in own)])
    rows += _shares(view, own, view.line("actual_capital"), TIERS, lambda row: row)
    parts = (*RISK_PARTS, SIZE_ADJUSTMENT, *BESIDE)
    rows += _shares(view, own, view.line("minimum_capital"), parts, signed_parts)
    show(table(columns, rows, css="tight"))


def _ratio(view: View, company: str, which: str, day: date) -> Child | TableCell:
    found = ratios_of(view, company, which).get(day)
    if found is None:
        return formatting.NONE
    line = ratio_history(view, company, which).line(day)
    shown = join([view.symbol(found.state), " ", formatting.ratio(found.value, against=found.below), line])
    return TableCell(shown, hint=formatting.exact(found.value, ""))


def _shares(
    view: View,
    filed: Sequence[Mapping[str, Any]],
    whole: str,
    names: Sequence[str],
    items: Callable[[Mapping[str, Any]], Mapping[str, Decimal | None]],
) -> list[Row | list[Child | TableCell]]:
    """The items that any of the companies has, as shares of the sum that they are parts of."""
    total = "actual_capital" if names == TIERS else "minimum_capital"
    found = [(items(row) if row else {}, row.get(total)) for row in filed]
    kept = [name for name in names if any(own.get(name) is not None for own, _ in found)]
    rows: list[Row | list[Child | TableCell]] = [
        Row([TableCell(view.say("company.shares-of", whole=whole), "quiet"), *[""] * len(filed)])
    ]
    for name in kept:
        shares = (_share(own.get(name), of) for own, of in found)
        rows.append([TableCell(item_name(view, name), "in1"), *shares])
    return rows


def _share(part: Decimal | None, whole: Decimal | None) -> str:
    return formatting.ratio(None if part is None or whole is None else ratio(part, whole), 1)
