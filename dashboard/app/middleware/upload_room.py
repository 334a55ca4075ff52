"""How much uploads may hold in memory: so much a session, so much over all, what is on its way included.

Streamlit keeps what was uploaded until the page lets go of it, and bounds only the single file (``server.maxUploadSize``).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.runtime import Runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

FILES_A_SESSION, FILES_OVER_ALL = 2, 4
"""As many files of the largest size."""
_FRAME = 64 * 1024
"""Bytes of a request around its file."""


class NoRoom(Exception):
    """There is no room for the upload now."""


class UploadRoom:
    """Who holds how much; a person is one session, however many pages are open."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owners: dict[str, str] = {}
        self._arriving: dict[object, tuple[str, int]] = {}

    @contextmanager
    def for_upload(self, owner: str, page: str, size: int) -> Iterator[None]:
        """Room for an upload while it arrives.

        :param owner: whose it is.
        :param page: Streamlit's session, which keeps the file.
        :raises NoRoom: where the session, or all together, hold too much.
        """
        one = st.get_option("server.maxUploadSize") * 1024 * 1024 + _FRAME
        ticket = object()
        with self._lock:
            held = _held()
            self._owners = {p: o for p, o in self._owners.items() if p in held} | {page: owner}
            mine = sum(size for p, size in held.items() if self._owners.get(p) == owner)
            mine += sum(size for who, size in self._arriving.values() if who == owner)
            everybodys = sum(held.values()) + sum(size for _, size in self._arriving.values())
            if mine + size > FILES_A_SESSION * one or everybodys + size > FILES_OVER_ALL * one:
                raise NoRoom
            self._arriving[ticket] = (owner, size)
        try:
            yield
        finally:
            with self._lock:
                del self._arriving[ticket]


def _held() -> dict[str, int]:
    """Streamlit's session → bytes of its files."""
    manager = Runtime.instance().uploaded_file_mgr
    assert isinstance(manager, MemoryUploadedFileManager)
    return {
        page: sum(len(file.data) for file in list(files.values()))
        for page, files in list(manager.file_storage.items())
    }
