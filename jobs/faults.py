"""What went wrong, in a sentence that may be kept and shown: no traceback, no secret."""

from __future__ import annotations

import os
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path, PurePath

from consolidation.filing_set import UnusableSet
from consolidation.sentence import FaultInWords, Sentence, in_words
from consolidation.words import LANGUAGES, say
from jobs.usage import UsageError
from monitoring.store.database import home

_FOR_PEOPLE = (FaultInWords, UnusableSet, UsageError)
"""Faults whose sentence is written for a person."""


def is_for_people(fault: BaseException) -> bool:
    """Whether the fault has a sentence of its own for who met it; any other is a fault of this program."""
    return isinstance(fault, _FOR_PEOPLE) or (isinstance(fault, OSError) and bool(fault.strerror))


def sentence_of(fault: BaseException) -> Sentence:
    """The fault's own sentence where it has one for people; else its kind and where in this program it arose.

    The text of any other exception is left out: nobody knows what is in it.
    """
    if isinstance(fault, _FOR_PEOPLE):
        return fault.sentence
    if isinstance(fault, OSError) and fault.strerror:
        return Sentence((f"{fault.filename}: {fault.strerror}" if fault.filename else fault.strerror,))
    return in_words("fault.of-the-program", kind=_kind_and_place(fault))


def _kind_and_place(fault: BaseException) -> str:
    frames = traceback.extract_tb(fault.__traceback__)
    where = f" at {PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(fault).__name__}{where}"


def report(fault: BaseException) -> list[str]:
    """Write the traceback of a fault of this program to a file that only its owner reads.

    :returns: one line a language: what happened, where the file is, what to do.
    """
    path = _write_report("".join(traceback.format_exception(fault)))
    kind = _kind_and_place(fault)
    return [say("listing.fault", language, fault=kind, report=path) for language in reversed(LANGUAGES)]


def _write_report(text: str) -> Path:
    """The report in :func:`home`, else where temporary files go."""
    name = f"fault-{datetime.now(UTC):%Y%m%dT%H%M%S}-"
    for folder in (home() / "faults", Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, path = tempfile.mkstemp(prefix=name, suffix=".txt", dir=folder)  # mode 600
            with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
        except OSError:
            continue
        return Path(path)
    return Path(os.devnull)
