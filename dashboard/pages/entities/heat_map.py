"""Companies × periods as a heat map: one ratio, the limits as steps of colour, each step with its symbol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl
import streamlit as st

from dashboard.components import formatting, states
from dashboard.components.chart.chart_frame import DrawnChart
from dashboard.components.chart.trend import RatioHistory
from dashboard.components.links import link
from dashboard.components.markup import Child, Column, Html, TableCell, join, row_markup, table, tag
from dashboard.components.states import COMPREHENSIVE, SolvencyState
from dashboard.components.view import View
from dashboard.queries.company import companies
from dashboard.queries.session import StoreVersion, UserSession
from monitoring.ratios import FILED_RATIO

RATIO = {COMPREHENSIVE: "comprehensive_solvency_ratio", states.CORE: "core_solvency_ratio"}
BY_NAME, BY_STATE = "name", "state"
_LARGEST = Decimal("9.995")


@dataclass(frozen=True, slots=True)
class CompanyRatio:
    """One company's ratio on one date, its state, and the line that it is below."""

    value: Decimal | None
    state: SolvencyState
    below: Decimal | None


def figures_of(session: UserSession, which: str) -> Mapping[str, Mapping[date, CompanyRatio]]:
    """Company → date → figure, of all companies that the person may see."""
    return _figures(companies.ratios(session), session.version, session.person.groups, which)


@st.cache_resource(max_entries=24, show_spinner=False)
def _figures(
    _ratios: pl.DataFrame, version: StoreVersion, scope: frozenset[str] | None, which: str
) -> Mapping[str, Mapping[date, CompanyRatio]]:
    """State and number are of one figure: the amounts where both were filed, else the filed ratio."""
    found: dict[str, dict[date, CompanyRatio]] = {}
    columns = ("entity_id", "period_end", "ratio", "capital", "required", "figure_basis", "in_doubt")
    for company, day, value, capital, required, basis, in_doubt in (
        _ratios.filter(measure=which).select(columns).iter_rows()
    ):
        if in_doubt:
            state = SolvencyState.DOUBT
        elif basis == FILED_RATIO:
            state = states.state(which, value, day)
        else:
            state = states.state_of(which, capital, required, day)
        lines = states.limits(which, day)
        below = lines.line_of(state) if lines else None
        found.setdefault(company, {})[day] = CompanyRatio(value, state, below)
    return found


def ratio_history(view: View, company: str, which: str) -> RatioHistory:
    """A ratio of a company over time, each of the figures that count."""
    own = ratios_of(view, company, which)
    doubted = frozenset(day for day, found in own.items() if found.state is SolvencyState.DOUBT)
    return RatioHistory("company", company, {day: found.value for day, found in own.items()}, doubted)


def ratios_of(view: View, company: str, which: str) -> Mapping[date, CompanyRatio]:
    """A company's figures by date; none of one that the person does not see."""
    every = view.once(("ratios", which), lambda: figures_of(view.session, which))
    return every.get(company, {})


def sorted_companies(
    found: Mapping[str, Mapping[date, CompanyRatio]],
    names: Mapping[str, str],
    days: Sequence[date],
    sort: str,
) -> list[str]:
    """The companies in the asked order.

    By name, by the figure of a date (lowest first, none last), or the worst state first, each company by the last that it filed.
    """
    if sort == BY_NAME:
        return sorted(found, key=lambda company: names[company])
    day = date.fromisoformat(sort) if sort != BY_STATE else None

    def of_day(company: str) -> tuple[object, ...]:
        own = found[company]
        last = max((d for d in own if d in days), default=None)
        figure = own.get(day if day is not None else last)  # type: ignore[arg-type]
        value = figure.value if figure else None
        rank = figure.state.rank if figure and sort == BY_STATE else 0
        return (value is None, rank, value or Decimal(0), names[company])

    return sorted(found, key=of_day)


def heat_map(
    view: View, which: str, order: Sequence[str], days: Sequence[date], sort: str, address: Mapping[str, str]
) -> DrawnChart:
    """The map of the companies in ``order``. A head of a column sorts by it, a company's name opens the company.

    :param address: its parameters, to be kept by the links that sort.
    """
    partial = {p.day: p for p in companies.filed_periods(view.session) if p.is_partial}
    by_period = [
        Column(
            _sorting(
                view,
                f"{formatting.quarter(day)}{'*' if day in partial else ''}",
                day.isoformat(),
                sort,
                address,
            ),
            True,
            view.say("choice.partial", day=day, filed=partial[day].filed, of=partial[day].of)
            if day in partial
            else day.isoformat(),
        )
        for day in days
    ]
    columns = [Column(_sorting(view, view.say("company"), BY_NAME, sort, address)), *by_period]
    rows = _rows(view, view.session.version, view.session.person.groups, view.language, which, tuple(days))
    drawn = table(columns, (rows[company] for company in order), css="heat fine-unsaid")
    return DrawnChart(drawn, large="entities-map")


@st.cache_resource(max_entries=24, show_spinner=False)
def _rows(
    _view: View,
    version: StoreVersion,
    scope: frozenset[str] | None,
    language: str,
    which: str,
    days: tuple[date, ...],
) -> Mapping[str, Html]:
    """Company → its row, which is the same however the map is sorted and filtered."""
    columns = [Column("")] * (len(days) + 1)  # the map's own style says that its cells are figures
    return {
        company: row_markup(
            columns,
            [
                link("entities", _view.short_name(company), hint=_view.name(company), company=company),
                *(_cell(_view, own.get(day)) for day in days),
            ],
        )
        for company, own in figures_of(_view.session, which).items()
    }


def _sorting(view: View, label: str, by: str, sort: str, parameters: Mapping[str, str]) -> Html:
    mark = " ▾" if by == sort else ""
    return link(
        "entities", label + mark, hint=view.say("entities.sort-by", what=label), **{**parameters, "sort": by}
    )


def _cell(view: View, figure: CompanyRatio | None) -> TableCell:
    if figure is None:
        return TableCell("·", "none", view.say("entities.not-filed"))
    content: list[Child] = (
        [] if figure.state in (SolvencyState.FINE, SolvencyState.UNKNOWN) else [tag("b", figure.state.symbol)]
    )
    content.append(percent(figure))
    # Most of thousands of cells are fine: what the style can say of them need not be sent, sanitized and matched.
    css = None if figure.state is SolvencyState.FINE else f"tint {figure.state.css}"
    return TableCell(
        join(content),
        css,
        f"{view.state(figure.state)} {formatting.ratio(figure.value)}",
    )


def percent(figure: CompanyRatio) -> str:
    """A ratio in whole percent, unless it would look like the line that it is below; a new company's hundreds cut short."""
    if figure.value is None:
        return formatting.NONE
    return ">999%" if figure.value >= _LARGEST else formatting.ratio(figure.value, 0, figure.below)


def legend(view: View) -> Html:
    """What the symbols and colours mean."""
    told = [tag("span", view.mark(state)) for state in SolvencyState if state is not SolvencyState.UNKNOWN]
    return tag("div", *told, tag("span", f"· {view.say('entities.not-filed')}", css="quiet"), css="legend")
