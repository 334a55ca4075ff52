"""Simulated time: processes as greenlets that give way to each other at every step, in an order that a seed decides.

Nothing waits: the clock jumps to whoever wakes next. Quiet times are cut out: who sleeps beyond the end of an episode wakes in the
next, so that two years are a dozen episodes of a minute or two.
"""

from __future__ import annotations

import hashlib
import heapq
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from greenlet import getcurrent, greenlet

DAY = 86400.0


class Killed(BaseException):
    """The process is dead: nothing of it runs any more."""


@dataclass
class Process:
    """A process with clocks of its own: ``skew`` of its wall clock in seconds, ``rate`` of the clock that only goes forward."""

    name: str
    skew: float = 0.0
    rate: float = 1.0
    mortal: bool = True
    alive: bool = True


@dataclass(eq=False)
class Task:
    """A thread of a process. ``holder`` is the name under which it holds the lease, if it works by one."""

    process: Process
    run: greenlet
    holder: str | None = None
    done: bool = False


@dataclass
class Timeline:
    """Who runs when. ``now`` is the true time in seconds since the beginning."""

    chance: Random
    episodes: list[tuple[float, float]]
    kills: float = 0.0
    """How likely a mortal process dies at one step."""
    now: float = 0.0
    current: Task | None = None
    killed: int = 0
    last: deque[str] = field(default_factory=lambda: deque(maxlen=60))
    _waiting: list[tuple[float, int, Task]] = field(default_factory=list)
    _number: int = 0
    _hub: greenlet = field(default_factory=getcurrent)
    _trace: hashlib._Hash = field(default_factory=hashlib.sha256)

    def note(self, what: str) -> None:
        """Add a line to the trace, by which two runs of a seed are compared."""
        name = self.current.process.name if self.current else "-"
        line = f"{self.now:16.3f} {name}: {what}"
        self._trace.update(line.encode())
        self.last.append(line)

    @property
    def trace(self) -> str:
        """A hash of everything that happened, in order."""
        return self._trace.hexdigest()

    def spawn(
        self, process: Process, work: Callable[[], object], after: float = 0.0, holder: str | None = None
    ) -> Task:
        """Begin a thread of a process."""

        def body() -> None:
            try:
                work()
            except Killed:
                pass
            finally:
                task.done = True

        task = Task(process, greenlet(body, self._hub), holder)
        self._wake(task, self.now + after)
        return task

    def _wake(self, task: Task, at: float) -> None:
        self._number += 1
        heapq.heappush(self._waiting, (at, self._number, task))

    def sleep(self, seconds: float) -> None:
        """Wait, with nothing to do: beyond the end of the episode, until the next one."""
        at = self.now + seconds
        if not any(begin <= at < end for begin, end in self.episodes):
            coming = next((begin for begin, _ in self.episodes if begin > at), at)
            at = coming + self.chance.uniform(0, seconds) * (self.chance.random() < 0.5)
        self._give_way(at)

    def takes(self, seconds: float) -> None:
        """Work that takes a while: others run meanwhile, and the process may die in it."""
        self._die_perhaps()
        at = self.now + seconds
        if self._waiting and self._waiting[0][0] <= at:
            self._give_way(at)
        else:
            self.now = at

    def step(self) -> None:
        """A step of a program: a moment, now and then a long one, as on a machine that is busy or stands still."""
        long = self.chance.random()
        self.takes(self.chance.uniform(5, 90) if long < 0.002 else self.chance.uniform(0.001, 0.02))

    def _give_way(self, at: float) -> None:
        task = self.current
        assert task is not None
        self._wake(task, at)
        self._hub.switch()
        if not task.process.alive:
            raise Killed

    def _die_perhaps(self) -> None:
        task = self.current
        if task is None:
            return
        if not task.process.alive:
            raise Killed
        if task.process.mortal and self.kills and self.chance.random() < self.kills:
            self.note("killed")
            self.kill(task.process)
            raise Killed

    def kill(self, process: Process) -> None:
        """End a process at once, with all its threads."""
        process.alive = False
        self.killed += 1
        mine = [(at, n, task) for at, n, task in self._waiting if task.process is process]
        self._waiting = [entry for entry in self._waiting if entry[2].process is not process]
        heapq.heapify(self._waiting)
        for _, _, task in mine:
            self._wake(task, self.now)

    def run(self) -> None:
        """Go on until nobody waits any more or the last episode is over."""
        while self._waiting:
            at, _, task = heapq.heappop(self._waiting)
            if at > self.episodes[-1][1]:
                break
            self.now = max(self.now, at)
            self._resume(task)

    def end(self) -> None:
        """Take everybody's threads down."""
        for process in {id(task.process): task.process for _, _, task in self._waiting}.values():
            process.alive = False
        while self._waiting:
            self._resume(heapq.heappop(self._waiting)[2])

    def _resume(self, task: Task) -> None:
        self.current = task
        if task.process.alive:
            task.run.switch()
        elif task.run:
            task.run.throw(Killed)
        self.current = None
