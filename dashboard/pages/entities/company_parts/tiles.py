"""The head of a company's page: both ratios with state, distance, change and trend; capital, requirement, rating."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from consolidation.filing_set.filing_basis import prefer_audited
from consolidation.money import add, ratio
from dashboard.components import formatting, states
from dashboard.components.chart.trend import AmountHistory, distance
from dashboard.components.markup import Child, Html, join, show, tag
from dashboard.components.states import COMPREHENSIVE, CORE, SolvencyState
from dashboard.components.view import View
from dashboard.pages.entities.heat_map import RATIO, ratio_history, ratios_of
from dashboard.queries.company.companies import CompanyRecord


def counted_filing(record: CompanyRecord, day: date) -> Mapping[str, Any] | None:
    """The row of the filing that counts for a date: of two the audited one; None where there is none."""
    own = prefer_audited(record.filings, "entity_id", "period_end").filter(period_end=day)
    return own.row(0, named=True) if own.height else None


def figure(row: Mapping[str, Any], which: str) -> tuple[Decimal | None, SolvencyState]:
    """A ratio and its state, both of one figure: the amounts where both were filed, else the filed ratio."""
    held, required, day = _capital(row, which), row["minimum_capital"], row["period_end"]
    if held is None or required is None:
        return row[RATIO[which]], states.state(which, row[RATIO[which]], day)
    return ratio(held, required), states.state_of(which, held, required, day)


def _capital(row: Mapping[str, Any], which: str) -> Decimal | None:
    if which == COMPREHENSIVE:
        held: Decimal | None = row["actual_capital"]
        return held
    first, second = row["core_tier1_capital"], row["core_tier2_capital"]
    return None if first is None else add([first, second or Decimal(0)])


def tiles(view: View, record: CompanyRecord, day: date) -> None:
    """One strip for the filing of the day."""
    row = counted_filing(record, day)
    if row is None:
        return
    amounts = (_amount(view, record, row, name) for name in ("actual_capital", "minimum_capital"))
    rated = _tile(view.say("rating"), row["integrated_risk_rating"] or formatting.NONE, view.filed_at(row))
    ratios = (_ratio(view, record, row, which) for which in (COMPREHENSIVE, CORE))
    show(tag("div", *ratios, *amounts, rated, css="r19-figures"))


def _ratio(view: View, record: CompanyRecord, row: Mapping[str, Any], which: str) -> Html:
    counts = ratios_of(view, record.entity_id, which).get(row["period_end"])
    value, state = (counts.value, counts.state) if counts else figure(row, which)
    lines = states.limits(which, row["period_end"])
    past, day = ratio_history(view, record.entity_id, which), row["period_end"]
    change = past.change(day, dated=view.say("changes.since", points="{points}", day="{day}"))
    shown = formatting.ratio(value, against=counts.below if counts else None)
    return tag(
        "div",
        tag("div", view.line(RATIO[which]), css="label"),
        tag("div", shown, past.line(day), css="figure"),
        tag("div", view.mark(state), css="note"),
        tag("div", distance(view, lines, value, _capital(row, which), row["minimum_capital"]), css="note"),
        tag("div", change, css="note") if change != formatting.NONE else None,
    )


def _amount(view: View, record: CompanyRecord, row: Mapping[str, Any], name: str) -> Html:
    filed = prefer_audited(record.filings, "entity_id", "period_end").select("period_end", name)
    doubted = ratio_history(view, record.entity_id, COMPREHENSIVE).doubted
    past = AmountHistory("company", record.entity_id, dict(filed.iter_rows()), doubted)
    day = row["period_end"]
    shown = join([view.short(row[name]), past.line(view, day)])
    return _tile(view.line(name), shown, view.unit_name, past.change(view, day))


def _tile(label: str, shown: Child, *notes: Child) -> Html:
    return tag(
        "div",
        tag("div", label, css="label"),
        tag("div", shown, css="figure"),
        *(tag("div", note, css="note") for note in notes if note),
    )
