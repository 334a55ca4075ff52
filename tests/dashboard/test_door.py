"""What the door lets in, asked by real HTTP of a started dashboard: hosts, headers, bodies, uploads, files to download."""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
import os
import socket
import time
import urllib.parse
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.types import Message, Receive, Scope, Send

from dashboard.app.middleware import connections
from dashboard.app.middleware.guard import MOST_OF_ANYBODY, Guard
from dashboard.app.middleware.headers import content_security_policy
from dashboard.app.middleware.index_page import index_page
from dashboard.auth.session import COOKIE
from monitoring.access.accounts import Role
from monitoring.store.store import Store, open_store
from tests.dashboard.conftest import token_of
from tests.dashboard.servers import Server, running

MB = 1024 * 1024
MOST_MB = 1
"""The largest file in these tests, so that sums are reached soon."""


@dataclass(frozen=True)
class Door:
    server: Server
    store: Store

    @property
    def at(self) -> str:
        return self.server.url.removeprefix("http://")

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body of the answer; ``_`` in a header's name stands for ``-``."""
        with closing(http.client.HTTPConnection(self.at, timeout=20)) as connection:
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.putrequest(method, path, skip_host="Host" in given)
            for name, value in given.items():
                connection.putheader(name, value)
            if body is not None and "Content-Length" not in given and "Transfer-Encoding" not in given:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders()
            try:
                if body:
                    connection.send(body)
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused before it was read
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("door")
    url = f"sqlite:///{folder / 'rule19.db'}"
    with pytest.MonkeyPatch.context() as there:
        there.setenv("STREAMLIT_SERVER_MAX_UPLOAD_SIZE", str(MOST_MB))
        there.setenv("RULE19_ALLOWED_HOSTS", "solvency.example, Other.Example.")
        there.setenv("RULE19_LOG_FORMAT", "json")
        with running(url, folder) as server:
            store = open_store(url)
            yield Door(server, store)
            store.close()


@dataclass(frozen=True)
class Page:
    """A page's connection: Streamlit's session, for which files may be uploaded."""

    session: str
    xsrf: str
    line: socket.socket


def a_page(door: Door, cookie: str = "", **headers: str) -> Page:
    """Open a page as a browser does: the health check gives the XSRF cookie, the connection the session."""
    _, answered, _ = door.ask("GET", "/_stcore/health")
    xsrf = answered["set-cookie"].partition("=")[2].partition(";")[0]
    wanted = {
        "Host": door.at,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Protocol": "streamlit, ",
        "Origin": door.server.url,
        "Cookie": f"_streamlit_xsrf={xsrf}; {COOKIE}={cookie}",
        **headers,
    }
    host, port = door.at.split(":")
    line = socket.create_connection((host, int(port)), timeout=20)
    text = "GET /_stcore/stream HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in wanted.items())
    line.sendall(text.encode() + b"\r\n")
    found = line.recv(4096)
    if b" 101 " not in found.split(b"\r\n")[0]:
        line.close()
        raise ConnectionRefusedError(found.split(b"\r\n")[0].decode())
    return Page("", xsrf, line)


def frame(content: bytes) -> bytes:
    """A binary frame as a browser sends it: masked, here with zeros."""
    size = len(content)
    head = bytes([0x82]) + (
        bytes([0x80 | size])
        if size < 126
        else bytes([0x80 | 126]) + size.to_bytes(2, "big")
        if size < 65536
        else bytes([0x80 | 127]) + size.to_bytes(8, "big")
    )
    return head + b"\0\0\0\0" + content


def session_of(page: Page) -> str:
    """Streamlit's session id, which the first message from the server holds."""
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    rerun = BackMsg()
    rerun.rerun_script.query_string = ""
    page.line.sendall(frame(rerun.SerializeToString()))
    data = b""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        data += page.line.recv(65536)
        while len(data) > 2:
            size, at = data[1] & 127, 2
            if size > 125:
                width = 2 if size == 126 else 8
                size, at = int.from_bytes(data[2 : 2 + width], "big"), 2 + width
            if len(data) < at + size:
                break
            message, data = data[at : at + size], data[at + size :]
            said = ForwardMsg()
            said.ParseFromString(message)
            if said.HasField("new_session"):
                return str(said.new_session.initialize.session_id)
    raise AssertionError("no session")


def form(content: bytes) -> tuple[bytes, str]:
    """A file as a browser sends it."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\n'
    return head + content + b"\r\n--x--\r\n", "multipart/form-data; boundary=x"


def upload(door: Door, session: str, cookie: str, xsrf: str, size: int = 10, **headers: str) -> int:
    body, kind = form(b"x" * size)
    path = f"/_stcore/upload_file/{session}/{uuid.uuid4()}"
    cookies = f"_streamlit_xsrf={xsrf}" + (f"; {COOKIE}={cookie}" if cookie else "")
    given = {
        "Content_Type": kind,
        "Cookie": cookies,
        "X_Xsrftoken": xsrf,
        "Origin": door.server.url,
        **headers,
    }
    return door.ask("PUT", path, body, **given)[0]


# By which name


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.1:1234", "LOCALHOST:8501", "solvency.example", "other.example:443", "[::1]:80"],
)
def test_the_names_of_the_installation_are_answered(door: Door, host: str) -> None:
    assert door.ask("GET", "/", Host=host)[0] == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "solvency.example.evil.example", "evil.example:80@127.0.0.1", "127.0.0.1.evil.example",
     "", "127.0.0.1/..", "127.0.0.1 evil", "xsolvency.example", "localhost:99999999", "例.example"],
)  # fmt: skip
def test_any_other_name_gets_nothing(door: Door, host: str) -> None:
    for path in ("/", "/_stcore/health", "/static/js/x.js", "/media/x", "/account/remember"):
        status, _, said = door.ask("GET", path, Host=host.encode().decode("latin-1"))
        assert status == 400 and b"<html" not in said
    with pytest.raises(ConnectionRefusedError, match="40[03]"):
        a_page(door, Host=host.encode().decode("latin-1"), Origin=f"http://{host}")


def test_two_names_at_once_get_nothing(door: Door) -> None:
    host, port = door.at.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(f"GET / HTTP/1.1\r\nHost: {door.at}\r\nHost: evil.example\r\n\r\n".encode())
        assert b" 400 " in line.recv(200).split(b"\r\n")[0]


def test_a_forwarded_name_changes_nothing(door: Door) -> None:
    assert door.ask("GET", "/", X_Forwarded_Host="evil.example")[0] == 200
    assert door.ask("GET", "/", Host="evil.example", X_Forwarded_Host="solvency.example")[0] == 400


# What every answer says


@pytest.mark.parametrize(
    "path", ["/", "/today", "/_stcore/health", "/nowhere.js", "/media/x", "/calendar/x.ics"]
)
def test_every_answer_has_the_headers_once(door: Door, path: str) -> None:
    _, headers, _ = door.ask("GET", path)
    assert headers["content-security-policy"] == content_security_policy(index_page(""))
    assert "unsafe-eval'" not in headers["content-security-policy"].replace("'wasm-unsafe-eval'", "")
    assert "'unsafe-inline'" not in headers["content-security-policy"].split("script-src")[1].split(";")[0]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["referrer-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert "strict-transport-security" not in headers


def test_behind_tls_nothing_else_will_do_and_the_cookies_are_secure(door: Door) -> None:
    _, headers, _ = door.ask("GET", "/", X_Forwarded_Proto="https", Host="solvency.example")
    assert headers["strict-transport-security"] == "max-age=31536000"


# Nothing before sign-in


@pytest.mark.parametrize(
    "path", ["/", "/account/remember", "/today", "/_stcore/health", "/auth/login", "/calendar/x"]
)
@pytest.mark.parametrize("method", ["POST", "PUT", "GET", "DELETE"])
def test_a_large_body_is_refused_before_it_is_read(door: Door, path: str, method: str) -> None:
    status, _, _ = door.ask(method, path, b"", Content_Length=str(10**12), Origin=door.server.url)
    assert status == 413


@pytest.mark.parametrize("path", ["/account/remember", "/_stcore/upload_file/a/b"])
def test_a_large_body_that_says_no_length_is_refused_where_it_is_too_much(door: Door, path: str) -> None:
    host, port = door.at.split(":")
    with socket.create_connection((host, int(port)), timeout=20) as line:
        origin = f"Origin: {door.server.url}\r\n"
        head = f"POST {path} HTTP/1.1\r\nHost: {door.at}\r\n{origin}Transfer-Encoding: chunked\r\n\r\n"
        line.sendall(head.encode())
        sent = 0
        try:
            while sent < 100 * MB:
                line.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
                sent += 65536
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert sent < 20 * MB  # a few buffers of the kernel's on both sides
        assert b" 4" in line.recv(200).split(b"\r\n")[0]


def test_an_upload_before_sign_in_is_refused_whatever_it_brings(door: Door) -> None:
    page = a_page(door)
    session = session_of(page)
    for cookie in ("", "guess", "' OR 1=1 --", "x" * 3000):
        assert upload(door, session, cookie, page.xsrf) == 403
    path = f"/_stcore/upload_file/{session}/x"
    assert door.ask("PUT", path, b"", Content_Length=str(10**12), Origin=door.server.url)[0] == 403
    assert door.ask("DELETE", path)[0] == 403
    page.line.close()


def test_a_large_message_on_a_page_before_sign_in_ends_its_connection(door: Door) -> None:
    page = a_page(door)
    page.line.sendall(frame(b"\0" * (MOST_OF_ANYBODY + 1)))
    data = b""
    while chunk := page.line.recv(65536):
        data += chunk
    assert b"\x88" in data and (1009).to_bytes(2, "big") in data
    page.line.close()


def test_one_page_too_many_before_sign_in_ends_the_one_that_is_open_longest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connections, "MOST_BEFORE_SIGN_IN", 2)
    sent: list[list[Message]] = [[], [], []]

    async def page(_scope: Scope, receive: Receive, _send: Send) -> None:
        while (await receive())["type"] != "websocket.disconnect":
            pass

    async def silence() -> Message:
        await asyncio.Event().wait()
        return {}

    async def opened() -> list[bool]:
        guard = Guard(page)
        scope = {"type": "websocket", "path": "/_stcore/stream", "headers": [(b"host", b"127.0.0.1:8501")]}
        pages = []
        for said in sent:

            async def send(message: Message, said: list[Message] = said) -> None:
                said.append(message)

            pages.append(asyncio.create_task(guard(scope, silence, send)))
            await asyncio.sleep(0)
        await asyncio.wait_for(pages[0], 20)
        ended = [page.done() for page in pages]
        for page_ in pages:
            page_.cancel()
        return ended

    assert asyncio.run(opened()) == [True, False, False]
    assert sent == [[{"type": "websocket.close", "code": connections.TRY_AGAIN_LATER}], [], []]


def test_the_announcement_of_a_long_message_is_enough_and_nobodys_memory_is_held(door: Door) -> None:
    page = a_page(door, token_of(door.store, Role.OFFICER, "甲"))
    page.line.sendall(bytes([0x82, 0xFF]) + (2 * MB).to_bytes(8, "big") + b"\0\0\0\0" + b"x" * 1000)
    data = b""
    while chunk := page.line.recv(65536):
        data += chunk
    assert b"\x88" in data and (1009).to_bytes(2, "big") in data
    page.line.close()


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1.evil.example"])
def test_a_connection_from_another_page_is_refused(door: Door, origin: str) -> None:
    with pytest.raises(ConnectionRefusedError, match="403"):
        a_page(door, Origin=origin)


@pytest.mark.parametrize(
    "path", ["/_stcore/agent/interact", "/_stcore/agent/mcp", "/_stcore/agent/openapi.json", "/_stcore/agent"]
)
def test_programs_are_let_in_nowhere(door: Door, path: str) -> None:
    for method in ("GET", "POST"):
        assert door.ask(method, path, b"{}")[0] == 404


# Uploads


def test_who_may_file_uploads_and_nobody_else_does(door: Door) -> None:
    officer, viewer = token_of(door.store, Role.OFFICER, "甲"), token_of(door.store, Role.VIEWER)
    page = a_page(door, officer)
    session = session_of(page)
    assert upload(door, session, officer, page.xsrf) == 204
    assert upload(door, session, viewer, page.xsrf) == 403
    assert upload(door, session, officer, page.xsrf, Origin="http://evil.example") == 403
    assert upload(door, session, officer, page.xsrf, Content_Length="", size=0) in (400, 411)
    page.line.close()


def test_what_one_session_holds_is_bounded_and_so_is_what_all_hold(door: Door) -> None:
    tokens = [token_of(door.store, Role.OFFICER, "甲") for _ in range(3)]
    pages = [a_page(door, token) for token in tokens]
    sessions = [session_of(page) for page in pages]
    size = MB - 500
    answers = [
        [upload(door, session, token, page.xsrf, size) for _ in range(3)]
        for session, token, page in zip(sessions, tokens, pages, strict=True)
    ]
    assert answers == [[204, 204, 413], [204, 204, 413], [413, 413, 413]]
    assert upload(door, sessions[0], tokens[0], pages[0].xsrf, 2 * MB) == 413
    for page in pages:
        page.line.close()


# Files to download


def test_media_need_a_session(door: Door) -> None:
    token = token_of(door.store, Role.VIEWER)
    assert door.ask("GET", "/media/abc.csv")[0] == 403
    assert door.ask("GET", "/media/abc.csv", Cookie=f"{COOKIE}=guess")[0] == 403
    status, headers, _ = door.ask("GET", "/media/abc.csv", Cookie=f"{COOKIE}={token}")
    assert (status, headers["cache-control"]) == (404, "private, no-store")
    fonts = Path(__import__("streamlit").__file__).parent / "static" / "static" / "media"
    font = urllib.parse.quote(next(fonts.glob("*.woff2")).name)
    assert door.ask("GET", f"/static/media/{font}")[0] == 200


# What is logged


def test_what_is_logged_is_one_object_a_line(door: Door) -> None:
    lines = [line for line in door.server.output.read_text("utf-8").splitlines() if line.startswith("{")]
    objects = [json.loads(line) for line in lines]
    assert any("has no room" in found["message"] for found in objects)
    assert all(found.keys() >= {"at", "level", "logger", "message"} for found in objects)
