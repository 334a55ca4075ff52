"""How the engine's cost grows with positions, groups, companies and counterparties, one at a time.

``python -m benchmarks.scaling 500_000_000`` for another largest number of positions (some six gigabytes of disk).
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from benchmarks.positions import measured
from jobs.demo.bench_data import Size, write_bench_set

LARGEST = 50_000_000
WAYS = ("engine, 1 worker", "engine, 2 workers")
_ROUNDS_OF_MANY = 1
_MANY = 100_000_000


def main(largest: int = LARGEST) -> None:
    """Print the table; every line is a set of its own, made and deleted."""
    usual = Size(largest // 50, counterparties=100_000)
    print(f"{'':44} {'1 worker':>26} {'2 workers':>26}")
    print(f"{'':44} {'wall s':>8} {'CPU s':>8} {'peak MB':>8} {'wall s':>8} {'CPU s':>8} {'peak MB':>8}")
    for name, sizes in {
        "positions": [replace(usual, positions=n) for n in (largest // 100, largest // 10, largest)],
        "groups": [replace(usual, groups=n, companies=2_000) for n in (2, 20, 200)],
        "companies": [replace(usual, companies=n) for n in (20, 200, 2_000)],
        "counterparties": [replace(usual, counterparties=n) for n in (1_000, 10_000, 100_000, 1_000_000)],
    }.items():
        print(name)
        for size in sizes:
            _line(size)


def _line(size: Size) -> None:
    shown = f"{size.positions:,} · {size.groups} · {size.companies:,} · {size.names:,}"
    print(f"  {shown:42}", end="", flush=True)
    with tempfile.TemporaryDirectory(prefix="rule19-bench-") as scratch:
        write_bench_set(Path(scratch), size, lambda _: None)
        for way in WAYS:
            cost = measured(way, Path(scratch), _ROUNDS_OF_MANY if size.positions >= _MANY else 3)
            assert cost is not None, "the engine is installed"
            print(f" {cost.seconds:8.2f} {cost.cpu:8.2f} {cost.megabytes:8,.0f}", end="", flush=True)
    print()


if __name__ == "__main__":
    main(*(int(argument.replace("_", "")) for argument in sys.argv[1:]))
