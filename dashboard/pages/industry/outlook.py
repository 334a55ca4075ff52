"""Industry, what comes next: who is likely to fall below a limit, and how good such estimates have been."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from dashboard.actions import exports
from dashboard.components import formatting
from dashboard.components.chart.chart_frame import DrawnChart, show_chart
from dashboard.components.links import link
from dashboard.components.markup import Child, Column, Html, TableCell, show, table, tag
from dashboard.components.sections import section
from dashboard.components.subject.outlook import chance, span
from dashboard.components.view import View
from dashboard.pages.industry.names import ALL, quiet
from dashboard.pages.industry.plots import ReliabilityPoint, reliability_plot
from dashboard.queries import outlook
from monitoring.outlook.ranking import LIMITS
from monitoring.outlook.schema import BackTests
from monitoring.outlook.sentences import comparisons
from monitoring.ratios import ENTITY

_ROWS_SHOWN = 15
_HORIZON = 2
_RULE19 = "rule19"


def outlook_sections(view: View, kind: str, measure: str) -> None:
    """Who is next, the record of such estimates, the reliability diagram, and who forecasts honestly."""
    ranked = outlook.ranked(view.session)
    section(view.say("outlook.next"), view.say("outlook.next-note"))
    if ranked.is_empty():
        quiet(view, "outlook.none")
        return
    left, right = st.columns([1.3, 1], gap="medium")
    with left:
        _who_is_next(view, ranked, kind, measure)
        _downloads(view)
    record = outlook.record(view.session)
    with right:
        _record(view, record, measure)
    left, right = st.columns([1, 1.3], gap="medium")
    with left:
        _reliability(view, record, measure)
    with right:
        _honesty(view, kind)


def _who_is_next(view: View, ranked: pl.DataFrame, kind: str, measure: str) -> None:
    here = ranked.filter(pl.col("measure") == measure)
    if kind != ALL:
        here = here.filter(pl.col("kind") == kind)
    if here.is_empty():
        quiet(view, "outlook.none")
        return
    columns = [
        Column("", figures=True),
        Column(view.say("outlook.who")),
        Column(view.say("outlook.made-from")),
        Column(view.say("outlook.limit"), figures=True),
        Column(view.say("outlook.now"), figures=True),
        Column(view.say("outlook.range"), figures=True),
        Column(view.say("outlook.p-next"), figures=True),
        Column(view.say("outlook.p-two"), figures=True),
    ]
    rows: list[list[Child | TableCell]] = [
        [
            str(number),
            _subject(view, row),
            TableCell(view.day(row["made_from"]), "nowrap"),
            f"{row['limit']}%",
            formatting.ratio(row["ratio"], 1),
            span(row["low"], row["high"]),
            chance(row["next"], row["ratio"], row["limit"]),
            chance(row["within_two"], row["ratio"], row["limit"]),
        ]
        for number, row in enumerate(here.head(_ROWS_SHOWN).iter_rows(named=True), 1)
    ]
    show(table(columns, rows, css="tight", caption=view.say("outlook.caption")))


def _subject(view: View, row: Mapping[str, Any]) -> Html:
    name = view.short_name(row["subject_id"])
    if row["subject_kind"] == ENTITY:
        return link("entities", name, company=row["subject_id"])
    return link("group", name, group=row["subject_id"])


def _downloads(view: View) -> None:
    exports.offer_tables(
        view,
        view.say("outlook.download"),
        "rule19-outlook",
        outlook.sheets,
        "export.outlook",
        note=view.say("outlook.sheet-note"),
        words="dashboard.outlook",
    )


def _record(view: View, record: outlook.OutlookRecord, measure: str) -> None:
    """Alarms, hits, false alarms, falls without an alarm and lead, by limit; and where the ratio alone is as good."""
    show(tag("h3", view.say("outlook.record"), css="r19-section"))
    mine = record.alarms.filter(pl.col("measure") == measure)
    last = mine.filter(pl.col("made_from") == pl.col("made_from").max())
    if last.select("events", "alarms").sum_horizontal().sum() == 0:
        quiet(view, "outlook.no-record")
        return
    lead = dict(
        record.scores.filter(model=_RULE19, measure=measure, horizon=_HORIZON)
        .drop_nulls("limit")
        .select("limit", "lead")
        .iter_rows()
    )
    columns = [
        Column(view.say("outlook.limit"), figures=True),
        *(Column(view.say(f"outlook.{name}"), figures=True) for name in _COUNTS),
        Column(view.say("outlook.lead"), figures=True, hint=view.say("outlook.lead-note")),
    ]
    rows: list[list[Child | TableCell]] = []
    for limit in LIMITS[measure]:
        for alarms, right, events in last.filter(limit=limit).select("alarms", "came_true", "events").rows():
            counts = (alarms, right, alarms - right, events - right)
            quarters = lead.get(limit)
            shown = formatting.NONE if quarters is None else f"{quarters:.1f}"
            rows.append([f"{limit}%", *(str(count) for count in counts), shown])
    show(table(columns, rows, css="tight", caption=view.say("outlook.record-note")))
    about = BackTests.typed(record.scores.filter(measure=measure, horizon=_HORIZON))
    show(
        tag(
            "ul",
            *(tag("li", sentence) for sentence in comparisons(about, view.language)),
            css="r19-list small",
        )
    )


_COUNTS = ("alarms", "hits", "false", "missed")


def _reliability(view: View, record: outlook.OutlookRecord, measure: str) -> None:
    section(view.say("outlook.reliability"), view.say("outlook.reliability-note"))
    rows = record.reliability.filter((pl.col("measure") == measure) & (pl.col("horizon") == _HORIZON))
    if rows.is_empty():
        quiet(view, "outlook.no-record")
        return
    points = [
        ReliabilityPoint(
            row["said"],
            row["came"],
            row["n"],
            view.say(
                "outlook.reliability-point",
                low=formatting.ratio(row["low"], 0),
                high=formatting.ratio(row["high"], 0),
                said=formatting.ratio(row["said"], 1),
                came=formatting.ratio(row["came"], 1),
                count=row["n"],
            ),
        )
        for row in rows.iter_rows(named=True)
    ]
    axes = view.say("outlook.said"), view.say("outlook.came")
    columns = [
        *(Column(axis, figures=True) for axis in axes),
        Column(view.say("industry.count"), figures=True),
    ]
    figures = table(columns, [[f"{p.said:.1%}", f"{p.came:.1%}", p.count] for p in points], css="narrow")
    show_chart(view, view.say("outlook.reliability"), DrawnChart(reliability_plot(points, axes), figures))


def _honesty(view: View, kind: str) -> None:
    """Each insurer's own forecasts: how many have come out, bias and spread so far, rank among its kind."""
    section(view.say("outlook.honesty"), view.say("outlook.honesty-note"))
    scored = outlook.own_forecasts(view.session).filter(pl.col("error").is_not_null())
    kinds = outlook.ranked(view.session).select("kind", entity_id="subject_id").unique("entity_id")
    if kind != ALL:
        scored = scored.join(kinds.filter(kind=kind), on="entity_id", how="semi")
    if scored.is_empty():
        quiet(view, "outlook.honesty-none")
        return
    last = (
        scored.sort("for_period", "made_from")
        .group_by("entity_id", maintain_order=True)
        .agg(
            pl.len().alias("count"),
            pl.col("for_period", "forecast", "filed", "bias", "spread", "rank").last(),
        )
        .sort("rank", "entity_id")
    )
    columns = [
        Column(view.say("outlook.rank"), figures=True),
        Column(view.say("company")),
        Column(view.say("outlook.own-count"), figures=True),
        Column(view.say("outlook.own-last"), figures=True),
        Column(view.say("outlook.filed"), figures=True),
        Column(view.say("outlook.bias"), figures=True, hint=view.say("outlook.bias-note")),
        Column(view.say("outlook.spread"), figures=True),
    ]
    rows: list[list[Child | TableCell]] = [
        [
            str(row["rank"]),
            link("entities", view.short_name(row["entity_id"]), company=row["entity_id"]),
            str(row["count"]),
            TableCell(formatting.ratio(row["forecast"], 1), hint=row["for_period"].isoformat()),
            formatting.ratio(row["filed"], 1),
            formatting.points(row["bias"]),
            formatting.NONE if row["spread"] is None else f"{row['spread'] * 100:.1f}",
        ]
        for row in last.head(_ROWS_SHOWN).iter_rows(named=True)
    ]
    show(table(columns, rows, css="tight"))
