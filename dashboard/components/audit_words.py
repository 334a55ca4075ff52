"""What an entry of the audit log says beside who, what and when: its detail, in the reader's words."""

from __future__ import annotations

import json
from typing import Any

from dashboard.components.view import View

_DIGITS_SHOWN = 12


def detail(v: View, text: str) -> str:
    """The detail of an entry (JSON), one thing after the other; of what was changed, before and after."""
    said: dict[str, Any] = json.loads(text)
    given, before = said.pop("given", {}), said.pop("before", None)
    told = [_told(v, name, _value(v, name, value)) for name, value in said.items()]
    for name, value in given.items():
        after = _value(v, name, value)
        if before is None:
            told.append(_told(v, name, after))
        elif value != before.get(name):
            told.append(_told(v, name, f"{_value(v, name, before.get(name))} → {after}"))
    return v.say("audit.and").join(told)


def _told(v: View, name: str, value: str) -> str:
    key = f"audit-detail.{name}"
    word = v.label(key)
    return v.say("audit.told", what=name if word == key else word, value=value)


def _value(v: View, name: str, value: Any) -> str:
    if name == "role":
        return v.label(f"access.role.{value}")
    if name == "groups":
        return v.say("account.all-groups") if value is None else ", ".join(map(v.name, value))
    if name == "sha256":
        return str(value)[:_DIGITS_SHOWN]
    if isinstance(value, bool):
        return v.say("audit.yes" if value else "audit.no")
    return str(value)
