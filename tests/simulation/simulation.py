"""One seed: two years of three schedulers, forty recipients and whatever can go wrong, in a dozen episodes.

An episode is a few minutes in which clocks are set, mail fails, processes stand still and die, and people give the schedulers something
to tell. At the end all is well for two days: then nothing may be missing.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from unittest.mock import patch

from consolidation.rulebook import Rulebook
from monitoring.obligations.states import ReminderSchedule
from monitoring.store import recording
from monitoring.store.store import open_store
from tests.monitoring.obligations.companies import BOOK, NEW_YEAR_2024, an_industry, generated
from tests.simulation.database import Database
from tests.simulation.invariants import Invariants, Violation
from tests.simulation.mail import FAULTS, MailServer
from tests.simulation.processes import Office, Scheduler
from tests.simulation.recipients import RECIPIENTS
from tests.simulation.timeline import DAY, Process, Timeline

EPISODES, DAYS = 12, 730
_HOURS = (0.07, 6.97, 8.98, 21.96)
"""Hours of the day, in China, around which something changes: a new day, the end of the quiet hours, the digest, their start."""


@dataclass(frozen=True)
class Told:
    """What a seed came to: a hash of everything that happened, and how often what happened."""

    trace: str
    seen: Counter[str]


class Failed(AssertionError):
    """A seed in which something happened that must not; says how to see it again."""


def make_template(folder: Path) -> Path:
    """A store with two groups and two insurers that owe something, to be copied for each seed."""
    file = folder / "template.db"
    store = open_store(f"sqlite:///{file}")
    with patch.object(recording, "readings_of", lambda *_: {}):
        an_industry(store)
    generated(store, NEW_YEAR_2024, RECIPIENTS.settings)
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    return file


def _episodes(chance: Random) -> list[tuple[float, float]]:
    days = sorted(chance.sample(range(1, DAYS), EPISODES))
    begins = [
        (day + (chance.choice([*_HOURS, chance.uniform(0, 24)]) - 8) / 24) * DAY + chance.uniform(0, 300)
        for day in days
    ]
    ends = [(begin, begin + chance.uniform(90, 300)) for begin in begins]
    after = max(end for _, end in ends) // DAY * DAY + DAY
    well = [after + hours * 3600 for hours in (3, 5, 27, 29, 30)]
    return ends + [(begin, begin + 240) for begin in well]


class Simulation:
    """The parts of one seed put together."""

    def __init__(self, seed: int, file: Path) -> None:
        self.seed = seed
        self.chance = Random(seed)
        self.timeline = Timeline(self.chance, _episodes(self.chance))
        steps = ReminderSchedule.of(BOOK.on(NEW_YEAR_2024)).days_before
        self.invariants = Invariants(self.timeline, None, steps)  # type: ignore[arg-type]
        self.database = Database(file, self.timeline, self.invariants.before_commit)
        self.invariants.database = self.database
        self.office = self.invariants.office = Office(self.timeline, self.database)
        self.mail = MailServer(self.timeline, self.invariants.arrives)
        self.schedulers = self.invariants.schedulers = [
            Scheduler(n, self.timeline, self.database, self.invariants.after_job) for n in range(3)
        ]

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
            ):
                self.timeline.run()
                self.invariants.at_the_end()
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
        self.timeline.kills = chance.choice([0.0, 0.0, 0.002, 0.01])
        self.database.faults = chance.choice([0.0, 0.0, 0.0, 0.003])
        self.mail.state = chance.choice([*FAULTS, "well", "flaky"])
        if chance.random() < 0.2:
            self.database.set_clock(chance.choice([0.0, 0.0, 3600, -3600, 40, 2 * DAY, -2 * DAY]))
        for scheduler in self.schedulers:
            if chance.random() < 0.1:
                scheduler.process.skew = chance.uniform(-7200, 7200)
        self.office.at_work(seconds)

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


@contextmanager
def a_copy(template: Path, folder: Path) -> Iterator[Path]:
    """A store of its own for one seed."""
    for old in folder.glob("seed.db*"):
        old.unlink()
    yield Path(shutil.copy(template, folder / "seed.db"))


def simulate(seed: int, template: Path, folder: Path) -> Told:
    """Run one seed.

    :raises Failed: if anything happened that must not.
    """
    Rulebook.load()
    with a_copy(template, folder) as file:
        return Simulation(seed, file).run()
