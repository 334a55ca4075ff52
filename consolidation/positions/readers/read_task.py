"""From tasks to chunks, whatever the format of a part.

Rows that are plain go straight on (:mod:`consolidation.positions.readers.fast_reader`), others the careful way
(:mod:`consolidation.positions.readers.careful_reader`), and so do sheets.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import partial

from consolidation.positions.readers.careful_reader import csv_chunks, sheet_chunks
from consolidation.positions.readers.chunks import Chunk
from consolidation.positions.readers.parquet_reader import parquet_chunks
from consolidation.positions.readers.tasks import Task, opened


def read_chunks(
    task: Task,
    known_entities: frozenset[str] | None,
    companies: Sequence[str] | None = None,
    columns: Collection[str] | None = None,
) -> Iterator[Chunk]:
    """The positions of a task.

    :param known_entities: the ids in ``entities``, None where that table is not given.
    :param companies: whose positions are asked for. Row groups that cannot be read are then an error of those of them that
        the statistics do not rule out; without them, or without statistics, they end the reading.
    :param columns: those that are asked for, of positions none of which is to be set aside: plain rows of Parquet are
        decoded in these columns alone, and the others stand empty.
    :raises PartUnreadable: naming file and row group.
    """
    for one in task:
        if one.part.format == "parquet":
            yield from parquet_chunks(one, known_entities, companies, columns)
        else:
            way = csv_chunks if one.part.format == "csv" else sheet_chunks
            yield from way(one.part, partial(opened, one.part), known_entities)
