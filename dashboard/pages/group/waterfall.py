"""How a group comes to be where it is: from the sum of the solos step by step, over time, and who explains the distance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Any

import polars as pl

from consolidation.money import add
from dashboard.components import choices, formatting
from dashboard.components.chart import charts
from dashboard.components.chart.chart_frame import show_chart
from dashboard.components.chart.charts import Series, WaterfallBar
from dashboard.components.chart.limit_lines import every_line, minimum_lines
from dashboard.components.links import link
from dashboard.components.markup import Child, Column, Row, TableCell, show, table, tag
from dashboard.components.sections import section
from dashboard.components.states import COMPREHENSIVE, CORE
from dashboard.components.subject.doubts import doubt_remarks
from dashboard.components.subject.outlook import outlook_section
from dashboard.components.view import View
from dashboard.pages.group.explain import why
from dashboard.pages.group.summary_strip import RATIO_LINES, ratio_state
from dashboard.queries import groups, headlines, outlook
from dashboard.queries.groups import StatementRecord
from monitoring.flags.attribution.gap_attribution import ELIMINATION, MEMBER

# The three waterfalls: the first item and the last of each.
PATHS = {
    "ratio": ("ratio_of_solo_sums", "comprehensive_solvency_ratio"),
    "requirement": ("solo_minimum_capital", "minimum_capital"),
    "capital": ("solo_actual_capital", "actual_capital"),
}
_MOST_BARS = 14
_MOST_PARTS = 10


def waterfall(view: View, record: StatementRecord) -> None:
    section(view.say("group.path"), view.say("group.path-note"))
    quantity = choices.switch(
        view, "way", view.say("group.path"), list(PATHS), shown=lambda w: view.say(f"group.path.{w}")
    )
    first, last = PATHS[quantity]
    rows = record.waterfall.rows(named=True)
    begins = [n for n, r in enumerate(rows) if r["item"] == first]
    ends = [n for n, r in enumerate(rows) if r["item"] == last and (not begins or n > begins[-1])]
    if not ends:
        show(tag("p", view.say("group.path.none"), css="quiet"))
        return
    before = [n for n, r in enumerate(rows) if r["item"] in {e for _, e in PATHS.values()} and n < ends[0]]
    steps = rows[(before[-1] + 1 if before else 0) : ends[0] + 1]
    if quantity == "ratio":
        _ratio_waterfall(view, _title(view, quantity), _steps(view, record, steps, last), record.period_end)
    else:
        bars = _steps(view, record, steps, last)
        show_chart(
            view, _title(view, quantity), charts.waterfall(bars, (view.say("group.step"), view.unit_name))
        )


def _title(view: View, quantity: str) -> str:
    return f"{view.say('group.path')} {view.say(f'group.path.{quantity}')}"


def _ratio_waterfall(view: View, title: str, steps: list[WaterfallBar], day: date) -> None:
    """The scale begins below the smaller end, as the steps between two ratios are small beside the ratios."""
    totals = [s.amount for s in steps if s.is_total and s.amount is not None]
    moved = add(abs(s.amount) for s in steps if not s.is_total and s.amount is not None)
    begin = (max(min(totals) - 2 * moved, Decimal(0)) * 10).to_integral_value(ROUND_FLOOR) / 10
    columns, limits = (view.say("group.step"), view.say("group.points")), every_line(COMPREHENSIVE, day)
    show_chart(view, title, charts.waterfall(steps, columns, starts_at=begin, limits=limits))
    if begin:
        show(tag("p", view.say("group.scale-from", value=formatting.ratio(begin, 0)), css="quiet small"))


def _steps(
    view: View, record: StatementRecord, rows: Sequence[dict[str, object]], last: str
) -> list[WaterfallBar]:
    """The steps of a waterfall without those that change nothing; of many companies the largest by name, the rest in one bar."""
    companies = sorted((r for r in rows if r["entity_id"]), key=lambda r: -abs(r["amount"] or 0))  # type: ignore[arg-type]
    most = _MOST_BARS if len(companies) > _MOST_BARS + 1 else len(companies)
    shown = companies[:most]
    rest = [r["amount"] for r in companies[most:] if isinstance(r["amount"], Decimal)]
    steps = [_step(view, record, r, last) for r in shown]
    if rest:
        total = sum(rest, Decimal(0))
        steps.append(
            WaterfallBar(
                view.say("group.others", count=len(rest)), total, view.amount(total), view.exact(total)
            )
        )
    others = (r for r in rows if not r["entity_id"] and (r["amount"] or r["item"] == last))
    return [*steps, *(_step(view, record, r, last) for r in others)]


def _step(view: View, record: StatementRecord, row: dict[str, object], last: str) -> WaterfallBar:
    amount = row["amount"] if isinstance(row["amount"], Decimal) else None
    is_ratio, is_total = row["unit"] == "ratio", row["item"] in (last, "ratio_of_solo_sums")
    if is_ratio:
        text = formatting.ratio(amount) if is_total else formatting.points(amount, 2)
    else:
        text = view.amount(amount)
    company = str(row["entity_id"] or "")
    item = str(row["item"])
    if company:
        label: Child = link("entities", view.name(company), company=company, period=record.period_end)
    else:
        is_line = item in record.statement.lines
        label = why(view, record, view.label(f"waterfall.{item}"), item if is_line else last)
    return WaterfallBar(
        label, amount, text, (formatting.exact(amount, "") if is_ratio else view.exact(amount)), is_total
    )


def trend(view: View, group: str, day: date) -> None:
    section(view.say("group.trend"))
    own = headlines.headlines(view.session).filter(group_id=group)
    days = own["period_end"].to_list()
    series = [
        Series(
            view.say(f"ratio.{which}"),
            which,
            own[which].to_list(),
            doubt_remarks(view, own[f"{which}_doubt"]),
        )
        for which in (COMPREHENSIVE, CORE)
    ]
    limits = minimum_lines(view, COMPREHENSIVE, CORE, day=day)

    def dated(of: date) -> Child:
        return link("group", formatting.quarter(of), hint=of.isoformat(), group=group, period=of)

    title = view.say("group.trend")
    show_chart(view, title, charts.ratio_lines(days, series, limits, title, view.say("period"), dated))
    if not own["is_complete"].all():
        show(tag("p", view.say("group.trend.published"), css="quiet small"))


def group_outlook(view: View, group: str) -> None:
    """Where the ratios go, from the group's statements and from its members."""
    own = headlines.headlines(view.session).filter(group_id=group)
    history = {w: dict(own.select("period_end", w).iter_rows()) for w in (COMPREHENSIVE, CORE)}
    alarms = outlook.record(view.session).alarms
    breaks = outlook.breaks_of_group(view.session, group)
    outlook_section(view, outlook.of_group(view.session, group), alarms, history, breaks)


# --- who explains the distance ----------------------------------------------------------------------------------------


def causes(view: View, record: StatementRecord) -> None:
    """What the distance from the nearest limit is made of, part by part (Rule 19 A151): members, eliminations, the rest."""
    which = choices.switch(
        view,
        "measure",
        view.say("entities.ratio"),
        [COMPREHENSIVE, CORE],
        shown=lambda w: view.say(f"ratio.{w}"),
    )
    state, lines = ratio_state(record, which)
    limit = (lines.line_of(state) or lines.minimum) if lines else None
    parts = (
        groups.gap(view.session, record.group_id, record.period_end, which, limit)
        if limit is not None
        else None
    )
    if parts is None or parts.is_empty():
        show(tag("p", view.say("group.causes.none"), css="quiet"))
        return
    total = add(parts["amount"].to_list())
    told = view.say(
        "group.causes.short" if total > 0 else "group.causes.room",
        ratio=view.line(RATIO_LINES[which]),
        limit=formatting.ratio(limit, 0),
        amount=view.short_money(abs(total)),
    )
    show(tag("p", told))
    columns = [
        Column(view.say("group.causes.part")),
        Column(view.say("group.causes.needs"), figures=True, hint=view.say("group.causes.needs-note")),
        Column(view.say("group.causes.brings"), figures=True),
        Column(view.say("group.causes.adds"), figures=True, hint=view.say("group.causes.adds-note")),
    ]
    listed = parts.sort(pl.col("amount").abs(), descending=True, maintain_order=True)
    most = _MOST_PARTS if listed.height > _MOST_PARTS + 1 else listed.height  # a rest of one is named itself
    shown, rest = listed.head(most), listed.slice(most)
    rows: list[Row | list[Child | TableCell]] = [
        _part(view, record, r) for r in shown.sort("amount", descending=True).iter_rows(named=True)
    ]
    if rest.height:
        rows.append(_sum(view, view.say("group.others", count=rest.height), rest))
    rows.append(Row(_sum(view, view.say("group.causes.together"), parts), "total"))
    show(table(columns, rows))


def _part(view: View, record: StatementRecord, row: Mapping[str, Any]) -> list[Child | TableCell]:
    amounts = [view.amount_cell(row[name]) for name in ("requirement", "capital", "amount")]
    return [TableCell(_part_name(view, record, row), hint=view.article(row["cause"])), *amounts]


def _part_name(view: View, record: StatementRecord, row: Mapping[str, Any]) -> Child:
    kind = view.label(f"cause.{row['kind']}")
    if row["kind"] == MEMBER:
        return link("entities", view.short_name(row["party"]), company=row["party"], period=record.period_end)
    if row["item"]:
        name = (
            view.label(f"step.elimination.{row['item']}")
            if row["kind"] == ELIMINATION
            else item_name(view, row["item"])
        )
        parties = " → ".join(view.name(party) for party in row["party"].split(" → "))
        told = f"{name} {parties}".strip()
        known = row["item"] in record.statement.lines
        return why(view, record, told, row["item"] if known else "actual_capital")
    return kind


def item_name(view: View, item: str) -> str:
    """What a part of the distance is: a step of the waterfall, or a line of the statement."""
    step = f"waterfall.{item}"
    return view.label(step) if view.label(step) != step else view.line(item)


def _sum(view: View, name: str, parts: pl.DataFrame) -> list[Child | TableCell]:
    return [name, *(view.amount_cell(add(parts[c].to_list())) for c in ("requirement", "capital", "amount"))]
