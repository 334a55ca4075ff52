"""Industry, what is not on the surface: who is silent and what that implies, and what the groups hold in common."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import polars as pl
import streamlit as st

from dashboard.components import figures
from dashboard.components.links import link
from dashboard.components.markup import Cell, Column, Html, show, table
from dashboard.components.sections import section
from dashboard.components.view import View
from dashboard.pages.industry.names import company_link, kind_name, of_kind, quiet
from dashboard.queries import industry

_ROWS_SHOWN = 12


def disclosure_gap(v: View, kind: str, measure: str, day: date) -> None:
    section(v.say("industry.gap"), v.say("industry.gap-note"))
    scan = industry.scan(v.desk)
    rows = (
        scan.gaps.filter(of_kind(kind), pl.col("measure") == measure, pl.col("period_end") <= day)
        .sort("period_end", "kind", descending=[True, False])
        .head(8)
    )
    if rows.is_empty():
        quiet(v, "industry.gap.none")
        return
    columns = [
        Column(v.say("period"), css="nowrap"),
        Column(v.say("kind"), css="nowrap"),
        Column(v.say("industry.gap.published"), figures=True),
        Column(v.say("industry.gap.filers"), figures=True),
        Column(v.say("industry.gap.points"), figures=True),
        Column(v.say("industry.gap.silent"), figures=True),
        Column(v.say("industry.gap.bound"), figures=True, hint=v.say("industry.gap.bound-note")),
        Column(
            v.say("industry.gap.required", unit=v.unit_name),
            figures=True,
            hint=v.say("industry.gap.required-note"),
        ),
    ]
    show(
        table(
            columns,
            [
                [
                    v.day(r["period_end"]),
                    kind_name(v, r["kind"]),
                    figures.ratio(r["published"], 1),
                    Cell(figures.ratio(r["filers"]), hint=v.say("industry.gap.of", count=r["companies"])),
                    figures.signed(r["gap"], 1),
                    str(r["silent"]) if r["silent"] else "–",
                    _bound(r),
                    Cell(
                        v.short(r["least_required_at_limit"]),
                        hint=figures.exact(r["least_required_at_limit"]),
                    ),
                ]
                for r in rows.iter_rows(named=True)
            ],
        )
    )
    _silent(v, scan.silent.filter(of_kind(kind), pl.col("period_end") == day), day)


def _bound(row: Mapping[str, Decimal | None]) -> str:
    low, high = row["bound_low"], row["bound_high"]
    if low is None or high is None:
        return (
            figures.NONE if low == high else f"{'≥' if high is None else '≤'} {figures.ratio(low or high, 0)}"
        )
    return f"{figures.ratio(low, 0)} – {figures.ratio(high, 0)}"


def _silent(v: View, rows: pl.DataFrame, day: date) -> None:
    if rows.is_empty():
        return
    columns = [
        Column(v.say("industry.gap.company")),
        Column(v.say("state")),
        Column(v.say("industry.gap.since")),
        Column(v.say("industry.gap.last"), figures=True),
    ]
    show(
        table(
            columns,
            [
                [
                    company_link(v, r["entity_id"], day),
                    v.say(f"industry.gap.status.{r['status']}"),
                    v.day(r["since"]),
                    figures.ratio(r["last_ratio"]),
                ]
                for r in rows.iter_rows(named=True)
            ],
        )
    )


def common_holdings(v: View, day: date) -> None:
    section(v.say("industry.common"), v.say("industry.common-note"))
    days = [d for d in industry.measured_days(v.desk) if d <= day]
    if not days:
        quiet(v, "industry.common.none")
        return
    measured = days[0]
    frame = industry.common(v.desk, measured)
    left, right = st.columns([1.15, 1], gap="medium")
    for side, test in ((left, "counterparty"), (right, "sector")):
        with side:
            show(_held(v, frame.filter(pl.col("test") == test), test, measured))


def _held(v: View, rows: pl.DataFrame, test: str, day: date) -> Html:
    columns = [
        Column(v.say(f"industry.common.{test}")),
        Column(v.say("industry.common.groups"), figures=True),
        Column(v.say("industry.common.exposure", unit=v.unit_name), figures=True),
        Column(v.say("industry.common.share"), figures=True),
        Column(v.say("industry.common.largest")),
        Column(v.say("industry.common.over"), figures=True),
    ]
    return table(
        columns,
        [
            [
                r["party"],
                r["groups"],
                v.amount_cell(r["exposure"]),
                figures.ratio(r["share"], 1),
                link("group", v.name(r["largest_holder"]), group=r["largest_holder"], period=day),
                str(r["over_limit"]) if r["over_limit"] else "–",
            ]
            for r in rows.head(_ROWS_SHOWN).iter_rows(named=True)
        ],
        caption=v.say(
            "industry.common.on", day=day.isoformat(), shown=min(rows.height, _ROWS_SHOWN), count=rows.height
        ),
    )
