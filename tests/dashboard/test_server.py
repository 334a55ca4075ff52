"""The server itself: first start, the address that keeps a session, headers, and what it listens on."""

from __future__ import annotations

import asyncio
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st

from dashboard.app.at_once import send_at_once
from dashboard.app.middleware.index_page import index_page
from dashboard.app.middleware.kept_files import KeptFiles
from dashboard.auth import session
from monitoring.access import sign_in
from monitoring.store.store import open_store
from tests.dashboard import servers
from tests.dashboard.servers import Server


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    with servers.started(f"sqlite:///{folder / 'rule19.db'}", folder) as server:
        yield server


def post(server: Server, body: str, **headers: str) -> int:
    request = urllib.request.Request(f"{server.url}/account/remember", body.encode(), headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code


def test_the_first_start_prints_a_password_that_opens_and_a_second_start_none(
    started: Server, tmp_path: Path
) -> None:
    password = started.one_time_password()
    assert password is not None
    store_url = f"sqlite:///{started.output.parent / 'rule19.db'}"
    store = open_store(store_url)
    someone = sign_in.person(store, sign_in.sign_in(store, "administrator", password))
    store.close()
    assert someone is not None and someone.must_change_password
    with servers.running(store_url, tmp_path) as again:
        assert again.one_time_password() is None


def test_it_listens_on_this_machine_only(started: Server) -> None:
    from socket import create_connection, gethostbyname, gethostname

    port = int(started.url.rpartition(":")[2])
    own = gethostbyname(gethostname())
    if own.startswith("127."):
        pytest.skip("this machine has no address but 127.0.0.1 by its name")
    with pytest.raises(OSError):
        create_connection((own, port), timeout=2)


@pytest.mark.parametrize(
    ("body", "origin"),
    [
        ("", None),
        ("guess", None),
        ("guess", "same"),
        ("x" * 100_000, "same"),
        ("é", "same"),
        ("guess", "http://evil.example"),
    ],
)
def test_no_session_is_kept_without_a_good_ticket_from_our_own_page(
    started: Server, body: str, origin: str | None
) -> None:
    headers = {} if origin is None else {"Origin": started.url if origin == "same" else origin}
    assert post(started, body, **headers) == 403


def test_a_ticket_is_good_once_and_for_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(session.time, "monotonic", lambda: now)
    once, late = session.ticket("token"), session.ticket("token")
    assert session.redeem(once) == "token"
    assert session.redeem(once) is None
    now += 61
    assert session.redeem(late) is None


def test_pages_are_framed_nowhere_else_and_tell_nobody_their_address(started: Server) -> None:
    with urllib.request.urlopen(started.url, timeout=10) as answer:
        headers = {k.lower(): v for k, v in answer.headers.items()}
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/metrics/", "/elsewhere/_stcore/metrics"])
def test_figures_about_the_server_are_for_nobody(started: Server, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(started.url + path, timeout=10)


def test_a_path_outside_is_refused(started: Server) -> None:
    for path in ("/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/account/remember"):
        request = urllib.request.Request(started.url + path)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                assert b"root:" not in answer.read()
        except urllib.error.HTTPError as refusal:
            assert refusal.code in (400, 404, 405)


def test_a_slash_too_many_leads_to_the_page_which_finds_its_scripts_there_only(started: Server) -> None:
    for asked in ("/group/?lang=en", "//group//?lang=en"):
        with urllib.request.urlopen(started.url + asked, timeout=10) as answer:
            assert answer.url == f"{started.url}/group?lang=en"


STATIC = Path(st.__file__).parent / "static"


def of_static(server: Server, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(f"{server.url}/{path}", headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        told = {name.lower(): value for name, value in answer.headers.items()}
        return answer.status, told, answer.read()


def test_a_file_of_streamlits_is_the_same_from_memory_as_from_the_disk(started: Server) -> None:
    for file in (STATIC / "static" / "js").glob("react-dom.*.js"):
        first, again = (of_static(started, f"static/js/{file.name}") for _ in range(2))
        assert first[2] == again[2] == file.read_bytes()
        assert {**first[1], "date": ""} == {**again[1], "date": ""}
        assert again[1]["content-length"] == str(file.stat().st_size)
        assert again[1]["cache-control"] == "public, immutable, max-age=31536000"
        assert again[1]["x-content-type-options"] == "nosniff" and again[1]["etag"]
        part = of_static(started, f"static/js/{file.name}", Range="bytes=10-19")
        assert (part[0], part[2]) == (206, file.read_bytes()[10:20])
        with pytest.raises(urllib.error.HTTPError, match="304"):
            of_static(started, f"static/js/{file.name}", **{"If-None-Match": again[1]["etag"]})


def test_only_files_that_are_there_are_kept() -> None:
    asked: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        asked.append(scope["path"])
        status = 503 if len(asked) == 1 else 200
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"1", "more_body": True})
        await send({"type": "http.response.body", "body": b"2"})

    async def ask(path: str, method: str = "GET") -> list[Any]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        await files.answer(path, {"type": "http", "method": method, "path": path, "headers": []}, None, send)  # type: ignore[arg-type]
        return sent

    files = KeptFiles(app)
    there = "/" + next((STATIC / "static").rglob("*.js")).relative_to(STATIC).as_posix()
    for path in (there, there, there, there):  # the first is a failure, which is not kept
        sent = asyncio.run(ask(path))
        assert b"".join(message.get("body", b"") for message in sent) == b"12"
    assert asked == [there, there]
    for path in ("/static/js/none.js", "/static/js/../js/none.js", "/index.html"):
        asyncio.run(ask(path))
        asyncio.run(ask(path))
        assert asked[-2:] == [path, path]
    asyncio.run(ask(there, "HEAD"))
    assert asked[-1] == there


def test_no_typeface_is_fetched_ahead_that_no_page_is_set_in() -> None:
    assert 'as="font"' in (STATIC / "index.html").read_text("utf-8")
    page = index_page("")
    assert "preload" in page and 'as="font"' not in page and "woff" not in page


def test_what_the_server_sends_waits_for_nothing() -> None:
    """On a socket as Streamlit binds one, for which asyncio asks for nothing by itself."""

    async def of_a_connection() -> int:
        sent_at_once: asyncio.Future[int] = loop.create_future()

        class Answer(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                found = transport.get_extra_info("socket")
                sent_at_once.set_result(found.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
                transport.close()

        with socket.socket(family=socket.AF_INET) as listening:
            listening.bind(("127.0.0.1", 0))
            server = await loop.create_server(Answer, sock=listening)
            async with server:
                _, writer = await asyncio.open_connection(*listening.getsockname())
                answer = await sent_at_once
                writer.close()
        return answer

    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        assert runner.run(of_a_connection()) == 0
        send_at_once(loop)
        assert runner.run(of_a_connection()) == 1
