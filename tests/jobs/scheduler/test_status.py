"""``rule19 status``: 0 while all is well, 1 as soon as anything is not, and which thing it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, update
from typer.testing import CliRunner

from consolidation.sentence import in_words
from jobs.cli.main import app
from jobs.delivery.credentials import SecretFault
from jobs.delivery.recipients import UnusableRecipients
from jobs.scheduler.health import ALWAYS, health_of
from jobs.scheduler.timetable import WATCH
from monitoring.alerts.messages import DEAD, MESSAGE, WAITING
from monitoring.clock import database_time
from monitoring.scheduling import job_status
from monitoring.scheduling.job_status import JOB
from monitoring.scheduling.lease import LEASE, Lease
from monitoring.store.store import Store


@pytest.fixture
def well(store: Store) -> Store:
    """A store whose scheduler is at work and has done everything."""
    assert Lease(store, "one").acquire()
    with store.writing() as connection:
        for name in ALWAYS:
            job_status.started(connection, name)
            job_status.succeeded(connection, name)
    return store


def status(store: Store) -> tuple[int, dict]:
    url = store.engine.url.render_as_string(hide_password=False)
    result = CliRunner().invoke(app, ["status", "--json", "--store", url, "--language", "en"])
    return result.exit_code, json.loads(result.stdout)


def a_message(status: str, attempts: int) -> Callable[[Connection, datetime], None]:
    def write(connection: Connection, now: datetime) -> None:
        connection.execute(
            MESSAGE.insert().values(
                key="k",
                person="p",
                channel="c",
                subject="s",
                body="b",
                status=status,
                attempts=attempts,
                lost=0,
                problem="no such mailbox",
                next_attempt_at=now,
                created_at=now,
            )
        )

    return write


def job(name: str, **values: object) -> Callable[[Connection, datetime], None]:
    return lambda connection, now: connection.execute(
        update(JOB)
        .where(JOB.c.name == name)
        .values({k: now + v if isinstance(v, timedelta) else v for k, v in values.items()})
    )


def expired(connection: Connection, now: datetime) -> None:
    connection.execute(update(LEASE).values(expires_at=now - timedelta(seconds=1)))


def given_back(connection: Connection, now: datetime) -> None:
    connection.execute(update(LEASE).values(holder=None, expires_at=None))


HOUR = timedelta(hours=1)


def test_all_is_well(well: Store) -> None:
    code, said = status(well)
    assert (code, said["healthy"], said["faults"]) == (0, True, [])
    assert said["lease"]["holder"] == "one" and said["lease"]["live"]
    assert list(said["jobs"]) == list(ALWAYS)
    assert said["outbox"] == {"waiting": 0, "oldest": None, "refused_often": 0, "dead": 0}


def test_a_store_that_no_scheduler_has_seen_is_not_well(store: Store) -> None:
    code, said = status(store)
    assert code == 1
    assert [f["code"] for f in said["faults"]] == ["no_holder"]


def test_a_job_of_the_timetable_that_only_some_schedulers_have_is_shown_where_it_was_done(
    well: Store,
) -> None:
    with well.writing() as connection:
        job_status.started(connection, WATCH)
        job_status.succeeded(connection, WATCH)
    assert list(status(well)[1]["jobs"]) == [*ALWAYS, WATCH]
    with well.writing() as connection:
        job_status.forget(connection, [WATCH])
    assert list(status(well)[1]["jobs"]) == list(ALWAYS)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (given_back, "no scheduler is at work: start rule19 schedule"),
        (expired, "the scheduler one has not been heard of, its lease ended at"),
        (
            job("scan", failures=2, problem="disk full", failed_at=HOUR),
            'job "industry scan": failed 2 times in a row: disk full',
        ),
        (job("delivery", started_at=-HOUR, succeeded_at=-HOUR), 'job "delivery of alerts": was due at'),
        (job("runs", succeeded_at=None), 'job "flags after new runs": has been at work since'),
        (job("runs", succeeded_at=None, started_at=None), 'job "flags after new runs": has never been done'),
        (a_message(DEAD, 80), "1 messages were given up: see rule19 outbox"),
        (a_message(WAITING, 3), "1 messages are refused again and again: no such mailbox"),
    ],
    ids=["no holder", "silent", "failing", "late", "hangs", "never", "dead letter", "refused"],
)
def test_what_is_wrong_is_said_and_ends_with_1(
    well: Store, wrong: Callable[[Connection, datetime], None], sentence: str
) -> None:
    with well.writing() as connection:
        now = database_time(connection)
        wrong(connection, now)
        if "has been at work since" in sentence:
            job("runs", started_at=-3 * HOUR)(connection, now)
    code, said = status(well)
    assert code == 1
    assert [f["says"].startswith(sentence) for f in said["faults"]] == [True]


def test_what_a_job_or_a_message_failed_of_is_said_in_the_readers_language(well: Store) -> None:
    """In one line; of an earlier version a text is kept."""
    faults = [in_words("recipients.fault.not-utf8"), in_words("recipients.fault.not-parsed")]
    with well.writing() as connection:
        job_status.failed(connection, "delivery", UnusableRecipients(faults).sentence)
        now = database_time(connection)
        job("scan", failures=2, problem="disk full")(connection, now)
        a_message(WAITING, 3)(connection, now)
        secret = SecretFault.says("not-set", name="KEY", file="secrets.env").sentence
        connection.execute(update(MESSAGE).values(problem=secret.kept_as_text()))
    health = health_of(well)
    assert [fault.sentence("zh") for fault in health.faults()] == [
        "任务「提醒发送」：连续失败 1 次：不是 UTF-8 文本；请另存为 UTF-8 不是 YAML（无法解析）",
        "任务「行业扫描」：连续失败 2 次：disk full",
        "1 条消息屡遭拒收：KEY 尚未设置：请写入环境变量或 secrets.env",
    ]
    told = health.to_json("en")
    english = "is not UTF-8 text; save it as UTF-8 is not YAML (cannot be parsed)"
    assert told["jobs"]["delivery"]["problem"] == told["faults"][0]["problem"] == english
    assert told["faults"][0]["says"] == f'job "delivery of alerts": failed 1 times in a row: {english}'


def test_a_job_at_work_and_one_refusal_are_nothing_to_worry_about(well: Store) -> None:
    with well.writing() as connection:
        now = database_time(connection)
        job("runs", started_at=timedelta(seconds=5))(connection, now)
        a_message(WAITING, 1)(connection, now)
    code, said = status(well)
    assert (code, said["jobs"]["runs"]["running"], said["outbox"]["waiting"]) == (0, True, 1)


def test_a_store_that_is_away_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "rule19.db").write_text("this is no database, and it is long enough to be none")
    result = CliRunner().invoke(app, ["status", "--store", f"sqlite:///{tmp_path / 'rule19.db'}"])
    assert result.exit_code == 1
    assert "is not a rule19 store" in result.output and "Traceback" not in result.output


def test_a_monitor_that_reads_json_is_told_that_the_store_is_away_and_none_is_made_in_its_place(
    tmp_path: Path,
) -> None:
    file = tmp_path / "disk" / "rule19.db"
    result = CliRunner().invoke(app, ["status", "--json", "--store", f"sqlite:///{file}"])
    said = json.loads(result.stdout)
    assert (result.exit_code, said["healthy"], [f["code"] for f in said["faults"]]) == (
        1,
        False,
        ["store_away"],
    )
    assert said["faults"][0]["says"].startswith(f"there is no store at {file}")
    assert not file.parent.exists()


def test_asked_to_be_quiet_it_says_nothing(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["status", "--quiet", "--store", f"sqlite:///{tmp_path / 'none.db'}"])
    assert (result.exit_code, result.output) == (1, "")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_for_reading_it_names_every_job(well: Store, language: str) -> None:
    url = well.engine.url.render_as_string(hide_password=False)
    shown = CliRunner().invoke(app, ["status", "--store", url, "--language", language]).stdout
    assert ("正常" if language == "zh" else "healthy") in shown
    assert "one" in shown and "?" not in shown
