"""One seed: two years of three schedulers, forty recipients and whatever can go wrong, in nine episodes.

An episode is a minute or two in which clocks are set, mail fails, processes stand still and die, and people give the schedulers something
to tell. At the end all is well for two days: then nothing may be missing. In every 25th seed the schedulers have sets that land, runs,
flags and copies of the store to see to, too, and mails are written in full: that costs several times as much.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import polars as pl

from consolidation.rulebook import Rulebook
from jobs.scheduler.job_runner import Folders, JobRunner
from monitoring.calendar import day_in_china
from monitoring.obligations import generation
from monitoring.obligations.catalogue import Catalogue
from monitoring.obligations.parties import parties
from monitoring.obligations.states import ReminderSchedule
from monitoring.record.backup import KEPT, copies
from monitoring.record.verify import verify
from monitoring.store import recording
from monitoring.store.store import Store, open_store
from tests.monitoring.obligations.companies import BOOK, NEW_YEAR_2024, an_industry, generated
from tests.simulation.database import Database
from tests.simulation.invariants import Invariants, Violation
from tests.simulation.mail import FAULTS, MailServer, written_shortly
from tests.simulation.processes import ALERTING_JOBS, ALL_JOBS, Office, Scheduler
from tests.simulation.recipients import RECIPIENTS
from tests.simulation.timeline import DAY, Process, Timeline
from tests.simulation.watched import Landing
from tests.stores import drop_postgres_database, new_postgres_database, postgres_url

EPISODES, DAYS = 9, 730
EVERYTHING_EVERY = 25
_HOURS = (0.07, 6.97, 8.98, 21.96)
"""Hours of the day, in China, around which something changes: a new day, the end of the quiet hours, the digest, their start."""


@dataclass(frozen=True)
class Told:
    """What a seed came to: a hash of everything that happened, and how often what happened."""

    trace: str
    seen: Counter[str]


class Failed(AssertionError):
    """A seed in which something happened that must not; says how to see it again."""


def make_industry(folder: Path) -> None:
    """A SQLite store with two groups and two insurers that owe something, in the folder."""
    store = _an_industry_that_owes(f"sqlite:///{folder / _INDUSTRY}")
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()


_INDUSTRY = "template.db"


class Template:
    """The store of :func:`make_industry`, of which each seed has a copy in a folder."""

    def __init__(self, made: Path, folder: Path) -> None:
        self.folder, self._file = folder, made / _INDUSTRY
        store = open_store(f"sqlite:///{self._file}")
        self.owing = _who_owes(store)
        store.close()

    @classmethod
    def made_in(cls, folder: Path) -> Template:
        """One with a store of its own, in the folder."""
        make_industry(folder)
        return cls(folder, folder)

    @contextmanager
    def copy(self) -> Iterator[str]:
        """The address of a store of its own for one seed."""
        for old in self.folder.glob("seed.db*"):
            old.unlink()
        yield f"sqlite:///{shutil.copy(self._file, self.folder / 'seed.db')}"


class PostgresTemplate:
    """The same on PostgreSQL."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._name = folder, new_postgres_database()
        store = _an_industry_that_owes(postgres_url(self._name))
        self.owing = _who_owes(store)
        store.close()

    @contextmanager
    def copy(self) -> Iterator[str]:
        """The address of a store of its own for one seed."""
        name = new_postgres_database(self._name)
        yield postgres_url(name)
        drop_postgres_database(name)


def _an_industry_that_owes(url: str) -> Store:
    store = open_store(url)
    with patch.object(recording, "readings_of", lambda *_: {}):
        an_industry(store)
    generated(store, NEW_YEAR_2024, RECIPIENTS.settings)
    return store


def _who_owes(store: Store) -> Any:
    """All who owe: in seeds in which nothing is filed they stay the same, and need not be found anew on each of their days."""
    with store.reading() as connection:
        return parties(connection, Rulebook.load(), RECIPIENTS.settings)


def _episodes(chance: Random) -> list[tuple[float, float]]:
    days = sorted(chance.sample(range(1, DAYS), EPISODES))
    begins = [
        (day + (chance.choice([*_HOURS, chance.uniform(0, 24)]) - 8) / 24) * DAY + chance.uniform(0, 300)
        for day in days
    ]
    ends = [(begin, begin + chance.uniform(45, 110)) for begin in begins]
    after = max(end for _, end in ends) // DAY * DAY + DAY
    well = [(after + hours * 3600, seconds) for hours, seconds in ((3, 110), (5, 110), (27, 110), (29, 180))]
    return ends + [(begin, begin + seconds) for begin, seconds in well]


class Simulation:
    """The parts of one seed put together."""

    def __init__(self, seed: int, url: str, folder: Path, owing: Any) -> None:
        self.seed, self.does_everything, self.owing = seed, seed % EVERYTHING_EVERY == 0, owing
        self.chance = Random(seed)
        self.timeline = Timeline(self.chance, _episodes(self.chance))
        steps = ReminderSchedule.of(BOOK.on(NEW_YEAR_2024)).days_before
        self.invariants = Invariants(self.timeline, None, steps)  # type: ignore[arg-type]
        self.database = Database(url, self.timeline, self.invariants.before_commit)
        self.invariants.database = self.database
        self.office = self.invariants.office = Office(self.timeline, self.database)
        self.mail = MailServer(self.timeline, self.invariants.arrives)
        self.folder = folder
        self.landing = Landing(folder / "landing", self.timeline)
        self.schedulers = self.invariants.schedulers = [self._scheduler(n, folder) for n in range(3)]

    def _scheduler(self, number: int, folder: Path) -> Scheduler:
        jobs, folders = ALERTING_JOBS, Folders(None, folder, folder)
        if self.does_everything:
            self.landing.folder.mkdir(exist_ok=True)
            jobs, folders = (
                ALL_JOBS,
                Folders(self.landing.folder, folder / "out", folder, folder / "backups"),
            )
        return Scheduler(number, self.timeline, self.database, self.invariants.after_job, jobs, folders)

    def run(self) -> Told:
        """Run it to the end.

        :raises Failed: with what happened, the last steps before it, and how to see it again.
        """
        for scheduler in self.schedulers:
            scheduler.start()
        self.timeline.spawn(Process("world", mortal=False), self._world)
        try:
            with (
                self.mail.listening(),
                patch("jobs.scheduler.job_runner.load_recipients", lambda: RECIPIENTS),
                self._everything() if self.does_everything else _alerts_alone(self.owing),
            ):
                self.timeline.run()
                self.invariants.at_the_end()
                if self.does_everything:
                    self._copies_are_whole()
        except Violation as violation:
            last = "\n".join(self.timeline.last)
            raise Failed(
                f"seed {self.seed}: {violation}\n{last}\nsee it again: make simulate SEEDS=1 SEED={self.seed}"
            ) from violation
        finally:
            self.timeline.end()
            self.database.close()
        seen = self.invariants.seen + self.mail.seen + Counter(kills=self.timeline.killed)
        return Told(self.timeline.trace, seen)

    @contextmanager
    def _everything(self) -> Iterator[None]:
        """What lands is read at once, and flags are of the day by the database's clock, not by that of this machine."""
        today = patch(
            "monitoring.flags.store.day_in_china", lambda _moment: day_in_china(self.database.time())
        )
        with self.landing.read_at_once(), today:
            yield

    def _copies_are_whole(self) -> None:
        made = copies(self.folder / "backups")
        self.invariants.seen["copies of the store"] += len(made)
        for file in made[-1:]:
            copy = open_store(f"sqlite:///{file}")
            misfits = verify(copy).misfits
            copy.close()
            if misfits or len(made) > KEPT:
                raise Violation(f"{len(made)} copies, the last of which does not fit its record: {misfits}")

    def _world(self) -> None:
        """What is so in each episode, and at its end whoever died is started again."""
        wild = self.timeline.episodes[:EPISODES]
        for number, (begin, end) in enumerate(self.timeline.episodes):
            self.timeline.takes(max(0.0, begin - self.timeline.now))
            if number < len(wild):
                self._go_wrong(end - begin)
            else:
                self._be_well()
                if number > len(wild):
                    self.office.send_again()
            while self.timeline.now < end:
                self.timeline.takes(min(self.chance.uniform(1, 40), max(0.001, end - self.timeline.now)))
                self._start_the_dead()

    def _go_wrong(self, seconds: float) -> None:
        chance = self.chance
        self.timeline.kills = chance.choice([0.0, 0.002, 0.01, 0.02])
        self.database.faults = chance.choice([0.0, 0.0, 0.0, 0.003])
        self.mail.state = chance.choice([*FAULTS, "well", "flaky"])
        if chance.random() < 0.2:
            self.database.set_clock(chance.choice([0.0, 0.0, 3600, -3600, 40, 2 * DAY, -2 * DAY]))
        for scheduler in self.schedulers:
            if chance.random() < 0.1:
                scheduler.process.skew = chance.uniform(-7200, 7200)
        self.office.at_work(seconds)
        if self.does_everything:
            self.timeline.spawn(
                Process("filer", mortal=False), self.landing.change, chance.uniform(0, seconds)
            )

    def _be_well(self) -> None:
        self.timeline.kills = self.database.faults = 0.0
        self.mail.state = "well"
        if self.database.offset:
            self.database.set_clock(0.0)
        for scheduler in self.schedulers:
            scheduler.process.skew = 0.0

    def _start_the_dead(self) -> None:
        for scheduler in self.schedulers:
            if not scheduler.process.alive:
                scheduler.start(self.chance.uniform(0.1, 60))


_expected = generation._expected
_known: dict[str, pl.DataFrame] = {}


def _expected_once(catalogue: Catalogue, wanted: Any, *given: Any) -> pl.DataFrame:
    """What is owed follows from what the fingerprint says, so it is the same in every seed."""
    if wanted.fingerprint not in _known:
        _known[wanted.fingerprint] = _expected(catalogue, wanted, *given)
    return _known[wanted.fingerprint]


@contextmanager
def _alerts_alone(owing: Any) -> Iterator[None]:
    """Flags, who owes what, the chain of the record and mails as people see them take longer than everything that is to be seen here."""
    with (
        patch.multiple(JobRunner, _update_flags=lambda *_: None, _alert_flags=lambda *_: None),
        patch.multiple(
            generation,
            parties=lambda *_: owing,
            _expected=_expected_once,
            chain=SimpleNamespace(note=lambda *_: None),
        ),
        written_shortly(),
    ):
        yield


def simulate(seed: int, template: Template | PostgresTemplate) -> Told:
    """Run one seed.

    :raises Failed: if anything happened that must not.
    """
    Rulebook.load()
    with (
        template.copy() as url,
        TemporaryDirectory(dir=template.folder) as folder,
        patch.object(recording, "readings_of", lambda *_: {}),
    ):
        return Simulation(seed, url, Path(folder), template.owing).run()
