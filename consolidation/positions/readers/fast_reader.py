"""The fast reader: decoded rows that are plainly typed and complete become a chunk column by column.

What a column of text holds is looked at once a value, not once a row. Whatever is not plain – a date in another writing,
a seventh decimal place, a space around an id, a word that is not of the list – makes :func:`fast_chunk` give up, and the
rows go the careful way (:mod:`consolidation.positions.readers.careful_reader`), where each fault is told. Both ways read the same values.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from consolidation.filing_set.cells import LONGEST_ID
from consolidation.filing_set.entities.look_alikes import UNSEEN
from consolidation.filing_set.readers.headings import declaring
from consolidation.filing_set.readers.raw_tables import BLANKS, NOT_CALCULATED
from consolidation.filing_set.schemas.columns import rules_of
from consolidation.filing_set.schemas.tables import EXPOSURES, TABLES
from consolidation.money import AMOUNT, PLACES, TOO_LARGE
from consolidation.positions.exact_sums import Numbers, to_units
from consolidation.positions.readers.chunks import ENCODED_COLUMNS, Chunk, EncodedColumn

if TYPE_CHECKING:
    import pyarrow as pa

_OPTIONAL = ("separate_account", "guarantor_id", "in_default", "issuer_id")
_FILLED = ("entity_id", "asset_class")
_SPACE, _DELETE, _SIGN_OF_AN_ERROR = 0x20, 0x7F, ord("#")
_WORDS = {"true": True, "1": True, "false": False, "0": False}
_TOO_MANY_UNITS = int(TOO_LARGE.scaleb(PLACES))
_PLAIN_DAY = r"^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}$"
_PLAIN_AMOUNT = r"^[0-9]{1,13}(\.[0-9]{0,6})?$"


def fast_chunk(
    file: str, table: pa.Table, first_row: int, known_entities: frozenset[str] | None
) -> Chunk | None:
    """The rows as they stand, if there is nothing in them to convert with care, to trim or to tell; else None.

    :param first_row: the spreadsheet row of the first of them.
    :param listed: the ids in ``entities``, None where that table is not given.
    """
    if declaring(TABLES[EXPOSURES], table.column_names):
        return None  # a currency or unit is looked at row by row
    encoded: dict[str, EncodedColumn] = {}
    for name in ENCODED_COLUMNS:
        column = _encoded(table, name)
        if column is None or not _expected(name, column, known_entities):
            return None
        encoded[name] = column
    period, units = _days(table), _units(table)
    separate, default = (_yes_no(table, name) for name in ("separate_account", "in_default"))
    if period is None or units is None or separate is None or default is None or not len(table):
        return None
    rows = np.arange(first_row, first_row + len(table))
    return Chunk(file, rows, period, units, separate, default, encoded)


def _encoded(table: pa.Table, name: str) -> EncodedColumn | None:
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
    array = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    values = pl.from_arrow(array.dictionary)
    assert isinstance(values, pl.Series)
    if values.dtype != pl.String or values.null_count():
        return None
    if not (_printable(array.dictionary) or _neat(values)):
        return None
    codes = pl.from_arrow(array.indices)
    assert isinstance(codes, pl.Series)
    return EncodedColumn(values, codes.fill_null(len(values)).to_numpy().astype(np.int32, copy=False))


def _printable(values: pa.Array) -> bool:
    """Whether all values are of visible ASCII signs, none empty, too long or beginning like an error: the usual ids.

    Bytes tell that at once, without making a text of each value.
    """
    import pyarrow as pa

    if not pa.types.is_string(values.type) or not len(values):
        return False
    _, ends, signs = values.buffers()
    offsets = np.frombuffer(ends, np.int32, len(values) + 1, 4 * values.offset)
    text = np.frombuffer(signs, np.uint8, offsets[-1])[offsets[0] :]
    lengths = np.diff(offsets)
    first = text[offsets[:-1] - offsets[0]] if lengths.min() else np.array([_SIGN_OF_AN_ERROR])
    return bool(
        ((text > _SPACE) & (text < _DELETE)).all()
        and lengths.max() <= LONGEST_ID
        and not ((first == _SIGN_OF_AN_ERROR) | (first == ord(NOT_CALCULATED))).any()
    )


def _neat(values: pl.Series) -> bool:
    """Whether no value needs trimming, is empty, too long, an error of a spreadsheet, or has signs nobody can see."""
    odd = (
        (values.str.strip_chars(BLANKS) != values)
        | values.is_in(["", NOT_CALCULATED])
        | values.str.starts_with(chr(_SIGN_OF_AN_ERROR))
        | (values.str.len_bytes() > LONGEST_ID)
        | values.str.contains(UNSEEN)
    )
    return not odd.any()


def _expected(name: str, column: EncodedColumn, known_entities: frozenset[str] | None) -> bool:
    """Whether the values are there where they must be, of the closed list if there is one, and of known companies."""
    values = column.values
    if name in _FILLED and not column.filled.all():
        return False
    if choices := _choices(name):
        return choices.issuperset(values)
    return name != "entity_id" or known_entities is None or known_entities.issuperset(values)


@cache
def _choices(name: str) -> frozenset[str]:
    return frozenset(rules_of(TABLES[EXPOSURES].columns[name]).choices)


def _days(table: pa.Table) -> EncodedColumn | None:
    """Quarter ends, all there; else None."""
    if "period_end" not in table.column_names:
        return None
    found = _plain(table, "period_end")
    if found.dtype == pl.Date:
        column = EncodedColumn.of(found)
        return column if not found.null_count() and _quarter_ends(column.values) else None
    encoded = _encoded(table, "period_end")
    if encoded is None or not encoded.filled.all() or not encoded.values.str.contains(_PLAIN_DAY).all():
        return None
    days = encoded.values.str.to_date("%Y-%m-%d", strict=False)
    return EncodedColumn(days, encoded.codes) if _quarter_ends(days) else None


def _quarter_ends(days: pl.Series) -> bool:
    return not days.null_count() and all(
        day.month % 3 == 0 and day == end for day, end in zip(days, days.dt.month_end(), strict=True)
    )


def _yes_no(table: pa.Table, name: str) -> Numbers | None:
    """True and false, an empty cell being false; None where other words stand there."""
    if name not in table.column_names:
        return np.zeros(len(table), np.bool_)
    found = _plain(table, name)
    if found.dtype == pl.Boolean:
        return found.fill_null(False).to_numpy()
    encoded = _encoded(table, name)
    if encoded is None:
        return None
    words = encoded.values.str.to_lowercase()
    if not words.is_in(list(_WORDS)).all():
        return None
    return encoded.map_values(words.replace_strict(_WORDS, return_dtype=pl.Boolean).to_numpy())


def _units(table: pa.Table) -> Numbers | None:
    """Carrying amounts that are exact in six places, there, not negative and not beyond all measure; else None."""
    import pyarrow as pa

    if "carrying_amount" not in table.column_names:
        return None
    column = table.column("carrying_amount")
    if column.null_count:
        return None
    if not pa.types.is_decimal128(column.type):
        found = _plain(table, "carrying_amount")
        if found.dtype.is_float():
            found = found.cast(pl.String).str.strip_suffix(".0")
        if found.dtype == pl.String and found.str.contains(_PLAIN_AMOUNT).all():
            found = found.cast(AMOUNT)
        elif found.dtype.is_integer():
            found = found.cast(pl.Decimal(38, 0))
        if not isinstance(found.dtype, pl.Decimal):
            return None
        column = found.to_arrow()
    if column.type.scale > PLACES:
        return None
    units = to_units(column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column)
    return None if units is None or (len(units) and int(units.max()) >= _TOO_MANY_UNITS) else units


def _plain(table: pa.Table, name: str) -> pl.Series:
    series = pl.from_arrow(table.column(name))
    assert isinstance(series, pl.Series)
    return series
