"""Counterparty: who holds a name, a sector or a customer, how much of the limit it takes, and what its default would do to every group."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from consolidation.money import add, less, ratio
from dashboard.components import choices, formatting, states
from dashboard.components.links import link
from dashboard.components.markup import Child, Column, Row, TableCell, join, show, table, tag
from dashboard.components.sections import empty_page, head, section
from dashboard.components.states import COMPREHENSIVE, CORE, SolvencyState
from dashboard.components.view import View, current_view
from dashboard.pages.entities.heat_map import ratio_history
from dashboard.queries import industry
from dashboard.queries.company import companies
from dashboard.queries.scenario import what_if
from dashboard.queries.scenario.what_if import DefaultEffect
from dashboard.queries.session import NotVisible

_TESTS = ("counterparty", "sector", "customer")
_LOSSES = ("25", "50", "75", "100")
_MEASURES = (COMPREHENSIVE, CORE)
_MOST_PERIODS = 12


def page(view: View) -> None:
    days = industry.measured_days(view.session)
    if not days:
        empty_page(view, view.say("page.counterparty"))
        return
    left, middle, right = st.columns([1.2, 2, 1], vertical_alignment="bottom")
    with left:
        test = choices.switch(
            view,
            "test",
            view.say("counterparty.test"),
            _TESTS,
            shown=lambda t: view.say(f"counterparty.test.{t}"),
        )
    names = industry.parties(view.session, test, view.language)
    if not names:
        head(view.say("page.counterparty"))
        show(tag("p", view.say("counterparty.none"), css="quiet"))
        return
    with middle:
        party = choices.choose(
            view, "party", view.say("counterparty.party"), list(names), shown=lambda p: names[p]
        )
    held = industry.held_by_groups(view.session, test, party)
    own_days = held["period_end"].unique().sort(descending=True).to_list()
    with right:
        chosen = choices.choose(view, "period", view.say("period"), [d.isoformat() for d in own_days])
    day = date.fromisoformat(chosen)
    head(names[party], view.say(f"counterparty.test.{test}"), day.isoformat())
    _holders(view, held.filter(period_end=day), test, party, day)
    _over_time(view, held, own_days[:_MOST_PERIODS])
    if test == "counterparty":
        _own_figures(view, party)


def _holders(view: View, rows: pl.DataFrame, test: str, party: str, day: date) -> None:
    section(view.say("counterparty.holders"), view.say("counterparty.holders-note"))
    effects: dict[str, DefaultEffect] = {}
    if test == "counterparty":
        loss = choices.switch(
            view,
            "loss",
            view.say("counterparty.loss"),
            _LOSSES,
            shown=lambda percent: view.say("counterparty.loss-of", percent=percent),
            default=_LOSSES[-1],
        )
        share = Decimal(loss) / 100
        effects = what_if.default_of(view.session, rows["group_id"].to_list(), party, day, share)
    columns = [
        Column(view.say("group")),
        Column(view.say("counterparty.exposure", unit=view.unit_name), figures=True),
        Column(view.say("counterparty.limit", unit=view.unit_name), figures=True),
        Column(view.say("counterparty.of-limit"), figures=True),
        *(
            column
            for which in _MEASURES
            for column in (
                Column(view.say(f"ratio.{which}"), figures=True, hint=view.say("counterparty.now")),
                Column(view.say("counterparty.then"), figures=True),
                Column(view.say("group.points"), figures=True),
            )
            if effects
        ),
    ]
    shown: list[Row | list[Child | TableCell]] = []
    for r in rows.sort("exposure", descending=True).iter_rows(named=True):
        taken = _of_limit(r)
        shown.append(
            [
                link("group", view.name(r["group_id"]), group=r["group_id"], period=day),
                view.amount_cell(r["exposure"]),
                view.amount_cell(r["limit"]),
                formatting.ratio(taken, 1),
                *(_after(view, effects.get(r["group_id"]), day) if effects else ()),
            ]
        )
    total = add(rows["exposure"].drop_nulls().to_list())
    shown.append(
        Row([view.say("counterparty.together"), view.amount_cell(total), *[""] * (len(columns) - 2)], "total")
    )
    show(table(columns, shown))
    if effects:
        show(tag("p", view.say("counterparty.assumed"), css="quiet small"))


def _after(view: View, effect: DefaultEffect | None, day: date) -> list[Child | TableCell]:
    """Both ratios now, after the default, and the difference; dashes where the statement lacks members."""
    if effect is None:
        return [TableCell(formatting.NONE, hint=view.say("counterparty.incomplete"))] * 6
    cells: list[Child | TableCell] = []
    for which in _MEASURES:
        before, after = effect.before[which], effect.after[which]
        known = before is not None and after is not None
        state = states.state(which, after, day)
        cells += [
            view.ratio_cell(before),
            TableCell(
                join([view.symbol(state), " ", formatting.ratio(after)]), hint=formatting.exact(after, "")
            ),
            formatting.points(less(after, before), 1) if known else formatting.NONE,  # type: ignore[arg-type]
        ]
    return cells


def _over_time(view: View, held: pl.DataFrame, days: list[date]) -> None:
    """What each group held, and how much of its limit that took."""
    section(view.say("counterparty.over-time"), view.say("counterparty.over-time-note", unit=view.unit_name))
    rows = {(r["group_id"], r["period_end"]): r for r in held.iter_rows(named=True)}
    columns = [
        Column(view.say("group")),
        *(Column(formatting.quarter(d), figures=True, hint=d.isoformat()) for d in days),
    ]
    shown: list[Row | list[Child | TableCell]] = [
        [
            link("group", view.name(group), group=group),
            *(_held(view, rows.get((group, d))) for d in days),
        ]
        for group in held.sort("period_end", "exposure", descending=True)["group_id"].unique(
            maintain_order=True
        )
    ]
    show(table(columns, shown, css="tight"))


def _held(view: View, row: Mapping[str, Any] | None) -> TableCell:
    if row is None:
        return TableCell(formatting.NONE)
    taken = _of_limit(row)
    state = SolvencyState.BREACH if taken is not None and taken > 1 else SolvencyState.UNKNOWN
    note = tag("div", formatting.ratio(taken, 1), css=f"small state {state.css}")
    return TableCell(join([view.short(row["exposure"]), note]), hint=view.exact(row["exposure"]))


def _of_limit(row: Mapping[str, Any]) -> Decimal | None:
    """The share of the limit that an exposure takes, a fraction; None where there is no limit."""
    return None if not row["limit"] or row["exposure"] is None else ratio(row["exposure"], row["limit"])


def _own_figures(view: View, party: str) -> None:
    """Ratings and ratios of a counterparty that is a company of the store and the person's to see; of any other nothing is filed."""
    section(view.say("counterparty.own"), _own_link(view, party))
    try:
        record = companies.company(view.session, party)
    except NotVisible:
        show(tag("p", view.say("counterparty.no-rating"), css="quiet"))
        return
    rated = {d: r for d, r in record.filings.select("period_end", "integrated_risk_rating").iter_rows() if r}
    rated |= dict(record.ratings.select("period_end", "integrated_risk_rating").iter_rows())
    sector = {r["period_end"]: r for r in record.sector_filings.iter_rows(named=True)}
    days = sorted({*record.filings["period_end"], *rated, *sector}, reverse=True)[:_MOST_PERIODS]
    if not days:
        show(tag("p", view.say("counterparty.no-rating"), css="quiet"))
        return
    columns = [Column(""), *(Column(formatting.quarter(d), figures=True, hint=d.isoformat()) for d in days)]
    rows: list[Row | list[Child | TableCell]] = [
        [view.say("rating"), *(rated.get(d, formatting.NONE) for d in days)]
    ]
    if record.filings.height:
        for which in _MEASURES:
            past = ratio_history(view, party, which)
            label = join([view.say(f"ratio.{which}"), past.line(days[0])])
            rows.append([label, *(_own_ratio(view, past.ratios.get(d), which, d) for d in days)])
    if sector:
        cells = (
            formatting.ratio(sector[d]["adequacy_ratio"]) if d in sector else formatting.NONE for d in days
        )
        rows.append([view.say("adequacy"), *cells])
    show(table(columns, rows, css="tight"))


def _own_link(view: View, party: str) -> Child:
    return link("entities", view.name(party), company=party) if view.name(party) != party else ""


def _own_ratio(view: View, value: Decimal | None, which: str, day: date) -> TableCell:
    symbol = view.symbol(states.state(which, value, day))
    return TableCell(join([symbol, " ", formatting.ratio(value, 1)]), hint=formatting.exact(value, ""))


page(current_view())
