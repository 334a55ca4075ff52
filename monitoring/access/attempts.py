"""How fast passwords can be guessed: tries are counted by name, by address and over all, and who makes many has to wait.

By a name, failures in a row make each further try wait twice as long. By an address, and over all, tries drain away: so many are
free, then as many as drain. Whoever's browser has signed in by that name before (``monitoring.access.known_browsers``) is counted by
that browser alone: others' guessing does not lock them out, and a stolen browser guesses no faster than anybody else.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, or_, select, update

from monitoring.access.tables import FailedSignIn
from monitoring.store.layout.filed_tables import Base
from monitoring.store.locks import Lock, take_lock

FREE_TRIES = 3
LONGEST_WAIT = timedelta(minutes=5)
FORGOTTEN_AFTER = timedelta(days=1)
"""Failures that nobody added to for so long are forgotten."""

NAME, BROWSER, ADDRESS, ALL = "name", "browser", "address", "all"
_IN_A_ROW = (NAME, BROWSER)
_FAILED = Base.metadata.tables[str(FailedSignIn.__tablename__)]


@dataclass(frozen=True, slots=True)
class _Drain:
    """So many tries are free, and one more after every ``each``."""

    free: int
    each: timedelta


_DRAINS = {
    ADDRESS: _Drain(30, timedelta(seconds=20)),  # an office of people behind one address
    ALL: _Drain(300, timedelta(seconds=2)),
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a try is counted by: pairs of a kind and what of that kind."""

    counted_by: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, name: str, address: str, browser: str | None) -> Attempt:
        """A try by a name from an address; ``browser`` is what is kept of one that is known for that name."""
        if browser is not None:
            return cls(((BROWSER, browser),))
        return cls(((NAME, name), (ADDRESS, _network(address)), (ALL, "")))


class TooMany(Exception):
    """The next try has to wait, in seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__(wait)
        self.wait = wait


def count(connection: Connection, attempt: Attempt, now: datetime) -> None:
    """Count a try as failed before it is looked at, so that many at once do not slip by; :func:`succeeded` takes it back.

    :raises TooMany: if it has to wait; it is not counted then.
    """
    take_lock(connection, Lock.ACCOUNTS)
    connection.execute(delete(_FAILED).where(_FAILED.c.failed_at < now - FORGOTTEN_AFTER))
    kept = connection.execute(select(_FAILED).where(or_(*map(_is, attempt.counted_by))))
    found = {**dict.fromkeys(attempt.counted_by), **{(row.kind, row.name): row for row in kept}}
    wait = max(_wait(kind, found[kind, key], now) for kind, key in attempt.counted_by)
    if wait > timedelta(0):
        raise TooMany(-(-wait // timedelta(seconds=1)))
    for key, row in found.items():
        if row is None:
            values = dict(zip(("kind", "name"), key, strict=True))
            connection.execute(insert(_FAILED).values(**values, failures=1, failed_at=now))
        else:
            _set(connection, key, _level(key[0], row, now) + 1, now)


def succeeded(connection: Connection, attempt: Attempt, now: datetime) -> None:
    """Take back a try that was none to fear: a name's failures in a row are over, an address has one less."""
    for key in attempt.counted_by:
        row = _row(connection, key)
        if key[0] in _IN_A_ROW:
            connection.execute(delete(_FAILED).where(_is(key)))
        elif row is not None:
            _set(connection, key, max(_level(key[0], row, now) - 1, 0), now)


def _row(connection: Connection, key: tuple[str, str]) -> Any:
    return connection.execute(select(_FAILED).where(_is(key))).one_or_none()


def _is(key: Collection[str]) -> Any:
    kind, name = key
    return and_(_FAILED.c.kind == kind, _FAILED.c.name == name)


def _set(connection: Connection, key: tuple[str, str], failures: int, now: datetime) -> None:
    connection.execute(update(_FAILED).where(_is(key)).values(failures=failures, failed_at=now))


def _level(kind: str, row: Any, now: datetime) -> int:
    """The failures that still count."""
    if kind in _IN_A_ROW:
        return int(row.failures)
    drained = max(now - row.failed_at, timedelta(0)) // _DRAINS[kind].each
    return max(int(row.failures) - drained, 0)


def _wait(kind: str, row: Any, now: datetime) -> timedelta:
    if row is None:
        return timedelta(0)
    # a clock set back must not make anybody wait for longer than the whole of it
    if kind in _IN_A_ROW:
        whole = _wait_after(row.failures)
        return min(row.failed_at + whole - now, whole)
    drain = _DRAINS[kind]
    over = row.failures - drain.free + 1
    if over <= 0:
        return timedelta(0)
    return min(row.failed_at + over * drain.each - now, LONGEST_WAIT)


def _wait_after(failures: int) -> timedelta:
    if failures < FREE_TRIES:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(failures - FREE_TRIES, 20)), LONGEST_WAIT)


def _network(address: str) -> str:
    """What of an address one person cannot change at will: of IPv6 the first half."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(IPv6Address(int(found) >> 64 << 64))
    return str(found)
