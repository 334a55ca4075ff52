"""Remembers what tasks came to, so that a second run, or one after a re-filing, counts only what is new.

Sums are kept by everything they depend on: the bytes of the files, the rules and small tables that bear on them, and the
program. A file is written beside its place and moved there, so that two processes never see half of one; what is damaged
or gone is counted again. The least recently used are deleted where all together are too large.
"""

from __future__ import annotations

import hashlib
import os
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import cache as cached
from pathlib import Path

import polars as pl

import consolidation
from consolidation.filing_set.readers.contents import InputFile
from consolidation.inspection.answers import beside, source_hash
from consolidation.positions.context import AggregationContext
from consolidation.positions.partial_sums import PartialSums, pack, unpack
from consolidation.positions.readers.tasks import UNREADABLE, Task

MOST_BYTES = 1 << 30
"""Up to so much is kept."""

_ENDING = ".sums"
_BLOCK = 4096  # what the least file takes

_YIELDING = 5
"""How much less it matters to write than to count, in the terms of nice: more, and what is to be written would pile up."""


def _give_way() -> None:
    if sys.platform == "linux":  # elsewhere a priority is that of the whole process
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _YIELDING)


_writing = ThreadPoolExecutor(1, thread_name_prefix="sums", initializer=_give_way)
"""Writes and deletes while the run goes on; Python ends when it has done all."""


@dataclass(frozen=True, slots=True)
class SumsCache:
    """A folder of sums.

    :param since: when the run began (seconds since 1970): of a file that was changed later, nothing is kept, since it may
        not be what the hash in ``hashes`` (by file) says.
    """

    folder: Path
    since: float
    hashes: Mapping[str, str]

    @classmethod
    def of(cls, folder: Path, since: float, inputs: Iterable[InputFile]) -> SumsCache:
        """The cache in a folder for the files of a set."""
        wait_until_written()
        return cls(folder, since, {one.path: one.sha256 for one in inputs})

    def key(self, task: Task, bearing: str) -> str | None:
        """What the sums of a task depend on, as one hash; None where a file's bytes are not known.

        :param bearing: of everything beside the files (:func:`bearing_on`).
        """
        parts = []
        for one in task:
            sha256 = self.hashes.get(one.part.file.removesuffix(f"[{one.part.sheet}]"))
            if sha256 is None or "://" in one.part.path:
                return None
            parts.append(
                (
                    sha256,
                    one.part.file,
                    one.part.format,
                    one.part.encoding,
                    one.part.rates,
                    one.first,
                    one.rows,
                    one.first_row,
                )
            )
        return _hash(_program(), parts, bearing)

    def has(self, key: str) -> bool:
        """Whether sums are kept by a key; they may be damaged."""
        return self._file(key).exists()

    def get(self, key: str, name: pl.DataType) -> PartialSums | None:
        """The sums kept by a key, with ids of the type ``name``; None where there are none, or damaged ones, which are deleted."""
        file = self._file(key)
        try:
            with file.open("rb") as opened:
                os.utime(file)
                return unpack(opened, name)
        except OSError:
            return None
        except Exception:  # zipfile and NumPy have errors of their own for what is damaged
            with suppress(OSError):
                file.unlink(missing_ok=True)
            return None

    def keep(self, key: str, tasks: Sequence[Task], sums: PartialSums) -> None:
        """Keep sums, soon, unless a file that they are of was changed after the run began; a full disk keeps nothing."""
        if any(finding.code == UNREADABLE for finding in sums.findings):
            return  # the next attempt may succeed
        _writing.submit(self._write, key, {one.part.path for task in tasks for one in task}, sums)

    def _write(self, key: str, paths: Iterable[str], sums: PartialSums) -> None:
        with suppress(OSError):
            if all(Path(path).stat().st_mtime < self.since for path in paths):
                with beside(self._file(key)) as file:
                    pack(sums, file)

    def clean(self, most: int = MOST_BYTES) -> None:
        """Delete the least recently used, soon, until no more than ``most`` bytes are left."""
        _writing.submit(self._clean, most)

    def _clean(self, most: int) -> None:
        found = []
        with suppress(OSError):
            for file in self.folder.iterdir():
                with suppress(FileNotFoundError):
                    state = file.stat()
                    found.append((state.st_mtime, max(state.st_size, _BLOCK), file))
        size = sum(size for _, size, _ in found)
        for _, of_file, file in sorted(found):
            if size <= most:
                return
            with suppress(OSError):
                file.unlink(missing_ok=True)
            size -= of_file

    def _file(self, key: str) -> Path:
        return self.folder / f"{key}{_ENDING}"


def wait_until_written() -> None:
    """Until all is kept and deleted that this process has been asked for."""
    _writing.submit(int).result()


def combined_key(keys: Sequence[str | None]) -> str | None:
    """The key of what several sums come to together."""
    return None if None in keys else _hash(*keys)


def _hash(*of: object) -> str:
    return hashlib.sha256(repr(of).encode("utf-8", "surrogatepass")).hexdigest()


@cached
def _program() -> str:
    """A hash of the rule engine's source."""
    return source_hash(Path(consolidation.__file__).parent)


def bearing_on(context: AggregationContext) -> str:
    """A hash of everything in a run's context but its name."""
    found: list[object] = []
    for column in fields(context):
        value = getattr(context, column.name)
        if isinstance(value, pl.DataFrame):
            value = value.unique().sort(pl.all()).write_csv()
        elif isinstance(value, frozenset):
            value = sorted(value)
        if column.name != "run":
            found.append((column.name, value))
    return _hash(found)
