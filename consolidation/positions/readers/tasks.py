"""What of the files of positions to read in one go.

A part that cannot be read is a :class:`PartUnreadable` that names file and row group: nobody can say whose positions are in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import accumulate, chain, groupby
from pathlib import Path
from typing import BinaryIO

from consolidation.filing_set.readers.contents import Part
from consolidation.positions.readers.chunks import FIRST_RECORD
from consolidation.sentence import FaultInWords

TASK_ROWS = 4_000_000
"""Positions of one task: what a worker that dies costs, and what a worker holds in memory."""

FEWEST_ROWS = TASK_ROWS // 8
"""A task of so many positions ends with its part, so that another file changes no other task."""

UNREADABLE = "positions-unreadable"
"""The code of an error about a part, or row groups of it, that cannot be read."""

_ROWS_PER_BYTE_OF_TEXT = 1 / 80


class EngineFault(FaultInWords):
    """The positions could not be read to their end; one line for the user. Nothing was computed from them."""


class PartUnreadable(Exception):
    """A part of the positions cannot be read; the message names file, row groups and reason in one line."""

    def __init__(self, file: str, groups: str, reason: str) -> None:
        super().__init__(file, groups, reason)
        self.file, self.groups, self.reason = file, groups, reason

    def __str__(self) -> str:
        return f"positions: {self.file}{self.groups and ' ' + self.groups}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Slice:
    """Some row groups of one part (``first`` to before ``end``), or all of a part that has none.

    ``rows`` holds the number of rows of each; ``first_row`` is the spreadsheet row of the first record.
    """

    part: Part
    first: int
    rows: tuple[int, ...]
    first_row: int

    @property
    def size(self) -> int:
        """How many rows it has."""
        return sum(self.rows)


Task = tuple[Slice, ...]


@contextmanager
def opened(part: Part) -> Iterator[BinaryIO]:
    """A file of this machine or behind an fsspec URL.

    :raises PartUnreadable: where it cannot be opened.
    """
    with ExitStack() as stack:
        with naming(part.file):
            if "://" in part.path:
                import fsspec

                file = stack.enter_context(fsspec.open(part.path, "rb"))
            else:
                file = stack.enter_context(Path(part.path).open("rb"))
        yield file


@contextmanager
def parquet_source(part: Part) -> Iterator[BinaryIO | str]:
    """What Arrow reads a part from: by itself where it is a file of this machine, without a call of Python for each read."""
    if "://" not in part.path:
        yield part.path
        return
    with opened(part) as file:
        yield file


def plan_tasks(parts: Sequence[Part]) -> list[Task]:
    """Tasks of some :data:`TASK_ROWS` positions each, cut between row groups, the same for any number of workers.

    :raises PartUnreadable: where the footer of a part cannot be read.
    """
    tasks: list[list[Slice]] = []
    size = 0
    with ThreadPoolExecutor(8) as pool:
        for group in chain.from_iterable(pool.map(_row_groups, parts)):
            is_next_part = bool(size) and group.part is not tasks[-1][-1].part
            if not tasks or size + group.size > TASK_ROWS or (is_next_part and size >= FEWEST_ROWS):
                tasks.append([])
                size = 0
            tasks[-1].append(group)
            size += group.size
    return [
        tuple(_joined(list(groups)) for _, groups in groupby(task, key=lambda group: group.part))
        for task in tasks
    ]


def _joined(groups: Sequence[Slice]) -> Slice:
    return replace(groups[0], rows=tuple(group.size for group in groups))


def _row_groups(part: Part) -> list[Slice]:
    """The row groups of a part; a part of text is one, of roughly so many rows."""
    if part.format != "parquet":
        with opened(part) as file:
            size = file.seek(0, 2)
        return [Slice(part, 0, (round(size * _ROWS_PER_BYTE_OF_TEXT),), FIRST_RECORD)]
    from pyarrow.parquet import ParquetFile

    with parquet_source(part) as source, naming(part.file), ParquetFile(source) as parquet:
        metadata = parquet.metadata
        sizes = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
    first_rows = accumulate(sizes, initial=FIRST_RECORD)
    return [
        Slice(part, n, (rows,), first) for n, (rows, first) in enumerate(zip(sizes, first_rows, strict=False))
    ]


@contextmanager
def naming(file: str, groups: str = "") -> Iterator[None]:
    """What goes wrong while a part is read, with its name."""
    try:
        yield
    except Exception as reason:  # Arrow, the filesystem and each fsspec backend have errors of their own
        said = str(reason).strip().splitlines() or [type(reason).__name__]
        raise PartUnreadable(file, groups, said[0]) from None
