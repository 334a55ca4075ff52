"""What a company owes and by when."""

from __future__ import annotations

import polars as pl

from dashboard.components.links import link
from dashboard.components.markup import Column, show, table, tag
from dashboard.components.sections import section
from dashboard.components.view import View
from dashboard.pages.deadlines import words
from dashboard.queries.obligations import deadlines
from monitoring.calendar import today
from monitoring.obligations.catalogue import INSURER

_MOST = 6


def duties(view: View, company: str) -> None:
    """What is open, the first due first, then what was done last; each leads to itself in full."""
    every = link("deadlines", view.say("all"), party=company)
    section(view.say("page.deadlines"), every)
    if deadlines.tracked_since(view.session) is None:
        show(tag("p", view.say("groups.not-tracked"), css="quiet"))
        return
    owed = deadlines.obligations(view.session, today()).filter(who=INSURER, party_id=company)
    is_open = pl.col("days_left").is_not_null()
    rows = [
        *owed.filter(is_open).head(_MOST).rows(named=True),
        *owed.filter(~is_open).tail(2).reverse().rows(named=True),
    ]
    if not rows:
        show(tag("p", view.say("deadlines.none"), css="quiet"))
        return
    columns = [
        Column(view.say("state"), css="nowrap"),
        Column(view.say("deadlines.last-day"), css="nowrap"),
        Column(view.say("deadlines.obligation"), css="middle"),
        Column(view.say("period"), css="nowrap"),
    ]
    shown = [
        [
            words.mark(view, row),
            words.when(view, row),
            link("deadlines", words.name(view, row), party=company, obligation=row["reference"]),
            view.day(row["period_end"]),
        ]
        for row in rows
    ]
    show(table(columns, shown, css="tight"))
