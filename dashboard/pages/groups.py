"""Groups at a glance: every group in one table, and its ratio over time as a heat map; the worst first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from dashboard.components import choices, formatting
from dashboard.components.chart.chart_frame import DrawnChart, show_chart
from dashboard.components.links import link
from dashboard.components.markup import Child, Column, TableCell, join, show, table, tag
from dashboard.components.sections import empty_page, head, section
from dashboard.components.states import COMPREHENSIVE, CORE, SolvencyState
from dashboard.components.subject import flags
from dashboard.components.view import View, current_view
from dashboard.pages.group.summary_strip import incomplete_words, measured_state, ratio_history
from dashboard.queries import flags as raised
from dashboard.queries import groups, headlines, outlook
from dashboard.queries.headlines import Headline
from dashboard.queries.obligations import deadlines
from dashboard.queries.scenario import stress
from monitoring.calendar import today
from monitoring.obligations.catalogue import GROUP
from monitoring.ratios import PUBLISHED

_MEASURES = (COMPREHENSIVE, CORE)
_MOST_PERIODS = 24
_History = Mapping[date, Headline]
_UNKNOWN_RATIO = Decimal(10**6)


def page(view: View) -> None:
    own = groups.groups(view.session)["group_id"].to_list()
    every = headlines.by_group(view.session)
    if not every:
        empty_page(view, view.say("page.groups"))
        return
    head(view.say("page.groups"), view.say("groups.count", count=len(own)))
    order = sorted(own, key=lambda group: _grave(every.get(group, {}), view.name(group)))
    beside = _Beside(view)
    columns = [
        Column(view.say("group")),
        Column(view.say("period"), css="nowrap"),
        *(
            column
            for which in _MEASURES
            for column in (
                Column(view.say(f"ratio.{which}"), figures=True),
                Column("Δ", figures=True, hint=view.say("groups.change")),
            )
        ),
        Column(view.say("group.published"), figures=True, hint=view.say("groups.comprehensive")),
        Column(view.say("group.computed"), figures=True, hint=view.say("groups.comprehensive")),
        Column(view.say("groups.coverage")),
        Column(view.say("rating")),
        Column(view.say("flags"), css="nowrap"),
        Column(view.say("groups.next-due"), css="nowrap"),
        Column(view.say("groups.outlook"), figures=True, hint=view.say("groups.outlook-note")),
        Column(view.say("groups.stress"), figures=True, hint=view.say("groups.stress-note")),
    ]
    show(table(columns, [_row(view, group, every.get(group, {}), beside) for group in order], css="tight"))
    _heat_map(view, order, every)


def _grave(history: _History, name: str) -> tuple[int, Decimal, str]:
    """The worse state first, then the lower ratio; a group without a figure last."""
    if not history:
        return (len(SolvencyState), _UNKNOWN_RATIO, name)
    day = max(history)
    found = history[day].measured
    rank = min(measured_state(found[which], which, day).rank for which in _MEASURES)
    ratio = found[COMPREHENSIVE].ratio
    return (rank, _UNKNOWN_RATIO if ratio is None else ratio, name)


class _Beside:
    """What stands beside the ratios of a group: flags, duties, outlook and stress, each read once for all groups."""

    def __init__(self, view: View) -> None:
        up = raised.flags(view.session).filter(
            pl.col("subject_kind") == "group", pl.col("covered_by").is_null()
        )
        self.flags = {
            str(g[0]): frame.rows(named=True) for g, frame in up.group_by("subject_id", maintain_order=True)
        }
        duties = deadlines.obligations(view.session, today()).filter(pl.col("who") == GROUP)
        self.parties = frozenset(duties["party_id"])
        owed = duties.filter(pl.col("days_left").is_not_null())
        self.tracked = deadlines.tracked_since(view.session) is not None
        self.owed = {
            str(g[0]): frame.rows(named=True) for g, frame in owed.group_by("party_id", maintain_order=True)
        }
        ranked = outlook.ranked(view.session)
        self.has_outlook = not ranked.is_empty()
        ahead = ranked.filter(subject_kind="group", measure=COMPREHENSIVE)
        self.ahead = {r["subject_id"]: r for r in reversed(ahead.rows(named=True))}
        dates = stress.report_dates(view.session)
        stressed = stress.group_solvency(view.session, dates[0]) if dates else None
        self.stressed: dict[str, Decimal] = {}
        if stressed is not None:
            lowest = (
                stressed.filter(pl.col("actions") == "before")
                .group_by("group_id")
                .agg(pl.col("comprehensive_solvency_ratio").min())
            )
            self.stressed = {g: value for g, value in lowest.iter_rows() if value is not None}


def _row(view: View, group: str, history: _History, beside: _Beside) -> list[Child | TableCell]:
    name = link("group", view.name(group), group=group)
    if not history:
        return [name, *(formatting.NONE for _ in range(8)), *_around(view, group, beside)]
    days = sorted(history, reverse=True)
    now = history[days[0]]
    ratios = [cell for which in _MEASURES for cell in _ratio(view, group, days[0], now, which)]
    published, computed = (now.measured, now.computed) if now.source == PUBLISHED else (None, now.computed)
    return [
        name,
        view.day(days[0]),
        *ratios,
        view.ratio_cell(published[COMPREHENSIVE].ratio if published else now.published_ratio),
        view.ratio_cell(computed[COMPREHENSIVE].ratio, None if now.is_complete else "quiet"),
        view.say("groups.complete") if now.is_complete else TableCell(incomplete_words(view, now), "small"),
        now.rating or formatting.NONE,
        *_around(view, group, beside),
    ]


def _ratio(view: View, group: str, day: date, now: Headline, which: str) -> list[Child | TableCell]:
    found, past = now.measured[which], ratio_history(view, group, which)
    state = measured_state(found, which, day)
    shown = join([view.symbol(state), " ", formatting.ratio(found.ratio), past.line(day)])
    return [TableCell(shown, hint=formatting.exact(found.ratio, "")), past.change(day)]


def _around(view: View, group: str, beside: _Beside) -> list[Child | TableCell]:
    """Flags, duties, outlook, stress."""
    up = beside.flags.get(group, [])
    flagged: Child | TableCell = formatting.NONE
    if up:
        told = " · ".join(flags.sentence(view, flag) for flag in up[:5])
        flagged = TableCell(join([view.symbol(flags.state(up[0])), f" {len(up)}"]), hint=told)
    ahead = beside.ahead.get(group)
    forecast = TableCell(formatting.NONE, hint=view.say("outlook.caption"))
    if not beside.has_outlook:
        forecast = TableCell(view.say("groups.no-outlook"), "quiet small")
    elif ahead is not None and ahead["within_two"] is not None:
        forecast = TableCell(
            formatting.ratio(ahead["within_two"], 0), hint=view.say("groups.below", limit=ahead["limit"])
        )
    return [flagged, _due(view, group, beside), forecast, view.ratio_cell(beside.stressed.get(group))]


def _due(view: View, group: str, beside: _Beside) -> Child | TableCell:
    if not beside.tracked or group not in beside.parties:
        return TableCell(view.say("groups.not-tracked"), "quiet small")
    owed: list[dict[str, Any]] = beside.owed.get(group, [])
    late = [r for r in owed if r["days_left"] < 0]
    coming = [r["last_day"] for r in owed if r["days_left"] >= 0]
    told = view.day(min(coming, default=None))
    if not late:
        return told
    overdue = view.mark(SolvencyState.BREACH, view.say("groups.overdue", count=len(late)))
    return TableCell(join([link("deadlines", overdue, party=group, show="overdue"), f" {told}"]))


def _heat_map(view: View, order: list[str], every: Mapping[str, _History]) -> None:
    section(view.say("groups.over-time"), view.say("groups.over-time-note"))
    which = choices.switch(
        view, "ratio", view.say("entities.ratio"), list(_MEASURES), shown=lambda w: view.say(f"ratio.{w}")
    )
    days = sorted({day for history in every.values() for day in history}, reverse=True)[:_MOST_PERIODS]
    columns = [
        Column(view.say("group")),
        *(Column(formatting.quarter(day), figures=True, hint=day.isoformat()) for day in days),
    ]
    rows: list[list[Child | TableCell]] = [
        [
            link("group", view.name(group), group=group),
            *(_cell(view, group, day, every.get(group, {}).get(day), which) for day in days),
        ]
        for group in order
    ]
    title = f"{view.say('groups.over-time')} {view.say(f'ratio.{which}')}"
    show_chart(view, title, DrawnChart(table(columns, rows, css="heat")))


def _cell(view: View, group: str, day: date, found: Headline | None, which: str) -> TableCell:
    if found is None:
        return TableCell("·", "none", view.say("groups.no-statement"))
    told = found.measured[which]
    state = measured_state(told, which, day)
    mark = "" if state in (SolvencyState.FINE, SolvencyState.UNKNOWN) else state.symbol
    basis = "" if found.is_complete else f" · {incomplete_words(view, found)}"
    shown = join([tag("b", mark) if mark else None, formatting.ratio(told.ratio, 0)])
    return TableCell(
        link("group", shown, group=group, period=day), f"tint {state.css}", f"{view.state(state)}{basis}"
    )


page(current_view())
