"""How a bridge is drawn, of a group or of a company: the waterfall, the effects, every step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import ROUND_FLOOR, Decimal
from typing import Any

import polars as pl

from dashboard.components import formatting
from dashboard.components.chart import charts
from dashboard.components.chart.chart_frame import show_chart
from dashboard.components.chart.charts import WaterfallBar
from dashboard.components.chart.limit_lines import every_line
from dashboard.components.markup import Child, Column, Row, TableCell, show, table, tag
from dashboard.components.view import View
from monitoring.flags.attribution.ratio_bridge import Bridge, BridgeEnd

_MOST_BARS = 12

Named = Callable[[str, str, str], Child]
"""Kind, party and item of a step → what it is about, as a link to it."""


def bridge_section(view: View, found: Bridge | None, which: str, named: Named) -> None:
    """One ratio (core or comprehensive) from the earlier to the later date, or that there is nothing to compare."""
    if found is None or found.opening.ratio is None or found.closing.ratio is None:
        show(tag("p", view.say("changes.none"), css="quiet"))
        return
    _waterfall(view, found, which, named)
    _effects(view, found)
    _steps(view, found, named)


def _waterfall(view: View, found: Bridge, which: str, named: Named) -> None:
    """From the earlier ratio to the later one by member and item, the largest first; the scale begins below both."""
    steps = [s for s in found.by_member().iter_rows(named=True) if s["ratio"]]
    shown, rest = steps[:_MOST_BARS], steps[_MOST_BARS:]
    bars = [_end(view, found.opening)]
    bars += [_bar(named(s["kind"], s["name"], s["name"]), s["ratio"]) for s in shown]
    if rest:
        bars.append(
            _bar(view.say("group.others", count=len(rest)), sum((s["ratio"] for s in rest), Decimal(0)))
        )
    bars.append(_end(view, found.closing))
    ends = [found.opening.ratio or Decimal(0), found.closing.ratio or Decimal(0)]
    moved = sum((abs(s["ratio"]) for s in steps), Decimal(0))
    begin = (max(min(ends) - moved, Decimal(0)) * 10).to_integral_value(ROUND_FLOOR) / 10
    columns, limits = (
        (view.say("group.step"), view.say("group.points")),
        every_line(which, found.closing.period_end),
    )
    drawn = charts.waterfall(bars, columns, starts_at=begin, limits=limits)
    show_chart(view, view.say(f"ratio.{which}"), drawn)
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


def _effects(view: View, found: Bridge) -> None:
    """What each effect made of requirement, capital and ratio; membership only where somebody came or went."""
    rows: list[Row | list[Child | TableCell]] = [_ends(view, found.opening)]
    for r in found.by_effect().iter_rows(named=True):
        if r["requirement"] or r["capital"] or r["name"] in found.steps["effect"]:
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


def _steps(view: View, found: Bridge, named: Named) -> None:
    """Every step, by effect and size."""
    ordered = found.steps.sort(pl.col("ratio").abs(), descending=True, maintain_order=True)
    rows: list[Row | list[Child | TableCell]] = [
        [
            tag(
                "span",
                named(r["kind"], r["party"], r["item"]),
                " ",
                tag("span", view.say(f"changes.effect.{r['effect']}"), css="quiet small"),
            ),
            *_amounts(view, r),
        ]
        for r in ordered.iter_rows(named=True)
    ]
    steps = table(_columns(view, view.say("group.step")), rows, css="tight")
    show(tag("details", tag("summary", view.say("changes.steps", count=len(rows))), steps))
