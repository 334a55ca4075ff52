"""Where on the dashboard one acts on what a message tells: addresses below ``base_url`` of the recipients' file."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from monitoring.alerts.content import MessageItem
from monitoring.alerts.outbox import REMINDER
from monitoring.obligations.register import reference_of

FLAG_WORDS = ("flag_raised", "flags_open", "flag_assigned")
_OF_ONE_RUN = ("run_finished", "upload_waits")
_OF_RUNS = ("run_finished", "upload_waits", "set_consolidated", "set_with_errors", "set_refused")


def address(items: Sequence[MessageItem]) -> str:
    """The page of one thing, or of several alike, relative to the dashboard; empty where there is none."""
    first = items[0]
    if first.words == REMINDER and first.obligation is not None:
        return (
            _page("deadlines", obligation=reference_of(dict(first.obligation)))
            if len(items) == 1
            else "deadlines"
        )
    if first.words in FLAG_WORDS:
        return _page("flags", show="all", flag=first.places["flag"]) if len(items) == 1 else "flags"
    if first.words in _OF_ONE_RUN and len(items) == 1:
        return _page("runs", run=first.places["run"])
    return "runs" if first.words in _OF_RUNS else ""


def in_full(base_url: str, page: str, language: str) -> str:
    """The address of a page as a browser takes it, in the reader's language; empty without a dashboard or a page."""
    if not base_url or not page:
        return ""
    chosen = "" if language == "zh" else f"{'&' if '?' in page else '?'}lang={language}"
    return f"{base_url.rstrip('/')}/{page}{chosen}"


def _page(name: str, **parameters: object) -> str:
    return f"{name}?{urlencode(parameters)}"
