"""Decodes Parquet parts of positions, row group by row group, ids as the numbers that the file itself has for them.

Columns that statistics prove to have one value are not decoded; row groups that cannot be decoded are an error of the companies
that they may be of.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import polars as pl

from consolidation.filing_set.readers.words.headings import declaring
from consolidation.filing_set.schemas.tables import EXPOSURES, TABLES
from consolidation.findings import error
from consolidation.inspection.parquet_files import flat_columns, text_columns
from consolidation.positions.readers.careful_reader import table_chunks
from consolidation.positions.readers.chunks import ENCODED_COLUMNS, FIRST_RECORD, Chunk, chunk_of
from consolidation.positions.readers.fast_reader import fast_chunk
from consolidation.positions.readers.polars_columns import PolarsColumns
from consolidation.positions.readers.tasks import (
    UNREADABLE,
    PartUnreadable,
    Slice,
    naming,
    parquet_source,
)

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

CHUNK_ROWS = 500_000
"""A row group with many more rows is read in batches of so many."""

FEWEST_CHUNK_ROWS = CHUNK_ROWS // 4
"""Row groups are read together until they have so many rows: to put the dictionaries of larger ones together costs more."""

_WHOLE_IN_STATISTICS = 16
"""Of a longer text, statistics may hold the beginning only."""

_FEWEST_PROVEN = 50_000
"""Row groups of fewer rows are decoded as fast as their statistics are looked at."""


def parquet_chunks(
    one: Slice,
    known_entities: frozenset[str] | None,
    companies: Sequence[str] | None,
    columns: Collection[str] | None,
) -> Iterator[Chunk]:
    """The chunks of some row groups of a part; parameters and errors as :func:`~consolidation.positions.readers.read_task.read_chunks`."""
    from pyarrow.parquet import ParquetFile

    with parquet_source(one.part) as source:
        with naming(one.part.file), ParquetFile(source) as whole:
            schema, metadata = whole.schema_arrow, whole.metadata
        encoded = text_columns(schema, flat_columns(schema, ENCODED_COLUMNS))
        with ExitStack() as stack:
            with naming(one.part.file):
                parquet = stack.enter_context(ParquetFile(source, metadata=metadata, read_dictionary=encoded))
            file = _File(one, parquet, PolarsColumns(one.part, schema))
            for groups in _together(one):
                plain = None if columns is None else _plain_chunks(file, groups, columns)
                yield from plain or _chunks_of_groups(file, groups, known_entities, companies)


@dataclass(frozen=True, slots=True)
class _File:
    """A file that is open, and those of its row groups that are read."""

    slice: Slice
    arrow: ParquetFile
    polars: PolarsColumns

    @property
    def name(self) -> str:
        return self.slice.part.file

    def first_row(self, groups: Sequence[int]) -> int:
        """The spreadsheet row of the first record of row groups."""
        return self.slice.first_row + sum(self.slice.rows[: groups[0] - self.slice.first])

    def size(self, groups: Sequence[int]) -> int:
        """How many rows there are in row groups."""
        return sum(self.slice.rows[group - self.slice.first] for group in groups)


def _plain_chunks(file: _File, groups: list[int], columns: Collection[str]) -> list[Chunk] | None:
    """The chunks of some row groups with these columns alone; None where not every row is plain in them."""
    chunks, first_row = [], file.first_row(groups)
    for table in _tables(file, groups, columns):
        fast = fast_chunk(file.name, table, first_row, None)
        if fast is None or len(fast[1]):
            return None
        chunks.append(fast[0])
        first_row += len(table)
    return chunks


def _chunks_of_groups(
    file: _File,
    groups: list[int],
    known_entities: frozenset[str] | None,
    companies: Sequence[str] | None,
) -> Iterator[Chunk]:
    """The chunks of some row groups; where they cannot be read together, of each by itself."""
    first_row = file.first_row(groups)
    try:
        for table in _tables(file, groups):
            chunks = table_chunks(file.slice.part, table, first_row, known_entities)
            first_row += len(table)
            del table  # while its rows are counted, others are decoded into its memory
            yield from chunks
    except PartUnreadable as reason:
        if len(groups) == 1:
            yield _not_ruled_out(reason, _range_of_companies(file.arrow, groups[0]), companies)
        else:
            for group in groups:
                yield from _chunks_of_groups(file, [group], known_entities, companies)


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


def _tables(file: _File, groups: list[int], columns: Collection[str] | None = None) -> Iterator[pa.Table]:
    """Row groups, decoded; one with very many rows comes in several tables. Columns not asked for are empty."""
    names = _columns_read(tuple(file.arrow.schema_arrow.names))
    own = TABLES[EXPOSURES].columns
    left_out = () if columns is None else [name for name in names if name in own and name not in columns]
    known: dict[str, bool | date | str | None] = dict.fromkeys(left_out)
    size = file.size(groups)
    shown = f"row group {groups[0]}" + f" to {groups[-1]}" * (len(groups) > 1)
    if size <= 2 * CHUNK_ROWS:
        yield _in_one(file, groups, names, known, shown)
        return
    others = [name for name in names if name not in known]
    batches = file.arrow.iter_batches(CHUNK_ROWS, row_groups=groups, columns=others, use_threads=False)
    while True:
        with naming(file.name, shown):
            batch = next(batches, None)
        if batch is None:
            return
        yield _with_known(batch, known)
        del batch


def _in_one(
    file: _File,
    groups: list[int],
    names: Sequence[str],
    known: Mapping[str, bool | date | str | None],
    shown: str,
) -> pa.Table:
    """Row groups as one table; large ones without what their statistics prove, and what Polars is faster at by Polars."""
    size = file.size(groups)
    decoded: dict[str, pa.Array] = {}
    with naming(file.name, shown):
        if size >= len(groups) * _FEWEST_PROVEN:
            known = constant_columns(file.arrow, groups) | dict(known)
            first = file.first_row(groups) - FIRST_RECORD
            decoded = file.polars.decoded(first, size, [name for name in names if name not in known])
        others = [name for name in names if name not in known and name not in decoded]
        table = file.arrow.read_row_groups(groups, columns=others, use_threads=False)
    for name, column in decoded.items():
        table = table.append_column(name, column)
    return _with_known(table, known)


@lru_cache(64)
def _columns_read(there: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the columns of a file that are of the table, and those that say a currency or unit."""
    own = (name for name in TABLES[EXPOSURES].columns if name in there)
    return (*own, *declaring(TABLES[EXPOSURES], there))


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
