"""The worker of the fuzz: a process within limits that reads the file of a seed the way ``validate``, ``import`` and an upload do."""

from __future__ import annotations

import resource
import shutil
import tempfile
import time
import traceback
from multiprocessing.connection import Connection
from pathlib import Path

import polars as pl

from consolidation.annex9 import NOTHING_TOLD, read_workbook
from consolidation.annex10 import read_group_form
from consolidation.annex11 import read_stress_form
from consolidation.filing_set import UnusableSet, read_filing_set, verdict
from consolidation.filing_set.uploads import unpacked
from consolidation.findings import Severity
from consolidation.positions import check_positions
from tests.fuzz.files import hostile_file

MOST_BYTES = 6 << 30
"""Address space of the worker."""


def work(asked: Connection) -> None:
    """Read the file of each seed; gives what came of it, the processor time, and the peak memory so far in kB."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    folder = Path(tempfile.mkdtemp(prefix="rule19-fuzz-"))
    try:
        while True:
            seed = asked.recv()
            began = time.process_time()
            try:
                outcome = read_hostile(seed, folder)
            except (Exception, pl.exceptions.PanicException):
                outcome = "exception\n" + traceback.format_exc()
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            asked.send((outcome, time.process_time() - began, peak))
            for path in folder.iterdir():
                path.unlink()
    except EOFError:
        shutil.rmtree(folder)


def read_hostile(seed: int, folder: Path) -> str:
    """What comes of the file of a seed: the word of the verdict, or that it was refused."""
    path = hostile_file(seed, folder)
    if path.name == "form.xlsx":
        _, findings = read_workbook(path)
        findings = (
            *findings,
            *read_stress_form(path).findings,
            *read_group_form(path, NOTHING_TOLD).findings,
        )
        assert all(f.message(language) for f in findings for language in ("zh", "en"))
        return "form: " + ("refused" if any(f.severity is Severity.ERROR for f in findings) else "read")
    form = path.suffix[1:]
    try:
        if form == "zip":
            with path.open("rb") as file, unpacked(file, path.name) as place:
                found = check_positions(read_filing_set(str(place)))
        else:
            found = check_positions(read_filing_set(str(path)))
    except UnusableSet as reason:
        assert reason.message("zh") and reason.message("en")
        return f"{form}: refused"
    assert len(found.findings) < 5_000, f"{len(found.findings)} findings"
    assert all(f.message(language) for f in found.findings for language in ("zh", "en"))
    return f"{form}: {verdict(found).word}"
