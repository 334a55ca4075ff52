"""What Prometheus is told: how the scheduler fares, what waits to go out, what is overdue, which flags stand. Numbers only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from jobs.scheduler.health import Health
from monitoring.flags.lifecycle import CLOSED
from monitoring.flags.tables import Flag
from monitoring.obligations.states import ObligationState
from monitoring.obligations.tables import ObligationInstance
from monitoring.store.layout.filed_tables import Base
from monitoring.store.store import Store

_FLAG = Base.metadata.tables[str(Flag.__tablename__)]
_OBLIGATION = Base.metadata.tables[str(ObligationInstance.__tablename__)]
_RUN = Base.metadata.tables["run"]


@dataclass(frozen=True, slots=True)
class Counts:
    """What of the store's contents is counted. ``flags``: kind → how many stand; ``last_run``: when the newest was recorded."""

    flags: dict[str, int]
    overdue: int
    runs: int
    last_run: datetime | None


def counts_of(store: Store) -> Counts:
    """The counts as they are now.

    :raises monitoring.store.store.StoreError: if the database cannot be used.
    """
    flags = (
        select(_FLAG.c.code, func.count().label("number"))
        .where(_FLAG.c.state != CLOSED)
        .group_by(_FLAG.c.code)
    )
    overdue = select(func.count()).where(_OBLIGATION.c.state == ObligationState.OVERDUE)
    runs = select(func.count(_RUN.c.id), func.max(_RUN.c.recorded_at))
    with store.reading() as connection:
        by_code = {row.code: row.number for row in connection.execute(flags)}
        number, last = connection.execute(runs).one()
        return Counts(by_code, connection.execute(overdue).scalar_one(), number, last)


def exposition(found: tuple[Health, Counts] | None) -> bytes:
    """The text that Prometheus reads; None: the store does not answer."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(found))
    return generate_latest(registry)


class _Figures(Collector):
    def __init__(self, found: tuple[Health, Counts] | None) -> None:
        self._found = found

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Every figure, once."""
        yield _gauge("store_up", "Whether the store answers.", float(self._found is not None))
        if self._found is None:
            return
        health, counts = self._found
        yield from _of_lease(health)
        yield from _of_jobs(health)
        yield from _of_outbox(health)
        yield _gauge("runs", "Runs in the store.", counts.runs)
        if counts.last_run is not None:
            last = "When the newest run was recorded, in seconds since 1970."
            yield _gauge("last_run_timestamp_seconds", last, counts.last_run.timestamp())
        yield _gauge("obligations_overdue", "Obligations that are overdue.", counts.overdue)
        flags = GaugeMetricFamily("rule19_flags", "Flags that stand, by kind.", labels=["code"])
        for code, number in sorted(counts.flags.items()):
            flags.add_metric([code], number)
        yield flags


def _of_lease(health: Health) -> Iterator[GaugeMetricFamily]:
    lease = health.lease
    is_live = lease is not None and lease.is_live
    yield _gauge("lease_held", "Whether a scheduler holds the lease and is heard of.", float(is_live))
    if lease is not None and lease.held_since is not None:
        age = (lease.now - lease.held_since).total_seconds()
        yield _gauge("lease_age_seconds", "For how long the present holder has had the lease.", age)
    if lease is not None and lease.expires_at is not None:
        left = (lease.expires_at - lease.now).total_seconds()
        yield _gauge("lease_expires_in_seconds", "Until when the holder was last heard of, from now.", left)


def _of_jobs(health: Health) -> Iterator[GaugeMetricFamily]:
    done = GaugeMetricFamily(
        "rule19_job_last_success_timestamp_seconds", "When a job was last done.", labels=["job"]
    )
    failures = GaugeMetricFamily("rule19_job_failures", "Failures of a job in a row.", labels=["job"])
    for name in health.names:
        status = health.jobs.get(name)
        failures.add_metric([name], status.failures if status else 0)
        if status and status.succeeded_at is not None:
            done.add_metric([name], status.succeeded_at.timestamp())
    yield done
    yield failures
    faults = GaugeMetricFamily(
        "rule19_faults", "What rule19 status calls not well, by its code.", labels=["code"]
    )
    codes = [fault.code for fault in health.faults()]
    for code in sorted(set(codes)):
        faults.add_metric([code], codes.count(code))
    yield faults


def _of_outbox(health: Health) -> Iterator[GaugeMetricFamily]:
    waiting = health.waiting
    oldest = 0.0 if waiting.oldest is None else (health.now - waiting.oldest).total_seconds()
    yield _gauge("outbox_waiting", "Alerts and messages that have not gone out.", waiting.waiting)
    yield _gauge("outbox_oldest_seconds", "For how long the oldest of them has waited.", oldest)
    yield _gauge("outbox_refused_often", "Messages refused three times or more.", health.refusals.count)
    yield _gauge("outbox_dead", "Messages that were given up.", waiting.dead)


def _gauge(name: str, says: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"rule19_{name}", says, value=value)
