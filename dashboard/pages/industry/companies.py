"""Industry, company by company: the quadrant, one among its peers, the largest falls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from dashboard.components import choices, formatting, states
from dashboard.components.chart import charts
from dashboard.components.chart.chart_frame import DrawnChart, show_chart
from dashboard.components.chart.charts import Series
from dashboard.components.chart.limit_lines import minimum_lines
from dashboard.components.markup import Child, Column, Html, TableCell, show, table, tag
from dashboard.components.sections import section
from dashboard.components.states import COMPREHENSIVE, CORE, SolvencyState
from dashboard.components.view import View
from dashboard.pages.industry.names import ALL, basis_name, company_link, of_kind, quiet
from dashboard.pages.industry.plots import Point, quadrant
from dashboard.queries import industry

_PERIODS_SHOWN = 12
_ROWS_SHOWN = 12


def companies_in_quadrant(view: View, kind: str, day: date) -> str | None:
    """The quadrant; gives the company that is chosen in it."""
    section(view.say("industry.quadrant"), view.say("industry.quadrant-note"))
    frame = industry.quadrant(view.session, kind, day)
    if frame.is_empty():
        quiet(view, "industry.none")
        return None
    worst = frame.sort("comprehensive", "entity_id")["entity_id"].to_list()
    company = choices.choose(
        view, "company", view.say("industry.company"), sorted(worst), shown=view.name, default=worst[0]
    )
    points = [
        Point(
            r["entity_id"],
            view.name(r["entity_id"]),
            r["core"],
            r["comprehensive"],
            states.worst(
                [states.state(CORE, r["core"], day), states.state(COMPREHENSIVE, r["comprehensive"], day)]
            ),
            r["entity_id"] == company,
        )
        for r in frame.iter_rows(named=True)
    ]
    axes = (view.say("ratio.core"), view.say("ratio.comprehensive"))
    drawn = quadrant(points, states.limits(CORE, day), states.limits(COMPREHENSIVE, day), axes, day)
    show_chart(view, view.say("industry.quadrant"), DrawnChart(drawn, _figures(view, points, axes)))
    show(_legend(view))
    return company


def _figures(view: View, points: Sequence[Point], axes: tuple[str, str]) -> Html:
    """The companies of the quadrant, the lowest comprehensive ratio first."""
    columns = [
        Column(view.say("company")),
        *(Column(axis, figures=True) for axis in axes),
        Column(view.say("state")),
    ]
    return table(
        columns,
        [
            [p.name, view.ratio_cell(p.core), view.ratio_cell(p.comprehensive), view.mark(p.state)]
            for p in sorted(points, key=lambda p: p.comprehensive)
        ],
        css="narrow",
    )


def _legend(view: View) -> Html:
    known = (SolvencyState.BREACH, SolvencyState.KEY_CHECK, SolvencyState.WATCH)
    marks = [view.mark(state) for state in known]
    fine = tag("span", f"● {view.state(SolvencyState.FINE)}", css=f"state {SolvencyState.FINE.css}")
    return tag("div", *marks, fine, tag("span", view.say("industry.quadrant-cut"), css="quiet"), css="legend")


def beside_peers(view: View, company: str, measure: str, day: date) -> None:
    rows = industry.ranks(view.session, company).filter(pl.col("period_end") <= day)
    section(view.say("industry.peers"), company_link(view, company, day))
    latest = rows.filter(pl.col("period_end") == day).rows(named=True)
    columns = [
        Column(view.say("industry.measure")),
        Column(view.say("industry.ratio"), figures=True),
        Column(view.say("industry.rank"), figures=True),
        Column(view.say("industry.percentile"), figures=True, hint=view.say("industry.percentile-note")),
        Column(view.say("industry.band-rank"), figures=True),
    ]
    show(
        table(
            columns,
            [
                [
                    view.say(f"ratio.{r['measure']}"),
                    view.ratio_cell(r["ratio"]),
                    f"{r['rank']} / {r['of']}",
                    formatting.ratio(r["percentile"], 0),
                    formatting.NONE if r["band_rank"] is None else f"{r['band_rank']} / {r['band_of']}",
                ]
                for r in latest
            ],
        )
    )
    _beside_peers(view, company, measure, rows)


def _beside_peers(view: View, company: str, measure: str, rows: pl.DataFrame) -> None:
    """The company's ratio over time beside the median of its kind."""
    own = rows.filter(pl.col("measure") == measure)
    kind = own["kind"].to_list()[-1] if own.height else None
    levels = industry.scan(view.session).levels.filter(
        pl.col("segment") == ALL, pl.col("kind") == kind, pl.col("measure") == measure
    )
    median = dict(levels.select("period_end", "q50").iter_rows())
    days = own["period_end"].to_list()[-_PERIODS_SHOWN:]
    if len(days) < 2:
        return
    ratios = dict(own.select("period_end", "ratio").iter_rows())
    series = [
        Series(view.say("industry.this"), "own", [ratios[d] for d in days]),
        Series(view.say("industry.median"), "peers", [median.get(d) for d in days]),
    ]
    limits = minimum_lines(view, measure, day=days[-1])
    title = view.say("industry.peers")
    show_chart(view, title, charts.ratio_lines(days, series, limits, title, view.say("period")))


def falls(view: View, kind: str, measure: str, day: date) -> None:
    rows = (
        industry.scan(view.session)
        .falls.filter(
            of_kind(kind),
            pl.col("measure") == measure,
            pl.col("period_end") == day,
        )
        .sort("beyond", "fall", "entity_id", descending=[False, True, False])
    )
    bases = rows["bases"].unique().to_list()
    note = view.say("industry.falls-note") + (f" · {basis_name(view, bases[0])}" if len(bases) == 1 else "")
    section(view.say("industry.falls"), note)
    if rows.is_empty():
        quiet(view, "industry.no-falls")
        return
    columns = [
        Column(view.say("company")),
        Column(view.say("industry.before"), figures=True),
        Column(view.say("industry.after"), figures=True),
        Column(view.say("industry.fall"), figures=True),
        Column(view.say("state")),
        *([Column(view.say("industry.basis"))] if len(bases) > 1 else []),
    ]
    shown: Sequence[Sequence[Child | TableCell]] = [
        [
            company_link(view, r["entity_id"], day),
            view.ratio_cell(r["before"]),
            view.ratio_cell(r["after"]),
            TableCell(
                formatting.signed(-r["fall"], 1), hint=view.say("industry.beyond") if r["beyond"] else None
            ),
            view.mark(states.state(measure, r["after"], day)),
            *([TableCell(basis_name(view, r["bases"]), "quiet small nowrap")] if len(bases) > 1 else []),
        ]
        for r in rows.head(_ROWS_SHOWN).iter_rows(named=True)
    ]
    show(table(columns, shown))
