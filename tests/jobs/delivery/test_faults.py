"""Disk full, store read-only, database away, clocks set, mail refused for days: no alert is lost, none arrives twice."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, make_url, update

from jobs.delivery import Delivered, Sender
from jobs.delivery.credentials import Secrets
from jobs.delivery.recipients import Recipients
from monitoring.alerts import messages, outbox
from monitoring.alerts.messages import MESSAGE
from monitoring.alerts.outbox import NewAlert
from monitoring.clock import database_time
from monitoring.store.database import database_url, make_engine
from monitoring.store.store import Store, StoreError, open_store
from tests.jobs.delivery.cut_line import Line
from tests.jobs.delivery.post import PostOffice, a_post_office, text
from tests.jobs.delivery.sender_process import many_people
from tests.processes import ForkedProcess, rule19
from tests.stores import postgres_url

PEOPLE = 5


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with a_post_office() as opened:
        yield opened


def recipients(office: PostOffice) -> Recipients:
    return many_people(f"mailto://127.0.0.1:{office.port}?from=rule19@example.com", PEOPLE)


def raised(store: Store, first: int = 0, count: int = PEOPLE) -> None:
    with store.writing() as connection:
        outbox.raise_alerts(
            connection,
            [
                NewAlert(f"a{n}", "run", "run_finished", {"run": f"<{n}>"}, party_id=str(n % PEOPLE))
                for n in range(first, first + count)
            ],
        )


def arrived(office: PostOffice) -> list[str]:
    return sorted(text(mail).partition(" is done")[0].removeprefix("- run ") for mail in office.arrived)


def all_of_them(count: int = PEOPLE) -> list[str]:
    return sorted(f"<{n}>" for n in range(count))


def a_sender(store: Store) -> Sender:
    return Sender(store, Secrets({}, {}), "sender")


# The disk


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[tuple[Store, list[int]]]:
    """A SQLite store and how many pages its file may have: set it to fill the disk, and to make room."""
    url = f"sqlite:///{tmp_path / 'rule19.db'}"
    open_store(url).close()
    pages = [2**30]
    engine = make_engine(database_url(url), 5)

    @event.listens_for(engine, "begin")
    def limit(connection) -> None:  # type: ignore[no-untyped-def]
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages[0]}")

    store = Store(engine, "disk")
    yield store, pages
    store.close()


def test_a_full_disk_loses_nothing_that_was_written_and_refuses_the_rest(
    full_disk: tuple[Store, list[int]], office: PostOffice
) -> None:
    store, pages = full_disk
    raised(store)
    pages[0] = 1  # SQLite takes the pages there are
    with pytest.raises(StoreError, match="the disk is full"):
        raised(store, 1000, 5000)
    sender, failures = a_sender(store), 0
    for _ in range(3):
        try:
            sender.deliver(recipients(office))
        except StoreError as problem:
            assert "the disk is full" in str(problem)
            failures += 1
    pages[0] = 2**30
    sender.deliver(recipients(office))
    assert arrived(office) == all_of_them()
    assert failures <= 3 and set(messages.outbox(store)["status"]) == {"sent"}


def test_a_store_that_may_only_be_read_sends_nothing_and_goes_on_when_it_may_be_written(
    tmp_path: Path, office: PostOffice
) -> None:
    url = f"sqlite:///{tmp_path / 'rule19.db'}"
    raised(open_store(url))
    engine, read_only = make_engine(database_url(url), 5), [True]

    @event.listens_for(engine, "begin")
    def refuse(connection) -> None:  # type: ignore[no-untyped-def]
        connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if read_only[0] else 'OFF'}")

    sender = a_sender(Store(engine, "disk"))
    for _ in range(2):
        with pytest.raises(StoreError, match="may only be read"):
            sender.deliver(recipients(office))
    assert office.arrived == []
    read_only[0] = False
    assert sender.deliver(recipients(office)) == Delivered(sent=PEOPLE)
    engine.dispose()


# The database away


@pytest.fixture
def line(postgres_database: str) -> Iterator[tuple[Store, Line]]:
    """A store on PostgreSQL behind a line that can be cut."""
    url = make_url(postgres_url(postgres_database))
    cable = Line(url.host or "127.0.0.1", url.port or 5432)
    store = open_store(
        url.set(host="127.0.0.1", port=cable.port).render_as_string(hide_password=False), wait_seconds=5
    )
    yield store, cable
    store.close()
    cable.close()


@pytest.mark.postgres
def test_a_database_that_goes_away_while_mails_are_answered_makes_nothing_arrive_twice(
    line: tuple[Store, Line], office: PostOffice
) -> None:
    store, cable = line
    raised(store)
    office.on_arrival = [None, cable.cut]  # the second mail is taken while the database goes away
    sender = a_sender(store)
    for _ in range(4):  # away for a while: no pass gets anywhere, none does harm
        with pytest.raises(StoreError):
            sender.deliver(recipients(office))
    assert len(office.arrived) == 2
    cable.mend()
    sender.deliver(recipients(office))
    assert arrived(office) == all_of_them()
    assert [mail["X-Rule19-Duplicate"] for mail in office.arrived] == [None] * PEOPLE
    assert set(messages.outbox(store)["status"]) == {"sent"}


@pytest.mark.postgres
def test_a_database_that_is_away_stops_every_mail_before_it_leaves(
    line: tuple[Store, Line], office: PostOffice
) -> None:
    store, cable = line
    raised(store)
    office.on_recipient = [None, None, cable.cut]  # between claiming the third message and handing it over
    sender = a_sender(store)
    with pytest.raises(StoreError):
        sender.deliver(recipients(office))
    assert len(office.arrived) == 2
    cable.mend()
    sender.deliver(recipients(office))
    assert arrived(office) == all_of_them()
    assert [mail["X-Rule19-Duplicate"] for mail in office.arrived] == [None] * PEOPLE


# Clocks


@pytest.mark.parametrize(("ahead", "tried"), [(timedelta(minutes=30), False), (timedelta(minutes=61), True)])
def test_a_clock_set_back_an_hour_does_not_hold_a_refused_message_for_an_hour(
    store: Store, office: PostOffice, ahead: timedelta, tried: bool
) -> None:
    raised(store, count=1)
    office.refuse = "451 later"
    a_sender(store).deliver(recipients(office))
    office.refuse = None
    with store.writing() as connection:
        connection.execute(update(MESSAGE).values(next_attempt_at=datetime.now(UTC) + ahead))
    a_sender(store).deliver(recipients(office))
    assert bool(office.arrived) is tried


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_set_by_an_hour_between_two_passes_tells_nobody_twice(
    store: Store, office: PostOffice, hours: int
) -> None:
    now = [datetime.now(UTC)]
    sender = Sender(store, Secrets({}, {}), "sender", clock=lambda _connection: now[0])
    raised(store)
    sender.deliver(recipients(office))
    now[0] += timedelta(hours=hours)
    raised(store, 0, 2 * PEOPLE)
    sender.deliver(recipients(office))
    sender.deliver(recipients(office))
    assert arrived(office) == all_of_them(2 * PEOPLE)


# Mail refused, and two schedulers


def test_mail_refused_for_days_is_kept_and_then_arrives_in_one_message_each(
    store: Store, office: PostOffice
) -> None:
    sender = a_sender(store)
    office.refuse = "421 no"
    for day in range(5):
        raised(store, day * PEOPLE)
        with store.writing() as connection:
            connection.execute(update(MESSAGE).values(next_attempt_at=database_time(connection)))
        sender.deliver(recipients(office))
    with store.reading() as connection:
        waiting = messages.backlog(connection)
    assert (waiting.waiting, waiting.dead, office.asked) == (PEOPLE, 0, 5 * PEOPLE)
    office.refuse = None
    with store.writing() as connection:
        connection.execute(update(MESSAGE).values(next_attempt_at=database_time(connection)))
    sender.deliver(recipients(office))
    assert [len(text(mail).split("\n")) for mail in office.arrived] == [5] * PEOPLE


def test_two_schedulers_that_start_at_once_tell_everybody_once(
    store: Store, office: PostOffice, tmp_path: Path
) -> None:
    raised(store)
    people = "".join(
        f"  p{n}: {{roles: [all], channels: [mail], mail: p{n}@example.com, parties: ['{n}'], language: en}}\n"
        for n in range(PEOPLE)
    )
    (tmp_path / "recipients.yaml").write_text(
        f'channels: {{mail: "mailto://127.0.0.1:{office.port}?from=rule19@example.com"}}\n'
        f"roles: {{all: {{obligations: [], alerts: [run]}}}}\npeople:\n{people}"
    )
    url = store.engine.url.render_as_string(hide_password=False)
    environment = {**os.environ, "RULE19_HOME": str(tmp_path), "RULE19_DATABASE_URL": url}
    both = [ForkedProcess(rule19, "schedule", "--quiet", "--lease", "5", env=environment) for _ in range(2)]
    try:
        end = time.monotonic() + 60
        while len(office.arrived) < PEOPLE and time.monotonic() < end:
            time.sleep(0.1)
        time.sleep(1)  # time enough for a second scheduler to say it all again
    finally:
        for process in both:
            process.terminate()
        for process in both:
            process.wait(30)
    assert arrived(office) == all_of_them()
    assert [process.returncode for process in both] == [0, 0]
