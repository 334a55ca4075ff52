"""The lease: one holder, taken over after a crash, fenced, and indifferent to clocks that are set."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest

from monitoring.clock import database_time
from monitoring.scheduling import lease as lease_module
from monitoring.scheduling.lease import LEASE, Heartbeat, Lease, LeaseLost, lease_status
from monitoring.store.store import Store
from tests.jobs.scheduler.clocks import Clock


def two(store: Store) -> tuple[Lease, Lease, Clock]:
    clock = Clock()
    return Lease(store, "one", clock=clock), Lease(store, "two", clock=clock), clock


def test_of_many_at_once_one_gets_it(store: Store) -> None:
    leases = [Lease(store, f"process {n}") for n in range(8)]
    got: list[str] = []
    barrier = threading.Barrier(len(leases))

    def ask(lease: Lease) -> None:
        barrier.wait()
        if lease.acquire():
            got.append(lease.holder)

    threads = [threading.Thread(target=ask, args=(lease,)) for lease in leases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1
    found = lease_status(store)
    assert found is not None and (found.holder, found.token, found.is_live) == (got[0], 1, True)


def test_while_the_holder_beats_nobody_else_gets_it(store: Store) -> None:
    one, other, clock = two(store)
    assert one.acquire()
    for _ in range(20):
        assert not other.acquire()
        clock.passes(10)
        assert one.heartbeat()
    assert one.still_held() and not other.still_held()


def test_after_a_crash_it_is_taken_over_within_a_minute_and_not_before_its_end(store: Store) -> None:
    one, other, clock = two(store)
    assert one.acquire()
    assert not other.acquire()
    clock.passes(29.9)
    assert not other.acquire()
    clock.passes(0.1)
    assert other.acquire()
    assert (one.token, other.token) == (1, 2)


def test_a_process_that_starts_after_the_crash_waits_for_the_length_of_the_lease(store: Store) -> None:
    one, other, clock = two(store)
    assert one.acquire()
    clock.passes(3600)
    assert not other.acquire()
    clock.passes(30)
    assert other.acquire()


def test_released_it_is_free_at_once(store: Store) -> None:
    one, other, _ = two(store)
    assert one.acquire()
    one.release()
    assert not one.still_held()
    assert other.acquire()
    assert other.token == 2


def test_who_was_replaced_writes_nothing_any_more_and_cannot_give_back_what_is_not_his(store: Store) -> None:
    one, other, clock = two(store)
    assert one.acquire()
    other.acquire()
    clock.passes(30)
    assert other.acquire()
    with pytest.raises(LeaseLost), store.writing() as connection:
        one.fence(connection)
    with store.writing() as connection:
        other.fence(connection)
    assert not one.heartbeat()
    one.release()
    found = lease_status(store)
    assert found is not None and found.holder == "two"


def test_nobody_takes_over_in_the_middle_of_a_fenced_transaction(store: Store) -> None:
    one, other, clock = two(store)
    assert one.acquire()
    other.acquire()
    clock.passes(30)
    order: list[str] = []

    def take_over() -> None:
        while not other.acquire():
            clock.passes(10)
        order.append("taken over")

    with store.writing() as connection:
        one.fence(connection)
        thread = threading.Thread(target=take_over)
        thread.start()
        time.sleep(0.3)
        order.append("written")
    thread.join(10)
    assert order == ["written", "taken over"]


def test_a_holder_that_cannot_beat_stops_by_itself_before_anybody_can_take_over(store: Store) -> None:
    one, other, clock = two(store)
    assert one.acquire()
    clock.passes(29.9)
    assert one.still_held()
    clock.passes(0.1)
    assert not one.still_held()
    assert one.heartbeat(), "nobody took it: a beat makes it good again"
    assert one.still_held()


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_database_clock_set_by_an_hour_changes_nothing(
    store: Store, hours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other, clock = two(store)
    assert one.acquire()
    assert not other.acquire()
    monkeypatch.setattr(
        lease_module, "database_time", lambda connection: database_time(connection) + timedelta(hours=hours)
    )
    clock.passes(10)
    assert one.heartbeat()
    assert not other.acquire()
    clock.passes(29.9)
    assert not other.acquire(), "the holder is alive whatever expires_at says"
    clock.passes(0.1)
    assert other.acquire(), "the holder is dead whatever expires_at says"


def test_the_expiry_that_people_see_is_by_the_database_clock(store: Store) -> None:
    lease = Lease(store, "one", seconds=30)
    assert lease.acquire()
    with store.reading() as connection:
        row = connection.execute(LEASE.select()).one()
        now = database_time(connection)
    assert timedelta(seconds=20) < row.expires_at - now <= timedelta(seconds=30)
    assert row.expires_at - row.held_since == timedelta(seconds=30)


def test_a_heart_keeps_the_lease_and_says_when_it_is_lost(store: Store) -> None:
    lost = threading.Event()
    one = Lease(store, "one", seconds=0.9)
    assert one.acquire()
    heartbeat = Heartbeat(one, lost.set)
    heartbeat.start()
    other = Lease(store, "two", seconds=0.9)
    end = time.monotonic() + 2
    while time.monotonic() < end:
        assert not other.acquire()
        time.sleep(0.1)
    with store.writing() as connection:
        connection.execute(LEASE.update().values(holder="two", token=7))
    assert lost.wait(3)
    assert not one.still_held()
