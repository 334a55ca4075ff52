"""Let each step of a run fail once and look at what it leaves: ``python -m tests.jobs.pipeline.sweep [EVERY [STORE]]``;
without a store on SQLite and on PostgreSQL.

``rule19 consolidate`` writes a folder and a store that hold another run. Each run is a process of its own, forked from one that has
only imported the program, as importing it takes most of the time; what is left is looked at in a process of its own, too.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import tests.preloaded  # noqa: F401
from jobs.cli.main import main
from tests.jobs.pipeline.failing import one_step_fails
from tests.jobs.pipeline.kills import Trial
from tests.stores import drop_postgres_database, new_postgres_database, postgres_url

_DONE, _UNUSABLE = 0, 2
_SENTENCE = re.compile(r"^rule19: \S.*", re.MULTILINE)


def forked(work: Callable[[], int], said: Path) -> int:
    """The exit status of some work in a process of its own, whose words go to a file."""
    child = os.fork()
    if child == 0:
        with said.open("w", encoding="utf-8") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        status = 99
        try:
            status = work()
        except SystemExit as end:
            status = int(end.code or 0)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class Sweep:
    """A folder and a store, and the runs that fail over them."""

    def __init__(self, place: Path, url: str) -> None:
        self.trial = Trial(place, url)
        self.said = place / "said.txt"
        self.seen: Counter[str] = Counter()
        self.steps = 0
        os.environ["RULE19_HOME"] = str(place / "home")

    def prepare(self) -> None:
        """Write the sets, consolidate the first, and count the steps of the second."""
        counted = self.trial.place / "steps.txt"
        assert forked(self._write, self.said) == 0, self.said.read_text("utf-8")
        for _ in range(2):  # the first makes the tables of the store
            run = forked(lambda: self._run("A", 0, counted), self.said)
            assert run == _DONE, self.said.read_text("utf-8")
        self._check_what_is_left("sound runs: ")
        self.steps = int(counted.read_text().split()[0])

    def _write(self) -> int:
        self.trial.write()
        return 0

    def _run(self, name: str, deadly: int, counted: Path) -> int:
        sys.argv = [
            "rule19",
            "consolidate",
            str(self.trial.place / name),
            *("--out", str(self.trial.out), "--store", self.trial.url, "--quiet"),
        ]
        status = 0
        with one_step_fails(deadly, self.trial.place) as failing:
            try:
                main()
            except SystemExit as end:
                status = int(end.code or 0)
        counted.write_text(f"{failing.steps} {failing.failed}")
        return status

    def fail(self, deadly: int) -> None:
        """Let the step of that number fail in a run of the other set, then look at what is left."""
        counted = self.trial.place / "steps.txt"
        status = forked(lambda: self._run("AB"[deadly % 2], deadly, counted), self.said)
        said = self.said.read_text("utf-8")
        where = f"step {deadly} ({counted.read_text()}) ended with {status}: {said}"
        assert "Traceback" not in said, where
        if status == _DONE:
            self.seen["went well all the same"] += 1
        else:
            assert status == _UNUSABLE, where
            assert _SENTENCE.search(said), where
            self.seen["said and ended with 2"] += 1
        self._check_what_is_left(where)

    def _check_what_is_left(self, where: str) -> None:
        found = self.trial.place / "found.txt"
        assert forked(self._check, found) == 0, where + found.read_text("utf-8")

    def _check(self) -> int:
        self.trial.check()
        return 0


def sweep(place: Path, every: int, url: str) -> Counter[str]:
    """Let every so manieth step fail; what became of it, counted.

    :param url: of a store that is empty.
    :raises AssertionError: where folder or store is mixed, or what is said is not a sentence; all such steps.
    """
    made, faults = Sweep(place, url), []
    made.prepare()
    for deadly in range(1, made.steps + 1, every):
        try:
            made.fail(deadly)
        except AssertionError as fault:
            faults.append(str(fault))
            if every == 1:
                print(fault, flush=True)
    assert not faults, "\n\n".join(faults)
    return made.seen


if __name__ == "__main__":
    steps, *given = sys.argv[1:] or ["1"]
    database = "" if given else new_postgres_database()
    for url in given or ("", postgres_url(database)):
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            print(dict(sweep(place, int(steps), url or f"sqlite:///{place}/rule19.db")), flush=True)
    if database:
        drop_postgres_database(database)
