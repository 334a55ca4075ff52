"""The database away, under a real ``rule19 schedule`` and a real SMTP server: no alert is lost or told twice,
the scheduler neither ends nor begins anew again and again, and ``rule19 status`` says so.

``RULE19_TEST_AWAY`` sets for how many seconds it is away (the promise is five minutes: 300).
"""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import make_url
from typer.testing import CliRunner

from jobs.cli.main import app
from jobs.scheduler.timetable import TIMETABLE
from monitoring.alerts import messages
from monitoring.alerts.outbox import NewAlert, raise_alerts
from monitoring.store.store import Store, open_store
from tests.jobs.delivery.cut_line import Line
from tests.jobs.delivery.post import PostOffice, a_post_office, text
from tests.jobs.scheduler.process import Process
from tests.processes import rule19
from tests.stores import postgres_url

pytestmark = pytest.mark.slow  # the database is away for longer than a scheduler waits between two attempts

AWAY = float(os.environ.get("RULE19_TEST_AWAY", "4"))
LEASE = 3
PEOPLE = 5
BACK_WITHIN = 180
"""Seconds: the longest wait between two attempts is one minute."""

SAID_OF_IT = (
    "cannot be reached",
    "has not been heard of",
    "there is no store at",
)
"""What ``rule19 status`` may say of it, by the kind of trouble."""


def hurried(*arguments: str) -> None:
    """``rule19`` with a timetable that does in seconds what else takes a minute."""
    TIMETABLE.update(runs={"second": "*/2"}, delivery={"second": "*/2"})
    rule19(*arguments)


@dataclass
class Database:
    """One that can go away. ``url`` is how the scheduler reaches it; ``store`` reaches it always."""

    url: str
    store: Store
    go: Callable[[], None]
    come_back: Callable[[], None]


@contextlib.contextmanager
def behind_a_line(name: str, how: str) -> Iterator[Database]:
    near = make_url(postgres_url(name))
    line = Line(near.host or "127.0.0.1", near.port or 5432)
    far = near.set(host="127.0.0.1", port=line.port)
    store = open_store(near.render_as_string(hide_password=False))
    go = line.cut if how == "cut" else line.fall_silent
    yield Database(far.render_as_string(hide_password=False), store, go, line.mend)
    line.close()
    store.close()


@contextlib.contextmanager
def on_a_disk(folder: Path, how: str) -> Iterator[Database]:
    file = folder / "disk" / "rule19.db"
    url = f"sqlite:///{file}"
    store = open_store(url)
    other = sqlite3.connect(file, timeout=60, check_same_thread=False, isolation_level=None)

    def lock() -> None:
        other.execute("BEGIN IMMEDIATE")

    def let_go() -> None:
        other.execute("ROLLBACK")

    elsewhere = folder / "elsewhere"
    if how == "locked":
        yield Database(url, store, lock, let_go)
    else:
        yield Database(
            url,
            store,
            lambda: file.parent.rename(elsewhere) and None,
            lambda: elsewhere.rename(file.parent) and None,
        )  # type: ignore[arg-type]
    other.close()
    store.close()


@pytest.fixture(
    params=[
        pytest.param(("postgresql", "cut"), marks=pytest.mark.postgres, id="postgresql-cut"),
        pytest.param(("postgresql", "silent"), marks=pytest.mark.postgres, id="postgresql-silent"),
        pytest.param(("sqlite", "locked"), id="sqlite-locked"),
        pytest.param(("sqlite", "gone"), id="sqlite-gone"),
    ]
)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    kind, how = request.param
    opened = (
        behind_a_line(request.getfixturevalue("postgres_database"), how)
        if kind == "postgresql"
        else on_a_disk(tmp_path, how)
    )
    with opened as found:
        yield found


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with a_post_office() as opened:
        yield opened


def environment(home: Path, database: Database, office: PostOffice) -> dict[str, str]:
    people = "".join(
        f"  p{n}: {{roles: [all], channels: [mail], mail: p{n}@example.com, parties: ['{n}'], language: en}}\n"
        for n in range(PEOPLE)
    )
    home.mkdir()
    (home / "recipients.yaml").write_text(
        f'channels: {{mail: "mailto://127.0.0.1:{office.port}?from=rule19@example.com"}}\n'
        f"roles: {{all: {{obligations: [], alerts: [run]}}}}\npeople:\n{people}"
    )
    return {
        **{k: v for k, v in os.environ.items() if not k.startswith("RULE19_")},
        "RULE19_HOME": str(home),
        "RULE19_DATABASE_URL": database.url,
        "LC_ALL": "C.UTF-8",
    }


class Scheduler(Process):
    """One in a hurry, and what ``rule19 status`` says of it."""

    def __init__(self, env: dict[str, str]) -> None:
        self.env = env
        super().__init__(hurried, "schedule", "--lease", str(LEASE), env=env)

    def status(self) -> tuple[int, str]:
        asked = CliRunner().invoke(app, ["status", "--language", "en"], env=self.env)
        return asked.exit_code, asked.output


def raised(store: Store, first: int) -> None:
    with store.writing() as connection:
        raise_alerts(
            connection,
            [
                NewAlert(f"a{n}", "run", "run_finished", {"run": f"<{n}>"}, party_id=str(n % PEOPLE))
                for n in range(first, first + PEOPLE)
            ],
        )


def told(office: PostOffice) -> list[str]:
    """Every alert that arrived, as often as it did; one mail may hold several."""
    lines = [line for mail in office.arrived for line in text(mail).split("\n")]
    return sorted(line.partition(" is done")[0].removeprefix("- run ") for line in lines)


def until(condition: Callable[[], bool], what: str, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s in vain until {what}"
        time.sleep(0.5)


@pytest.mark.timeout(AWAY + 600)
def test_a_database_that_is_away_costs_no_alert_and_no_scheduler(
    database: Database, office: PostOffice, tmp_path: Path
) -> None:
    scheduler = Scheduler(environment(tmp_path / "home", database, office))
    try:
        until(lambda: scheduler.status()[0] == 0, "all is well", BACK_WITHIN)
        office.on_arrival = [None, database.go]  # it goes while the second mail is being taken
        raised(database.store, 0)
        until(lambda: len(office.arrived) >= 2, "mails go out", BACK_WITHIN)
        went, said = time.monotonic(), len(scheduler.said)
        until(lambda: scheduler.status()[0] == 1, "status says that something is wrong", 60)
        time.sleep(max(0.0, went + AWAY - time.monotonic()))
        code, says = scheduler.status()
        assert (code, "Traceback" in says) == (1, False)
        assert any(why in says for why in SAID_OF_IT), says
        assert scheduler.process.poll() is None, "it waits, it does not end"
        assert len(scheduler.said) - said < 20 + AWAY / 10, "it does not begin anew again and again"
        database.come_back()
        until(lambda: scheduler.status()[0] == 0, "all is well again", BACK_WITHIN)
        raised(database.store, PEOPLE)
        until(lambda: len(told(office)) >= 2 * PEOPLE, "everything has arrived", BACK_WITHIN)
        assert scheduler.end(signal.SIGTERM) == 0
    finally:
        scheduler.kill()
    assert told(office) == sorted(f"<{n}>" for n in range(2 * PEOPLE))
    assert {mail["X-Rule19-Duplicate"] for mail in office.arrived} == {None}
    assert set(messages.outbox(database.store)["status"]) == {"sent"}
    assert not any("Traceback" in line for line in scheduler.said)
