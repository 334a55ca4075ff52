"""Kill ``rule19 consolidate`` at any moment and look at what it leaves: ``python -m tests.jobs.pipeline.kills TIMES [STORE]``.

Two filing sets with different groups are consolidated by turns into one folder and one store. Half of the kills come at a
random time, half at a random step (a run that was done by then is counted apart): the hook counts files opened, moved and removed and statements sent to the database, so that
steps that take no time are met as often as those that take long. After each kill the folder must be that of one run, whole,
and every run of the store must have every row and flag that a run of its data has.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, event, func, select

from jobs.pipeline.files.run_folder import RUN_FILE, changed_files
from monitoring.flags.store import update_flags
from monitoring.record.verify import verify
from monitoring.store.layout.filed_tables import Base
from monitoring.store.layout.result_tables import INPUT_FILE, RESULTS
from monitoring.store.store import Store, open_store
from tests.build import one_group, rows, write_set
from tests.processes import ForkedProcess, rule19

_STEPS = ("open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.chmod", "os.listdir")


def dying(deadly: int, *arguments: str) -> None:
    """The program in a process that dies at the step of that number; with 0 it prints how many there are."""
    steps = 0

    def step(*_: object) -> None:
        nonlocal steps
        steps += 1
        if steps == deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(lambda name, _: step() if name in _STEPS else None)
    for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(Engine, name, step)
    print("ready", flush=True)
    try:
        rule19(*arguments)
    finally:
        if not deadly:
            print(steps, flush=True)


@dataclass
class Trial:
    """One output folder and one store, and what is known of them."""

    place: Path
    url: str
    steps: int = 0
    seconds: float = 0.0
    rows_of_data: dict[str, dict[str, int]] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)

    @property
    def out(self) -> Path:
        return self.place / "out"

    def write(self) -> None:
        """Write the sets, and a file of somebody else's where the results are to lie."""
        for name, capital in (("A", 450), ("B", 2000)):
            tables = one_group(
                groups=rows("groups", f"{name},Group,insurance_holding,P"),
                group_members=rows("group_members", f"{name},P,parent", f"{name},S,subsidiary"),
                group_financials=[],
                solo_filings=rows("solo_filings", f"S,life,2023-12-31,annual,{capital},500"),
            )
            write_set(self.place / name, tables)
        self.out.mkdir()
        (self.out / "mine.txt").write_text("mine")

    def count_steps(self) -> None:
        """Consolidate the first set, and count the steps of that."""
        process = self._begun("A", 0)
        begun = time.monotonic()
        with process.stdout as said:
            self.steps = int(said.read().split()[-1])
        assert process.wait(60) == 0
        self.seconds = time.monotonic() - begun
        self.check()

    def _begun(self, name: str, deadly: int) -> ForkedProcess:
        options = ("--out", str(self.out), "--store", self.url, "--quiet")
        process = ForkedProcess(dying, deadly, "consolidate", str(self.place / name), *options)
        assert process.stdout.readline() == "ready\n"
        return process

    def kill(self, chance: random.Random) -> None:
        """Begin a run and kill it, then look at what is left."""
        by_step = chance.random() < 0.5
        deadly = chance.randrange(1, self.steps + 1) if by_step else -1
        process = self._begun(chance.choice("AB"), deadly)
        if not by_step:
            time.sleep(chance.uniform(0, self.seconds))
            process.kill()
        self.seen["killed" if process.wait(60) == -signal.SIGKILL else "finished"] += 1
        process.stdout.close()
        self.check()

    def check(self) -> None:
        """Assert that folder and store are whole, each for itself and both together."""
        run = json.loads((self.out / RUN_FILE).read_text("utf-8"))
        assert changed_files(self.out, run) == []
        there = {path.name for path in self.out.iterdir()}
        assert there == {*run["files"], RUN_FILE, "mine.txt"}, there
        assert f"{run['source'][-1]}_2023-12-31.xlsx" in there
        store = open_store(self.url)
        try:
            runs = self._runs(store)
            assert list(runs) == list(range(1, len(runs) + 1))
            assert runs[int(run["run_id"])] == run["data_hash"]
            self.seen[
                "folder is of the newest run" if int(run["run_id"]) == len(runs) else "of one before"
            ] += 1
            assert update_flags(store).events.is_empty()
            assert verify(store).misfits == ()
        finally:
            store.close()

    def _runs(self, store: Store) -> dict[int, str]:
        """The runs with their data's hash, each with as many rows in every table as the first of the same data had."""
        run, data = Base.metadata.tables["run"], Base.metadata.tables["input_set"]
        query = (
            select(run.c.id, data.c.data_hash).join(data, data.c.id == run.c.input_set_id).order_by(run.c.id)
        )
        with store.reading() as connection:
            found = {int(number): str(hash) for number, hash in connection.execute(query)}
            for number, hash in found.items():
                counts = {
                    table.name: int(
                        connection.execute(
                            select(func.count()).select_from(table).where(table.c.run_id == number)
                        ).scalar_one()
                    )
                    for table in (INPUT_FILE, *RESULTS.values())
                }
                assert counts == self.rows_of_data.setdefault(hash, counts), number
        return found


def kill_often(times: int, url: str, place: Path, seed: int = 19) -> Counter[str]:
    """Run until so many were killed; what became of it, counted."""
    trial, chance = Trial(place, url), random.Random(seed)
    trial.write()
    trial.count_steps()
    while trial.seen["killed"] < times:
        trial.kill(chance)
    return trial.seen


if __name__ == "__main__":
    from tests.jobs.pipeline import (
        kills,
    )  # a forked process looks for what it runs in the module of that name

    with tempfile.TemporaryDirectory() as folder:
        address = sys.argv[2] if len(sys.argv) > 2 else f"sqlite:///{folder}/rule19.db"
        print(dict(kills.kill_often(int(sys.argv[1]), address, Path(folder))))
