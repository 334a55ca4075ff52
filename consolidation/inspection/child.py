"""The process that looks at files: one JSON line a question on standard input, one an answer on standard output.

It is started by :mod:`consolidation.inspection.process`, takes limits on itself before each file, and may die of one.
Nothing is imported but what a question needs.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO, Any

from consolidation.inspection.limits import cpu_seconds, memory_bytes
from consolidation.inspection.refusal import Refusal

if sys.platform != "win32":
    import resource

MEMORY = "reader-memory"
FAILED = "reader-failed"


def main() -> None:
    """Answer until nobody asks any more."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)  # whatever a library prints is no answer
    os.dup2(nowhere, 2)
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    for line in sys.stdin:
        _answer(answers, json.loads(line))


def _answer(answers: IO[str], question: dict[str, Any]) -> None:
    try:
        _unlimit()
        read = _reader(question)
        if not os.access(question["path"], os.R_OK):
            raise Refusal("cannot-be-read", value=os.strerror(errno.EACCES))
        _limit(int(question["size"]))
        read()
        answer: dict[str, Any] = {}
    except Refusal as refusal:
        answer = {"code": refusal.code, "fields": refusal.fields}
    except MemoryError:
        answer = {"code": MEMORY, "fields": {}}
    except Exception as fault:
        answer = {"code": FAILED, "fields": {"value": type(fault).__name__}}
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def _reader(question: dict[str, Any]) -> Callable[[], None]:
    """What reads the file, with all that it needs imported: that shall not count as the file's."""
    path, columns, laid_out = Path(question["path"]), question["columns"], question["laid_out"]
    match question["form"]:
        case "csv":
            from consolidation.inspection.csv_files import look_at_csv

            return partial(look_at_csv, path, len(columns), question["encoding"], laid_out=laid_out)
        case "parquet":
            import pyarrow.compute
            import pyarrow.parquet  # noqa: F401

            from consolidation.inspection.parquet_files import look_at_parquet

            return partial(look_at_parquet, path, columns, laid_out=laid_out)
        case "workbook":
            import python_calamine  # noqa: F401

            from consolidation.inspection.workbooks import look_at_tables

            return partial(look_at_tables, path, columns)
        case "archive":
            from consolidation.inspection.archives import look_at_archive

            return partial(look_at_archive, path)
        case form:
            from consolidation.inspection.workbooks import look_at_form

            assert form == "form"
            return partial(look_at_form, path)


def _limit(size: int) -> None:
    """Let the next file take so much memory and processor time beyond what was taken so far."""
    if sys.platform == "win32":
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _soften(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + 1 + cpu_seconds(size))
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    except (OSError, ValueError):
        return
    _soften(resource.RLIMIT_AS, pages * resource.getpagesize() + memory_bytes(size))


def _unlimit() -> None:
    """Take back the limits of the file before."""
    if sys.platform != "win32":
        for kind in (resource.RLIMIT_CPU, resource.RLIMIT_AS):
            hard = resource.getrlimit(kind)[1]
            resource.setrlimit(kind, (hard, hard))


if sys.platform != "win32":

    def _soften(kind: int, limit: int) -> None:
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))
