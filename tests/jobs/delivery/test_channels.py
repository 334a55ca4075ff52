"""Chat robots, web hooks and folders: what is sent, and what an answer or none means."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import logging
import threading
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import apprise.plugins.dingtalk
import apprise.plugins.feishu
import apprise.plugins.wecombot
import pytest

from consolidation.sentence import in_words
from jobs.delivery.channels import Channel, OutgoingMessage, open_channel, web
from jobs.delivery.channels.folder import Folder
from jobs.delivery.credentials import Secrets
from jobs.delivery.recipients import Recipient
from monitoring.alerts.messages import Answer, DeliveryRejected, DeliveryUnknown, Sent

KEY = "0123456789abcdef0123456789abcdef"
LETTER = OutgoingMessage("k1", "两项提醒", "- 甲\n- 乙", False, datetime(2024, 5, 28, 4, tzinfo=UTC))


@dataclass
class Robot:
    """What a robot or hook was asked, and what it answers; ``answer`` None: the line is cut."""

    url: str = ""
    status: int = 200
    answer: str | None = '{"errcode": 0, "code": 0}'
    seconds: float = 0
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, Any], dict[str, str]]] = field(default_factory=list)


@pytest.fixture
def robot(monkeypatch: pytest.MonkeyPatch) -> Iterator[Robot]:
    found = Robot()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found.asked.append((self.path, content, dict(self.headers)))
            time.sleep(found.seconds)
            if found.answer is None:
                self.close_connection = True
                return
            body = found.answer.encode()
            # who asked may have given up meanwhile: a server's complaint would stand on another test's screen
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self.send_response(found.status)
                self.send_header("Content-Length", str(len(body)))
                for name, value in found.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_given: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for plugin, path in (
        (apprise.plugins.wecombot.NotifyWeComBot, "/wecom?key={key}"),
        (apprise.plugins.dingtalk.NotifyDingTalk, "/ding?access_token={token}"),
        (apprise.plugins.feishu.NotifyFeishu, "/feishu/{token}/"),
    ):
        monkeypatch.setattr(plugin, "notify_url", found.url + path)
    yield found
    server.shutdown()
    server.server_close()


def a_channel(address: str) -> Channel:
    return open_channel(
        address, Recipient("李明", (), ("c",), "liming@example.com"), Secrets({"KEY": KEY}, {})
    )


def sent_by(channel: Channel, letter: OutgoingMessage = LETTER) -> tuple[Answer, list[str]]:
    """The answer, and how often the message was handed over."""
    handed_over: list[str] = []
    return channel.send(letter, lambda: handed_over.append("handed over")), handed_over


def hook(robot: Robot) -> str:
    return f"json://rule19:${{KEY}}@{robot.url.removeprefix('http://')}/hook"


def test_wecom_gets_subject_and_body_as_text(robot: Robot) -> None:
    assert sent_by(a_channel("wecombot://${KEY}")) == (Sent(), ["handed over"])
    path, content, _ = robot.asked[0]
    assert (path, content) == (
        f"/wecom?key={KEY}",
        {"msgtype": "text", "text": {"content": "两项提醒\n- 甲\n- 乙"}},
    )


def test_dingtalk_is_signed_once(robot: Robot) -> None:
    assert sent_by(a_channel("dingtalk://${KEY}@${KEY}"))[0] == Sent()
    path, content, _ = robot.asked[0]
    asked = urllib.parse.parse_qs(urllib.parse.urlparse(path).query)
    (moment,), (sign,) = asked["timestamp"], asked["sign"]
    wanted = hmac.new(KEY.encode(), f"{moment}\n{KEY}".encode(), hashlib.sha256).digest()
    assert (asked["access_token"], sign) == ([KEY], base64.b64encode(wanted).decode())
    assert content["text"] == {"content": "两项提醒\n- 甲\n- 乙"}


def test_feishu_gets_subject_and_body_as_text(robot: Robot) -> None:
    assert sent_by(a_channel("feishu://${KEY}"))[0] == Sent()
    path, content, _ = robot.asked[0]
    assert (path, content) == (
        f"/feishu/{KEY}/",
        {"msg_type": "text", "content": {"text": "两项提醒\n- 甲\n- 乙"}},
    )


def test_a_hook_gets_the_key_by_which_it_can_know_a_duplicate(robot: Robot) -> None:
    assert sent_by(a_channel(hook(robot)))[0] == Sent()
    path, content, headers = robot.asked[0]
    assert (path, content) == (
        "/hook",
        {"key": "k1", "title": "两项提醒", "message": "- 甲\n- 乙", "maybe_duplicate": False},
    )
    assert headers["Idempotency-Key"] == "k1"
    assert base64.b64decode(headers["Authorization"].split()[1]).decode() == f"rule19:{KEY}"


@pytest.mark.parametrize(
    ("address", "answer", "why"),
    [
        (
            "wecombot://${KEY}",
            '{"errcode": 93000, "errmsg": "invalid webhook url"}',
            "93000 invalid webhook url",
        ),
        ("dingtalk://${KEY}", '{"errcode": 310000, "errmsg": "sign not match"}', "310000 sign not match"),
        ("feishu://${KEY}", '{"code": 19001, "msg": "param invalid"}', "19001 param invalid"),
        ("feishu://${KEY}", "<html>sign in to the network</html>", "the answer is not that of a robot"),
        ("wecombot://${KEY}", f'{{"errcode": 1, "errmsg": "no robot {KEY}"}}', "1 no robot ***"),
    ],
)
def test_a_robot_that_answers_200_but_does_not_take_it_has_refused(
    robot: Robot, address: str, answer: str, why: str
) -> None:
    robot.answer = answer
    assert sent_by(a_channel(address))[0] == DeliveryRejected(why)


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("address", "answer", "wanted"),
    [
        ("wecombot://${KEY}", {"errcode": 45009}, DeliveryRejected("45009", again_after=MINUTE)),
        ("wecombot://${KEY}", {"errcode": 45002}, DeliveryRejected("45002", too_long=True)),
        ("dingtalk://${KEY}", {"errcode": 130101}, DeliveryRejected("130101", again_after=MINUTE)),
        ("feishu://${KEY}", {"code": 11232}, DeliveryRejected("11232", again_after=MINUTE)),
    ],
)
def test_a_robot_says_that_it_takes_no_more_for_now_or_only_less(
    robot: Robot, address: str, answer: dict[str, Any], wanted: DeliveryRejected
) -> None:
    robot.answer = json.dumps(answer)
    assert sent_by(a_channel(address))[0] == wanted


@pytest.mark.parametrize(
    ("asked", "seconds"), [({}, 60), ({"Retry-After": "7"}, 7), ({"Retry-After": "soon"}, 60)]
)
def test_a_hook_says_when_it_takes_more(robot: Robot, asked: dict[str, str], seconds: int) -> None:
    robot.status, robot.headers = 429, asked
    wanted = DeliveryRejected("HTTP 429", again_after=timedelta(seconds=seconds))
    assert sent_by(a_channel(hook(robot)))[0] == wanted


def test_an_address_says_what_a_hook_takes_and_the_hook_does_not_hear_of_it(robot: Robot) -> None:
    channel = a_channel(hook(robot) + "?most_bytes=2048&most_a_minute=20&verify=no")
    assert (channel.most_bytes, channel.most_a_minute) == (2048 - 160, 20)
    assert sent_by(channel)[0] == Sent()
    assert robot.asked[0][0] == "/hook"


@pytest.mark.parametrize(("status", "final"), [(500, False), (503, False), (404, True), (401, True)])
def test_an_answer_of_failure_is_a_refusal(robot: Robot, status: int, final: bool) -> None:
    robot.status = status
    assert sent_by(a_channel(hook(robot)))[0] == DeliveryRejected(f"HTTP {status}", final)


def test_no_answer_after_the_message_went_out_means_that_it_may_have_arrived(robot: Robot) -> None:
    robot.answer = None
    answer, handed_over = sent_by(a_channel(hook(robot)))
    assert (answer, handed_over) == (
        DeliveryUnknown(in_words("outbox.problem.cut")),
        ["handed over"],
    )


def test_no_answer_in_time_means_that_it_may_have_arrived(
    robot: Robot, monkeypatch: pytest.MonkeyPatch
) -> None:
    robot.seconds = 0.5
    monkeypatch.setattr(web, "ANSWER_SECONDS", 0.1)
    assert sent_by(a_channel(hook(robot)))[0] == DeliveryUnknown(in_words("outbox.problem.no-answer-in-time"))


def test_nobody_listening_is_a_refusal(robot: Robot) -> None:
    answer, _ = sent_by(a_channel("json://rule19:${KEY}@127.0.0.1:1/hook"))
    assert answer == DeliveryRejected(in_words("outbox.problem.cut"))


@pytest.mark.parametrize("address", ["wecombot://${KEY}", "dingtalk://${KEY}@${KEY}", "feishu://${KEY}"])
def test_a_secret_in_an_address_is_in_no_log_at_any_level(
    robot: Robot, caplog: pytest.LogCaptureFixture, address: str
) -> None:
    with caplog.at_level(logging.DEBUG):
        sent_by(a_channel(address))
    assert len(robot.asked) == 1 and KEY in robot.asked[0][0]
    assert KEY not in caplog.text


def test_what_stops_a_message_before_it_left_stops_it(robot: Robot) -> None:
    def not_any_more() -> None:
        raise RuntimeError("somebody else works now")

    with pytest.raises(RuntimeError, match="somebody else"):
        a_channel(hook(robot)).send(LETTER, not_any_more)
    assert robot.asked == []


# Folders


def test_a_folder_gets_one_file_a_message_and_the_same_one_again_changes_nothing(tmp_path: Path) -> None:
    folder = Folder(tmp_path, "李明/../x")
    for _ in range(2):
        assert sent_by(folder)[0] == Sent()
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    assert file.name == "2024-05-28T120000-k1.txt"
    assert file.read_text("utf-8") == "两项提醒\n- 甲\n- 乙\n"
    assert file.parent.parent == tmp_path  # no name leads out of the folder


def test_a_folder_that_cannot_be_written_refuses(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    answer, _ = sent_by(Folder(tmp_path / "taken", "p"))
    assert isinstance(answer, DeliveryRejected) and "Not a directory" in answer.why
