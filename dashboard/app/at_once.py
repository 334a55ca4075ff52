"""What the server sends goes out at once (``TCP_NODELAY``), and is not held back until the browser has confirmed what went before.

asyncio asks for that for every connection of a socket that says it is TCP. The one that Streamlit binds does not say so
(``socket.socket(family=…)``), so head and body of an answer, and the messages to a page, waited for each other: some 40 ms for
each of the ninety files of a page that is loaded anew, and for every click.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any


def send_at_once(loop: asyncio.AbstractEventLoop) -> None:
    """Whatever the loop listens on from now sends at once; a connection takes it over from the socket that it came by."""
    create_server = loop.create_server

    async def create(*args: Any, sock: socket.socket | None = None, **options: Any) -> asyncio.Server:
        if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return await create_server(*args, sock=sock, **options)

    loop.create_server = create  # type: ignore[method-assign]
