"""``python -m tests.fuzz --files N --seed S``: every reader on hostile files, within limits on time and memory.

A worker reads file after file the way ``validate``, ``import`` and an upload do. Whatever it cannot read is a finding or a
sentence; an exception, a death of the worker or a file beyond the limits is a failure, and its seed makes the same file again.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import Counter

from tests.fuzz.worker import work

MOST_SECONDS = 40.0
"""Processor time for one file, the worker's and that of the process it asks."""


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.fuzz")
    options.add_argument("--files", type=int, default=2_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--seconds", type=float, default=float("inf"), help="begin no file after so long")
    asked = options.parse_args()
    started, failures, outcomes, slowest, done, peak = time.monotonic(), 0, Counter[str](), (0.0, 0), 0, 0
    seeds = list(range(asked.seed, asked.seed + asked.files))
    while seeds and time.monotonic() - started < asked.seconds:
        here, there = multiprocessing.get_context("spawn").Pipe()
        worker = multiprocessing.get_context("spawn").Process(target=work, args=(there,), daemon=True)
        worker.start()
        there.close()
        while seeds and time.monotonic() - started < asked.seconds:
            seed = seeds.pop(0)
            here.send(seed)
            try:
                outcome, seconds, peak = here.recv()
            except (EOFError, ConnectionResetError):
                worker.join()
                print(f"seed {seed}: the worker ended with {worker.exitcode}")
                failures += 1
                break
            done += 1
            outcomes[outcome.splitlines()[0]] += 1
            slowest = max(slowest, (seconds, seed))
            if outcome.startswith("exception") or seconds > MOST_SECONDS:
                print(f"seed {seed}: {seconds:.1f} s, {outcome}")
                failures += 1
        else:
            here.close()
            worker.join()
    for outcome, count in outcomes.most_common():
        print(f"{count:6,}  {outcome}")
    print(
        f"{done:,} files from seed {asked.seed}: {failures} failures; slowest {slowest[0]:.1f} s (seed {slowest[1]}); "
        f"peak {peak / 1024:,.0f} MB; {time.monotonic() - started:.0f} s"
    )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
