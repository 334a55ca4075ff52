"""``python -m tests.mutation``: the share of mutants of the formulas that the tests kill, and the survivors.

``--sample 300 --seed 1`` takes so many by chance, with ``--fresh`` only of those never tried; ``--only TEXT …`` takes those of files
with one of the texts, ``--again`` those that survived before, ``--tests PATH …`` has these tests alone try. Every result is kept as
soon as it is known, so that a run that was stopped goes on where it was; ``--seconds`` ends by itself after a while (0: only
tell what is known). Survivors that stand in ``survivors.yaml`` with a reason are said to be known; ``equivalent`` there
means that no test can tell them apart, and they are not counted.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import cache
from itertools import count
from pathlib import Path

import pytest
import yaml

os.environ.setdefault("POLARS_MAX_THREADS", "1")  # small frames: threads only cost; before Polars is imported

from tests.mutation.mutants import ROOT, Mutant, mutants_of, target_files
from tests.mutation.reach import Reached
from tests.mutation.runner import MutationRun, Tried

TESTS = [
    "tests/scenarios",
    "tests/readings",
    "tests/oracle",
    *(
        f"tests/consolidation/{name}"
        for name in ("minimum_capital", "actual_capital", "structure", "scenario", "annex10")
    ),
    *(
        f"tests/consolidation/test_{name}.py"
        for name in ("statement", "consolidate", "money", "typed_numbers")
    ),
    "tests/consolidation/positions/test_explain_positions.py",
    "tests/monitoring/what_if",
]
"""What may kill a mutant: tests that are quick, and about the formulas."""
SURVIVORS = Path(__file__).with_name("survivors.yaml")
LEAST = 0.95

Results = dict[str, str | None]
"""By mutant, the test that killed it; None: none did; empty: none reaches it."""


def main() -> int:
    """Run; 1 where less than :data:`LEAST` are killed."""
    given = _arguments()
    given.results.parent.mkdir(parents=True, exist_ok=True)
    everything = [mutant for path in target_files() for mutant in mutants_of(path)]
    chosen = _chosen(given, everything, _results(given.results, everything))
    known = _results(given.results, everything)
    waiting = [m for m in chosen if given.again or m.name not in known and not _is_equivalent(m)]
    print(f"{len(chosen)} mutants of {len(everything)}, {len(waiting)} to do", flush=True)
    if waiting and given.seconds > 0:
        tried = MutationRun(
            waiting,
            Reached(given.results.with_suffix(".reach.json")),
            _note(given.results, len(waiting)),
            given.most,
            given.seconds,
        )
        for mutant in everything:
            if killer := known.get(mutant.name):
                tried.count(mutant, killer)
        _run(tried, given.tests or TESTS)
    return report(chosen, _results(given.results, everything))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.mutation")
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="+", default=[""])
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--tests", nargs="+", default=[])
    parser.add_argument("--most", type=float, default=10.0, help="seconds of the processor a mutant")
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--results", type=Path, default=ROOT / ".rule19" / "mutants.jsonl")
    return parser.parse_args()


def _chosen(given: argparse.Namespace, everything: Sequence[Mutant], known: Results) -> list[Mutant]:
    chosen = [m for m in everything if any(text in m.file for text in given.only)]
    if given.again:
        chosen = [m for m in chosen if not known.get(m.name, "killed") and not _is_equivalent(m)]
    if given.fresh:
        chosen = [m for m in chosen if m.name not in known]
    if given.sample:
        chosen = random.Random(given.seed).sample(chosen, min(given.sample, len(chosen)))
    return chosen


def _run(tried: MutationRun, tests: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        marks = "not slow and not postgres and not browser"
        options = ["-q", "--timeout=0", "--tb=native", "-m", marks, "-k", "not libreoffice"]
        for plugin in ("cacheprovider", "unraisableexception", "threadexception"):
            options += ["-p", f"no:{plugin}"]  # a mutant may end anywhere, in a finalizer too
        pytest.main([*options, f"--basetemp={folder}/tests", *tests], plugins=[tried])


def _note(results: Path, waiting: int) -> Callable[[Tried], None]:
    """What keeps a result as soon as it is known, and tells it."""
    numbers = count(1)

    def note(tried: Tried) -> None:
        mutant, killer, seconds, untried = tried
        line = {
            "mutant": mutant.name,
            "of": _digest(mutant),
            "killed_by": killer,
            "seconds": round(seconds, 2),
            "untried": untried,
        }
        with results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
        told = f"killed by {killer}" if killer else _survivor(mutant, killer)
        told += f" ({untried} tests not tried, time was up)" if untried else ""
        print(f"{next(numbers)}/{waiting} {seconds:.1f} s {told}", flush=True)

    return note


def _results(file: Path, everything: Sequence[Mutant]) -> Results:
    """What is known of functions that are still the same; the last line may be half a one, where a run was stopped."""
    text = file.read_text("utf-8") if file.exists() else ""
    if text and not text.endswith("\n"):
        file.write_text(text := text[: text.rfind("\n") + 1], "utf-8")
    of = {mutant.name: _digest(mutant) for mutant in everything}
    lines = map(json.loads, text.splitlines())
    return {line["mutant"]: line["killed_by"] for line in lines if of.get(line["mutant"]) == line["of"]}


def _digest(mutant: Mutant) -> str:
    return hashlib.sha256(mutant.source.encode()).hexdigest()[:16]


@cache
def _known() -> dict[str, str]:
    """Survivors that somebody looked at, and why they survive."""
    return yaml.safe_load(SURVIVORS.read_text("utf-8")) or {}


def _is_equivalent(mutant: Mutant) -> bool:
    return _known().get(mutant.name, "").startswith("equivalent")


def _survivor(mutant: Mutant, killer: str | None) -> str:
    where = "" if killer is None else " (no test reaches it)"
    why = _known().get(mutant.name, "NOT EXPLAINED")
    return f"survives{where}: {mutant.file}:{mutant.line}: {mutant.shown()} [{mutant.name}]: {why}"


def report(chosen: Sequence[Mutant], results: Results) -> int:
    """Print the share killed and every survivor; 1 where it is too low."""
    counted = [mutant for mutant in chosen if not _is_equivalent(mutant)]
    done = [mutant for mutant in counted if mutant.name in results]
    left = [mutant for mutant in done if not results[mutant.name]]
    killed = len(done) - len(left)
    for mutant in left:
        print(_survivor(mutant, results[mutant.name]))
    share = killed / len(done) if done else 1.0
    print(
        f"{killed} of {len(done)} killed: {share:.1%}; {len(chosen) - len(counted)} are equivalent; {len(counted) - len(done)} not done"
    )
    return int(share < LEAST)


if __name__ == "__main__":
    sys.exit(main())
