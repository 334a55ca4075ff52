"""Where the change comes from: a waterfall by company or by shock, why a line is what it is, and the reverse test."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_FLOOR, Decimal
from functools import partial
from typing import Any

import polars as pl

from consolidation.scenario.members.own_results import TABLE
from consolidation.statement_lines import CAPITAL_TIER_LINES
from dashboard.components import choices, formatting
from dashboard.components.chart import charts
from dashboard.components.chart.chart_frame import DrawnChart, show_chart
from dashboard.components.chart.charts import WaterfallBar
from dashboard.components.chart.limit_lines import every_line
from dashboard.components.links import link
from dashboard.components.markup import Child, Column, Html, Row, TableCell, show, table, tag
from dashboard.components.sections import section
from dashboard.components.states import COMPREHENSIVE, CORE
from dashboard.components.view import View
from dashboard.pages.stress.one_group import Chosen, member_cells
from dashboard.pages.stress.words import BASES, shock_name, variant_in_words

MEASURES = ("actual_capital", "comprehensive_solvency_ratio", "core_solvency_ratio", "minimum_capital")
_RATIOS = {"comprehensive_solvency_ratio": COMPREHENSIVE, "core_solvency_ratio": CORE}
_BY = {"company": "entity_id", "shock": "shock"}
_MOST_BARS = 12


def waterfall(view: View, chosen: Chosen) -> None:
    """From the base to the stressed figure, by company or by shock; the bars add up to the last digit."""
    section(view.say("stress.waterfall"), variant_in_words(view, (chosen.stage, chosen.horizon, "before")))
    by = choices.switch(
        view, "by", view.say("stress.by"), list(_BY), shown=lambda b: view.say(f"stress.by.{b}")
    )
    line = choices.switch(
        view, "of", view.say("stress.measure"), MEASURES, shown=partial(_measure_name, view)
    )
    row = chosen.group_lines()[line]
    steps = chosen.of(chosen.result.attribution).filter(line=line)
    if chosen.actions == "after":
        show(tag("p", view.say("stress.before-actions"), css="quiet small"))
        row = {**row, "stressed": None}
    if row["base"] is None or steps.is_empty():
        show(tag("p", view.say("stress.no-steps"), css="quiet"))
        return
    is_ratio = line.endswith("_ratio")
    column = _BY[by]
    sums = steps.with_columns(part=pl.col(column).fill_null(pl.col("shock"))).group_by(
        "part", maintain_order=True
    )
    parts = [(str(part), change) for part, change in sums.agg(pl.col("change").sum()).iter_rows() if change]
    if len(parts) > _MOST_BARS + 1:
        parts.sort(key=lambda one: -abs(one[1]))
        rest = sum((change for _, change in parts[_MOST_BARS:]), Decimal(0))
        parts = [*parts[:_MOST_BARS], (view.say("group.others", count=len(parts) - _MOST_BARS), rest)]
    bars = [_total(view, view.say("stress.base"), row["base"], is_ratio=is_ratio)]
    bars += [_bar(view, chosen, part, change, by, is_ratio=is_ratio) for part, change in parts]
    end = row["base"] + sum((change for _, change in parts), Decimal(0))
    bars.append(_total(view, view.say("stress.stressed"), end, is_ratio=is_ratio))
    lowest = min(row["base"], end)
    begin = Decimal(0)
    if is_ratio and lowest > 1:
        begin = (lowest * Decimal("0.8") * 10).to_integral_value(ROUND_FLOOR) / 10
    limits = every_line(_RATIOS[line], chosen.horizon) if is_ratio else []
    drawn = charts.waterfall(bars, (view.say("group.step"), view.line(line)), starts_at=begin, limits=limits)
    show_chart(view, f"{view.say('stress.waterfall')} {view.line(line)}", drawn)
    if begin:
        show(tag("p", view.say("group.scale-from", value=formatting.ratio(begin, 0)), css="quiet small"))


def _measure_name(view: View, line: str) -> str:
    """Short enough for a row of buttons on a telephone."""
    return view.say(f"ratio.{_RATIOS[line]}") if line in _RATIOS else view.line(line)


def _total(view: View, label: str, amount: Decimal, *, is_ratio: bool) -> WaterfallBar:
    text = formatting.ratio(amount) if is_ratio else view.amount(amount)
    return WaterfallBar(
        label, amount, text, (formatting.exact(amount, "") if is_ratio else view.exact(amount)), True
    )


def _bar(view: View, chosen: Chosen, part: str, change: Decimal, by: str, *, is_ratio: bool) -> WaterfallBar:
    text = formatting.points(change, 2) if is_ratio else view.amount(change)
    label: Child = shock_name(view, part)
    if by == "company" and part in chosen.member_lines():
        label = link("entities", view.short_name(part), company=part, period=chosen.day)
    return WaterfallBar(
        label, change, text, (formatting.exact(change, "") if is_ratio else view.exact(change))
    )


# --- why a line is what it is ---------------------------------------------------------------------------------------------


def explanation(view: View, chosen: Chosen, line: str, filed: Mapping[str, pl.DataFrame]) -> None:
    """A line's change, company by company, down to the cell that each one filed."""
    row = chosen.group_lines().get(line)
    if row is None:
        return
    is_ratio = line.endswith("_ratio")
    shown = formatting.ratio if is_ratio else view.amount
    section(view.say("stress.why", line=view.line(line)), view.say("stress.label"))
    told = view.say(
        "stress.why-head",
        base=shown(row["base"]),
        stressed=shown(row["stressed"]),
        day=chosen.horizon.isoformat(),
    )
    show(tag("p", told, " ", _filed_line(view, chosen, line)))
    steps = chosen.of(chosen.result.attribution).filter(line=line)
    if line in MEASURES and steps.height:
        rows = [
            _step(view, chosen, step, filed, is_ratio=is_ratio)
            for step in steps.iter_rows(named=True)
            if step["change"]
        ]
    else:
        rows = [
            _own_change(view, chosen, change, line, filed)
            for change in _changes_of(chosen, line).iter_rows(named=True)
        ]
    if not rows:
        show(tag("p", view.say("stress.why-formula"), css="quiet"))
        return
    columns = [
        Column(view.say("stress.step")),
        Column(view.say("company")),
        Column(view.say("stress.change"), figures=True),
        Column(view.say("stress.cell")),
    ]
    show(table(columns, rows))


def _filed_line(view: View, chosen: Chosen, line: str) -> Html:
    return link(
        "group",
        view.say("stress.as-filed", day=chosen.day.isoformat()),
        group=chosen.result.group_id,
        period=chosen.day,
        line=line,
    )


def _step(
    view: View, chosen: Chosen, step: Mapping[str, Any], filed: Mapping[str, pl.DataFrame], *, is_ratio: bool
) -> Row:
    change = step["change"]
    text = formatting.points(change, 2) if is_ratio else view.amount(change)
    amount = TableCell(text, hint=(formatting.exact(change, "") if is_ratio else view.exact(change)))
    return Row(
        [
            shock_name(view, step["shock"]),
            *_who(view, chosen, step["entity_id"], step["shock"], amount, filed),
        ]
    )


def _changes_of(chosen: Chosen, line: str) -> pl.DataFrame:
    """What companies' own changes put on a tier; nothing for a line that no company moves by itself."""
    changes = chosen.changes()
    if line not in CAPITAL_TIER_LINES:
        return changes.clear()
    return changes.filter(pl.col(line) != 0)


def _own_change(
    view: View, chosen: Chosen, change: Mapping[str, Any], line: str, filed: Mapping[str, pl.DataFrame]
) -> Row:
    share, own = change["capital_share"], change[line]
    counted = view.say("stress.by-share", share=formatting.share(share), own=view.amount(own))
    amount = TableCell(counted, hint=view.exact(own))
    return Row(
        [
            shock_name(view, change["shock"]),
            *_who(view, chosen, change["entity_id"], change["shock"], amount, filed),
        ]
    )


def _who(
    view: View,
    chosen: Chosen,
    entity: str | None,
    shock: str,
    amount: TableCell,
    filed: Mapping[str, pl.DataFrame],
) -> list[Child | TableCell]:
    if entity is None:
        return [view.say("stress.whole-group"), amount, ""]
    name = link("entities", view.short_name(entity), company=entity, period=chosen.day)
    return [name, amount, TableCell(member_cells(view, chosen, entity, [shock], filed), "place")]


def filed_cells(view: View, chosen: Chosen, filed: Mapping[str, pl.DataFrame]) -> None:
    """The members' own rows under this scenario and in the base, each figure with its cell."""
    steps = chosen.changes()["shock"].unique().to_list()
    rows = (
        filed[TABLE]
        .filter(pl.col("scenario").is_in([*steps, *BASES]), pl.col("horizon_end") == chosen.horizon)
        .sort("entity_id", pl.col("scenario").is_in(BASES))
    )
    section(view.say("stress.filed-cells"), f"{rows.height:,}")
    columns = [
        Column(view.say("company")),
        Column(view.say("stress.scenario")),
        *(
            Column(
                view.line(name) if name != "core_capital" else view.label("item.core_capital"), figures=True
            )
            for name in _OWN
        ),
        Column(view.say("source")),
    ]
    shown = [
        Row(
            [
                view.short_name(r["entity_id"]),
                shock_name(view, r["scenario"]),
                *(view.amount_cell(r[name]) for name in _OWN),
                TableCell(
                    view.say(
                        "explain.place",
                        table=TABLE,
                        which=f"{view.name(r['entity_id'])}, {shock_name(view, r['scenario'])}, {r['horizon_end']}",
                        column="actual_capital",
                        file=r["source_file"],
                        row=r["source_row"],
                    ),
                    "place",
                ),
            ]
        )
        for r in rows.iter_rows(named=True)
    ]
    show(table(columns, shown))


_OWN = ("actual_capital", "core_capital", "minimum_capital")


# --- the second round -----------------------------------------------------------------------------------------------------


def clearing(view: View, chosen: Chosen) -> None:
    """What members owe and pay each other in the second round, with the certificate; nothing where none was asked for."""
    rows = chosen.of(chosen.result.clearing)
    if rows.is_empty():
        return
    section(view.say("stress.clearing"), view.say("group.in-unit", unit=view.unit_name))
    show(tag("p", view.say("stress.clearing-note"), css="quiet small"))
    columns = [
        Column(view.say("stress.debtor")),
        Column(view.say("stress.creditor")),
        Column(view.say("stress.owed"), figures=True),
        Column(view.say("stress.paid"), figures=True),
        Column(view.say("stress.paid-exactly"), figures=True),
        Column(view.say("stress.debtor-assets"), figures=True),
        Column(view.say("stress.way-out")),
    ]
    show(table(columns, [_payment(view, row) for row in rows.iter_rows(named=True)]))


def _payment(view: View, row: Mapping[str, Any]) -> Row:
    def who(entity: str | None) -> str:
        return view.short_name(entity) if entity else view.say("stress.outside")

    full = row["owed"] == row["paid"]
    return Row(
        [
            who(row["debtor_id"]),
            who(row["creditor_id"]),
            view.amount_cell(row["owed"]),
            view.amount_cell(row["paid"]),
            row["paid_exactly"],
            row["debtor_assets"],
            "" if full else who(row["way_out"]),
        ],
        "quiet" if full else None,
    )


# --- the reverse test -----------------------------------------------------------------------------------------------------


def reverse(view: View, chosen: Chosen) -> None:
    """How far each driver may move until a ratio is at its limit, as gauges."""
    rows = chosen.result.reverse
    section(view.say("stress.reverse"), view.say("stress.reverse-note"))
    if rows.is_empty():
        show(tag("p", view.say("stress.no-reverse"), css="quiet"))
        return
    if any(rows["due"]):
        show(tag("p", "▲ ", view.say("stress.reverse-due"), css="state watch"))
    columns = [
        Column(view.say("stress.driver")),
        Column(view.say("stress.limit"), css="nowrap"),
        Column("", css="bars"),
        Column(view.say("stress.size"), figures=True),
        Column(view.say("stress.reached"), figures=True),
    ]
    drawn = table(columns, [_gauge(view, row) for row in rows.iter_rows(named=True)], css="waterfall drivers")
    show_chart(view, view.say("stress.reverse"), DrawnChart(drawn))


def _gauge(view: View, row: Mapping[str, Any]) -> Row:
    size: Decimal | None = row["size"]
    width = min(abs(size or Decimal(0)), Decimal(1)) * 100
    css = "down" if width < 30 else "up"
    bar = tag("span", css=f"bar {css}", style=f"margin-left:0%;width:{width:.2f}%")
    told = _reached(view, row["status"])
    return Row(
        [
            view.label(f"stress.driver.{row['driver']}"),
            f"{view.say('ratio.' + row['ratio'])} {formatting.ratio(row['limit'], 0)}",
            TableCell(tag("div", bar if size is not None else "", css="bar-room"), hint=told),
            TableCell(
                formatting.points(size, 4) + "%" if size is not None else told,
                hint=formatting.exact(size, ""),
            ),
            view.ratio_cell(row["reached_ratio"]),
        ]
    )


def _reached(view: View, status: str) -> str:
    """Whether the limit is reached, in words; ``status`` as of :mod:`consolidation.scenario.reverse`."""
    if status.startswith("not reached at "):
        return view.say("stress.reverse.not-reached", size=status.removeprefix("not reached at "))
    return view.say(f"stress.reverse.{status.replace(' ', '-')}")
