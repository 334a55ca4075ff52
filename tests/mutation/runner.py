"""Runs the tests against each mutant, in one process: a function's code is put in place and taken out again.

A process for each mutant would spend most of its time on importing; one forked for each would hang on the threads of Polars. So
the tests are collected once, it is noted which functions each of them calls, and a mutant meets only the tests that reach
its function, those first that killed others there or in its file, then those of its folder. Whatever a fixture keeps is thrown away
after each mutant.
"""

from __future__ import annotations

import gc
import json
import signal
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tests.mutation.mutants import ROOT, Mutant

Called = tuple[str, str, int]
"""A function by file, name within its module, and line."""

_LONGEST = 25.0
"""Seconds of tests that one mutant may take."""


class TooLong(BaseException):
    """A test takes many times as long as without the mutant: it does not end."""


class MutationRun:
    """A plugin of pytest that does its own loop.

    :param results: a file of lines of JSON, one a mutant; what stands there already is not done again.
    :param seconds: for how long mutants are begun, once the tests are known.
    """

    def __init__(self, mutants: list[Mutant], results: Path, seconds: float) -> None:
        self.mutants, self.results, self.seconds = mutants, results, seconds
        self.files = {str(ROOT / mutant.file) for mutant in mutants}
        self.reaching: dict[Called, list[pytest.Item]] = defaultdict(list)
        self.taken: dict[str, float] = {}
        self.killers: dict[Called, list[pytest.Item]] = defaultdict(list)
        self.killers_in_file: dict[str, list[pytest.Item]] = defaultdict(list)

    def pytest_configure(self, config: pytest.Config) -> None:
        """Random tests make the same few examples for every mutant."""
        from hypothesis import settings

        settings.register_profile("mutation", database=None, derandomize=True, max_examples=25)
        settings.load_profile("mutation")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """In place of running each test once."""
        begun = time.monotonic()
        for number, item in enumerate(session.items):
            self._see_what_it_reaches(item)
            if number % 100 == 0:
                print(f"{number} tests looked at, {time.monotonic() - begun:.0f} s", flush=True)
        functions, begun = self._functions(), time.monotonic()
        for mutant in self.mutants:
            if time.monotonic() - begun > self.seconds:
                break
            called = (str(ROOT / mutant.file), mutant.function, mutant.first_line)
            self._note(mutant, self._killer(called, mutant, functions[called]))
        return True

    def _see_what_it_reaches(self, item: pytest.Item) -> None:
        called: set[Called] = set()

        def see(frame: FrameType, event: str, _argument: Any) -> None:
            if event == "call" and frame.f_code.co_filename in self.files:
                code = frame.f_code
                called.add((code.co_filename, code.co_qualname, code.co_firstlineno))

        begun = time.monotonic()
        threading.setprofile(see)
        sys.setprofile(see)
        try:
            passed = self._passes(item, 300.0)
        finally:
            sys.setprofile(None)
            threading.setprofile(None)  # type: ignore[arg-type]
        if not passed:
            print(f"fails without any mutant, left out: {item.nodeid}", flush=True)
            return
        self.taken[item.nodeid] = time.monotonic() - begun
        for one in called:
            self.reaching[one].append(item)

    def _functions(self) -> dict[Called, list[FunctionType]]:
        found: dict[Called, list[FunctionType]] = defaultdict(list)
        for one in gc.get_objects():
            if isinstance(one, FunctionType) and one.__code__.co_filename in self.files:
                code = one.__code__
                found[code.co_filename, code.co_qualname, code.co_firstlineno].append(one)
        return found

    def _killer(self, called: Called, mutant: Mutant, functions: list[FunctionType]) -> str | None:
        """The test that fails with the mutant in place; empty where no test reaches the function."""
        if not functions or not self.reaching[called]:
            return ""
        in_file = [item for item in self.killers_in_file[mutant.file] if item in self.reaching[called]]
        first = list(dict.fromkeys([*self.killers[called], *in_file]))
        folder = Path(mutant.file).parent.name
        items = first + sorted(
            (item for item in self.reaching[called] if item not in first),
            key=lambda item: (folder not in item.nodeid, self.taken[item.nodeid]),
        )
        begun = time.monotonic()
        for item in items:
            if time.monotonic() - begun > _LONGEST:
                break
            if not self._passes_with(mutant, functions, item):
                if not self._passes(item, 300.0):  # it fails by itself now and then, and shows nothing
                    continue
                for killers in (self.killers[called], self.killers_in_file[mutant.file]):
                    killers[:] = [item, *(i for i in killers if i is not item)][:6]
                return item.nodeid
        return None

    def _passes_with(self, mutant: Mutant, functions: list[FunctionType], item: pytest.Item) -> bool:
        before: list[CodeType] = [function.__code__ for function in functions]
        for function in functions:
            function.__code__ = mutant.code
        try:
            return self._passes(item, 10 + 5 * self.taken[item.nodeid])
        finally:
            for function, code in zip(functions, before, strict=True):
                function.__code__ = code

    def _passes(self, item: pytest.Item, seconds: float) -> bool:
        def ring(_number: int, _frame: FrameType | None) -> None:
            raise TooLong

        signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            reports = runtestprotocol(item, log=False, nextitem=None)
            return not any(report.failed for report in reports)
        except (TooLong, pytest.exit.Exception):
            return False
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            item.session._setupstate.teardown_exact(None)

    def _note(self, mutant: Mutant, killer: str | None) -> None:
        line = {"mutant": mutant.name, "line": mutant.line, "killed_by": killer}
        with self.results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
