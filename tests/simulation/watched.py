"""A watched folder in a simulation: sets land in it and change; reading and computing them is not simulated, recording them is."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from jobs.scheduler.watched_folder import MARK
from tests.monitoring.obligations.companies import BOOK, LIFE, PROPERTY
from tests.monitoring.store.records import a_run, solo_filings
from tests.simulation.timeline import Timeline

_QUARTERS = [date(2024, 3, 31), date(2024, 6, 30), date(2024, 9, 30), date(2024, 12, 31)]


@dataclass
class Landing:
    """The folder and what lands in it."""

    folder: Path
    timeline: Timeline

    def change(self) -> None:
        """A set lands, or one that is there changes; now and then it says what another says already."""
        chance = self.timeline.chance
        place = self.folder / f"set{chance.randrange(4)}"
        place.mkdir(exist_ok=True)
        file = place / "solo_filings.csv"
        file.write_text(str(chance.randrange(6)))
        (place / MARK).touch()
        stamp = int(self.timeline.now * 1e9)  # a set is known by the times of its files, too
        os.utime(file, ns=(stamp, stamp))
        self.timeline.note(f"landed {place.name}")

    @contextmanager
    def read_at_once(self) -> Iterator[None]:
        """Stand in the place of the reader and of the computation."""
        with patch("jobs.pipeline.reading.usable_set", _read), patch("jobs.pipeline.run", self._run):
            yield

    def _run(self, filing_set: Any, _out: Path, *, record: Callable[[Any], int], **_given: Any) -> Any:
        self.timeline.takes(self.timeline.chance.uniform(0.5, 20))
        said = int(filing_set.text)
        filed = solo_filings(
            (LIFE, _QUARTERS[said % 4], 80 + 40 * (said % 3)), (PROPERTY, _QUARTERS[said % 3], 200)
        )
        record(a_run(filing_set.data_hash, filings=filed, rulebook_hash=BOOK.hash))
        return SimpleNamespace(
            result=SimpleNamespace(blocked=()), has_errors=lambda: False, folder_problem=None
        )


def _read(place: str, _encoding: str) -> SimpleNamespace:
    text = (Path(place) / "solo_filings.csv").read_text()
    return SimpleNamespace(text=text, data_hash=hashlib.sha256(text.encode()).hexdigest(), findings=())
