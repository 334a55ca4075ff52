"""Every text that a page gives its reader, for the tests of its language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest

_SHOWN = ("body", "label", "help", "placeholder", "options", "content", "alt", "spec")
"""The fields of Streamlit's messages that somebody reads or hears."""

_READ_ATTRIBUTES = ("title", "aria-label", "alt")


def texts_of(at: AppTest) -> set[str]:
    """What stands on the page: markup without its tags, labels, options, hints, what is drawn."""
    return {
        text.strip() for root in (at.main, at.sidebar) for one in _below(root) for text in _texts(one.proto)
    }


def _below(block: Any) -> Iterator[Any]:
    for child in block.children.values():
        yield child
        if hasattr(child, "children"):
            yield from _below(child)


def _texts(message: Any) -> Iterator[str]:
    for field, value in message.ListFields() if isinstance(message, Message) else ():
        for one in value if field.is_repeated else [value]:
            if isinstance(one, Message):
                yield from _texts(one)
            elif field.name in _SHOWN:
                yield from _read(one, field.name)


def _read(text: str, field: str) -> Iterator[str]:
    if field == "spec":
        for label in re.findall(r'(?:label|tooltip)="((?:[^"\\]|\\.)*)"', text):
            yield label.replace("\\n", " ")  # a long name on several lines
    elif field == "body":
        parser = _Markup()
        parser.feed(text)
        yield from parser.texts
    else:
        yield text


class _Markup(HTMLParser):
    """What of markup is read: its texts, and attributes that are told to who points or listens."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unread += tag in ("style", "script")
        self.texts += [value for name, value in attrs if name in _READ_ATTRIBUTES and value]

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in ("style", "script")

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.texts.append(data)
