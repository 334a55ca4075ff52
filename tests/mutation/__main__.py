"""``python -m tests.mutation``: the share of mutants of the formulas that the tests kill, and the survivors.

``--sample 300 --seed 1`` takes so many by chance, ``--only TEXT …`` those of files with one of the texts, ``--again`` those that survived
before, ``--tests PATH …`` has these tests alone try; ``--seconds`` ends after a while, and the next call goes on from there (0: only tell
what is known). Survivors that stand in ``survivors.yaml`` with a reason are said to be known; ``equivalent`` there means that no test can
tell them apart, and they are not counted.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.mutation.mutants import ROOT, Mutant, mutants_of, target_files
from tests.mutation.runner import MutationRun

TESTS_OF = {
    "consolidation/annex10": ["tests/consolidation/annex10"],
    "consolidation/scenario": ["tests/consolidation/scenario"],
    "": [
        "tests/scenarios",
        "tests/readings",
        "tests/oracle",
        *(f"tests/consolidation/{name}" for name in ("minimum_capital", "actual_capital", "structure")),
        *(f"tests/consolidation/test_{name}.py" for name in ("statement", "consolidate", "typed_numbers")),
    ],
}
"""Where a formula is, by the start of its file → the tests that may kill its mutants; the first that fits."""
SURVIVORS = Path(__file__).with_name("survivors.yaml")
LEAST = 0.95


def main() -> int:
    """Run; 1 where less than :data:`LEAST` are killed."""
    parser = argparse.ArgumentParser(prog="tests.mutation")
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="+", default=[""])
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--tests", nargs="+", default=[])
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--results", type=Path, default=ROOT / ".rule19" / "mutants.jsonl")
    given = parser.parse_args()
    files = [p for p in target_files() if any(t in p.relative_to(ROOT).as_posix() for t in given.only)]
    done = _results(given.results)
    chosen = [m for path in files for m in mutants_of(path)]
    if given.again:
        chosen = [m for m in chosen if m.name in done and not done[m.name] and not _is_equivalent(m)]
    if given.sample:
        chosen = random.Random(given.seed).sample(chosen, min(given.sample, len(chosen)))
    given.results.parent.mkdir(parents=True, exist_ok=True)
    waiting = [m for m in chosen if given.again or m.name not in done]
    print(f"{len(chosen)} mutants, {len(waiting)} to do", flush=True)
    if waiting and given.seconds > 0:
        _run(waiting, given.tests, given.results, given.seconds)
    return report(chosen, _results(given.results))


def _run(mutants: list[Mutant], chosen: list[str], results: Path, seconds: float) -> None:
    tests = chosen or [test for start in {_place(m) for m in mutants} for test in TESTS_OF[start]]
    with tempfile.TemporaryDirectory() as folder:
        marks = "not slow and not postgres and not browser"
        options = [
            "-q",
            "--timeout=0",
            "-p",
            "no:cacheprovider",
            "-m",
            marks,
            "-k",
            "not libreoffice",
            f"--basetemp={folder}/tests",
        ]
        pytest.main([*options, *sorted(tests)], plugins=[MutationRun(mutants, results, seconds)])


def _place(mutant: Mutant) -> str:
    return next(start for start in TESTS_OF if mutant.file.startswith(start))


def _results(file: Path) -> dict[str, str | None]:
    if not file.exists():
        return {}
    lines = map(json.loads, file.read_text("utf-8").splitlines())
    return {line["mutant"]: line["killed_by"] for line in lines}


@cache
def _known() -> dict[str, str]:
    """Survivors that somebody looked at, and why they survive."""
    return yaml.safe_load(SURVIVORS.read_text("utf-8")) or {}


def _is_equivalent(mutant: Mutant) -> bool:
    return _known().get(mutant.name, "").startswith("equivalent")


def report(chosen: list[Mutant], results: dict[str, str | None]) -> int:
    """Print the share killed and every survivor; 1 where it is too low."""
    done = [m for m in chosen if m.name in results]
    equivalent = [m for m in done if not results[m.name] and _is_equivalent(m)]
    killed = sum(bool(results[m.name]) for m in done)
    counted = len(done) - len(equivalent)
    for mutant in done:
        if not results[mutant.name]:
            where = "" if results[mutant.name] is None else " (no test reaches it)"
            print(
                f"survives{where}: {mutant.name} (line {mutant.line}): {_known().get(mutant.name, 'NOT EXPLAINED')}"
            )
    share = killed / counted if counted else 1.0
    print(
        f"{killed} of {counted} killed: {share:.1%}; {len(equivalent)} more are equivalent; {len(chosen) - len(done)} not done"
    )
    return int(share < LEAST)


if __name__ == "__main__":
    sys.exit(main())
