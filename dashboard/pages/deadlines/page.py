"""Deadlines: what is owed by whom and when, as a list and a calendar; who is late; submitting and waiving."""

from __future__ import annotations

from datetime import date

import polars as pl
import streamlit as st

from dashboard.actions import downloads
from dashboard.components import choices
from dashboard.components.markup import show, tag
from dashboard.components.sections import head
from dashboard.components.view import View, current_view
from dashboard.pages.deadlines import calendar, feed_link, listing, punctuality, reporting
from dashboard.pages.deadlines.words import party_name
from dashboard.queries.obligations import deadlines
from monitoring.calendar import today as china_today
from monitoring.obligations.presentation import wording
from monitoring.obligations.states import TO_DO, ObligationState

LIST, CALENDAR, LATE, ARRIVALS = "list", "calendar", "late", "arrivals"
SHOWN = {
    "open": [s.value for s in TO_DO],
    "overdue": [ObligationState.OVERDUE.value],
    "done": [s.value for s in ObligationState if s not in TO_DO],
    "all": [s.value for s in ObligationState],
}
EVERYBODY = "-"
"""Stands in the address for no choice of party or obligation."""


def page(view: View) -> None:
    today = china_today()
    rows = deadlines.obligations(view.session, today)
    head(view.say("page.deadlines"), view.day(today), _tracked(view))
    if rows.is_empty():
        _nothing(view)
        return
    chosen = choices.switch(
        view,
        "view",
        view.say("page.deadlines"),
        [LIST, CALENDAR, LATE, ARRIVALS],
        shown=lambda name: view.say(f"deadlines.view.{name}"),
    )
    if chosen == LATE:
        punctuality.late(view, today)
    elif chosen == ARRIVALS:
        punctuality.arrivals(view, today)
    else:
        _some(view, rows, chosen, today)


def _tracked(view: View) -> str:
    since = deadlines.tracked_since(view.session)
    return view.say("deadlines.tracked", day=since.isoformat()) if since else ""


def _nothing(view: View) -> None:
    st.info(view.say("deadlines.empty"), icon=":material/info:")
    if view.person.sees_everything:
        st.code("rule19 deadlines\nrule19 schedule", language=None)


def _some(view: View, rows: pl.DataFrame, chosen: str, today: date) -> None:
    """The list or the calendar of chosen parties and obligations."""
    names = {
        r["party_id"]: party_name(view, r)
        for r in rows.unique("party_id", maintain_order=True).iter_rows(named=True)
    }
    words = {
        r["obligation"]: wording.name(r, view.language)
        for r in rows.unique("obligation", maintain_order=True).iter_rows(named=True)
    }
    left, middle, right = st.columns([1.3, 1.3, 1.6], vertical_alignment="bottom")
    with left:
        parties = [EVERYBODY, *sorted(names, key=lambda p: names[p])]
        party = choices.choose(
            view,
            "party",
            view.say("deadlines.party"),
            parties,
            shown=lambda p: names.get(p) or view.say("deadlines.everybody"),
        )
    with middle:
        what = choices.choose(
            view,
            "what",
            view.say("deadlines.obligation"),
            [EVERYBODY, *sorted(words)],
            shown=lambda o: words.get(o) or view.say("deadlines.everything"),
        )
    states = "all"
    with right:
        if chosen == LIST:
            states = choices.switch(
                view, "show", view.say("state"), list(SHOWN), shown=lambda s: view.say(f"deadlines.show.{s}")
            )
    day = choices.day_of(st.query_params.get("day", ""))

    def pick(frame: pl.DataFrame) -> pl.DataFrame:
        wanted = [pl.col("state").is_in(SHOWN[states])]
        wanted += [pl.col("party_id") == party] if party != EVERYBODY else []
        wanted += [pl.col("obligation") == what] if what != EVERYBODY else []
        wanted += [pl.col("last_day") == day] if day and chosen == LIST else []
        return frame.filter(wanted)

    own = {k: x for k, x in (("party", party), ("what", what), ("view", chosen)) if x != EVERYBODY}
    if chosen == CALENDAR:
        first = calendar.month_of(st.query_params.get("month", ""), today)
        calendar.month(view, pick(rows), first, today, own)
        show(listing.legend(view))
    else:
        asked = st.query_params.get("obligation", "")
        if asked:
            listing.in_full(view, asked, today)
        if day:
            show(tag("p", view.say("deadlines.only-day", day=day.isoformat()), css="quiet"))
        listing.listed(view, pick(rows), asked)
        reporting.offer(view, rows, today)
    left, middle, right = st.columns([1, 1, 3])
    with left:
        listing.offer_list(view, today, pick)
    with middle:
        downloads.offer(
            view, view.say("deadlines.ics"), feed_link.as_file(view, today, pick), "export.calendar"
        )
    with right:
        feed_link.offer(view)


page(current_view())
