"""Secrets: from the environment or a file that only its owner reads, and nowhere to be seen."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from sqlalchemy import select

from jobs.delivery import Delivered, Sender
from jobs.delivery.channels import UnusableAddress, open_channel
from jobs.delivery.credentials import SecretFault, Secrets
from jobs.delivery.recipients import Recipient, RecipientRole, Recipients
from monitoring.alerts import outbox
from monitoring.alerts.outbox import NewAlert
from monitoring.store.migrations import all_tables
from monitoring.store.store import Store

SECRET = "hunter2/with space&more"


def a_file(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "secrets.env"
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return path


def test_secrets_come_from_a_file_and_the_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_file(tmp_path, f"# of mail\nMAIL_USER=rule19\nMAIL_PASSWORD = {SECRET}\n\n")
    monkeypatch.setenv("MAIL_USER", "another")
    secrets = Secrets.load(tmp_path)
    assert secrets.fill("${MAIL_USER}:${MAIL_PASSWORD}") == "another:hunter2%2Fwith%20space%26more"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = a_file(tmp_path, f"A={SECRET}", mode)
    with pytest.raises(SecretFault, match=f"others can read it.*chmod 600 {path}") as refused:
        Secrets.load(tmp_path)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("line", ["just text hunter2", "1A=hunter2", "A B=hunter2"])
def test_a_line_that_is_none_is_named_by_its_number_only(tmp_path: Path, line: str) -> None:
    a_file(tmp_path, f"A=1\n{line}")
    with pytest.raises(SecretFault, match="line 2: expected NAME=VALUE") as refused:
        Secrets.load(tmp_path)
    assert "hunter2" not in str(refused.value)


def test_a_secret_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(SecretFault, match="MAIL_PASSWORD is not set"):
        Secrets.load(tmp_path).fill("mailto://u:${MAIL_PASSWORD}@h")


def test_secrets_print_their_names_only() -> None:
    assert repr(Secrets({"A": SECRET})) == "Secrets(A)"


def test_what_a_library_says_of_an_address_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    import traceback

    from apprise import Apprise

    def explodes(address: str, **_more: object) -> None:
        raise ValueError(f"cannot use {address}")

    monkeypatch.setattr(Apprise, "instantiate", explodes)
    with pytest.raises(UnusableAddress) as refused:
        open_channel("json://u:${KEY}@127.0.0.1/x", Recipient("p", (), ()), Secrets({"KEY": SECRET}))
    assert "hunter2" not in "".join(traceback.format_exception(refused.value))


ADDRESSES = {
    "mail": "mailto://rule19:${KEY}@127.0.0.1:1?from=rule19@example.com",
    "starttls": "mailtos://rule19:${KEY}@127.0.0.1:1?from=rule19@example.com",
    "wecom": "wecombot://${KEY}",
    "dingtalk": "dingtalk://${KEY}@${KEY}",
    "feishu": "feishu://${KEY}",
    "hook": "json://rule19:${KEY}@127.0.0.1:1/hook",
    "hook_query": "json://127.0.0.1:1/${KEY}?-token=${KEY}",
    "badly_written": "json://:${KEY}@",
}


@pytest.mark.parametrize("key", ["hunter2hunter2hunter2hunter2", SECRET])
def test_no_secret_is_in_the_store_the_log_or_an_answer(
    store: Store,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    key: str,
) -> None:
    for name in (
        "http_proxy",
        "https_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
    ):  # so that nothing leaves this machine
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    people = [Recipient(n, ("all",), (n,), f"{n}@example.com") for n in ADDRESSES]
    recipients = Recipients({p.name: p for p in people}, {"all": RecipientRole("all")}, ADDRESSES)
    with store.writing() as connection:
        outbox.raise_alerts(connection, [NewAlert("a", "run", "run_finished", {"run": 1})])
    with caplog.at_level(logging.DEBUG):
        done = Sender(store, Secrets({"KEY": key}, {}), "sender").deliver(recipients)
    assert done == Delivered(refused=len(ADDRESSES))
    with store.reading() as connection:
        kept = [str(connection.execute(select(table)).all()) for table in all_tables().sorted_tables]
    seen = "\n".join([*kept, caplog.text, *capfd.readouterr()])
    assert "run 1" in seen or "运行 1" in seen
    for part in (
        key,
        key.rsplit("/", maxsplit=1)[-1],
        key.replace(" ", "%20"),
        key.replace("/", "%2F").replace(" ", "+"),
    ):
        assert part not in seen
