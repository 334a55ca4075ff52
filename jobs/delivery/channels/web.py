"""Chat robots and web hooks: JSON by HTTP, and whether the far side really took it."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from jobs.delivery.channels.outgoing_message import (
    ANSWER_SECONDS,
    CONNECT_SECONDS,
    MarkInFlight,
    OutgoingMessage,
)
from jobs.delivery.credentials import Secrets
from monitoring.alerts.messages import Answer, DeliveryRejected, DeliveryUnknown, Sent


class Web:
    """JSON by HTTP POST to what Apprise says the address means."""

    most_bytes = 19_000

    def __init__(self, plugin: Any, secrets: Secrets) -> None:
        self._plugin, self._secrets = plugin, secrets

    def request(self, message: OutgoingMessage) -> dict[str, Any]:
        """url, json and what else ``requests.request`` takes."""
        raise NotImplementedError

    def problem_in(self, answer: Any) -> str | None:
        """Why the far side did not take the message although it answered 200."""
        raise NotImplementedError

    def send(self, message: OutgoingMessage, mark_in_flight: MarkInFlight) -> Answer:
        """Post the message; an answer that got lost after the connection stood leaves the outcome unknown."""
        import requests

        request = self.request(message)
        mark_in_flight()
        try:
            answer = requests.request(
                request.pop("method", "POST"),
                request.pop("url"),
                **request,
                verify=self._plugin.verify_certificate,
                timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
                allow_redirects=False,
            )
        except requests.RequestException as problem:
            why = self._secrets.redacted(_http_reason(problem))
            return DeliveryRejected(why) if _never_connected(problem) else DeliveryUnknown(why)
        if not 200 <= answer.status_code < 300:
            return DeliveryRejected(
                f"HTTP {answer.status_code}", final=answer.status_code in (400, 401, 403, 404, 410)
            )
        why_not = self.problem_in(answer)
        return DeliveryRejected(self._secrets.redacted(why_not)) if why_not else Sent()


class WeCom(Web):
    """A WeCom group robot; it answers 200 with ``errcode`` where it does not take a message."""

    most_bytes = 2_000

    def request(self, message: OutgoingMessage) -> dict[str, Any]:
        """Write the message as WeCom takes it."""
        text = {"msgtype": "text", "text": {"content": message.whole}}
        return {"url": self._plugin.api_url, "json": text}

    def problem_in(self, answer: Any) -> str | None:
        """Read from the answer of WeCom why it did not take the message."""
        return _code_in(answer, "errcode", "errmsg")


class DingTalk(Web):
    """A DingTalk group robot, with its signature where the address has a secret."""

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

    def problem_in(self, answer: Any) -> str | None:
        """Read from the answer of DingTalk why it did not take the message."""
        return _code_in(answer, "errcode", "errmsg")


class Feishu(Web):
    """A Feishu group robot; it answers 200 with ``code`` where it does not take a message."""

    def request(self, message: OutgoingMessage) -> dict[str, Any]:
        """Write the message as Feishu takes it."""
        text = {"msg_type": "text", "content": {"text": message.whole}}
        return {"url": self._plugin.notify_url.format(token=self._plugin.token), "json": text}

    def problem_in(self, answer: Any) -> str | None:
        """Read from the answer of Feishu why it did not take the message."""
        return _code_in(answer, "code", "msg")


class Hook(Web):
    """A web hook: JSON with the message and its key, by which the other side can know a duplicate."""

    most_bytes = 500_000

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

    def problem_in(self, answer: Any) -> str | None:
        """A web hook says all by its status."""
        return None


BY_SCHEME: dict[str, type[Web]] = {
    "wecombot": WeCom,
    "dingtalk": DingTalk,
    "feishu": Feishu,
    "json": Hook,
    "jsons": Hook,
}


def _code_in(answer: Any, code: str, reason: str) -> str | None:
    try:
        said = answer.json()
        number = said[code]
    except (ValueError, KeyError, TypeError):
        return "the answer is not that of a robot"
    return None if number == 0 else f"{number} {said.get(reason, '')}".strip()


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


def _http_reason(problem: Any) -> str:
    """What went wrong in a few words; what ``requests`` says itself repeats the address."""
    kind = type(problem).__name__
    return {
        "ConnectTimeout": "no connection in time",
        "ReadTimeout": "no answer in time",
        "SSLError": "the certificate is not trusted, or no TLS there",
        "ProxyError": "the proxy does not connect",
        "ConnectionError": "no connection, or cut before the answer",
    }.get(kind, kind)
