"""Industry, company by company: the quadrant, one among its peers, the largest falls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from dashboard.components import charts, choices, figures, states
from dashboard.components.charts import Limit, Series
from dashboard.components.markup import Cell, Child, Column, Html, show, table, tag
from dashboard.components.sections import section
from dashboard.components.states import COMPREHENSIVE, CORE, State
from dashboard.components.view import View
from dashboard.pages.industry.names import ALL, basis_name, company_link, of_kind, quiet
from dashboard.pages.industry.plots import Point, quadrant
from dashboard.queries import industry

_PERIODS_SHOWN = 12
_ROWS_SHOWN = 12


def companies_in_quadrant(v: View, kind: str, day: date) -> str | None:
    """The quadrant; gives the company that is chosen in it."""
    section(v.say("industry.quadrant"), v.say("industry.quadrant-note"))
    frame = industry.quadrant(v.desk, kind, day)
    if frame.is_empty():
        quiet(v, "industry.none")
        return None
    worst = frame.sort("comprehensive", "entity_id")["entity_id"].to_list()
    company = choices.choose(
        v, "company", v.say("industry.company"), sorted(worst), shown=v.name, default=worst[0]
    )
    points = [
        Point(
            r["entity_id"],
            v.name(r["entity_id"]),
            r["core"],
            r["comprehensive"],
            states.worst(
                [states.state(CORE, r["core"], day), states.state(COMPREHENSIVE, r["comprehensive"], day)]
            ),
            r["entity_id"] == company,
        )
        for r in frame.iter_rows(named=True)
    ]
    axes = (v.say("ratio.core"), v.say("ratio.comprehensive"))
    show(quadrant(points, states.limits(CORE, day), states.limits(COMPREHENSIVE, day), axes, day))
    show(_legend(v))
    return company


def _legend(v: View) -> Html:
    known = (State.BREACH, State.KEY_CHECK, State.WATCH)
    marks = [v.mark(state) for state in known]
    fine = tag("span", f"● {v.state(State.FINE)}", css=f"state {State.FINE.css}")
    return tag("div", *marks, fine, tag("span", v.say("industry.quadrant-cut"), css="quiet"), css="legend")


def beside_peers(v: View, company: str, measure: str, day: date) -> None:
    rows = industry.standing(v.desk, company).filter(pl.col("period_end") <= day)
    section(v.say("industry.peers"), company_link(v, company, day))
    latest = rows.filter(pl.col("period_end") == day).rows(named=True)
    columns = [
        Column(v.say("industry.measure")),
        Column(v.say("industry.ratio"), figures=True),
        Column(v.say("industry.rank"), figures=True),
        Column(v.say("industry.percentile"), figures=True, hint=v.say("industry.percentile-note")),
        Column(v.say("industry.band-rank"), figures=True),
    ]
    show(
        table(
            columns,
            [
                [
                    v.say(f"ratio.{r['measure']}"),
                    v.ratio_cell(r["ratio"]),
                    f"{r['rank']} / {r['of']}",
                    figures.ratio(r["percentile"], 0),
                    figures.NONE if r["band_rank"] is None else f"{r['band_rank']} / {r['band_of']}",
                ]
                for r in latest
            ],
        )
    )
    _beside_peers(v, company, measure, rows)


def _beside_peers(v: View, company: str, measure: str, rows: pl.DataFrame) -> None:
    """The company's ratio over time beside the median of its kind."""
    own = rows.filter(pl.col("measure") == measure)
    kind = own["kind"].to_list()[-1] if own.height else None
    levels = industry.scan(v.desk).levels.filter(
        pl.col("segment") == ALL, pl.col("kind") == kind, pl.col("measure") == measure
    )
    median = dict(levels.select("period_end", "q50").iter_rows())
    days = own["period_end"].to_list()[-_PERIODS_SHOWN:]
    if len(days) < 2:
        return
    ratios = dict(own.select("period_end", "ratio").iter_rows())
    series = [
        Series(v.say("industry.this"), "own", [ratios[d] for d in days]),
        Series(v.say("industry.median"), "peers", [median.get(d) for d in days]),
    ]
    line = states.limits(measure, days[-1])
    limits = (
        []
        if line is None
        else [
            Limit(
                v.say("limit-of", ratio=v.say(f"ratio.{measure}"), value=figures.ratio(line.minimum, 0)),
                "breach",
                line.minimum,
            )
        ]
    )
    show(charts.ratio_lines(days, series, limits, v.say("industry.peers")))


def falls(v: View, kind: str, measure: str, day: date) -> None:
    rows = (
        industry.scan(v.desk)
        .falls.filter(
            of_kind(kind),
            pl.col("measure") == measure,
            pl.col("period_end") == day,
        )
        .sort("beyond", "fall", "entity_id", descending=[False, True, False])
    )
    bases = rows["bases"].unique().to_list()
    note = v.say("industry.falls-note") + (f" · {basis_name(v, bases[0])}" if len(bases) == 1 else "")
    section(v.say("industry.falls"), note)
    if rows.is_empty():
        quiet(v, "industry.no-falls")
        return
    columns = [
        Column(v.say("company")),
        Column(v.say("industry.before"), figures=True),
        Column(v.say("industry.after"), figures=True),
        Column(v.say("industry.fall"), figures=True),
        Column(v.say("state")),
        *([Column(v.say("industry.basis"))] if len(bases) > 1 else []),
    ]
    shown: Sequence[Sequence[Child | Cell]] = [
        [
            company_link(v, r["entity_id"], day),
            v.ratio_cell(r["before"]),
            v.ratio_cell(r["after"]),
            Cell(figures.signed(-r["fall"], 1), hint=v.say("industry.beyond") if r["beyond"] else None),
            v.mark(states.state(measure, r["after"], day)),
            *([Cell(basis_name(v, r["bases"]), "quiet small nowrap")] if len(bases) > 1 else []),
        ]
        for r in rows.head(_ROWS_SHOWN).iter_rows(named=True)
    ]
    show(table(columns, shown))
