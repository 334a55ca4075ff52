"""The fast reader: decoded rows that are plainly typed and complete become a chunk column by column.

What a column of text holds is looked at once a value, not once a row. A row in which something is not plain – a date in
another writing, a space around an id, a word that is not of the list – is left to the careful way
(:mod:`consolidation.positions.readers.careful_reader`), where each fault is told. Both ways read the same values.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from consolidation.filing_set.cells import LONGEST_ID
from consolidation.filing_set.entities.look_alikes import UNSEEN
from consolidation.filing_set.readers.raw_tables import BLANKS, NOT_CALCULATED
from consolidation.filing_set.schemas.columns import rules_of
from consolidation.filing_set.schemas.tables import EXPOSURES, TABLES
from consolidation.money import AMOUNT, PLACES, TOO_LARGE
from consolidation.positions.exact_sums import Numbers, bits, series_of, to_units, where
from consolidation.positions.readers.chunks import ENCODED_COLUMNS, Chunk, EncodedColumn

if TYPE_CHECKING:
    import pyarrow as pa

_OPTIONAL = ("separate_account", "guarantor_id", "in_default", "issuer_id")
_FILLED = ("entity_id", "asset_class")
_SPACE, _DELETE, _SIGN_OF_AN_ERROR = 0x20, 0x7F, ord("#")
_WORDS = {"true": True, "1": True, "false": False, "0": False}
_TOO_MANY_UNITS = int(TOO_LARGE.scaleb(PLACES))
_NO_ROWS = np.zeros(0, np.int64)
_FEW = 1_000
_PLAIN_DAY = r"^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}$"
_PLAIN_AMOUNT = r"^[0-9]{1,13}(\.[0-9]{0,6})?$"


def fast_chunk(
    file: str, table: pa.Table, first_row: int, known_entities: frozenset[str] | None
) -> tuple[Chunk, Numbers] | None:
    """The rows in which nothing is to be converted with care, trimmed or told, and the indices of the others.

    None where the type of a column, or its absence, calls for care in every row.

    :param first_row: the spreadsheet row of the first of them.
    :param known_entities: the ids in ``entities``, None where that table is not given.
    """
    if not TABLES[EXPOSURES].columns.keys() >= {*table.column_names} or not len(table):
        return None  # a currency or unit is looked at row by row
    odd = np.zeros(len(table), np.bool_)
    encoded: dict[str, EncodedColumn] = {}
    for name in ENCODED_COLUMNS:
        column = _encoded(table, name, odd)
        if column is None:
            return None
        _mark(odd, column, _expected(name, column.values, known_entities), name in _FILLED)
        encoded[name] = column
    period, units = _days(table, odd), _units(table, odd)
    separate, default = (_yes_no(table, name, odd) for name in ("separate_account", "in_default"))
    if period is None or units is None or separate is None or default is None:
        return None
    rows = np.arange(first_row, first_row + len(table), dtype=np.uint32)
    chunk = Chunk(file, rows, period, units, separate, default, encoded)
    if not odd.any():
        return chunk, _NO_ROWS
    return chunk.take(np.flatnonzero(~odd)), np.flatnonzero(odd)


def _mark(odd: Numbers, column: EncodedColumn, plain: Numbers, filled: bool) -> None:
    """Mark the rows whose value is not plain, and the empty ones where the column must be ``filled``."""
    if not plain.all() or (filled and not column.filled.all()):
        odd |= column.map_values(~plain, filled)


def _encoded(table: pa.Table, name: str, odd: Numbers) -> EncodedColumn | None:
    """A column of text, by the numbers that the file has for its values; None where it is no text."""
    import pyarrow as pa

    if name not in table.column_names:
        empty = np.zeros(len(table), np.int32)
        return EncodedColumn(pl.Series([], dtype=pl.String), empty) if name in _OPTIONAL else None
    column = table.column(name)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = column.dictionary_encode()
    if not pa.types.is_dictionary(column.type):
        return None
    array = _whole(column)
    found = _by_numbers(array)
    if found.values.dtype != pl.String or found.values.null_count():
        return None
    if not _printable(array.dictionary):
        few = len(found.values) <= _FEW
        neat = _among(found.values, _neat_ones(frozenset(found.values))) if few else _neat(found.values)
        _mark(odd, found, neat, filled=False)
    return found


def _by_numbers(array: pa.DictionaryArray) -> EncodedColumn:
    values = series_of(array.dictionary)
    validity, numbers = array.indices.buffers()
    here = slice(array.offset, array.offset + len(array))
    codes = np.frombuffer(numbers, array.type.index_type.to_pandas_dtype())[here].astype(np.int32, copy=False)
    if array.null_count:
        codes = where(bits(validity, here), codes, len(values))
    return EncodedColumn(values, codes)


def _printable(values: pa.Array) -> bool:
    """Whether all values are of visible ASCII signs, none empty, too long or beginning like an error: the usual ids.

    Bytes tell that at once, without making a text of each value.
    """
    import pyarrow as pa

    if not pa.types.is_string(values.type) or not len(values):
        return False
    _, ends, signs = values.buffers()
    offsets = np.frombuffer(ends, np.int32, len(values) + 1, 4 * values.offset)
    lengths = np.diff(offsets)
    if not lengths.min() or lengths.max() > LONGEST_ID:
        return False
    text = np.frombuffer(signs, np.uint8, offsets[-1])
    first = text.take(offsets[:-1])
    whole = text[offsets[0] :]
    return bool(
        whole.min() > _SPACE
        and whole.max() < _DELETE
        and not ((first == _SIGN_OF_AN_ERROR) | (first == ord(NOT_CALCULATED))).any()
    )


def _neat(values: pl.Series) -> Numbers:
    """Which values need no trimming, are not empty, too long, an error of a spreadsheet, nor have signs nobody can see."""
    value = pl.col("value")
    odd = (
        (value.str.strip_chars(BLANKS) != value)
        | value.is_in(["", NOT_CALCULATED])
        | value.str.starts_with(chr(_SIGN_OF_AN_ERROR))
        | (value.str.len_bytes() > LONGEST_ID)
        | value.str.contains(UNSEEN)
    )
    return values.to_frame("value").select(~odd).to_series().to_numpy()


@lru_cache(64)
def _neat_ones(values: frozenset[str]) -> frozenset[str]:
    """Those of a few values that are neat: other row groups have the same, in another order."""
    column = pl.Series([*values], dtype=pl.String)
    return frozenset(column.filter(pl.Series(_neat(column))))


def _expected(name: str, values: pl.Series, known_entities: frozenset[str] | None) -> Numbers:
    """Which values are of the closed list if there is one, and of known companies."""
    expected = known_entities if name == "entity_id" else _choices(name)
    return np.ones(len(values), np.bool_) if expected is None else _among(values, expected)


def _among(values: pl.Series, wanted: frozenset[str]) -> Numbers:
    return np.array([value in wanted for value in values], np.bool_)


@cache
def _choices(name: str) -> frozenset[str] | None:
    return frozenset(rules_of(TABLES[EXPOSURES].columns[name]).choices) or None


def _days(table: pa.Table, odd: Numbers) -> EncodedColumn | None:
    """Quarter ends; None where the column has no days."""
    import pyarrow as pa

    if "period_end" not in table.column_names:
        return None
    column = table.column("period_end")
    if pa.types.is_date32(column.type):
        column = column.dictionary_encode()
    if pa.types.is_dictionary(column.type) and pa.types.is_date32(column.type.value_type):
        encoded = _by_numbers(_whole(column))
    else:
        texts = _encoded(table, "period_end", odd)
        if texts is None:
            return None
        written = pl.when(texts.values.str.contains(_PLAIN_DAY)).then(texts.values)
        days = pl.select(written.str.to_date("%Y-%m-%d", strict=False)).to_series()
        encoded = EncodedColumn(days, texts.codes)
    _mark(odd, encoded, _quarter_ends(encoded.values), filled=True)
    return encoded


def _quarter_ends(days: pl.Series) -> Numbers:
    numbers = days.to_physical()
    following = (numbers.fill_null(0) if numbers.null_count() else numbers).to_numpy().astype("M8[D]") + 1
    months = following.astype("M8[M]")
    ends: Numbers = (months == following) & (months.astype(np.int64) % 3 == 0)
    return ends


def _yes_no(table: pa.Table, name: str, odd: Numbers) -> Numbers | None:
    """True and false, an empty cell being false; None where the column has neither these nor words."""
    import pyarrow as pa

    if name not in table.column_names:
        return np.zeros(len(table), np.bool_)
    column = table.column(name)
    if pa.types.is_boolean(column.type):
        return _true(_whole(column))
    encoded = _encoded(table, name, odd)
    if encoded is None:
        return None
    words = encoded.values.str.to_lowercase()
    meant = words.replace_strict(_WORDS, default=None, return_dtype=pl.Boolean)
    _mark(odd, encoded, meant.is_not_null().to_numpy(), filled=False)
    return encoded.map_values(meant.fill_null(False).to_numpy())


def _true(array: pa.BooleanArray) -> Numbers:
    """What is true: neither false nor empty."""
    validity, values = array.buffers()
    here = slice(array.offset, array.offset + len(array))
    return bits(values, here) & bits(validity, here) if array.null_count else bits(values, here)


def _units(table: pa.Table, odd: Numbers) -> Numbers | None:
    """Carrying amounts that are exact in six places; not there, negative or beyond all measure they are odd."""
    import pyarrow as pa

    if "carrying_amount" not in table.column_names:
        return None
    column = table.column("carrying_amount")
    if not pa.types.is_decimal128(column.type):
        found = _plain(table, "carrying_amount")
        if found.dtype.is_float():
            found = found.cast(pl.String).str.strip_suffix(".0")
        if found.dtype == pl.String:
            written = pl.when(found.str.contains(_PLAIN_AMOUNT)).then(found)
            found = pl.select(written.cast(AMOUNT)).to_series()
        elif found.dtype.is_integer():
            found = found.cast(pl.Decimal(38, 0))
        if not isinstance(found.dtype, pl.Decimal):
            return None
        column = pa.chunked_array([found.rechunk().to_arrow()])
    if column.type.scale > PLACES:
        return None
    if column.null_count:
        odd |= column.is_null().to_numpy()
    units, fits = to_units(_whole(column))
    if not fits.all() or units.max() >= _TOO_MANY_UNITS:
        odd |= ~fits | (units >= _TOO_MANY_UNITS)
    return units


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """The column in one piece, without a copy where it is."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _plain(table: pa.Table, name: str) -> pl.Series:
    return series_of(_whole(table.column(name)))
