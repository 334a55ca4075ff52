"""The dashboard's server: Streamlit with what a script alone cannot do.

``rule19 dashboard`` (or ``streamlit run dashboard/app/server.py``) starts it. Beside Streamlit it answers one address, which keeps
the session in a cookie that no script can read; before all of it stands ``dashboard/app/middleware/guard.py``. It says in plain words when
something went wrong; on the first start it
makes an administrator and prints the one-time password here, on the console, and nowhere else. What people see is drawn by
``dashboard/app/script.py``: a folder of its own, as Streamlit would take ``dashboard/pages`` beside the script for pages of
its own and run them without it.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from streamlit.runtime import runtime_util

from dashboard.app.at_once import send_at_once
from dashboard.app.error_page import show_error
from dashboard.app.middleware.guard import Guard
from dashboard.auth import session
from dashboard.pages.deadlines import feed_link
from dashboard.queries.session import shared_store
from monitoring import logs
from monitoring.access import accounts, known_browsers, sign_in
from monitoring.store.store import StoreError

_LONGEST_TICKET = 100


async def remember(request: Request) -> Response:
    """Exchange a ticket for the cookies: of the session, and by which the browser is known. Refused to any page but our own."""
    origin = request.headers.get("origin", "")
    if urlsplit(origin).netloc != request.headers.get("host"):
        return PlainTextResponse("not from this dashboard", 403)
    body = await request.body()
    token = session.redeem(body[:_LONGEST_TICKET].decode("ascii", "replace"))
    if token is None:
        return PlainTextResponse("no such ticket", 403)
    known = request.cookies.get(session.KNOWN, "")
    browser = await run_in_threadpool(known_browsers.remember, shared_store(), token, known)
    answer = Response(status_code=204)
    cookies = {session.COOKIE: (token, sign_in.LONGEST)}
    if browser is not None:
        cookies[session.KNOWN] = (browser, known_browsers.GOOD_FOR)
    for name, (value, lasts) in cookies.items():
        answer.set_cookie(
            name,
            value,
            max_age=int(lasts.total_seconds()),
            httponly=True,
            samesite="strict",
            secure=origin.startswith("https:"),
        )
    return answer


_MOST_TO_A_PAGE = 50_000_000


def _let_pages_be_larger_than_what_they_send() -> None:
    """Streamlit has one limit for messages both ways (``server.maxMessageSize``).

    By now the server has taken it for those that come in, and holds no longer one in memory for anybody; a table that goes out may
    be longer.
    """
    runtime_util._max_message_size_bytes = _MOST_TO_A_PAGE


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """On the first start: the administrator's one-time password, on the console; what is logged, in the form that is asked for."""
    _let_pages_be_larger_than_what_they_send()
    send_at_once(asyncio.get_running_loop())  # the server begins to listen after this
    logs.set_up(logs.wanted(), logging.INFO)
    if logs.wanted() == logs.JSON:
        logs.take_over()
    try:
        made = accounts.first_administrator(shared_store())
    except StoreError as problem:
        print(f"rule19: {problem}", file=sys.stderr)
        made = None
    if made is not None:
        name, password = made
        hours = int(accounts.ONE_TIME_PASSWORD_LASTS.total_seconds() // 3600)
        print(
            f"\n  First start. Sign in as  {name}  with the one-time password  {password}\n"
            f"  It has to be changed at once and is good for {hours} hours.\n",
            flush=True,
        )
    yield


app = st.App(
    Path(__file__).parent / "script.py",
    lifespan=lifespan,
    routes=[
        Route("/account/remember", remember, methods=["POST"]),
        Route(feed_link.PATH, feed_link.answer, methods=["GET"]),
    ],
    middleware=[Middleware(Guard)],
    on_script_error=show_error,
)
