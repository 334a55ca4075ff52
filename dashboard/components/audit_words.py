"""What an entry of the audit log says beside who, what and when: its detail, in the reader's words."""

from __future__ import annotations

import json
from typing import Any

from dashboard.components.view import View

_DIGITS_SHOWN = 12


def detail(view: View, text: str) -> str:
    """The detail of an entry (JSON), one thing after the other; of what was changed, before and after."""
    said: dict[str, Any] = json.loads(text)
    given, before = said.pop("given", {}), said.pop("before", None)
    told = [_told(view, name, _value(view, name, value)) for name, value in said.items()]
    for name, value in given.items():
        after = _value(view, name, value)
        if before is None:
            told.append(_told(view, name, after))
        elif value != before.get(name):
            told.append(_told(view, name, f"{_value(view, name, before.get(name))} → {after}"))
    return view.say("audit.and").join(told)


def _told(view: View, name: str, value: str) -> str:
    key = f"audit-detail.{name}"
    word = view.label(key)
    return view.say("audit.told", what=name if word == key else word, value=value)


def _value(view: View, name: str, value: Any) -> str:
    if name == "role":
        return view.label(f"access.role.{value}")
    if name == "groups":
        return view.say("account.all-groups") if value is None else ", ".join(map(view.name, value))
    if name == "sha256":
        return str(value)[:_DIGITS_SHOWN]
    if isinstance(value, bool):
        return view.say("audit.yes" if value else "audit.no")
    return str(value)
