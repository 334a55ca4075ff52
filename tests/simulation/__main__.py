"""``python -m tests.simulation --seeds 1000 --seed 1``: so many seeds, from that one on; ends at the first that fails.

With ``--postgresql`` the stores are databases of the server for tests (``tests/stores.py``).
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

os.environ.setdefault("POLARS_MAX_THREADS", "1")  # small frames: threads only cost; before Polars is imported

from tests.simulation.simulation import Failed, PostgresTemplate, Template, simulate


def main() -> int:
    """Run the seeds; 1 where one fails."""
    parser = argparse.ArgumentParser(prog="tests.simulation")
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--postgresql",
        dest="template",
        action="store_const",
        const=PostgresTemplate,
        default=Template.made_in,
    )
    given = parser.parse_args()
    logging.disable()
    memory = Path("/dev/shm")
    begun, seen = time.process_time(), Counter[str]()
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        template = given.template(Path(folder))
        for seed in range(given.seed, given.seed + given.seeds):
            try:
                told = simulate(seed, template)
            except Failed as failed:
                print(failed)
                return 1
            seen += told.seen
            if given.seeds <= 20:
                print(seed, told.trace[:16], dict(told.seen))
            elif (seed - given.seed) % 50 == 49:
                print(f"to seed {seed}: {time.process_time() - begun:.0f} s of processor", flush=True)
    took = time.process_time() - begun
    print(f"{given.seeds} seeds in {took:.0f} s of processor: {dict(sorted(seen.items()))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
