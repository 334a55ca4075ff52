"""How many pages may be open before anybody has signed in: one more than that ends the one that has been open longest.

Nobody is refused, so that whoever opens many keeps nobody out for good. A page of somebody who has signed in since shows the
session's cookie when it connects anew, which it does by itself, and is none of these any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import Message, Receive

MOST_BEFORE_SIGN_IN = 500
TRY_AGAIN_LATER = 1013
"""The WebSocket status of a connection that has to give way."""


class ConnectionsBeforeSignIn:
    """The open ones, the oldest first."""

    def __init__(self) -> None:
        self._open: dict[asyncio.Event, None] = {}

    @contextmanager
    def one_more(self) -> Iterator[asyncio.Event]:
        """Count a connection for as long as it is open; the event is set when it has to give way."""
        if len(self._open) >= MOST_BEFORE_SIGN_IN:
            oldest = next(iter(self._open))
            del self._open[oldest]
            oldest.set()
        gives_way = asyncio.Event()
        self._open[gives_way] = None
        try:
            yield gives_way
        finally:
            self._open.pop(gives_way, None)


async def next_message(receive: Receive, gives_way: asyncio.Event) -> Message | None:
    """What comes next; None where the connection has to give way before anything does."""
    coming = asyncio.ensure_future(receive())
    ended = asyncio.ensure_future(gives_way.wait())
    try:
        await asyncio.wait({coming, ended}, return_when=asyncio.FIRST_COMPLETED)
        return None if gives_way.is_set() else await coming
    finally:
        coming.cancel()
        ended.cancel()
