"""A robot that holds its limits: so many bytes in a request, so many requests in any minute, by a clock that tests move."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MINUTE = timedelta(minutes=1)


@dataclass
class StrictRobot:
    """``taken``: the texts that it took, each with whether it says that it may be a duplicate; ``refused``: what it answered else.

    ``as_wecom``: it refuses as WeCom does, with 200 and a number. ``before_the_answer`` is done once a text was taken.
    """

    now: datetime
    most_bytes: int = 2048
    most_a_minute: int = 20
    as_wecom: bool = False
    url: str = ""
    taken: list[tuple[str, bool]] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    before_the_answer: Callable[[int], None] = lambda _count: None
    _asked_at: list[datetime] = field(default_factory=list)

    def passes(self, time: timedelta) -> None:
        self.now += time

    def answer(self, content: bytes) -> int:
        recent = [at for at in self._asked_at if at > self.now - MINUTE]
        self._asked_at = [*recent, self.now]
        code = 429 if len(recent) >= self.most_a_minute else 413 if len(content) > self.most_bytes else 200
        if code == 200:
            said = json.loads(content)
            text = said["text"]["content"] if "text" in said else f"{said['title']}\n{said['message']}"
            self.taken.append((text, "可能重复" in text))
            self.before_the_answer(len(self.taken))
        else:
            self.refused.append(code)
        return code


@contextmanager
def a_strict_robot(now: datetime) -> Iterator[StrictRobot]:
    """The robot on this machine."""
    robot = StrictRobot(now)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            code = robot.answer(self.rfile.read(int(self.headers["Content-Length"])))
            number = {200: 0, 429: 45009, 413: 45002}[code]
            body = json.dumps({"errcode": number}).encode()
            self.send_response(200 if robot.as_wecom else code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_given: Any) -> None:
            pass

        def handle(self) -> None:
            try:
                super().handle()
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # who asked was killed

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    robot.url = f"http://127.0.0.1:{server.server_port}"
    yield robot
    server.shutdown()
    server.server_close()
