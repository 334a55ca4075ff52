"""``/healthz`` and ``/metrics`` on an address of their own, in the scheduler's process, whether it works or waits for the lease.

``/healthz`` answers 200 where ``rule19 status`` would end with 0, else 503, with the same JSON. Both are asked of the store at most
once a second, however often somebody calls.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET6

from prometheus_client.exposition import CONTENT_TYPE_LATEST

from jobs.scheduler.health import ASK_SECONDS, existing_store, health_of
from jobs.scheduler.metrics import counts_of, exposition
from jobs.usage import UsageError
from monitoring.store.store import Store, StoreError

_LASTS_SECONDS = 1.0
_LINE_SECONDS = 10
"""How long a caller may take to say what it wants."""
_log = logging.getLogger("rule19.scheduler")

Answer = tuple[int, str, bytes]
"""Status, content type, content."""


@contextmanager
def listening(url: str | None, host: str, port: int) -> Iterator[int]:
    """Answer at host and port, until the end of the block; gives the port.

    :param url: the store's address, as :func:`monitoring.store.store.open_store` takes it.
    :raises UsageError: if nobody can listen there.
    """
    answers = {"/healthz": _Remembered(lambda: _health(url)), "/metrics": _Remembered(lambda: _metrics(url))}

    class Handler(BaseHTTPRequestHandler):
        timeout = _LINE_SECONDS
        server_version, sys_version = "rule19", ""

        def do_GET(self) -> None:
            """Answer one of the two, or 404."""
            kept = answers.get(self.path.partition("?")[0])
            status, kind, content = kept.answer() if kept else (404, "text/plain", b"not here\n")
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_given: object) -> None:
            """Say nothing: a monitor calls every few seconds."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        address_family = AF_INET6 if ":" in host else ThreadingHTTPServer.address_family

        def handle_error(self, *_given: object) -> None:
            """Say nothing of callers who hang up."""

    try:
        server = Server((host, port), Handler)
    except OSError as problem:
        raise UsageError.at(f"--listen {host}:{port}", problem) from None
    threading.Thread(target=server.serve_forever, args=(0.2,), name="endpoints", daemon=True).start()
    _log.info("health and metrics on %s port %s", host, server.server_port)
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


class _Remembered:
    """An answer that is kept for a moment; who asks meanwhile waits for the one that is being made."""

    def __init__(self, make: Callable[[], Answer]) -> None:
        self._make, self._lock = make, threading.Lock()
        self._made: tuple[float, Answer] | None = None

    def answer(self) -> Answer:
        """The answer, made anew where the kept one is old."""
        with self._lock:
            if self._made is None or time.monotonic() - self._made[0] > _LASTS_SECONDS:
                made = self._make()
                self._made = time.monotonic(), made
            return self._made[1]


def _health(url: str | None) -> Answer:
    try:
        with _store(url) as store:
            found = health_of(store).to_json("en")
    except StoreError as problem:
        found = {"healthy": False, "faults": [{"code": "store_away", "says": str(problem)}]}
    content = json.dumps(found, ensure_ascii=False).encode()
    return (200 if found["healthy"] else 503), "application/json; charset=utf-8", content


def _metrics(url: str | None) -> Answer:
    try:
        with _store(url) as store:
            found = health_of(store), counts_of(store)
    except StoreError:
        return 200, CONTENT_TYPE_LATEST, exposition(None)
    return 200, CONTENT_TYPE_LATEST, exposition(found)


@contextmanager
def _store(url: str | None) -> Iterator[Store]:
    """The store, opened for one question: where its disk was away and is back, the next question finds it."""
    store = existing_store(url, wait_seconds=ASK_SECONDS)
    try:
        yield store
    finally:
        store.close()
