"""``python -m tests.simulation --seeds 1000 --seed 1``: so many seeds, from that one on; ends at the first that fails."""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.simulation.simulation import Failed, make_template, simulate


def main() -> int:
    """Run the seeds; 1 where one fails."""
    parser = argparse.ArgumentParser(prog="tests.simulation")
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    logging.disable()
    memory = Path("/dev/shm")
    begun, seen = time.monotonic(), Counter[str]()
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        template = make_template(Path(folder))
        for seed in range(given.seed, given.seed + given.seeds):
            try:
                told = simulate(seed, template, Path(folder))
            except Failed as failed:
                print(failed)
                return 1
            seen += told.seen
            if given.seeds <= 20:
                print(seed, told.trace[:16], dict(told.seen))
    print(f"{given.seeds} seeds in {time.monotonic() - begun:.0f} s: {dict(sorted(seen.items()))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
