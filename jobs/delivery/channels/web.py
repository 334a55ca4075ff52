"""Chat robots and web hooks: JSON by HTTP, and whether the far side really took it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

from consolidation.sentence import Sentence, in_words
from jobs.delivery.channels.outgoing_message import (
    ANSWER_SECONDS,
    CONNECT_SECONDS,
    MarkInFlight,
    OutgoingMessage,
)
from jobs.delivery.credentials import Secrets
from monitoring.alerts.messages import Answer, DeliveryRejected, DeliveryUnknown, Sent

_UNTIL_THE_NEXT_MINUTE = timedelta(minutes=1)
_TOO_LONG, _TOO_MANY = 413, 429


class Web:
    """JSON by HTTP POST to what Apprise says the address means.

    ``too_many`` and ``too_long``: what a robot answers with 200 where it takes no more for now, and where a text is too long.
    """

    most_bytes = 19_000
    most_a_minute: int | None = 20
    too_many: frozenset[int] = frozenset()
    too_long: frozenset[int] = frozenset()

    def __init__(self, plugin: Any, secrets: Secrets) -> None:
        self._plugin, self._secrets = plugin, secrets

    def request(self, message: OutgoingMessage) -> dict[str, Any]:
        """url, json and what else ``requests.request`` takes."""
        raise NotImplementedError

    def problem_in(self, answer: Any) -> tuple[int, str] | None:
        """Why the far side did not take the message although it answered 200: its number for that, and its words."""
        raise NotImplementedError

    def send(self, message: OutgoingMessage, mark_in_flight: MarkInFlight) -> Answer:
        """Post the message; an answer that got lost after the connection stood leaves the outcome unknown."""
        import requests

        request = self.request(message)
        # as it is measured: requests itself would write a Chinese character in twice the bytes
        content = json.dumps(request.pop("json"), ensure_ascii=False).encode("utf-8", "replace")
        headers = {"Content-Type": "application/json; charset=utf-8", **request.pop("headers", {})}
        mark_in_flight()
        try:
            answer = requests.request(
                request.pop("method", "POST"),
                request.pop("url"),
                data=content,
                headers=headers,
                **request,
                verify=self._plugin.verify_certificate,
                timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
                allow_redirects=False,
            )
        except requests.RequestException as problem:
            why = _http_reason(problem)
            return DeliveryRejected(why) if _never_connected(problem) else DeliveryUnknown(why)
        return self._answer_of(answer)

    def _answer_of(self, answer: Any) -> Answer:
        code = answer.status_code
        if not 200 <= code < 300:
            return DeliveryRejected(
                f"HTTP {code}",
                final=code in (400, 401, 403, 404, 410),
                again_after=_retry_after(answer) if code == _TOO_MANY else None,
                too_long=code == _TOO_LONG,
            )
        problem = self.problem_in(answer)
        if problem is None:
            return Sent()
        number, words = problem
        return DeliveryRejected(
            self._secrets.redacted(words),
            again_after=_UNTIL_THE_NEXT_MINUTE if number in self.too_many else None,
            too_long=number in self.too_long,
        )


class WeCom(Web):
    """A WeCom group robot; it answers 200 with ``errcode`` where it does not take a message."""

    most_bytes = 2_000  # 2,048 with the JSON around the text
    too_many = frozenset({45009})
    too_long = frozenset({45002})

    def request(self, message: OutgoingMessage) -> dict[str, Any]:
        """Write the message as WeCom takes it."""
        text = {"msgtype": "text", "text": {"content": message.whole}}
        return {"url": self._plugin.api_url, "json": text}

    def problem_in(self, answer: Any) -> tuple[int, str] | None:
        """Read from the answer of WeCom why it did not take the message."""
        return _code_in(answer, "errcode", "errmsg")


class DingTalk(Web):
    """A DingTalk group robot, with its signature where the address has a secret."""

    too_many = frozenset({130101, 410100})
    too_long = frozenset({460101})

    def request(self, message: OutgoingMessage) -> dict[str, Any]:
        """Write the message as DingTalk takes it."""
        plugin = self._plugin
        params = {}
        if plugin.secret:
            params = dict(zip(("timestamp", "sign"), plugin.get_signature(), strict=True))
            params["sign"] = unquote(params["sign"])
        at = {"atMobiles": plugin.targets, "isAtAll": False}
        text = {"msgtype": "text", "text": {"content": message.whole}, "at": at}
        return {"url": plugin.notify_url.format(token=plugin.token), "json": text, "params": params}

    def problem_in(self, answer: Any) -> tuple[int, str] | None:
        """Read from the answer of DingTalk why it did not take the message."""
        return _code_in(answer, "errcode", "errmsg")


class Feishu(Web):
    """A Feishu group robot; it answers 200 with ``code`` where it does not take a message."""

    most_a_minute = 100
    too_many = frozenset({9499, 11232})

    def request(self, message: OutgoingMessage) -> dict[str, Any]:
        """Write the message as Feishu takes it."""
        text = {"msg_type": "text", "content": {"text": message.whole}}
        return {"url": self._plugin.notify_url.format(token=self._plugin.token), "json": text}

    def problem_in(self, answer: Any) -> tuple[int, str] | None:
        """Read from the answer of Feishu why it did not take the message."""
        return _code_in(answer, "code", "msg")


class Hook(Web):
    """A web hook: JSON with the message and its key, by which the other side can know a duplicate."""

    most_bytes = 500_000
    most_a_minute = None

    def request(self, message: OutgoingMessage) -> dict[str, Any]:
        """Write the message as the web hook takes it."""
        plugin = self._plugin
        port = f":{plugin.port}" if plugin.port else ""
        content = {
            "key": message.key,
            "title": message.subject,
            "message": message.body,
            "maybe_duplicate": message.maybe_duplicate,
        }
        return {
            "method": plugin.method,
            "url": f"{'https' if plugin.secure else 'http'}://{plugin.host}{port}{plugin.fullpath or '/'}",
            "json": content,
            "params": plugin.params,
            "headers": {"Idempotency-Key": message.key, **plugin.headers},
            "auth": (plugin.user, plugin.password) if plugin.user else None,
        }

    def problem_in(self, answer: Any) -> tuple[int, str] | None:
        """A web hook says all by its status."""
        return None


BY_SCHEME: dict[str, type[Web]] = {
    "wecombot": WeCom,
    "dingtalk": DingTalk,
    "feishu": Feishu,
    "json": Hook,
    "jsons": Hook,
}


def _code_in(answer: Any, code: str, reason: str) -> tuple[int, str] | None:
    try:
        said = answer.json()
        number = said[code]
    except (ValueError, KeyError, TypeError):
        return -1, "the answer is not that of a robot"
    return None if number == 0 else (number, f"{number} {said.get(reason, '')}".strip())


def _retry_after(answer: Any) -> timedelta:
    """What the far side asks for in seconds, else a minute."""
    asked = str(answer.headers.get("Retry-After", ""))
    seconds = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 0
    return timedelta(seconds=seconds) if seconds else _UNTIL_THE_NEXT_MINUTE


def _never_connected(problem: Any) -> bool:
    import requests
    from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

    if isinstance(
        problem, (requests.ConnectTimeout, requests.exceptions.SSLError, requests.exceptions.ProxyError)
    ):
        return True
    if isinstance(problem, (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)):
        return True
    cause = problem.args[0] if problem.args else None
    return isinstance(cause, MaxRetryError) and isinstance(
        cause.reason, (NewConnectionError, ConnectTimeoutError)
    )


def _http_reason(problem: Any) -> str | Sentence:
    """What went wrong in a few words; what ``requests`` says itself repeats the address."""
    kind = type(problem).__name__
    known = {
        "ConnectTimeout": "no-connection-in-time",
        "ReadTimeout": "no-answer-in-time",
        "SSLError": "no-tls",
        "ProxyError": "no-proxy",
        "ConnectionError": "cut",
    }
    return in_words(f"outbox.problem.{known[kind]}") if kind in known else kind
