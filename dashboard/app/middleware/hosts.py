"""By which names the dashboard answers: a page that another name leads here (DNS rebinding) gets nothing."""

from __future__ import annotations

import os
import re

import streamlit as st

VARIABLE = "RULE19_ALLOWED_HOSTS"
_OWN = ("127.0.0.1", "localhost", "::1")
_EVERY_ADDRESS = ("0.0.0.0", "::", "")
_HOST = re.compile(r"(?P<name>[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")


def allowed_hosts() -> frozenset[str]:
    """The names of ``RULE19_ALLOWED_HOSTS`` (with commas between; ``*``: any), this machine's own, and the address listened on."""
    named = {_plain(name) for name in os.environ.get(VARIABLE, "").split(",")}
    listened_on = _plain(str(st.get_option("server.address") or ""))
    return frozenset({*_OWN, *named, listened_on} - {*_EVERY_ADDRESS})


def is_allowed(host: str, allowed: frozenset[str]) -> bool:
    """Whether a Host header names the dashboard."""
    found = _HOST.fullmatch(host.lower())
    return found is not None and ("*" in allowed or _plain(found["name"]) in allowed)


def _plain(name: str) -> str:
    return name.strip().lower().strip("[]").rstrip(".")
