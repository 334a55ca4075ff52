"""Deadlines: what is owed by whom and when, as a list and a calendar; who is late; submitting and waiving."""

from __future__ import annotations

from datetime import date

import polars as pl
import streamlit as st

from dashboard.actions import downloads
from dashboard.components import choices
from dashboard.components.markup import show, tag
from dashboard.components.sections import head
from dashboard.components.view import View, view
from dashboard.pages.deadlines import calendar, feed_link, listing, punctuality, reporting
from dashboard.queries import deadlines
from monitoring.calendar import today as china_today
from monitoring.obligations import wording
from monitoring.obligations.states import OPEN, ObligationState

LIST, CALENDAR, LATE, ARRIVALS = "list", "calendar", "late", "arrivals"
SHOWN = {
    "open": [s.value for s in OPEN],
    "overdue": [ObligationState.OVERDUE.value],
    "done": [s.value for s in ObligationState if s not in OPEN],
    "all": [s.value for s in ObligationState],
}
EVERYBODY = "-"
"""Stands in the address for no choice of party or obligation."""


def page(v: View) -> None:
    today = china_today()
    rows = deadlines.obligations(v.desk, today)
    head(v.say("page.deadlines"), v.day(today), _tracked(v))
    if rows.is_empty():
        _nothing(v)
        return
    chosen = choices.switch(
        v,
        "view",
        v.say("page.deadlines"),
        [LIST, CALENDAR, LATE, ARRIVALS],
        shown=lambda name: v.say(f"deadlines.view.{name}"),
    )
    if chosen == LATE:
        punctuality.late(v, today)
    elif chosen == ARRIVALS:
        punctuality.arrivals(v, today)
    else:
        _some(v, rows, chosen, today)


def _tracked(v: View) -> str:
    since = deadlines.tracked_since(v.desk)
    return v.say("deadlines.tracked", day=since.isoformat()) if since else ""


def _nothing(v: View) -> None:
    st.info(v.say("deadlines.empty"), icon=":material/info:")
    if v.person.sees_everything:
        st.code("rule19 deadlines\nrule19 schedule", language=None)


def _some(v: View, rows: pl.DataFrame, chosen: str, today: date) -> None:
    """The list or the calendar of chosen parties and obligations."""
    names = {
        r["party_id"]: v.name(r["party_id"]) if r["who"] != "supervisor" else r["party_name"]
        for r in rows.unique("party_id", maintain_order=True).iter_rows(named=True)
    }
    words = {
        r["obligation"]: wording.name(r, v.language)
        for r in rows.unique("obligation", maintain_order=True).iter_rows(named=True)
    }
    left, middle, right = st.columns([1.3, 1.3, 1.6], vertical_alignment="bottom")
    with left:
        parties = [EVERYBODY, *sorted(names, key=lambda p: names[p])]
        party = choices.choose(
            v,
            "party",
            v.say("deadlines.party"),
            parties,
            shown=lambda p: names.get(p) or v.say("deadlines.everybody"),
        )
    with middle:
        what = choices.choose(
            v,
            "what",
            v.say("deadlines.obligation"),
            [EVERYBODY, *sorted(words)],
            shown=lambda o: words.get(o) or v.say("deadlines.everything"),
        )
    states = "all"
    with right:
        if chosen == LIST:
            states = choices.switch(
                v, "show", v.say("state"), list(SHOWN), shown=lambda s: v.say(f"deadlines.show.{s}")
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
        calendar.month(v, pick(rows), first, today, own)
        show(listing.legend(v))
    else:
        asked = st.query_params.get("obligation", "")
        if asked:
            listing.in_full(v, asked, today)
        if day:
            show(tag("p", v.say("deadlines.only-day", day=day.isoformat()), css="quiet"))
        listing.listed(v, pick(rows), asked)
        reporting.offer(v, rows, today)
    left, middle, right = st.columns([1, 1, 3])
    with left:
        downloads.offer(v, v.say("deadlines.csv"), listing.as_csv(today, pick), "export.deadlines")
    with middle:
        downloads.offer(v, v.say("deadlines.ics"), feed_link.as_file(v, today, pick), "export.calendar")
    with right:
        feed_link.offer(v)


page(view())
