"""Why did it change: both ratios of a group from one date to another, in steps that add up to the last digit.

Each step leads to what it is about: a member's filing on the later date, or the line of the statement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Any

import polars as pl
import streamlit as st

from dashboard.components import charts, choices, formatting
from dashboard.components.charts import WaterfallBar
from dashboard.components.links import link
from dashboard.components.markup import Child, Column, Row, TableCell, show, table, tag
from dashboard.components.sections import empty_page, head, section
from dashboard.components.states import COMPREHENSIVE, CORE
from dashboard.components.view import View, current_view
from dashboard.pages.group.summary_strip import RATIO_LINES
from dashboard.pages.group.waterfall import item_name
from dashboard.queries import groups, headlines
from monitoring.flags.attribution.gap_attribution import ELIMINATION, MEMBER
from monitoring.flags.attribution.ratio_bridge import Bridge, BridgeEnd

_MOST_BARS = 12


def page(view: View) -> None:
    with_two = [
        g for g in groups.groups(view.session)["group_id"] if len(groups.periods(view.session, g)) > 1
    ]
    if not with_two:
        empty_page(view, view.say("page.changes"))
        return
    left, middle, right = st.columns([2, 1, 1], vertical_alignment="bottom")
    with left:
        group = choices.choose(
            view,
            "group",
            view.say("group"),
            with_two,
            shown=view.name,
            default=headlines.worst_group(view.session),
        )
    days = [d.isoformat() for d in groups.periods(view.session, group)]
    with right:
        closing = choices.choose(view, "period", view.say("changes.to"), days[:-1])
    earlier = [d for d in days if d < closing]
    with middle:
        opening = choices.choose(view, "since", view.say("changes.from"), earlier)
    head(view.say("page.changes"), link("group", view.name(group), group=group, period=closing))
    _incomplete(view, group, date.fromisoformat(opening), date.fromisoformat(closing))
    for side, which in zip(st.columns(2, gap="medium"), (COMPREHENSIVE, CORE), strict=True):
        with side:
            section(view.line(RATIO_LINES[which]), view.say("changes.note"))
            found = groups.bridge(
                view.session, group, date.fromisoformat(opening), date.fromisoformat(closing), which
            )
            if found is None or found.opening.ratio is None or found.closing.ratio is None:
                show(tag("p", view.say("changes.none"), css="quiet"))
                continue
            _waterfall(view, found)
            _effects(view, found)
            _steps(view, found)


def _incomplete(view: View, group: str, *days: date) -> None:
    """The steps are those of the computed statements, also where these lack members and do not stand at the head."""
    lacking = [
        day
        for day in days
        if (counts := headlines.headline(view.session, group, day)) is not None and not counts.is_complete
    ]
    if lacking:
        told = ", ".join(day.isoformat() for day in lacking)
        show(tag("p", view.say("changes.incomplete", days=told), css="r19-problem", role="note"))


def _waterfall(view: View, found: Bridge) -> None:
    """From the earlier ratio to the later one by member and item, the largest first; the scale begins below both."""
    steps = [s for s in found.by_member().iter_rows(named=True) if s["ratio"]]
    shown, rest = steps[:_MOST_BARS], steps[_MOST_BARS:]
    bars = [_end(view, found.opening)]
    bars += [_bar(_label(view, found, s["kind"], s["name"], s["name"]), s["ratio"]) for s in shown]
    if rest:
        bars.append(
            _bar(view.say("group.others", count=len(rest)), sum((s["ratio"] for s in rest), Decimal(0)))
        )
    bars.append(_end(view, found.closing))
    ends = [found.opening.ratio or Decimal(0), found.closing.ratio or Decimal(0)]
    moved = sum((abs(s["ratio"]) for s in steps), Decimal(0))
    begin = (max(min(ends) - moved, Decimal(0)) * 10).to_integral_value(ROUND_FLOOR) / 10
    show(charts.waterfall(bars, (view.say("group.step"), view.say("group.points")), starts_at=begin))
    if begin:
        show(tag("p", view.say("group.scale-from", value=formatting.ratio(begin, 0)), css="quiet small"))


def _end(view: View, end: BridgeEnd) -> WaterfallBar:
    return WaterfallBar(
        view.day(end.period_end),
        end.ratio,
        formatting.ratio(end.ratio),
        formatting.exact(end.ratio, ""),
        is_total=True,
    )


def _bar(label: Child, change: Decimal) -> WaterfallBar:
    return WaterfallBar(label, change, formatting.points(change, 2), formatting.exact(change, ""))


def _label(view: View, found: Bridge, kind: str, party: str, item: str) -> Child:
    """What a step is about, as a link to it."""
    day = found.closing.period_end
    if kind == MEMBER:
        on = found.opening.period_end if party in found.left else day
        return link("entities", view.short_name(party), company=party, period=on)
    if kind == ELIMINATION:
        return link(
            "group",
            view.label(f"step.elimination.{item}"),
            group=found.group_id,
            period=day,
            line="actual_capital",
        )
    name = item_name(view, item) if item else view.label(f"cause.{kind}")
    return link("group", name, group=found.group_id, period=day, line=item or RATIO_LINES[found.measure])


def _effects(view: View, found: Bridge) -> None:
    rows: list[Row | list[Child | TableCell]] = [_ends(view, found.opening)]
    for r in found.by_effect().iter_rows(named=True):
        rows.append([view.say(f"changes.effect.{r['name']}"), *_amounts(view, r)])
    rows.append(Row(_ends(view, found.closing), "total"))
    show(table(_columns(view, view.say("changes.effect")), rows, css="tight"))
    moved = [
        view.say(f"changes.{word}", names=", ".join(view.name(m) for m in members))
        for word, members in (("joined", found.joined), ("left", found.left))
        if members
    ]
    if moved:
        show(tag("p", " ".join(moved), css="small"))


def _columns(view: View, first: str) -> list[Column]:
    return [
        Column(first),
        Column(f"{view.line('minimum_capital')} ({view.unit_name})", figures=True),
        Column(f"{view.say('group.path.capital')} ({view.unit_name})", figures=True),
        Column(view.say("group.path.ratio"), figures=True),
    ]


def _ends(view: View, end: BridgeEnd) -> list[Child | TableCell]:
    return [
        view.day(end.period_end),
        view.amount_cell(end.minimum_capital),
        view.amount_cell(end.capital),
        view.ratio_cell(end.ratio),
    ]


def _amounts(view: View, row: Mapping[str, Any]) -> Iterator[Child | TableCell]:
    yield view.amount_cell(row["requirement"])
    yield view.amount_cell(row["capital"])
    yield TableCell(formatting.points(row["ratio"], 2), hint=formatting.exact(row["ratio"], ""))


def _steps(view: View, found: Bridge) -> None:
    """Every step, by effect and size."""
    ordered = found.steps.sort(pl.col("ratio").abs(), descending=True, maintain_order=True)
    rows: list[Row | list[Child | TableCell]] = [
        [
            tag(
                "span",
                _label(view, found, r["kind"], r["party"], r["item"]),
                " ",
                tag("span", view.say(f"changes.effect.{r['effect']}"), css="quiet small"),
            ),
            *_amounts(view, r),
        ]
        for r in ordered.iter_rows(named=True)
    ]
    steps = table(_columns(view, view.say("group.step")), rows, css="tight")
    show(tag("details", tag("summary", view.say("changes.steps", count=len(rows))), steps))


page(current_view())
