"""``/healthz`` and ``/metrics``: what a monitor is told, also when nothing is well, by a scheduler that runs."""

from __future__ import annotations

import json
import os
import re
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from jobs.scheduler.endpoints import listening
from jobs.scheduler.health import ALWAYS
from jobs.usage import UsageError
from monitoring.alerts import outbox
from monitoring.alerts.outbox import NewAlert
from monitoring.flags.lifecycle import CLOSED, RAISED
from monitoring.flags.tables import Flag
from monitoring.scheduling import job_status
from monitoring.scheduling.lease import LEASE, Lease
from monitoring.store.database import home
from monitoring.store.layout.filed_tables import Base
from monitoring.store.store import Store, record_run
from tests.jobs.scheduler.process import Process
from tests.monitoring.store.records import a_run
from tests.processes import rule19

FLAG = Base.metadata.tables[str(Flag.__tablename__)]


def asked(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
            return int(answer.status), answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


def metrics(port: int) -> dict[str, float]:
    """Name with labels → value, read as Prometheus reads it."""
    status, text = asked(port, "/metrics")
    assert status == 200
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def url(store: Store) -> str:
    return store.engine.url.render_as_string(hide_password=False)


@pytest.fixture
def port(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr("jobs.scheduler.endpoints._LASTS_SECONDS", 0.0)
    with listening(url(store), "127.0.0.1", 0) as found:
        yield found


def at_work(store: Store) -> None:
    assert Lease(store, "one").acquire()
    with store.writing() as connection:
        for name in ALWAYS:
            job_status.started(connection, name)
            job_status.succeeded(connection, name)


def a_flag(store: Store, code: str, party: str, state: str) -> None:
    now = datetime.now(UTC)
    values = {c.name: "" for c in FLAG.columns if not c.nullable and not c.primary_key}
    values |= {"code": code, "subject_id": party, "state": state, "raised_at": now, "changed_at": now}
    days = {"period_end": date(2025, 12, 31), "since": date(2025, 12, 31)}
    with store.writing() as connection:
        connection.execute(FLAG.insert().values(**{**values, **days, "met": True, "severity": 1}))


def test_all_is_well_and_everything_is_counted(store: Store, port: int) -> None:
    at_work(store)
    record_run(store, a_run("a"))
    for party, state in (("甲", RAISED), ("乙", RAISED), ("丙", CLOSED)):
        a_flag(store, "breach", party, state)
    with store.writing() as connection:
        outbox.raise_alerts(connection, [NewAlert(f"a{n}", "run", "run_finished") for n in range(7)])
    status, text = asked(port, "/healthz")
    assert (status, json.loads(text)["healthy"], json.loads(text)["outbox"]["waiting"]) == (200, True, 7)
    found = metrics(port)
    assert {name: found[name] for name in found if "seconds" not in name} == {
        "rule19_store_up": 1,
        "rule19_lease_held": 1,
        **{f"rule19_job_failures {name}": 0 for name in ALWAYS},
        "rule19_outbox_waiting": 7,
        "rule19_outbox_refused_often": 0,
        "rule19_outbox_dead": 0,
        "rule19_runs": 1,
        "rule19_obligations_overdue": 0,
        "rule19_flags breach": 2,
    }
    assert 0 <= found["rule19_outbox_oldest_seconds"] < 60
    assert 0 <= found["rule19_lease_age_seconds"] < 60 and 0 < found["rule19_lease_expires_in_seconds"] <= 30
    assert abs(found["rule19_last_run_timestamp_seconds"] - time.time()) < 3600 * 24 * 4000


def test_a_silent_scheduler_is_not_well(store: Store, port: int) -> None:
    at_work(store)
    with store.writing() as connection:
        connection.execute(update(LEASE).values(expires_at=datetime(2026, 1, 1, tzinfo=UTC)))
    status, text = asked(port, "/healthz")
    assert (status, [fault["code"] for fault in json.loads(text)["faults"]]) == (503, ["silent"])
    found = metrics(port)
    assert (found["rule19_lease_held"], found["rule19_faults silent"]) == (0, 1)


def test_a_store_that_is_away_is_said_and_ends_nothing(tmp_path: Path) -> None:
    with listening(f"sqlite:///{tmp_path / 'none.db'}", "127.0.0.1", 0) as port:
        status, text = asked(port, "/healthz")
        assert (status, json.loads(text)["faults"][0]["code"]) == (503, "store_away")
        assert metrics(port) == {"rule19_store_up": 0}
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize("path", ["/", "/metrics/x", "/../etc/passwd", "/healthz%00", "/metrics%2f"])
def test_nothing_else_is_there(port: int, path: str) -> None:
    assert asked(port, path)[0] == 404


def test_an_address_that_is_taken_is_said_in_one_line(port: int) -> None:
    with pytest.raises(UsageError, match=f"--listen 127.0.0.1:{port}: "), listening(None, "127.0.0.1", port):
        pass


@pytest.mark.slow  # starts a scheduler
def test_a_scheduler_answers_on_an_address_of_its_own_and_logs_json(sqlite_store: Store) -> None:
    scheduler = Process(
        rule19,
        *("schedule", "--store", url(sqlite_store), "--listen", "0", "--log-format", "json"),
        env={**os.environ, "RULE19_HOME": str(home())},
    )
    try:
        for _ in range(600):
            said = [json.loads(line) for line in list(scheduler.said)]
            port = next(
                (re.search(r"port (\d+)", o["message"]) for o in said if "metrics" in o["message"]), None
            )
            if port and metrics(int(port[1])).get("rule19_lease_held") == 1:
                break
            time.sleep(0.1)
        else:
            raise AssertionError(scheduler.said)
        assert {o["logger"] for o in said} == {"rule19.scheduler"}
        assert all(o.keys() == {"at", "level", "logger", "message"} for o in said)
        assert scheduler.end(signal.SIGTERM) == 0
    finally:
        scheduler.kill()
