"""Runs the tests against each mutant, in one process: a function's code is put in place and taken out again.

A process for each mutant would spend most of its time on importing; one forked for each would hang on the threads of Polars. So
the tests are collected once, and a mutant meets only those that run its statement, in the order of how many they killed a
second so far, those of the same function and those that stand near it before all, and no longer than it may cost. A filing set of the same files is read once. Whatever a fixture or a
cache of the formulas keeps is thrown away after each test.
"""

from __future__ import annotations

import gc
import hashlib
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import _lru_cache_wrapper
from itertools import takewhile
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any, NamedTuple

import pytest
from _pytest.runner import runtestprotocol

from tests.mutation.mutants import ROOT, Mutant, target_files
from tests.mutation.reach import Reached

READ_WITH = "consolidation/money.py"
"""The one file with formulas that a filing set is read with."""
SHOWS = "consolidation/annex10/"
"""Nothing is computed with these formulas, they only show: statements that tests keep stay good."""
Called = tuple[str, str, int]
"""A function by file, name within its module, and line."""


class TooLong(BaseException):
    """A test takes many times as long as without the mutant: it does not end."""


class Tried(NamedTuple):
    """``killed_by``: the test that fails with the mutant; None: none does; empty: none reaches it. ``seconds`` of the processor.

    ``untried``: how many tests it did not meet, as its time was up; where there are any it has not survived yet.
    """

    mutant: Mutant
    killed_by: str | None
    seconds: float
    untried: int = 0


class MutationRun:
    """A plugin of pytest that does its own loop.

    :param note: called with each mutant as soon as it was tried.
    :param most: seconds of the processor that a mutant's tests may take.
    :param seconds: for how long mutants are begun, once the tests are known.
    """

    def __init__(
        self,
        mutants: list[Mutant],
        reached: Reached,
        note: Callable[[Tried], None],
        most: float,
        seconds: float,
    ) -> None:
        self.mutants, self.reached, self.note, self.most, self.seconds = mutants, reached, note, most, seconds
        self.kills: Counter[str] = Counter()
        self.kills_near: Counter[tuple[str, str]] = Counter()
        self.caches: list[Any] = []
        self.kept_by_tests: list[Any] = []
        self.sound: set[pytest.Item] = set()
        self.unsound: set[pytest.Item] = set()
        self.failure = ""
        self.sets: dict[bytes, Any] = {}

    def count(self, mutant: Mutant, killer: str) -> None:
        """Remember which test killed a mutant, now or in an earlier run: it is met early by those beside it."""
        self.kills[killer] += 1
        for place in _places(mutant):
            self.kills_near[place, killer] += 1

    def pytest_configure(self, config: pytest.Config) -> None:
        """Random tests make the same few examples for every mutant, none made smaller once it failed, and a set is read once."""
        from hypothesis import Phase, settings

        phases = (Phase.explicit, Phase.generate)
        settings.register_profile("mutation", database=None, derandomize=True, max_examples=10, phases=phases)
        settings.load_profile("mutation")
        _read_once(self.sets)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """In place of running each test once."""
        self._functions()  # their caches: what one test leaves in them, the next would not be seen to run
        self.reached.look(session.items, self._runs_alone)
        functions, begun = self._functions(), time.monotonic()
        tried: list[Tried] = []
        for mutant in self.mutants:
            if time.monotonic() - begun > self.seconds:
                break
            cpu = time.process_time()
            called = (str(ROOT / mutant.file), mutant.function, mutant.first_line)
            killer, untried = self._killer(mutant, functions[called], session.items)
            if killer:
                self.count(mutant, killer)
            tried.append(Tried(mutant, killer, time.process_time() - cpu, untried))
            self.note(tried[-1])
        self._see_again(tried)
        return True

    def _runs_alone(self, item: pytest.Item) -> float | None:
        for cache in self.kept_by_tests:
            cache.cache_clear()
        return self._passes(item, 300.0)

    def _functions(self) -> dict[Called, list[FunctionType]]:
        found: dict[Called, list[FunctionType]] = defaultdict(list)
        self.caches, self.kept_by_tests = [], []
        gc.unfreeze()  # what collecting the tests has frozen is not among the objects
        files = set(map(str, target_files()))
        for one in gc.get_objects():
            if isinstance(one, FunctionType) and one.__code__.co_filename in files:
                code = one.__code__
                found[code.co_filename, code.co_qualname, code.co_firstlineno].append(one)
            elif isinstance(one, _lru_cache_wrapper) and isinstance(one.__wrapped__, FunctionType):
                file = one.__wrapped__.__code__.co_filename
                if file in files:
                    self.caches.append(one)
                elif file.startswith(str(ROOT / "tests")):
                    self.kept_by_tests.append(one)
        return found

    def _killer(
        self, mutant: Mutant, functions: list[FunctionType], items: list[pytest.Item]
    ) -> tuple[str | None, int]:
        """The test that fails with the mutant in place, empty where no test runs its statement; and how many it did not meet."""
        reached = self.reached.of
        meeting = [item for item in items if reached[item.nodeid].meets(mutant)] if functions else []
        code, begun = mutant.code(), time.process_time()
        in_order = self._in_order(mutant, meeting)
        for number, item in enumerate(in_order):
            if time.process_time() - begun > self.most:
                return None, len(in_order) - number
            if item in self.unsound:
                continue
            with self._in_place(mutant, functions, code):
                killed = self._passes(item, 2 + 5 * reached[item.nodeid].seconds) is None
            if killed and self._is_sound(item):
                return item.nodeid, 0
        return (None if meeting else ""), 0

    def _is_sound(self, item: pytest.Item) -> bool:
        """Whether a test that fails passes without a mutant: one that fails by itself shows nothing. Seen at its first kill."""
        if item not in self.sound | self.unsound:
            (self.unsound if self._passes(item, 300.0) is None else self.sound).add(item)
            if item in self.unsound:
                print(f"fails without any mutant: {item.nodeid}: {self.failure}", flush=True)
        return item in self.sound

    def _see_again(self, tried: list[Tried]) -> None:
        """At the end, that no mutant has left a test failing: whatever such a test killed is taken back."""
        for item in self.sound:
            if self._passes(item, 300.0) is None:
                print(f"fails without any mutant by now: {item.nodeid}", flush=True)
                for one in tried:
                    if one.killed_by == item.nodeid:
                        self.note(one._replace(killed_by=None))

    def _in_order(self, mutant: Mutant, meeting: list[pytest.Item]) -> list[pytest.Item]:
        """The likeliest first; a further case of a test that has cases before it is less likely than the first of another."""
        worth = {item: self._worth(mutant, item) for item in meeting}
        cases: Counter[str] = Counter()
        for item in sorted(meeting, key=worth.__getitem__, reverse=True):
            test = item.nodeid.split("[")[0]
            worth[item] /= (1 + cases[test]) ** 0.5
            cases[test] += 1
        return sorted(meeting, key=worth.__getitem__, reverse=True)

    def _worth(self, mutant: Mutant, item: pytest.Item) -> float:
        """Kills a second so far, those in the mutant's own file and function before all; and how near it stands to that file."""
        in_file, in_function = (self.kills_near[place, item.nodeid] for place in _places(mutant))
        kills = 1 + self.kills[item.nodeid] + 20 * in_file + 100 * in_function + 30 * _nearness(mutant, item)
        return kills / (0.05 + self.reached.of[item.nodeid].seconds)

    @contextmanager
    def _in_place(self, mutant: Mutant, functions: list[FunctionType], code: CodeType) -> Iterator[None]:
        before = [function.__code__ for function in functions]
        self._forget(mutant)
        for function in functions:
            function.__code__ = code
        try:
            yield
        finally:
            for function, own in zip(functions, before, strict=True):
                function.__code__ = own
            self._forget(mutant)

    def _forget(self, mutant: Mutant) -> None:
        """What was read and computed, where it may have the fault in it."""
        if mutant.file == READ_WITH:
            self.sets.clear()
        if not mutant.file.startswith(SHOWS):
            for cache in self.kept_by_tests:
                cache.cache_clear()

    def _passes(self, item: pytest.Item, seconds: float) -> float | None:
        """The seconds of the processor that a test takes; None where it fails, or takes longer than it may."""
        for cache in self.caches:
            cache.cache_clear()
        begun = time.process_time()
        try:
            with _ends_after(seconds):
                reports = runtestprotocol(item, log=False, nextitem=None)
            self.failure = "".join(report.longreprtext for report in reports if report.failed)
            return None if self.failure else time.process_time() - begun
        except KeyboardInterrupt:
            raise
        except BaseException:  # too long, or a recursion without end that even pytest cannot tell of
            return None
        finally:
            item.session._setupstate.teardown_exact(None)
            for cache in self.caches:
                cache.cache_clear()


def _places(mutant: Mutant) -> tuple[str, str]:
    return mutant.file, f"{mutant.file} {mutant.function}"


def _nearness(mutant: Mutant, item: pytest.Item) -> int:
    """How many folders of the formulas the test stands in, as the mutated file does; two more where it has that file's name."""
    file, test = Path(mutant.file), item.path.relative_to(ROOT / "tests")
    rooms = zip(file.parent.parts, test.parent.parts, strict=False)
    shared = len(list(takewhile(lambda pair: pair[0] == pair[1], rooms)))
    return max(0, shared - 1) + 2 * (test.stem == f"test_{file.stem}")


@contextmanager
def _ends_after(seconds: float) -> Iterator[None]:
    """Stop after so many seconds of the processor, or twenty times as long by the clock; again, where that was caught."""

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise TooLong

    timers = (
        (signal.SIGPROF, signal.ITIMER_PROF, seconds),
        (signal.SIGALRM, signal.ITIMER_REAL, 20 * seconds + 60),
    )
    for number, timer, after in timers:
        signal.signal(number, ring)
        signal.setitimer(timer, after, 0.5)
    try:
        yield
    finally:
        for _, timer, _ in timers:
            signal.setitimer(timer, 0)


def _read_once(known: dict[bytes, Any]) -> None:
    """Have the reader keep what it read, by the names and bytes of the files."""
    from consolidation import filing_set
    from consolidation.filing_set import filing_set as module

    read = module.read_filing_set

    def read_filing_set(location: str, *, encoding: str = "utf-8") -> module.FilingSet:
        folder = Path(location)
        if not folder.is_dir():
            return read(location, encoding=encoding)
        files = [(p.relative_to(folder).as_posix(), p.read_bytes()) for p in folder.rglob("*") if p.is_file()]
        key = hashlib.sha256(repr((encoding, sorted(files))).encode()).digest()
        if key in known:
            return replace(known[key], source=location)
        found = read(location, encoding=encoding)
        if not found.exposures:  # positions are read again where they lie
            known[key] = found
        return found

    module.read_filing_set = filing_set.read_filing_set = read_filing_set  # type: ignore[attr-defined]
