"""From files of positions to chunks: what to read in one go, and how.

A Parquet part is read row group by row group, ids as the numbers that the file itself has for them, a CSV block by
block. Rows that are plain go straight on (:mod:`consolidation.positions.readers.fast_reader`), others the careful way
(:mod:`consolidation.positions.readers.careful_reader`), and so do sheets. A part that cannot be read is a :class:`PartUnreadable` that names file and row group: nobody can say whose positions are in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache, partial
from itertools import accumulate, chain, groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import polars as pl

from consolidation.filing_set.readers.contents import Part
from consolidation.filing_set.readers.words.headings import declaring
from consolidation.filing_set.schemas.tables import EXPOSURES, TABLES
from consolidation.findings import error
from consolidation.inspection.parquet_files import flat_columns, text_columns
from consolidation.positions.readers.careful_reader import csv_chunks, sheet_chunks, table_chunks
from consolidation.positions.readers.chunks import ENCODED_COLUMNS, Chunk, chunk_of
from consolidation.positions.readers.fast_reader import fast_chunk
from consolidation.sentence import FaultInWords

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

TASK_ROWS = 4_000_000
"""Positions of one task: what a worker that dies costs, and what a worker holds in memory."""

FEWEST_ROWS = TASK_ROWS // 8
"""A task of so many positions ends with its part, so that another file changes no other task."""

CHUNK_ROWS = 500_000
"""A row group with many more rows is read in batches of so many."""

FEWEST_CHUNK_ROWS = CHUNK_ROWS // 4
"""Row groups are read together until they have so many rows: to put the dictionaries of larger ones together costs more."""

UNREADABLE = "positions-unreadable"
"""The code of an error about a part, or row groups of it, that cannot be read."""

_WHOLE_IN_STATISTICS = 16
"""Of a longer text, statistics may hold the beginning only."""

_FEWEST_PROVEN = 50_000
"""Row groups of fewer rows are decoded as fast as their statistics are looked at."""

_ROWS_PER_BYTE_OF_TEXT = 1 / 80
_DIGITS_OF_64_BITS = 18
_FIRST_RECORD = 2


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
def _opened(part: Part) -> Iterator[BinaryIO]:
    """A file of this machine or behind an fsspec URL.

    :raises PartUnreadable: where it cannot be opened.
    """
    with ExitStack() as stack:
        with _naming(part.file):
            if "://" in part.path:
                import fsspec

                file = stack.enter_context(fsspec.open(part.path, "rb"))
            else:
                file = stack.enter_context(Path(part.path).open("rb"))
        yield file


@contextmanager
def _parquet_source(part: Part) -> Iterator[BinaryIO | str]:
    """What Arrow reads a part from: by itself where it is a file of this machine, without a call of Python for each read."""
    if "://" not in part.path:
        yield part.path
        return
    with _opened(part) as file:
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
        with _opened(part) as file:
            size = file.seek(0, 2)
        return [Slice(part, 0, (round(size * _ROWS_PER_BYTE_OF_TEXT),), _FIRST_RECORD)]
    from pyarrow.parquet import ParquetFile

    with _parquet_source(part) as source, _naming(part.file), ParquetFile(source) as parquet:
        metadata = parquet.metadata
        sizes = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
    first_rows = accumulate(sizes, initial=_FIRST_RECORD)
    return [
        Slice(part, n, (rows,), first) for n, (rows, first) in enumerate(zip(sizes, first_rows, strict=False))
    ]


@contextmanager
def _naming(file: str, groups: str = "") -> Iterator[None]:
    """What goes wrong while a part is read, with its name."""
    try:
        yield
    except Exception as reason:  # Arrow, the filesystem and each fsspec backend have errors of their own
        said = str(reason).strip().splitlines() or [type(reason).__name__]
        raise PartUnreadable(file, groups, said[0]) from None


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
            yield from _parquet_chunks(one, known_entities, companies, columns)
        else:
            way = csv_chunks if one.part.format == "csv" else sheet_chunks
            yield from way(one.part, partial(_opened, one.part), known_entities)


def _parquet_chunks(
    one: Slice,
    known_entities: frozenset[str] | None,
    companies: Sequence[str] | None,
    columns: Collection[str] | None,
) -> Iterator[Chunk]:
    from pyarrow.parquet import ParquetFile

    with _parquet_source(one.part) as source:
        with _naming(one.part.file), ParquetFile(source) as whole:
            schema, metadata = whole.schema_arrow, whole.metadata
        encoded = text_columns(schema, flat_columns(schema, ENCODED_COLUMNS))
        with ExitStack() as stack:
            with _naming(one.part.file):
                parquet = stack.enter_context(ParquetFile(source, metadata=metadata, read_dictionary=encoded))
            for groups in _together(one):
                plain = None if columns is None else _plain_chunks(one, parquet, groups, columns)
                yield from plain or _chunks_of_groups(one, parquet, groups, known_entities, companies)


def _plain_chunks(
    one: Slice, parquet: ParquetFile, groups: list[int], columns: Collection[str]
) -> list[Chunk] | None:
    """The chunks of some row groups with these columns alone; None where not every row is plain in them."""
    chunks, first_row = [], _first_row(one, groups)
    for table in _tables(one, parquet, groups, columns):
        fast = fast_chunk(one.part.file, table, first_row, None)
        if fast is None or len(fast[1]):
            return None
        chunks.append(fast[0])
        first_row += len(table)
    return chunks


def _first_row(one: Slice, groups: list[int]) -> int:
    return one.first_row + sum(one.rows[: groups[0] - one.first])


def _chunks_of_groups(
    one: Slice,
    parquet: ParquetFile,
    groups: list[int],
    known_entities: frozenset[str] | None,
    companies: Sequence[str] | None,
) -> Iterator[Chunk]:
    """The chunks of some row groups; where they cannot be read together, of each by itself."""
    first_row = _first_row(one, groups)
    try:
        for table in _tables(one, parquet, groups):
            yield from table_chunks(one.part, table, first_row, known_entities)
            first_row += len(table)
    except PartUnreadable as reason:
        if len(groups) == 1:
            yield _not_ruled_out(reason, _range_of_companies(parquet, groups[0]), companies)
        else:
            for group in groups:
                yield from _chunks_of_groups(one, parquet, [group], known_entities, companies)


def _not_ruled_out(
    reason: PartUnreadable, between: tuple[str, str] | None, companies: Sequence[str] | None
) -> Chunk:
    """An error of every company that row groups which cannot be read may be of.

    :raises PartUnreadable: where that may be any.
    """
    if between is None or companies is None:
        raise reason
    first, last = between
    findings = tuple(
        error(UNREADABLE, table=EXPOSURES, file=reason.file, value=str(reason), entity_id=company)
        for company in companies
        if first <= company <= last
    )
    return chunk_of(reason.file, TABLES[EXPOSURES].empty(), findings)


def _range_of_companies(parquet: ParquetFile, group: int) -> tuple[str, str] | None:
    """The first and the last company that a row group may have, by its statistics; None where these do not say."""
    metadata = parquet.metadata.row_group(group)
    columns = [metadata.column(number) for number in range(metadata.num_columns)]
    for statistics in (column.statistics for column in columns if column.path_in_schema == "entity_id"):
        bounds = (statistics.min, statistics.max) if statistics and statistics.has_min_max else ()
        if bounds and all(isinstance(bound, str) and len(bound) <= _WHOLE_IN_STATISTICS for bound in bounds):
            return bounds
    return None


def _together(one: Slice) -> Iterable[list[int]]:
    """Row groups that are read in one go."""
    groups: list[int] = []
    rows = 0
    for group, size in enumerate(one.rows, one.first):
        if groups and rows + size > FEWEST_CHUNK_ROWS:
            yield groups
            groups, rows = [], 0
        groups.append(group)
        rows += size
    if groups:
        yield groups


def _tables(
    one: Slice, parquet: ParquetFile, groups: list[int], columns: Collection[str] | None = None
) -> Iterator[pa.Table]:
    """Row groups, decoded; one with very many rows comes in several tables. Columns not asked for are empty."""
    names = _columns_read(tuple(parquet.schema_arrow.names))
    own = TABLES[EXPOSURES].columns
    left_out = () if columns is None else [name for name in names if name in own and name not in columns]
    known: dict[str, bool | date | str | None] = dict.fromkeys(left_out)
    size = sum(one.rows[group - one.first] for group in groups)
    shown = f"row group {groups[0]}" + f" to {groups[-1]}" * (len(groups) > 1)
    if size <= 2 * CHUNK_ROWS:
        decoded: dict[str, pa.Array] = {}
        with _naming(one.part.file, shown):
            if size >= len(groups) * _FEWEST_PROVEN:
                known = constant_columns(parquet, groups) | known
                decoded = _by_polars(one, parquet, groups, [name for name in names if name not in known])
            others = [name for name in names if name not in known and name not in decoded]
            table = parquet.read_row_groups(groups, columns=others, use_threads=False)
        for name, column in decoded.items():
            table = table.append_column(name, column)
        yield _with_known(table, known)
        return
    others = [name for name in names if name not in known]
    batches = parquet.iter_batches(CHUNK_ROWS, row_groups=groups, columns=others, use_threads=False)
    while True:
        with _naming(one.part.file, shown):
            batch = next(batches, None)
        if batch is None:
            return
        yield _with_known(batch, known)


@lru_cache(64)
def _columns_read(there: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the columns of a file that are of the table, and those that say a currency or unit."""
    own = (name for name in TABLES[EXPOSURES].columns if name in there)
    return (*own, *declaring(TABLES[EXPOSURES], there))


def _by_polars(
    one: Slice, parquet: ParquetFile, groups: Sequence[int], names: Sequence[str]
) -> dict[str, pa.Array]:
    """Amounts, and what is true or false, as Polars decodes them: decimals of 16 bytes in a third of the time that Arrow takes.

    Nothing where amounts are no such decimals, the file is not of this machine, or Polars cannot read it; Arrow then does, or says why.
    """
    import pyarrow as pa

    schema = parquet.schema_arrow
    amount = schema.field("carrying_amount").type if "carrying_amount" in names else None
    if "://" in one.part.path or len({*schema.names}) != len(schema.names):
        return {}
    if amount is None or not pa.types.is_decimal128(amount) or amount.precision <= _DIGITS_OF_64_BITS:
        return {}
    wanted = [
        name for name in names if schema.field(name).type == amount or schema.field(name).type == pa.bool_()
    ]
    rows = sum(one.rows[group - one.first] for group in groups)
    try:
        file = pl.scan_parquet(one.part.path, glob=False, hive_partitioning=False, parallel="none")
        frame = file.slice(_first_row(one, list(groups)) - _FIRST_RECORD, rows).select(wanted).collect()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError):
        return {}
    found = {column.name: column.rechunk().to_arrow() for column in frame}
    as_expected = all(array.type == schema.field(name).type for name, array in found.items())
    return found if as_expected and len(frame) == rows else {}


def _with_known(batch: pa.Table | pa.RecordBatch, known: Mapping[str, bool | date | str | None]) -> pa.Table:
    """Decoded rows, and the columns whose one value is known."""
    import pyarrow as pa

    table = batch if isinstance(batch, pa.Table) else pa.Table.from_batches([batch])
    for name, value in known.items():
        table = table.append_column(name, _constant(value, table.num_rows))
    return table


def constant_columns(parquet: ParquetFile, groups: Sequence[int]) -> dict[str, bool | date | str | None]:
    """The one value of each column of which the statistics prove that it has no other in these row groups.

    None of a column that is empty.
    """
    found: dict[str, set[tuple[Any, ...]]] = {}
    for group in groups:
        metadata = parquet.metadata.row_group(group)
        for number in range(metadata.num_columns):
            column = metadata.column(number)
            name = column.path_in_schema
            if name in TABLES[EXPOSURES].columns and name != "carrying_amount":
                found.setdefault(name, set()).add(_proven(column.statistics))
    return {name: value for name, proven in found.items() if len(proven) == 1 for value in min(proven)}


def _proven(statistics: Any) -> tuple[bool | date | str | None, ...]:
    """The one value of a column, nothing where it may have others."""
    if statistics is None or not statistics.has_null_count:
        return ()
    if not statistics.num_values and statistics.null_count:
        return (None,)
    if not statistics.has_min_max or statistics.null_count:
        return ()
    value = statistics.min
    is_whole = type(value) in (bool, date) or (isinstance(value, str) and len(value) <= _WHOLE_IN_STATISTICS)
    return (value,) if is_whole and value == statistics.max else ()


def _constant(value: bool | date | str | None, rows: int) -> pa.Array:
    """A column of one value, or of none; of a text or day, as one that is kept once.

    Made by Polars: PyArrow imports pandas for every array that it makes of a Python value, which takes half a second.
    """
    import pyarrow as pa

    if isinstance(value, bool):
        return pl.repeat(value, rows, dtype=pl.Boolean, eager=True).to_arrow()
    values = pl.Series([], dtype=pl.String) if value is None else pl.Series([value])
    return pa.DictionaryArray.from_arrays(
        _numbers(None if value is None else 0, rows), values.to_arrow(), safe=False
    )


@lru_cache(4)
def _numbers(number: int | None, rows: int) -> pa.Array:
    """One number in all rows, which other row groups have, too."""
    return pl.repeat(number, rows, dtype=pl.Int32, eager=True).to_arrow()
