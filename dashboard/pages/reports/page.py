"""Reports: those that fall due with how far each is; one of them in full, to write, check, approve and download."""

from __future__ import annotations

from datetime import date

import polars as pl
import streamlit as st

from dashboard.components import choices
from dashboard.components.links import link
from dashboard.components.markup import Column, Row, show, table, tag
from dashboard.components.sections import empty_page, head, section
from dashboard.components.view import View, current_view
from dashboard.pages.reports import one
from dashboard.queries.obligations import reports
from dashboard.queries.record import run_headers
from monitoring.calendar import today as china_today
from monitoring.obligations.states import OPEN

_MOST = 60


def page(view: View) -> None:
    if run_headers.last_run(view.session) is None:
        empty_page(view, view.say("page.reports"))
        return
    today = china_today()
    head(view.say("page.reports"), view.day(today))
    kind, group = st.query_params.get("kind", ""), st.query_params.get("of", "")
    period = choices.day_of(st.query_params.get("ends", ""))
    if kind and group and period:
        one.report(view, kind, group, period, today)
    _listed(view, reports.reports(view.session, today))


def _listed(view: View, rows: pl.DataFrame) -> None:
    section(view.say("reports.list"), view.say("reports.list-note"))
    if rows.is_empty():
        show(tag("p", view.say("reports.none"), " ", link("deadlines", view.say("reports.deadlines"))))
        return
    is_open = pl.col("obligation_state").is_in([s.value for s in OPEN])
    ordered = pl.concat([rows.filter(is_open), rows.filter(~is_open).reverse()])
    columns = [
        Column(view.say("deadlines.last-day"), css="nowrap"),
        Column(view.say("group")),
        Column(view.say("reports.report")),
        Column(view.say("period"), css="nowrap"),
        Column(view.say("state"), css="nowrap"),
        Column(view.say("reports.parts"), figures=True),
        Column(view.say("deadlines.obligation"), css="nowrap"),
    ]
    show(table(columns, [_row(view, r) for r in ordered.head(_MOST).iter_rows(named=True)]))


def _row(view: View, row: dict[str, object]) -> Row:
    period = row["period_end"]
    assert isinstance(period, date)
    onward = link(
        "reports",
        view.label(f"reports.kind.{row['kind']}"),
        kind=row["kind"],
        of=row["group_id"],
        ends=period.isoformat(),
    )
    last = row["last_day"]
    return Row(
        [
            view.day(last if isinstance(last, date) else None),
            view.name(str(row["group_id"])),
            onward,
            view.day(period),
            view.label(f"reports.life.{row['state']}"),
            f"{row['checked']}/{row['parts']}",
            link(
                "deadlines",
                view.label(f"deadlines.state.{row['obligation_state']}"),
                obligation=row["reference"],
            ),
        ]
    )


page(current_view())
