"""Options for whoever operates it: names of the dashboard, second factors, forms of logs, an address for monitors."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pyotp
import pytest
from typer.testing import CliRunner, Result

from jobs.cli.main import app
from jobs.usage import UsageError
from monitoring import logs
from monitoring.access import accounts, second_factor
from monitoring.access.accounts import Person, Role
from monitoring.access.roles import SECOND_FACTOR_VARIABLE
from monitoring.store.store import Store
from tests.accounts import cheap_hashes  # noqa: F401


def url(store: Store) -> str:
    return store.engine.url.render_as_string(hide_password=False)


def rule19(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, str]]:
    """The environments in which a dashboard would have been started."""
    found: list[Mapping[str, str]] = []

    def instead(_file: str, _command: list[str], environment: Mapping[str, str]) -> None:
        found.append(environment)

    monkeypatch.setattr(os, "execve", instead)
    for name in ("RULE19_ALLOWED_HOSTS", logs.VARIABLE, SECOND_FACTOR_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    return found


def test_the_dashboard_is_told_its_names_and_how_to_log(
    sqlite_store: Store, started: list[Mapping[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RULE19_ALLOWED_HOSTS", "a.example")
    names = ("--allow-host", "b.example", "--allow-host", "c.example")
    assert rule19("dashboard", "--store", url(sqlite_store), *names, "--log-format", "json").exit_code == 0
    assert rule19("dashboard", "--store", url(sqlite_store)).exit_code == 0
    wanted = [(e.get("RULE19_ALLOWED_HOSTS"), e[logs.VARIABLE]) for e in started]
    assert wanted == [("a.example,b.example,c.example", "json"), ("a.example", "text")]


@pytest.mark.parametrize(
    ("arguments", "environment", "why"),
    [
        (
            ("dashboard", "--log-format", "xml"),
            {},
            "--log-format 'xml' is not known; expected one of text, json",
        ),
        (
            ("dashboard",),
            {logs.VARIABLE: "xml"},
            "--log-format 'xml' is not known; expected one of text, json",
        ),
        (
            ("dashboard",),
            {SECOND_FACTOR_VARIABLE: "yes"},
            "RULE19_SECOND_FACTOR: yes – expected one of optional, required",
        ),
        (("schedule", "--listen", "here"), {}, "--listen here: expected HOST:PORT, as in 127.0.0.1:9119"),
        (("schedule", "--listen", "127.0.0.1:99999"), {}, "--listen 127.0.0.1:99999: expected HOST:PORT"),
        (("schedule", "--listen", "192.0.2.1:9119"), {}, "--listen 192.0.2.1:9119: "),
    ],
)
def test_what_is_no_option_is_said_in_one_line(
    sqlite_store: Store,
    started: list[Mapping[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    environment: dict[str, str],
    why: str,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    ended = rule19(*arguments, "--store", url(sqlite_store))
    assert isinstance(ended.exception, UsageError) and str(ended.exception).startswith(why)
    assert started == []


def test_the_console_lets_in_who_has_lost_password_and_phone(sqlite_store: Store) -> None:
    administrator: Any = Person("administrator", "", Role.ADMINISTRATOR, None)
    accounts.open_account(
        sqlite_store, administrator, "li", display_name="", role=Role.SUPERVISOR, groups=None
    )
    person, secret, now = (
        Person("li", "", Role.SUPERVISOR, None),
        second_factor.new_secret(),
        datetime.now(UTC),
    )
    command = ("new-password", "li", "--store", url(sqlite_store), "--without-second-factor")
    with pytest.raises(UsageError, match="“li”"):
        raise rule19(*command).exception or AssertionError
    second_factor.add(sqlite_store, person, secret, pyotp.TOTP(secret).at(now), now=now)
    assert rule19(*command).output.startswith("one-time password of li: ")
    assert not second_factor.in_use(sqlite_store)
