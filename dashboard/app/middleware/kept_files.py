"""Streamlit's own files, read from the disk once: a page that is loaded anew asks for some ninety of them.

Streamlit reads each for every request, piece by piece in other threads, which was a third of the server's work for a first page.
What it answered first is kept as it was sent; a file's name has the hash of its content in it, so it never changes.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_FOLDER = Path(st.__file__).parent / "static"
_ASKS_FOR_LESS = ("range", "if-range", "if-none-match", "if-modified-since")


class KeptFiles:
    """Answers for the files below ``/static/``; everything else is passed on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        # only what is there: an answer for any other path would be kept for whoever makes up paths
        self._names = {
            f"/{file.relative_to(_FOLDER).as_posix()}" for file in (_FOLDER / "static").rglob("*.*")
        }
        self._kept: dict[str, tuple[Message, bytes]] = {}

    async def answer(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for ``path``, which is that of the scope without what the server stands below."""
        headers = Headers(scope=scope)
        is_for_all = scope["method"] == "GET" and not any(name in headers for name in _ASKS_FOR_LESS)
        if path not in self._names or not is_for_all:
            await self._app(scope, receive, send)
            return
        if path not in self._kept:
            begun, body = await self._asked(scope, receive)
            if begun["status"] != 200:
                await _send(begun, body, send)
                return
            self._kept[path] = (begun, body)
        await _send(*self._kept[path], send)

    async def _asked(self, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
        """What Streamlit answers: how it begins, and the whole body."""
        sent: list[Message] = []

        async def keep(message: Message) -> None:
            sent.append(message)

        await self._app(scope, receive, keep)
        return sent[0], b"".join(message.get("body", b"") for message in sent[1:])


async def _send(begun: Message, body: bytes, send: Send) -> None:
    await send({**begun})  # headers are added to what is sent
    await send({"type": "http.response.body", "body": body})
