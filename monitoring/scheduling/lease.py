"""The right to work, held by one process at a time: a row in the database that its holder keeps alive.

The holder adds one to ``beat`` every few seconds. Whoever waits watches it on a clock of its own that nobody can set
(``time.monotonic``): a beat that stands still for the length of the lease means that the holder is dead or cut off, and
the lease is taken over with a higher ``token``. So neither a wrong clock in the database nor one on any machine can make
two holders or none. A holder that could not beat for as long stops by itself (:meth:`Lease.still_held`), and what it still
tries to write is refused (:meth:`Lease.fence`) once somebody else has the lease. ``expires_at`` is what people are shown.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from monitoring.alerts.outbox import insert_once
from monitoring.clock import database_time
from monitoring.scheduling.tables import LeaseRecord
from monitoring.store.database import StoreError
from monitoring.store.layout.filed_tables import Base
from monitoring.store.store import Store

LEASE = Base.metadata.tables[str(LeaseRecord.__tablename__)]
SCHEDULER = "scheduler"

SECONDS = 30.0
BEATS = 3
"""How many times the holder beats in the length of a lease: one beat that fails is not the end."""


_ROW = select(LEASE.c.holder, LEASE.c.token, LEASE.c.beat).where(LEASE.c.name == bindparam("lease"))
_TAKEN = _ROW.with_for_update()
_SHARED = _ROW.with_for_update(read=True, key_share=True)
_BEAT = (
    update(LEASE)
    .where(
        LEASE.c.name == bindparam("lease"), LEASE.c.token == bindparam("held"), LEASE.c.holder.is_not(None)
    )
    .values(beat=LEASE.c.beat + 1, expires_at=bindparam("until", type_=LEASE.c.expires_at.type))
)
"""Statements that every transaction of a scheduler, and whoever waits, sends again and again: made once."""


class LeaseLost(RuntimeError):
    """Somebody else holds the lease by now: nothing may be written any more on the strength of it."""


@dataclass(frozen=True, slots=True)
class LeaseStatus:
    """What the database says about a lease. ``now`` is its time, for comparison with ``expires_at``."""

    holder: str | None
    token: int
    held_since: datetime | None
    expires_at: datetime | None
    now: datetime

    @property
    def is_live(self) -> bool:
        """Somebody holds it and has been heard of in time, by the clock of the database."""
        return self.holder is not None and self.expires_at is not None and self.expires_at > self.now


class Lease:
    """One process' share in a lease. Its methods may be called from several threads.

    :param holder: who wants it, for people: no two processes may use the same text.
    :param seconds: the length of the lease, the same for all who share it.
    :param clock: seconds on a clock that only goes forward.
    """

    def __init__(
        self,
        store: Store,
        holder: str,
        *,
        name: str = SCHEDULER,
        seconds: float = SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store, self.holder, self.name, self.seconds = store, holder, name, seconds
        self.token: int | None = None
        self._clock = clock
        self._beaten_at = clock()
        self._seen: tuple[int, int] | None = None
        self._seen_at = clock()

    def acquire(self) -> bool:
        """Take the lease if nobody holds it, or its holder has been seen to stand still for its whole length.

        To be called again and again by whoever waits, several times in the length of the lease.

        :raises monitoring.store.store.StoreError: if the database cannot be used.
        """
        with self.store.reading() as connection:
            found = connection.execute(_ROW, {"lease": self.name}).one_or_none()
        if found is not None and not self._may_take(found):
            return False
        asked = self._clock()
        with self.store.writing() as connection:
            insert_once(connection, LEASE, [{"name": self.name, "token": 0, "beat": 0}], ["name"])
            found = connection.execute(_TAKEN, {"lease": self.name}).one()
            if self._clock() - asked >= self.seconds / BEATS:
                self._seen = None  # we had to wait for a writer, and so perhaps had the holder
            if not self._may_take(found):
                return False
            now = database_time(connection)
            connection.execute(
                update(LEASE)
                .where(LEASE.c.name == self.name)
                .values(
                    holder=self.holder,
                    token=found.token + 1,
                    beat=0,
                    held_since=now,
                    expires_at=now + timedelta(seconds=self.seconds),
                )
            )
        self._beaten_at, self.token = asked, found.token + 1
        return True

    def _may_take(self, found: Row[Any, Any, Any]) -> bool:
        if found.holder is None:
            return True
        if self._seen != (found.token, found.beat):
            self._seen, self._seen_at = (found.token, found.beat), self._clock()
        return self._clock() - self._seen_at >= self.seconds

    def heartbeat(self) -> bool:
        """Stay alive. False: somebody else has the lease, this one is lost for good.

        After a silence – the database was away – a beat makes a lease that nobody has taken good again.

        :raises monitoring.store.store.StoreError: if the database cannot be used.
        """
        token = self.token
        if token is None:
            return False
        asked = self._clock()
        with self.store.writing() as connection:
            expires_at = database_time(connection) + timedelta(seconds=self.seconds)
            beat = {"lease": self.name, "held": token, "until": expires_at}
            alive = connection.execute(_BEAT, beat).rowcount
        if not alive:
            self.token = None
            return False
        self._beaten_at = asked
        return True

    def still_held(self) -> bool:
        """Whether this process may begin something: it holds the lease and beat less than its length ago."""
        return self.token is not None and self.silent_for() < self.seconds

    def silent_for(self) -> float:
        """Seconds since this process last renewed the lease."""
        return self._clock() - self._beaten_at

    def fence(self, connection: Connection) -> None:
        """Let the transaction go on only if the lease is still this process'; nobody can take it before the end of it.

        Taking over locks the row, this shares its key, and a beat needs neither: a long transaction does not stop the beat.

        :raises LeaseLost: otherwise.
        """
        held = connection.execute(_SHARED, {"lease": self.name}).one_or_none()
        if self.token is None or held is None or held.holder is None or held.token != self.token:
            raise LeaseLost(f"the lease {self.name} is no longer held by {self.holder}")

    def release(self) -> None:
        """Give the lease back, so that whoever waits need not wait for its end.

        :raises monitoring.store.store.StoreError: if the database cannot be used; the lease then ends by itself.
        """
        token, self.token = self.token, None
        if token is None:
            return
        with self.store.writing() as connection:
            mine = (LEASE.c.name == self.name) & (LEASE.c.token == token)
            connection.execute(
                update(LEASE).where(mine).values(holder=None, held_since=None, expires_at=None)
            )


class FencedStore(Store):
    """The store as the holder of a lease may use it: what is written is refused once somebody else has the lease.

    Whatever a job calls with it – runs, flags, obligations, alerts – is fenced in its own transaction and need not know.
    """

    def __init__(self, lease: Lease) -> None:
        # not Store's own: the connections go when the store goes, not when one holder's view of it ends
        self.engine, self.where = lease.store.engine, lease.store.where
        self._lease = lease

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """As :meth:`Store.writing`.

        :raises LeaseLost: if the lease is no longer held.
        """
        with super().writing() as connection:
            self._lease.fence(connection)
            yield connection


class Heartbeat:
    """A thread that beats for a lease until it is stopped or the lease is lost.

    A database that does not answer is tried again at every beat; :meth:`Lease.still_held` says meanwhile whether to work.
    """

    def __init__(self, lease: Lease, on_lost: Callable[[], None]) -> None:
        self._lease, self._on_lost = lease, on_lost
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lease", daemon=True)

    def start(self) -> None:
        """Begin to renew the lease."""
        self._thread.start()

    def stop(self) -> None:
        """End the renewing and wait for a renewal under way."""
        self._stopped.set()
        self._thread.join(timeout=self._lease.seconds)

    def _run(self) -> None:
        while not self._stopped.wait(self._lease.seconds / BEATS):
            try:
                alive = self._lease.heartbeat()
            except StoreError:
                continue
            if not alive:
                self._on_lost()
                return


def lease_status(store: Store, name: str = SCHEDULER) -> LeaseStatus | None:
    """Who holds the lease, None if nobody ever did.

    :raises monitoring.store.store.StoreError: if the database cannot be used.
    """
    with store.reading() as connection:
        found = connection.execute(select(LEASE).where(LEASE.c.name == name)).one_or_none()
        now = database_time(connection)
    if found is None:
        return None
    return LeaseStatus(found.holder, found.token, found.held_since, found.expires_at, now)
