"""Industry, the whole: level and distribution, how many stand on which step, and who moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import polars as pl

from dashboard.components import formatting, states
from dashboard.components.chart import charts
from dashboard.components.chart.chart_frame import DrawnChart, show_chart
from dashboard.components.markup import Child, Column, Html, Row, TableCell, join, show, table, tag
from dashboard.components.sections import section
from dashboard.components.states import SolvencyState
from dashboard.components.view import View
from dashboard.pages.industry.names import ALL, KINDS, basis_name, company_link, kind_name, of_kind, quiet
from dashboard.pages.industry.plots import Box, box, box_end
from dashboard.queries import industry

NOT_FILED, NOT_COMPUTABLE, IN_DOUBT, NEW = "not_filed", "not_computable", "in_doubt", "new"
# The states of the steps, from the highest: it has one step more than there are lines.
STEP_STATES = (SolvencyState.FINE, SolvencyState.WATCH, SolvencyState.KEY_CHECK, SolvencyState.BREACH)
_PERIODS_SHOWN = 12
_QUANTILES = ("q05", "q25", "q50", "q75", "q95")
_ROWS_SHOWN = 12


def level_strip(view: View, kind: str, measure: str, day: date) -> None:
    scan = industry.scan(view.session)
    here = (pl.col("kind") == kind, pl.col("measure") == measure, pl.col("period_end") == day)
    level = scan.levels.filter(*here, pl.col("segment") == ALL)
    if level.is_empty():
        quiet(view, "industry.none")
        return
    row = level.row(0, named=True)
    past = scan.levels.filter(
        pl.col("kind") == kind,
        pl.col("measure") == measure,
        pl.col("segment") == ALL,
        pl.col("period_end") <= day,
    ).sort("period_end")
    moved = scan.course.filter(*here)
    change = moved.row(0, named=True) if moved.height else {}
    counted = dict(
        industry.step_counts(view.session, kind, measure)
        .filter(pl.col("period_end") == day)
        .select("step", "companies")
        .iter_rows()
    )
    steps = _steps(view, measure, day)
    below = sum(counted.get(step, 0) for step, _, state in steps if state is SolvencyState.BREACH)
    show(
        tag(
            "div",
            _figure(
                view.say("industry.weighted"),
                join([formatting.ratio(row["weighted_mean"]), _trend(past, "weighted_mean")]),
                _change(view, change),
            ),
            _figure(
                view.say("industry.median"),
                join([formatting.ratio(row["q50"]), _trend(past, "q50")]),
                view.say(
                    "industry.quartiles",
                    low=formatting.ratio(row["q25"], 1),
                    high=formatting.ratio(row["q75"], 1),
                ),
            ),
            _figure(
                view.say("industry.mean"),
                join([formatting.ratio(row["mean"]), _trend(past, "mean")]),
                view.say("industry.left-out", count=row["left_out_of_mean"]),
            ),
            _figure(
                view.say("industry.companies"),
                str(row["companies"]),
                view.say("industry.bases", annual=row["annual"], quarterly=row["quarterly"]),
            ),
            _figure(
                view.say("industry.below"),
                str(below),
                view.say(
                    "industry.absent",
                    missing=counted.get(NOT_FILED, 0),
                    without=counted.get(NOT_COMPUTABLE, 0),
                ),
            ),
            css="r19-figures",
        )
    )


def _trend(past: pl.DataFrame, name: str) -> Html:
    """One of the levels over its last quarters."""
    known = past.drop_nulls(name).tail(_PERIODS_SHOWN)
    return charts.sparkline(list(known.select("period_end", name).iter_rows()))


def _figure(name: str, figure: Child, note: Child) -> Html:
    return tag(
        "div",
        tag("div", name, css="label"),
        tag("div", figure, css="figure"),
        tag("div", note, css="note"),
    )


def _change(view: View, row: Mapping[str, Any]) -> str:
    """The change since last quarter, of all and of the same companies, and what the line through the last ones leads to."""
    if row.get("change") is None:
        return view.say("industry.no-change")
    told = view.say(
        "industry.change",
        points=formatting.signed(row["change"], 1),
        same=formatting.signed(row["change_same_companies"], 1),
        count=row["same_companies"],
    )
    if row.get("outlook_1") is None:
        return told
    return f"{told} {view.say('industry.outlook', value=formatting.ratio(row['outlook_1'], 1))}"


def distribution(view: View, kind: str, measure: str, day: date) -> None:
    section(view.say("industry.distribution"), view.say("industry.distribution-note"))
    rows = _segments(view, kind, measure, day)
    if not rows:
        quiet(view, "industry.none")
        return
    boxes = [Box(r["q05"], r["q25"], r["q50"], r["q75"], r["q95"], r["weighted_mean"]) for r in rows]
    limits, end = states.limits(measure, day), box_end(boxes)
    columns = [
        Column(view.say("industry.segment"), css="nowrap"),
        Column(view.say("industry.count"), figures=True),
        Column(view.say("industry.scale", end=formatting.ratio(end, 0)), css="bars"),
        Column(view.say("industry.weighted"), figures=True),
        Column(view.say("industry.median"), figures=True),
        Column(view.say("industry.lowest"), figures=True),
        Column(view.say("industry.highest"), figures=True),
    ]
    drawn = table(
        columns,
        [
            Row(
                [
                    TableCell(_segment(view, r), None if r["segment"] == ALL else "in1"),
                    r["companies"],
                    TableCell(box(b, limits, end), hint=_in_words(r)),
                    view.ratio_cell(r["weighted_mean"]),
                    view.ratio_cell(r["q50"]),
                    view.ratio_cell(r["minimum"]),
                    TableCell(formatting.ratio(r["maximum"], 0), hint=formatting.ratio(r["maximum"])),
                ],
                "total" if r["kind"] == ALL else None,
            )
            for r, b in zip(rows, boxes, strict=True)
        ],
        css="boxes",
    )
    heads = [
        Column(view.say("industry.segment")),
        *(Column(view.label(f"export.column.{q}"), True) for q in _QUANTILES),
    ]
    figures = table(heads, [[_segment(view, r), *(view.ratio_cell(r[q]) for q in _QUANTILES)] for r in rows])
    show_chart(view, view.say("industry.distribution"), DrawnChart(drawn, figures))


def _segments(view: View, kind: str, measure: str, day: date) -> list[dict[str, Any]]:
    """All, then each kind, each with its size classes where one kind is chosen."""
    levels = industry.scan(view.session).levels.filter(
        pl.col("period_end") == day, pl.col("measure") == measure
    )
    wanted = levels.filter(pl.col("segment") == ALL) if kind == ALL else levels.filter(pl.col("kind") == kind)
    order = {name: n for n, name in enumerate((*KINDS, "large", "medium", "small"))}
    return sorted(
        wanted.iter_rows(named=True), key=lambda r: (order.get(r["kind"], 99), order.get(r["segment"], 99))
    )


def _segment(view: View, row: Mapping[str, Any]) -> str:
    if row["segment"] == ALL:
        return kind_name(view, row["kind"])
    return view.label(f"dashboard.industry.band.{row['segment']}").removeprefix("dashboard.industry.band.")


def _in_words(row: Mapping[str, Any]) -> str:
    return " · ".join(f"{int(q[1:])}%: {formatting.ratio(row[q], 1)}" for q in _QUANTILES)


def _steps(view: View, measure: str, day: date) -> list[tuple[str, str, SolvencyState]]:
    """The steps on a day, from the highest: id, words, state."""
    bounds = industry.scan(view.session).ladder_bounds
    if bounds.is_empty():
        return []
    of_measure = bounds.filter(pl.col("measure") == measure)
    known = of_measure.filter(pl.col("period_end") <= day)["period_end"].max()
    rows = of_measure.filter(pl.col("period_end") == known).sort("step").rows(named=True)
    named = []
    for row, state in zip(rows, STEP_STATES, strict=False):
        low, high = row["at_least"], row["below"]
        if high is None:
            words = f"≥ {formatting.ratio(low, 0)}"
        elif low is None:
            words = f"< {formatting.ratio(high, 0)}"
        else:
            words = f"{formatting.ratio(low, 0)} – {formatting.ratio(high, 0)}"
        named.append((row["step"], words, state))
    return named


def step_counts(view: View, kind: str, measure: str, day: date) -> None:
    section(view.say("industry.ladder"), view.say("industry.ladder-note"))
    frame = industry.step_counts(view.session, kind, measure).filter(pl.col("period_end") <= day)
    days = frame["period_end"].unique().sort().to_list()[-_PERIODS_SHOWN:]
    counts = {(d, s): n for d, s, n in frame.select("period_end", "step", "companies").iter_rows()}
    steps: list[tuple[str, Child, str]] = [
        (s, view.mark(state, words), state.css) for s, words, state in _steps(view, measure, day)
    ]
    steps += [(s, view.say(f"industry.step.{s}"), "none") for s in _without_ratio(frame["step"])]
    totals = {d: sum(counts.get((d, s), 0) for s, _, _ in steps) for d in days}
    columns = [Column(view.say("industry.step"))] + [
        Column(formatting.quarter(d), figures=True, hint=d.isoformat()) for d in days
    ]
    rows = [Row([label, *(_count(counts.get((d, s), 0), css) for d in days)]) for s, label, css in steps]
    rows.append(Row([view.say("industry.together"), *(str(totals[d]) for d in days)], "total"))
    show_chart(view, view.say("industry.ladder"), DrawnChart(table(columns, rows, css="counts")))


def _without_ratio(steps: Iterable[str]) -> list[str]:
    """The places of companies without a ratio that counts; those in doubt only where there are any."""
    return [NOT_FILED, NOT_COMPUTABLE, *([IN_DOUBT] if IN_DOUBT in steps else [])]


def _count(number: int, css: str) -> TableCell:
    return TableCell(str(number), css) if number else TableCell("·", "quiet")


def migration(view: View, kind: str, measure: str, day: date) -> None:
    section(view.say("industry.migration"), view.say("industry.migration-note"))
    frame = industry.migration(view.session, kind, measure, day)
    if frame.is_empty():
        quiet(view, "industry.no-migration")
        return
    counts = {(a, b): n for a, b, n in frame.iter_rows()}
    steps = [(s, words) for s, words, _ in _steps(view, measure, day)]
    absent = [
        (s, view.say(f"industry.step.{s}")) for s in _without_ratio([*frame["from_step"], *frame["to_step"]])
    ]
    rank = {s: n for n, (s, _) in enumerate(steps)}
    to = [*steps, *absent]
    rows: list[list[Child | TableCell]] = []
    for source, words in [*to, (NEW, view.say(f"industry.step.{NEW}"))]:
        if any((source, target) in counts for target, _ in to):
            rows.append([words, *(_moved(counts, rank, source, target) for target, _ in to)])
    columns = [Column(view.say("industry.from-to"))] + [Column(words, figures=True) for _, words in to]
    show_chart(view, view.say("industry.migration"), DrawnChart(table(columns, rows, css="counts narrow")))
    _movers(view, kind, measure, day, dict([*to, (NEW, view.say(f"industry.step.{NEW}"))]))


def _moved(
    counts: Mapping[tuple[str, str], int], rank: Mapping[str, int], source: str, target: str
) -> TableCell:
    number = counts.get((source, target), 0)
    if not number:
        return TableCell("·", "quiet")
    one, other = rank.get(source), rank.get(target)
    if one is None or other is None:
        return TableCell(str(number))
    return TableCell(
        f"{'↓' if other > one else '↑' if other < one else ''}{number}",
        "worse" if other > one else "better" if other < one else "stays",
    )


def _movers(view: View, kind: str, measure: str, day: date, words: Mapping[str, str]) -> None:
    rows = (
        industry.scan(view.session)
        .moves.filter(
            pl.col("measure") == measure,
            pl.col("period_end") == day,
            of_kind(kind),
        )
        .sort("to_step", "entity_id", descending=[True, False])
    )
    if rows.is_empty():
        return
    columns = [
        Column(view.say("company")),
        Column(view.say("industry.from")),
        Column(view.say("industry.to")),
        Column(view.say("industry.basis")),
    ]
    shown = [
        [
            company_link(view, r["entity_id"], day),
            words.get(r["from_step"], r["from_step"]),
            words.get(r["to_step"], r["to_step"]),
            TableCell(basis_name(view, r["bases"]), "quiet small nowrap"),
        ]
        for r in rows.head(_ROWS_SHOWN).iter_rows(named=True)
    ]
    more = rows.height - len(shown)
    show(
        join(
            [
                table(columns, shown),
                tag("p", view.say("industry.more", count=more), css="quiet") if more else None,
            ]
        )
    )
