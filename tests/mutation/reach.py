"""Which lines of the formulas each test reaches, and what it costs; kept in a file, so that it is looked at once.

What is kept holds while the test's own file and the formulas that it reached stay as they are. Where it is wrong all the same, a
mutant meets fewer tests than it could, and the share killed is told too low, never too high.
"""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import FrameType, NoneType
from typing import Any

import pytest

from tests.mutation.mutants import ROOT, Mutant

_LOOKED_AT, _SECONDS = 2, 0.2
"""Of so many cases of one test it is seen what they reach; further ones are taken to reach as much, where they took longer than this."""
_PLAIN = (str, int, date, tuple, list, dict, NoneType)
"""Of these values alone: cases that are files, readings and the like differ in what they reach."""


@dataclass(frozen=True)
class Reach:
    """``lines``: by file, what a test runs of it; ``seconds``: of the processor."""

    seconds: float
    lines: dict[str, list[int]]
    stamp: str

    def meets(self, mutant: Mutant) -> bool:
        """Whether the test runs the statement that the fault is in."""
        first, last = mutant.lines
        return any(first <= line <= last for line in self.lines.get(mutant.file, ()))


class Reached:
    """By test, what it reaches. ``file``: where that is kept."""

    def __init__(self, file: Path) -> None:
        self.file = file
        kept = json.loads(file.read_text("utf-8")) if file.exists() else {}
        self.of = {test: Reach(**given) for test, given in kept.items()}

    def look(self, items: Iterable[pytest.Item], run: Callable[[pytest.Item], float | None]) -> None:
        """Look at every test of which nothing is kept that still holds.

        :param run: runs a test and gives the seconds it took, None where it fails.
        """
        alike: dict[str, list[Reach]] = {}
        for item in items:
            same = alike.setdefault(_test_of(item), [])
            kept = self.of.get(item.nodeid)
            if kept is None or kept.stamp != _stamp(item, kept.lines):
                if len(same) >= _LOOKED_AT and max(reach.seconds for reach in same) > _SECONDS:
                    kept = _together(same)
                else:
                    kept = _seen(item, run)
                    print(f"looked at {item.nodeid}: {kept.seconds:.2f} s", flush=True)
                self.of[item.nodeid] = kept
                self._keep()
            same.append(kept)

    def _keep(self) -> None:
        whole = {test: vars(reach) for test, reach in self.of.items()}
        part = self.file.with_suffix(".part")
        part.write_text(json.dumps(whole), "utf-8")
        part.replace(self.file)


def _test_of(item: pytest.Item) -> str:
    params = getattr(getattr(item, "callspec", None), "params", {})
    plain = all(isinstance(value, _PLAIN) for value in params.values())
    return item.nodeid.split("[")[0] if plain else item.nodeid


def _together(reaches: list[Reach]) -> Reach:
    files = sorted({file for reach in reaches for file in reach.lines})
    lines = {f: sorted({line for reach in reaches for line in reach.lines.get(f, ())}) for f in files}
    return Reach(max(reach.seconds for reach in reaches), lines, reaches[0].stamp)


def _seen(item: pytest.Item, run: Callable[[pytest.Item], float | None]) -> Reach:
    seen: dict[str, set[int]] = {}
    inside = str(ROOT / "consolidation")

    def on_line(frame: FrameType, event: str, _argument: Any) -> Any:
        seen[frame.f_code.co_filename].add(frame.f_lineno)
        return on_line

    def on_call(frame: FrameType, event: str, _argument: Any) -> Any:
        file = frame.f_code.co_filename
        if not file.startswith(inside):
            return None
        seen.setdefault(file, set())
        return on_line

    threading.settrace(on_call)
    sys.settrace(on_call)
    try:
        seconds = run(item)
    finally:
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]
    if seconds is None:
        print(f"fails without any mutant, left out: {item.nodeid}", flush=True)
        seen = {}
    lines = {Path(file).relative_to(ROOT).as_posix(): sorted(found) for file, found in seen.items()}
    return Reach(seconds or 0.0, lines, _stamp(item, lines))


def _stamp(item: pytest.Item, files: Iterable[str]) -> str:
    texts = "".join(_hash(file) for file in [item.path, *(ROOT / name for name in sorted(files))])
    return hashlib.sha256(texts.encode()).hexdigest()


@cache
def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else ""
