"""Industry, what is not on the surface: who is silent and what that implies, and what the groups hold in common."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from dashboard.components import formatting
from dashboard.components.links import link
from dashboard.components.markup import Column, Html, TableCell, show, table
from dashboard.components.sections import section
from dashboard.components.view import View
from dashboard.pages.industry.names import company_link, kind_name, of_kind, quiet
from dashboard.queries import industry

_ROWS_SHOWN = 12


def disclosure_gap(view: View, kind: str, measure: str, day: date) -> None:
    section(view.say("industry.gap"), view.say("industry.gap-note"))
    scan = industry.scan(view.session)
    rows = (
        scan.gaps.filter(of_kind(kind), pl.col("measure") == measure, pl.col("period_end") <= day)
        .sort("period_end", "kind", descending=[True, False])
        .head(8)
    )
    if rows.is_empty():
        quiet(view, "industry.gap.none")
        return
    columns = [
        Column(view.say("period"), css="nowrap"),
        Column(view.say("kind"), css="nowrap"),
        Column(view.say("industry.gap.published"), figures=True),
        Column(view.say("industry.gap.filers"), figures=True),
        Column(view.say("industry.gap.points"), figures=True),
        Column(view.say("industry.gap.silent"), figures=True),
        Column(view.say("industry.gap.bound"), figures=True, hint=view.say("industry.gap.bound-note")),
        Column(
            view.say("industry.gap.required", unit=view.unit_name),
            figures=True,
            hint=view.say("industry.gap.required-note"),
        ),
    ]
    show(
        table(
            columns,
            [
                [
                    view.day(r["period_end"]),
                    kind_name(view, r["kind"]),
                    formatting.ratio(r["published"], 1),
                    TableCell(
                        formatting.ratio(r["filers"]), hint=view.say("industry.gap.of", count=r["companies"])
                    ),
                    formatting.signed(r["gap"], 1),
                    str(r["silent"]) if r["silent"] else "–",
                    *_implied(view, r),
                ]
                for r in rows.iter_rows(named=True)
            ],
        )
    )
    _silent(view, scan.silent.filter(of_kind(kind), pl.col("period_end") == day), day)


def _implied(view: View, row: Mapping[str, Any]) -> list[TableCell]:
    """What the silent would have to be; where that cannot be, that the assumption is disproved, and no figure."""
    if row["disproved"] is not None:
        why = view.say(f"industry.gap.disproved.{row['disproved']}")
        return [
            TableCell(view.say("industry.gap.disproved"), "quiet", why),
            TableCell(formatting.NONE, hint=why),
        ]
    needed = row["least_required_at_limit"]
    return [TableCell(_bound(row)), TableCell(view.short(needed), hint=view.exact(needed))]


def _bound(row: Mapping[str, Decimal | None]) -> str:
    low, high = row["bound_low"], row["bound_high"]
    if low is None or high is None:
        return (
            formatting.NONE
            if low == high
            else f"{'≥' if high is None else '≤'} {formatting.ratio(low or high, 0)}"
        )
    return f"{formatting.ratio(low, 0)} – {formatting.ratio(high, 0)}"


def _silent(view: View, rows: pl.DataFrame, day: date) -> None:
    if rows.is_empty():
        return
    columns = [
        Column(view.say("industry.gap.company")),
        Column(view.say("state")),
        Column(view.say("industry.gap.since")),
        Column(view.say("industry.gap.last"), figures=True),
    ]
    show(
        table(
            columns,
            [
                [
                    company_link(view, r["entity_id"], day),
                    view.say(f"industry.gap.status.{r['status']}"),
                    view.day(r["since"]),
                    formatting.ratio(r["last_ratio"]),
                ]
                for r in rows.iter_rows(named=True)
            ],
        )
    )


def common_holdings(view: View, day: date) -> None:
    section(view.say("industry.common"), view.say("industry.common-note"))
    days = [d for d in industry.measured_days(view.session) if d <= day]
    if not days:
        quiet(view, "industry.common.none")
        return
    measured = days[0]
    frame = industry.common(view.session, measured)
    left, right = st.columns([1.15, 1], gap="medium")
    for side, test in ((left, "counterparty"), (right, "sector")):
        with side:
            rows = frame.filter(pl.col("test") == test)
            show(_held(view, rows, industry.parties(view.session, test, view.language), test, measured))


def _held(view: View, rows: pl.DataFrame, names: Mapping[str, str], test: str, day: date) -> Html:
    columns = [
        Column(view.say(f"industry.common.{test}")),
        Column(view.say("industry.common.groups"), figures=True),
        Column(view.say("industry.common.exposure", unit=view.unit_name), figures=True),
        Column(view.say("industry.common.share"), figures=True),
        Column(view.say("industry.common.largest")),
        Column(view.say("industry.common.over"), figures=True),
    ]
    return table(
        columns,
        [
            [
                link(
                    "counterparty", names.get(r["party"], r["party"]), test=test, party=r["party"], period=day
                ),
                r["groups"],
                view.amount_cell(r["exposure"]),
                formatting.ratio(r["share"], 1),
                link("group", view.name(r["largest_holder"]), group=r["largest_holder"], period=day),
                str(r["over_limit"]) if r["over_limit"] else "–",
            ]
            for r in rows.head(_ROWS_SHOWN).iter_rows(named=True)
        ],
        caption=view.say(
            "industry.common.on", day=day.isoformat(), shown=min(rows.height, _ROWS_SHOWN), count=rows.height
        ),
    )
