"""A look at a Parquet file: its footer, then the columns that will be read, decoded batch by batch.

A dictionary keeps a text once and numbers in the rows; the text is counted for every row that shows it, before any
reader lays it out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from consolidation.inspection.limits import (
    LONGEST_LOOK_BYTES,
    MOST_CELL_CHARACTERS,
    MOST_COLUMNS,
    MOST_POSITION_CELL_BYTES,
    MOST_TABLE_BYTES,
    MOST_TABLE_CELLS,
    most_expanded_bytes,
)
from consolidation.inspection.refusal import Refusal

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

_BATCH_ROWS = 262_144
_CELL_BYTES = 16
_ANY_SIZE = 1 << 62
_GROUPS = 256


def look_at_parquet(path: Path, columns: Collection[str], *, laid_out: bool) -> None:
    """Read the footer and decode the named columns.

    :param laid_out: whether the reader will have the whole table in memory.
    :raises Refusal: if the file is damaged, or more than the limits allow.
    """
    import pyarrow as pa

    try:
        _look(path, columns, laid_out)
    except MemoryError:
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError, OverflowError):
        raise Refusal("file-damaged", expected="Parquet") from None


def _look(path: Path, columns: Collection[str], laid_out: bool) -> None:
    from pyarrow.parquet import ParquetFile

    size = path.stat().st_size
    with ParquetFile(path) as opened:
        metadata, schema = opened.metadata, opened.schema_arrow
    if len(schema.names) > MOST_COLUMNS:
        sizes = {"value": f"{len(schema.names):,}", "expected": f"{MOST_COLUMNS:,}"}
        raise Refusal("columns-too-many", row=1, **sizes)
    if laid_out:
        unpacked = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
        if unpacked > MOST_TABLE_BYTES:
            raise Refusal("file-too-large", value=f"{unpacked:,}", expected=f"{MOST_TABLE_BYTES:,}")
    most_rows = MOST_TABLE_CELLS // len(columns)
    if laid_out and metadata.num_rows > most_rows:
        raise Refusal("rows-too-many", row=most_rows, expected=f"{most_rows:,}")
    held = flat_columns(schema, columns)
    _refuse_wide_numbers(schema, held)
    with ParquetFile(path, read_dictionary=text_columns(schema, held)) as opened:
        left = most = most_expanded_bytes(size)
        groups = _row_groups(opened, size)
        longest = MOST_CELL_CHARACTERS if laid_out else MOST_POSITION_CELL_BYTES
        for start in range(0, len(groups), _GROUPS):
            some = groups[start : start + _GROUPS]
            left -= _look_at_row_groups(opened, some, held, left if laid_out else _ANY_SIZE, longest)
            if laid_out and left < 0:
                raise Refusal("file-expands", value=f"> {most:,}", expected=f"{most:,}")


def _refuse_wide_numbers(schema: pa.Schema, names: Collection[str]) -> None:
    """Refuse decimals of more than 38 digits: no amount is as long, and Polars ends where it meets one.

    :raises Refusal: for the first.
    """
    import pyarrow as pa

    for field in schema:
        if field.name in names and pa.types.is_decimal256(field.type):
            sizes = {"value": str(field.type), "expected": "decimal(38, 6)"}
            raise Refusal("column-of-wrong-type", row=1, column=field.name, **sizes)


def _look_at_row_groups(
    opened: ParquetFile, groups: list[int], held: list[str], most: int, longest: int
) -> int:
    """Decode row groups, or so much of them as is not yet more than ``most`` bytes.

    :returns: the bytes of its columns once laid out; nothing where any size is right.
    :param longest: bytes of a cell.
    :raises Refusal: where one is damaged.
    """
    import pyarrow as pa

    taken = 0
    try:
        for batch in opened.iter_batches(_BATCH_ROWS, row_groups=groups, columns=held, use_threads=False):
            for name, column in zip(batch.schema.names, batch.columns, strict=True):
                lengths = _lengths_of_texts(column, name, longest)
                if most < _ANY_SIZE:
                    taken += _laid_out_bytes(column, lengths)
            if taken > most:
                break
    except MemoryError:
        raise
    except (pa.ArrowException, OSError, ValueError):
        if len(groups) > 1:  # which one is it
            return sum(_look_at_row_groups(opened, [group], held, most, longest) for group in groups)
        raise Refusal("row-group-damaged", value=str(groups[0])) from None
    return taken


def flat_columns(schema: pa.Schema, names: Iterable[str]) -> list[str]:
    """Those of the names that are columns of values, not of lists or records."""
    import pyarrow as pa

    given = {field.name: field.type for field in schema}
    return [name for name in names if name in given and not pa.types.is_nested(given[name])]


def text_columns(schema: pa.Schema, names: Iterable[str]) -> list[str]:
    """Those of the names that hold text, which can be read as numbers into a dictionary."""
    import pyarrow as pa

    given = {field.name: field.type for field in schema}
    return [
        name for name in names if pa.types.is_string(given[name]) or pa.types.is_large_string(given[name])
    ]


def _row_groups(opened: ParquetFile, size: int) -> list[int]:
    """All row groups, or evenly spread ones where the file is larger than a look."""
    count = opened.metadata.num_row_groups
    step = max(1, -(-size // LONGEST_LOOK_BYTES))
    return list(range(0, count, step))


def _lengths_of_texts(column: pa.Array, name: str, longest: int) -> pa.Array | None:
    """Bytes of the texts that the column holds, each once where it has a dictionary; None where it holds none.

    :raises Refusal: if one of its cells is longer than any cell may be.
    """
    import pyarrow as pa
    from pyarrow import compute

    column.validate(full=True)  # text that is no UTF-8, numbers beyond a dictionary
    values = column.dictionary if pa.types.is_dictionary(column.type) else column
    if not _is_text(values.type) or not len(values):
        return None
    lengths = compute.binary_length(values)
    _check_longest(lengths, name, longest)
    return lengths


def _laid_out_bytes(column: pa.Array, lengths: pa.Array | None) -> int:
    """What the column takes as text."""
    import pyarrow as pa
    from pyarrow import compute

    room = _CELL_BYTES * len(column)
    if lengths is None:
        return room
    shown = lengths.take(column.indices) if pa.types.is_dictionary(column.type) else lengths
    return room + (compute.sum(shown).as_py() or 0)


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
    )


def _check_longest(lengths: pa.Array, name: str, most: int) -> None:
    from pyarrow import compute

    longest = compute.max(lengths).as_py() or 0
    if longest > most:
        sizes = {"value": f"{longest:,}", "expected": f"{most:,}"}
        raise Refusal("cell-too-long", column=name, **sizes)
