"""What went wrong, in one line that may be kept and shown: no traceback, no secret."""

from __future__ import annotations

import traceback
from pathlib import PurePath

from consolidation.filing_set import UnusableSet
from consolidation.positions.readers.tasks import EngineFault
from jobs.delivery.credentials import SecretFault
from jobs.delivery.recipients import UnusableRecipients
from jobs.usage import UsageError
from monitoring.store.database import StoreError

_FOR_PEOPLE = (UsageError, StoreError, UnusableSet, EngineFault, UnusableRecipients, SecretFault)
"""Faults whose text is written for a person."""


def is_for_people(fault: BaseException) -> bool:
    """Whether the fault has a sentence of its own for who met it; any other is a fault of this program."""
    return isinstance(fault, _FOR_PEOPLE) or (isinstance(fault, OSError) and bool(fault.strerror))


def in_one_line(fault: BaseException) -> str:
    """The fault's own sentence where it has one for people; else its kind and where in this program it arose.

    The text of any other exception is left out: nobody knows what is in it.
    """
    if isinstance(fault, _FOR_PEOPLE):
        return " ".join(str(fault).split())
    if isinstance(fault, OSError) and fault.strerror:
        return f"{fault.filename}: {fault.strerror}" if fault.filename else fault.strerror
    frames = traceback.extract_tb(fault.__traceback__)
    where = f" at {PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"a fault of this program: {type(fault).__name__}{where}"
