"""Files that are written whole or not at all, and what a disk says through the libraries that write to it."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

_UNFINISHED = ".unfinished-"
"""Begins the name of a folder of files that are being written; the number of the process follows."""


@contextmanager
def disk_faults() -> Iterator[None]:
    """Let what the disk refuses be an OSError, whichever library met it.

    :raises OSError: where there is no room or no right to write.
    """
    try:
        yield
    except Exception as fault:
        disk = _of_the_disk(fault)
        if disk is None:
            raise
        raise disk from None


@contextmanager
def added_files(folder: Path) -> Iterator[Path]:
    """A place to write files into that are moved to ``folder`` if the block ends well; what else is there stays.

    :raises OSError: where there is no room or no right to write, whichever library met it.
    """
    draft = folder / f"{_UNFINISHED}{os.getpid()}-{secrets.token_hex(4)}"
    draft.mkdir(parents=True)
    for left in folder.glob(f"{_UNFINISHED}*"):
        if not _is_alive(left.name.removeprefix(_UNFINISHED).partition("-")[0]):
            shutil.rmtree(left, ignore_errors=True)
    try:
        with disk_faults():
            yield draft
        for path in draft.iterdir():
            path.replace(folder / path.name)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _is_alive(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True


def _of_the_disk(fault: Exception) -> OSError | None:
    """The OSError that Polars and XlsxWriter wrap into errors of their own."""
    told = re.search(r"\(os error (\d+)\)", str(fault))
    if isinstance(fault, pl.exceptions.PolarsError) and told:
        return OSError(int(told[1]), os.strerror(int(told[1])))
    inner = fault.args[0] if fault.args else None
    return inner if isinstance(inner, OSError) else None
