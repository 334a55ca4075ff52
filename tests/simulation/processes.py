"""Who works on the store of a simulation: three schedulers, and the people and programs that give them something to tell.

A scheduler is the lease, its heartbeat and the jobs, as :class:`jobs.scheduler.service.Service` puts them together, without
its threads: each is a task of the simulated process.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from jobs.delivery import Unwritten
from jobs.scheduler.job_runner import Folders, JobRunner
from jobs.scheduler.timetable import BACKUP, DEADLINES, DELIVERY, RUNS, WATCH, next_run
from monitoring.alerts import messages
from monitoring.alerts.outbox import NewAlert, raise_alerts
from monitoring.calendar import day_in_china
from monitoring.obligations import register
from monitoring.scheduling import job_status
from monitoring.scheduling.lease import BEATS, SECONDS, Lease, LeaseLost
from monitoring.store.database import StoreError
from tests.simulation.database import BEGINNING, Database
from tests.simulation.recipients import PARTIES
from tests.simulation.timeline import Process, Timeline

ALERTING_JOBS = (DEADLINES, DELIVERY)
ALL_JOBS = (*ALERTING_JOBS, RUNS, WATCH, BACKUP)


@dataclass
class Scheduler:
    """One machine that runs a scheduler with these jobs, and starts another when it died.

    :param after_job: called after a job of that name has ended, with the database's time when it began.
    """

    number: int
    timeline: Timeline
    database: Database
    after_job: Callable[[str, datetime], None]
    jobs: tuple[str, ...]
    folders: Folders
    process: Process = field(init=False)
    starts: int = 0
    begun: dict[tuple[str, str], float] = field(default_factory=dict)
    """The holder's name and a job's → when it began what it does at present."""

    def start(self, after: float = 0.0) -> None:
        """Begin a new process on the machine."""
        self.starts += 1
        chance = self.timeline.chance
        name = f"scheduler {self.number}.{self.starts}"
        self.process = Process(name, chance.choice([0, 0, 3, -40, 1800]), chance.uniform(0.995, 1.005))
        self.timeline.spawn(self.process, self._live, after)

    def monotonic(self) -> float:
        """Seconds on the process' clock that only goes forward."""
        return 1000.0 + self.timeline.now * self.process.rate

    def _live(self) -> None:
        unwritten: Unwritten = {}
        times = 0
        while True:
            times += 1
            with suppress(StoreError):
                lease = Lease(self.database.store, f"{self.process.name}.{times}", clock=self.monotonic)
                self._wait_for(lease)
                self._work(lease, unwritten)
            self.timeline.sleep(1.0)

    def _wait_for(self, lease: Lease) -> None:
        while not lease.acquire():
            self.timeline.sleep(SECONDS / 3)
        self.timeline.note(f"at work as {lease.holder}")

    def _work(self, lease: Lease, unwritten: Unwritten) -> None:
        runner = JobRunner(self.database.store, lease, self.folders, unwritten)
        ending: list[bool] = []
        spawn = self.timeline.spawn
        spawn(self.process, lambda: self._beat(lease, ending), SECONDS / BEATS)
        tasks = [
            spawn(self.process, lambda name=name: self._do(name, runner, lease, ending), 0.01, lease.holder)
            for name in self.jobs
        ]
        while lease.token is not None and lease.silent_for() < 4 * lease.seconds:
            self.timeline.sleep(0.5 if lease.silent_for() > lease.seconds else 7.0)
            if self.timeline.chance.random() < 0.01:
                break  # told to stop
        ending.append(True)
        for _ in range(40):
            if all(task.done for task in tasks):
                break
            self.timeline.takes(0.5)
        with suppress(StoreError, LeaseLost):
            runner.abandon()
        with suppress(StoreError, LeaseLost):
            lease.release()

    def _beat(self, lease: Lease, ending: list[bool]) -> None:
        while not ending:
            try:
                if not lease.heartbeat():
                    return
            except StoreError:
                pass
            self.timeline.sleep(SECONDS / BEATS)

    def _do(self, name: str, runner: JobRunner, lease: Lease, ending: list[bool]) -> None:
        """One job, whenever the timetable says so by the clock of the machine."""
        planned: datetime | None = None
        while not ending:
            now = BEGINNING + timedelta(seconds=self.timeline.now + self.process.skew)
            with suppress(StoreError):
                with self.database.store.reading() as connection:
                    statuses = job_status.job_statuses(connection)
                wanted = next_run(name, statuses, now)
                planned = wanted if planned is None else min(planned, wanted)
                if planned <= now:
                    planned = None
                    begun = self.database.time()
                    self.begun[lease.holder, name] = self.timeline.now
                    runner.run_job(name)
                    self.after_job(name, begun)
            left = (planned - now).total_seconds() if planned is not None else 0.0
            self.timeline.sleep(max(min(left, 60.0), 5.0) + self.timeline.chance.uniform(0, 10))


@dataclass
class Office:
    """People and programs that raise alerts and meet obligations; they do not die, but may be told that the store is locked.

    ``raised``: the keys of the alerts that the store took, with what is to be known of them.
    """

    timeline: Timeline
    database: Database
    raised: dict[str, NewAlert] = field(default_factory=dict)
    keys: int = 0
    process: Process = field(default_factory=lambda: Process("office", mortal=False))

    def at_work(self, seconds: float) -> None:
        """Do a few things in the next seconds, some before anybody has delivered what was left from last time."""
        chance = self.timeline.chance
        for _ in range(chance.randint(1, 3)):
            at = 0.0 if chance.random() < 0.4 else chance.uniform(0, seconds)
            self.timeline.spawn(self.process, self._raise, at)
        self.timeline.spawn(self.process, self._submit, chance.uniform(0, seconds))

    def _raise(self) -> None:
        chance = self.timeline.chance
        alerts = []
        for _ in range(chance.randint(1, 4)):
            self.keys += 1
            key = f"run:{self.keys}"
            useful = day_in_china(self.database.time()) + timedelta(days=chance.randint(0, 20))
            alerts.append(
                NewAlert(
                    key,
                    chance.choice(["run", "flag"]),
                    "run_finished",
                    {"run": key, "statements": 1, "errors": 0},
                    party_id=chance.choice(PARTIES),
                    escalated=chance.random() < 0.2,
                    urgent=chance.random() < 0.3,
                    useful_until=useful if chance.random() < 0.3 else None,
                )
            )
        with suppress(StoreError):
            with self.database.store.writing() as connection:
                raise_alerts(connection, alerts)
            self.raised |= {alert.key: alert for alert in alerts}

    def _submit(self) -> None:
        """Meet or waive most of what is due soon, so that not everything ends overdue."""
        today = day_in_china(self.database.time())
        names = ("obligation", "party_id", "period_end", "occurrence")
        query = f"SELECT {', '.join(names)} FROM obligation WHERE remind_on IS NOT NULL AND last_day <= ? ORDER BY id"
        for row in self.database.ask(query, (today + timedelta(days=25)).isoformat()):
            if self.timeline.chance.random() < 0.7:
                which = register.reference(row[0], row[1], _day(row[2]), row[3])
                with suppress(StoreError, register.NotPossible):
                    if self.timeline.chance.random() < 0.8:
                        register.submit(self.database.store, which, today, "receipt", "somebody", today)
                    else:
                        register.waive(self.database.store, which, "released", "somebody")

    def send_again(self) -> None:
        """Let what was given up go out again, as an operator does, who tries again where the store is locked."""
        self.timeline.spawn(self.process, self._send_again)

    def _send_again(self) -> None:
        while True:
            with suppress(StoreError):
                messages.send_again(self.database.store)
                return
            self.timeline.takes(1.0)


def _day(text: str) -> datetime:
    return datetime.fromisoformat(text).date()  # type: ignore[return-value]
