"""Before anything reaches Streamlit: by which name it was asked, who asks, and how much they bring.

Nothing is accepted from who is not signed in but a small message; uploads are for who may file, files to download for who is
signed in. The person is found by the cookie (``dashboard.auth.session``) in the store at every such request, so that signing out
or closing an account holds here, too.
"""

from __future__ import annotations

import asyncio
import logging
from urllib.parse import urlencode, urlsplit

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.app.middleware.connections import TRY_AGAIN_LATER, ConnectionsBeforeSignIn, next_message
from dashboard.app.middleware.headers import content_security_policy, headers_of
from dashboard.app.middleware.hosts import VARIABLE, allowed_hosts, is_allowed
from dashboard.app.middleware.index_page import index_page
from dashboard.app.middleware.kept_files import KeptFiles
from dashboard.app.middleware.upload_room import NoRoom, UploadRoom
from dashboard.app.navigation import NAVIGATION
from dashboard.auth import session
from dashboard.components.sections import MISSING
from dashboard.queries.session import shared_store
from monitoring.access import sign_in
from monitoring.access.accounts import Person, Right, token_hash
from monitoring.store.store import StoreError

UPLOAD, MEDIA = "/_stcore/upload_file/", "/media/"
_FOR_NOBODY = ("/_stcore/metrics", "/_stcore/script-health-check", "/_stcore/agent")
"""Streamlit's own figures about its caches and sessions, and its ways in for programs, which it gives to whoever asks."""

MOST_OF_ANYBODY = 128 * 1024
"""Bytes of a request, or of a message in a page's connection, from who has not shown a session."""
_TOO_BIG_TO_BE_A_MESSAGE = 1009
_PAGES = {"", *(item.url_path for item in NAVIGATION)}
_LONGEST_SHOWN = 80
_ALWAYS_ANEW = {"cache-control": "no-cache"}
_log = logging.getLogger("rule19.dashboard")


class _BodyTooLarge(Exception):
    """The body is longer than it may be."""


class Guard:
    """The one middleware; see the module."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._hosts = allowed_hosts()
        self._files = KeptFiles(app)
        self._room, self._unknown = UploadRoom(), ConnectionsBeforeSignIn()
        base = str(st.get_option("server.baseUrlPath") or "").strip("/")
        self._base = f"/{base}" if base else ""
        self._page = index_page(self._base)
        self._policy = content_security_policy(self._page)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on with the headers added to its answer."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await self._connection(scope, receive, send)
            return
        has_begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                ours = headers_of(self._policy, scope["path"], scope["scheme"])
                names = {name for name, _ in ours}
                theirs = [(n, v) for n, v in message["headers"] if n.lower() not in names]
                message["headers"] = [*theirs, *ours]
            await send(message)

        try:
            await self._request(scope, receive, send_with_headers)
        except _BodyTooLarge:
            if not has_begun:
                await _refuse(413, "too much")(scope, receive, send_with_headers)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, headers = scope["path"].removeprefix(self._base), Headers(scope=scope)
        host = _one(headers, "host")
        if not is_allowed(host, self._hosts):
            said = f"this dashboard is not asked by that name; {VARIABLE} says by which names it is"
            await _refuse(400, said)(scope, receive, send)
        elif any(f"{closed}/" in f"{path}/" for closed in _FOR_NOBODY):
            await _refuse(404, "not here")(scope, receive, send)
        elif _is_no_page(path, headers):
            to = f"{self._base}/{NAVIGATION[0].url_path}?{urlencode({MISSING: path.strip('/')[:_LONGEST_SHOWN]})}"
            await RedirectResponse(to, 303)(scope, receive, send)
        elif path.startswith(UPLOAD):
            await self._upload(scope, receive, send)
        elif path.startswith(MEDIA):
            if await _person(scope) is None:
                await _refuse(403, "sign in first")(scope, receive, send)
            else:
                await self.app(scope, receive, send)
        else:
            if _length(headers) > MOST_OF_ANYBODY:
                raise _BodyTooLarge
            if scope["method"] == "GET" and (page := path.strip("/")) in _PAGES:
                await self._answer_page(page, path, scope)(scope, receive, send)
                return
            await self._files.answer(path, scope, _bounded(receive, MOST_OF_ANYBODY), send)

    def _answer_page(self, page: str, path: str, scope: Scope) -> Response:
        """The page; below ``/today/`` its scripts are not found, which it asks for beside it, and ``/today`` is led to instead."""
        if path == f"/{page}":
            return HTMLResponse(self._page, headers=_ALWAYS_ANEW)
        query = scope["query_string"].decode("latin-1")
        return RedirectResponse(f"{self._base}/{page}" + (f"?{query}" if query else ""), 303)

    async def _upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A file is taken from who may file, from our own page, with its length, where there is room for it."""
        headers = Headers(scope=scope)
        person = await _person(scope)
        if person is None or not person.may(Right.FILE):
            await _refuse(403, "sign in first")(scope, receive, send)
        elif not _is_ours(headers):
            await _refuse(403, "not from this dashboard")(scope, receive, send)
        elif scope["method"] != "PUT":
            await self.app(scope, _bounded(receive, MOST_OF_ANYBODY), send)
        elif (size := _length(headers)) < 0:
            await _refuse(411, "say how long it is")(scope, receive, send)
        else:
            page = scope["path"].partition(UPLOAD)[2].partition("/")[0]
            try:
                with self._room.for_upload(token_hash(_token(scope)), page, size):
                    await self.app(scope, _bounded(receive, size), send)
            except NoRoom:
                _log.warning("an upload of %s bytes by %s has no room now", size, person.name)
                await _refuse(413, "too much at once")(scope, receive, send)

    async def _connection(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A page's connection: from our own page; small messages where it shows no session."""
        headers = Headers(scope=scope)
        if not is_allowed(_one(headers, "host"), self._hosts) or not _is_ours(headers):
            await send({"type": "websocket.close", "code": 1008})
            return
        if await _person(scope) is not None:
            await self.app(scope, receive, send)
            return

        with self._unknown.one_more() as gives_way:
            await self.app(scope, _small_messages(receive, send, gives_way), send)


def _small_messages(receive: Receive, send: Send, gives_way: asyncio.Event) -> Receive:
    """What a page sends that shows no session, until it sends too much or has to give way."""

    async def receive_small() -> Message:
        message = await next_message(receive, gives_way)
        if message is None:
            code = TRY_AGAIN_LATER
        elif len(message.get("bytes") or message.get("text") or b"") > MOST_OF_ANYBODY:
            code = _TOO_BIG_TO_BE_A_MESSAGE
        else:
            return message
        await send({"type": "websocket.close", "code": code})
        return {"type": "websocket.disconnect", "code": code}

    return receive_small


def _is_no_page(path: str, headers: Headers) -> bool:
    """Whether a browser asks for a page that there is none of; Streamlit would say so in English only."""
    asks = headers.get("sec-fetch-dest", "document") == "document" and "text/html" in headers.get(
        "accept", ""
    )
    name = path.strip("/")
    is_ours = name in _PAGES or name.startswith(
        ("_stcore/", "static/", "media/", "calendar/", "auth/", "oauth2", "component/")
    )
    return asks and not is_ours


def _refuse(status: int, why: str) -> PlainTextResponse:
    # what was sent with the request is not read: the line is of no use to anybody after that
    return PlainTextResponse(why, status, {"Connection": "close"})


def _token(scope: Scope) -> str:
    return HTTPConnection(scope).cookies.get(session.COOKIE, "")


async def _person(scope: Scope) -> Person | None:
    """Who is signed in by the request's cookie and may see something."""
    token = _token(scope)
    if not token:
        return None

    def found() -> Person | None:
        try:
            return sign_in.person(shared_store(), token)
        except StoreError:
            return None

    person = await run_in_threadpool(found)
    return None if person is None or person.is_held_up else person


def _one(headers: Headers, name: str) -> str:
    """The header's value; "" where it is not there once."""
    found = headers.getlist(name)
    return found[0] if len(found) == 1 else ""


def _is_ours(headers: Headers) -> bool:
    """Whether a page of this dashboard asks, or no page at all (a browser always names it)."""
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc.lower() == _one(headers, "host").lower()


def _length(headers: Headers) -> int:
    """The length that a request names; -1 where it names none."""
    said = _one(headers, "content-length")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 19 else -1


def _bounded(receive: Receive, most: int) -> Receive:
    left = most

    async def bounded() -> Message:
        nonlocal left
        message = await receive()
        if message["type"] == "http.request":
            left -= len(message.get("body", b""))
            if left < 0:
                raise _BodyTooLarge
        return message

    return bounded
