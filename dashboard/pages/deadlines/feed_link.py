"""Deadlines for a calendar program: a file to download, and an address to subscribe to.

:func:`answer` answers the address; ``dashboard.app.server`` puts it under ``/calendar/<secret>.ics``. Everybody else gets the same
"not found", whatever is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from urllib.parse import urlsplit

import polars as pl
import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from consolidation.words import say
from dashboard.actions.downloads import File
from dashboard.components.markup import show, tag
from dashboard.components.view import View
from dashboard.queries.obligations import deadlines
from dashboard.queries.session import UserSession, open_session, shared_store
from monitoring.access import feed_links
from monitoring.calendar import today as china_today
from monitoring.obligations.presentation.feed import calendar_feed
from monitoring.store.store import StoreError

PATH = "/calendar/{secret}.ics"
ICS = "text/calendar"
_MADE = "deadlines-feed"
_LOOKS_BACK = timedelta(days=180)


def as_file(view: View, today: date, pick: Callable[[pl.DataFrame], pl.DataFrame]) -> File:
    """The chosen obligations as a calendar file."""
    base = _base()

    def make(session: UserSession) -> bytes:
        rows = pick(deadlines.obligations(session, today))
        return calendar_feed(rows, view.say("deadlines.calendar"), view.language, base)

    return File(f"deadlines-{today.isoformat()}.ics", ICS, make)


def offer(view: View) -> None:
    """Make, show once, renew or end the person's address."""
    with st.expander(view.say("deadlines.feed"), icon=":material/calendar_add_on:"):
        made = st.session_state.pop(_MADE, None)
        if made:
            st.code(_address(made), language=None)
            show(tag("p", view.say("deadlines.feed-once"), css="small"))
        at = feed_links.made_at(view.session.store, view.person)
        show(
            tag(
                "p",
                view.say("deadlines.feed-made", at=view.moment(at))
                if at
                else view.say("deadlines.feed-about"),
                css="quiet small",
            )
        )
        left, right = st.columns(2)
        if left.button(
            view.say("deadlines.feed-renew" if at else "deadlines.feed-make"), key="deadlines-feed-make"
        ):
            now = view.session.refreshed()
            st.session_state[_MADE] = feed_links.new_link(now.store, now.person)
            st.rerun()
        if at and right.button(view.say("deadlines.feed-end"), key="deadlines-feed-end"):
            now = view.session.refreshed()
            feed_links.end_link(now.store, now.person)
            st.rerun()


def _address(secret: str) -> str:
    return f"{_base()}{PATH.format(secret=secret)}"


def _base() -> str:
    """The address of the dashboard, behind whatever path a proxy puts it under."""
    parts = urlsplit(st.context.url or "")
    base = parts.path.rsplit("/deadlines", 1)[0].rstrip("/") if "/deadlines" in parts.path else ""
    return f"{parts.scheme}://{parts.netloc}{base}"


async def answer(request: Request) -> Response:
    """The feed of whose secret stands in the address."""
    secret = str(request.path_params.get("secret", ""))
    try:
        data = await run_in_threadpool(_feed, secret, str(request.base_url))
    except StoreError:
        return PlainTextResponse("the store cannot be used just now", 503)
    if data is None:
        return PlainTextResponse("not found", 404)
    return Response(data, media_type=ICS, headers={"cache-control": "private, max-age=900"})


def _feed(secret: str, base: str) -> bytes | None:
    store = shared_store()
    person = feed_links.whose(store, secret)
    if person is None:
        return None
    today = china_today()
    rows = deadlines.obligations(open_session(store, person), today)
    recent = rows.filter(pl.col("last_day") >= today - _LOOKS_BACK)
    return calendar_feed(recent, say("dashboard.deadlines.calendar", person.language), person.language, base)
