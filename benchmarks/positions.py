"""Positions of all groups, in this engine and in others: wall, CPU and memory on the same files.

``python -m benchmarks.positions 50_000_000`` for another number of positions; the default is what a coffee break takes.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks._position_ways import WAYS
from jobs.demo.bench_data import Size, write_bench_set

POSITIONS = 50_000_000
ROUNDS = 3
TENTH = "pandas"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one way took: the median of the rounds, the largest peak."""

    seconds: float
    cpu: float
    megabytes: float
    found: dict[str, str]


def measured(way: str, folder: Path, rounds: int) -> Cost | None:
    """The way in processes of its own, or None where its library is not installed."""
    costs = []
    for _ in range(rounds):
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks._position_ways", way, str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            return None
        peak = _Peak(process.pid)
        assert process.stdout.readline() == "done\n", process.stderr and process.stderr.read()
        megabytes = peak.stop()
        told = json.loads(process.stdout.read())
        process.wait()
        costs.append(Cost(told["seconds"], told["cpu"], megabytes, told["found"]))
    return Cost(
        statistics.median(c.seconds for c in costs),
        statistics.median(c.cpu for c in costs),
        max(c.megabytes for c in costs),
        costs[0].found,
    )


class _Peak:
    """The resident memory of a process and its children together, looked at twenty times a second."""

    def __init__(self, pid: int) -> None:
        self._process, self._bytes, self._over = psutil.Process(pid), 0, threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def _look(self) -> None:
        while not self._over.wait(0.05):
            together = 0
            try:
                for process in (self._process, *self._process.children(recursive=True)):
                    together += process.memory_info().rss
            except psutil.NoSuchProcess:
                continue
            self._bytes = max(self._bytes, together)

    def stop(self) -> float:
        """The peak in megabytes."""
        self._over.set()
        self._thread.join()
        return self._bytes / 1e6


def main(positions: int = POSITIONS, rounds: int = ROUNDS) -> None:
    """Print the table, and how the engine stands to the others."""
    with tempfile.TemporaryDirectory(prefix="rule19-bench-") as scratch:
        whole, tenth = Path(scratch) / "whole", Path(scratch) / "tenth"
        start = time.perf_counter()
        write_bench_set(whole, Size(positions), lambda _: None)
        write_bench_set(tenth, Size(positions // 10), lambda _: None)
        size = sum(p.stat().st_size for p in (whole / "exposures").iterdir())
        print(f"{positions:,} positions, {size / 1e6:,.0f} MB, made in {time.perf_counter() - start:.0f} s")
        print(f"{'':22} {'positions':>13} {'wall s':>8} {'CPU s':>8} {'peak MB':>8}")
        costs: dict[str, Cost] = {}
        for way in WAYS:
            folder, count = (tenth, positions // 10) if way == TENTH else (whole, positions)
            cost = measured(way, folder, rounds)
            if cost is None:
                print(f"{way:22} not installed")
                continue
            costs[way] = cost
            print(
                f"{way:22} {count:13,} {cost.seconds:8.2f} {cost.cpu:8.2f} {cost.megabytes:8,.0f}", flush=True
            )
    _compare(costs)


def _compare(costs: dict[str, Cost]) -> None:
    ours = {way: cost for way, cost in costs.items() if way.startswith("engine")}
    expected = costs["engine, 1 worker"].found
    for way, cost in costs.items():
        if way != TENTH and not way.startswith("decoding"):
            close = all(_same(cost.found[name], expected[name]) for name in expected)
            print(f"{way}: {'the same result' if close else f'ANOTHER RESULT: {cost.found}'}")
    for other in (
        "Polars by hand",
        "DuckDB",
        "DuckDB tuned",
        "DataFusion",
        "decoding alone",
        "decoding, not proven",
    ):
        if other in costs:
            ratios = ", ".join(f"{c.seconds / costs[other].seconds:.2f} ({way})" for way, c in ours.items())
            print(f"wall, engine ÷ {other}: {ratios}")


def _same(one: str, other: str) -> bool:
    """To the last digit; charges to 10⁻⁵ 万元, since the engine rounds each group's on its line."""
    return abs(float(one) - float(other)) < 1e-4 if "." in one else one == other


if __name__ == "__main__":
    main(*(int(argument.replace("_", "")) for argument in sys.argv[1:]))
