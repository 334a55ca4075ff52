"""The dashboard's server: Streamlit with what a script alone cannot do.

``rule19 dashboard`` (or ``streamlit run dashboard/app/server.py``) starts it. Beside Streamlit it answers one address, which keeps
the session in a cookie that no script can read; it says in plain words when something went wrong; on the first start it
makes an administrator and prints the one-time password here, on the console, and nowhere else. What people see is drawn by
``dashboard/app/script.py``: a folder of its own, as Streamlit would take ``dashboard/pages`` beside the script for pages of
its own and run them without it.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.app.error_page import show_error
from dashboard.auth import session
from dashboard.pages.deadlines import feed_link
from dashboard.queries.session import shared_store
from monitoring.access import accounts, sign_in
from monitoring.store.store import StoreError

_LONGEST_TICKET = 100
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"referrer-policy", b"same-origin"),
)


_FOR_NOBODY = "/_stcore/metrics"
"""Streamlit's own figures about its caches and sessions, which it gives to whoever asks."""


class Guard:
    """Adds headers by which a browser neither frames the dashboard elsewhere nor tells others its addresses.

    Keeps :data:`_FOR_NOBODY` to itself.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, with the headers added."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_HEADERS]
            await send(message)

        if scope["type"] == "http" and scope["path"].rstrip("/").endswith(_FOR_NOBODY):
            await PlainTextResponse("not here", 404)(scope, receive, send_with_headers)
            return
        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


async def remember(request: Request) -> Response:
    """Exchange a ticket for the cookie. Refused to any page but our own."""
    origin = request.headers.get("origin", "")
    if urlsplit(origin).netloc != request.headers.get("host"):
        return PlainTextResponse("not from this dashboard", 403)
    body = await request.body()
    token = session.redeem(body[:_LONGEST_TICKET].decode("ascii", "replace"))
    if token is None:
        return PlainTextResponse("no such ticket", 403)
    answer = Response(status_code=204)
    answer.set_cookie(
        session.COOKIE,
        token,
        max_age=int(sign_in.LONGEST.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=origin.startswith("https:"),
    )
    return answer


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """On the first start: the administrator's one-time password, on the console."""
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
