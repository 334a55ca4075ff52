"""Columns of a Parquet part that Polars decodes faster than Arrow: amounts in a third of the time, long ids in half."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np
import polars as pl
import pyarrow as pa

from consolidation.filing_set.readers.contents import Part
from consolidation.positions.exact_sums import Numbers, bits, series_of

_IDS = ("counterparty_id", "guarantor_id", "issuer_id")
_DIGITS_OF_64_BITS = 18
_LONGEST_IN_VIEW = 12
"""Bytes of a text that Polars keeps in the row itself."""

_MOST_OF_OTHER_LENGTHS = 0.05
"""Share of the rows; beyond that Arrow's numbers cost less."""


class PolarsColumns:
    """Decodes some columns of a local part: decimals that need more than 64 bits, what is true or false, and ids of one length.

    What it leaves out, Arrow decodes, or says why it cannot be. A column found not to be such is not tried again.
    """

    def __init__(self, part: Part, schema: pa.Schema) -> None:
        self._path = part.path
        is_whole = "://" not in part.path and len({*schema.names}) == len(schema.names)
        types = {field.name: field.type for field in schema} if is_whole else {}
        amount = types.get("carrying_amount")
        if amount is None or not pa.types.is_decimal128(amount) or amount.precision <= _DIGITS_OF_64_BITS:
            self._types: dict[str, pa.DataType] = {}
        else:
            self._types = {name: kind for name, kind in types.items() if kind in (amount, pa.bool_())}
        texts = (pa.string(), pa.large_string(), pa.string_view())
        self._ids = {name for name in _IDS if types.get(name) in texts}

    def decoded(self, first: int, rows: int, names: Collection[str]) -> dict[str, pa.Array]:
        """So many rows from the ``first``, in those of the columns asked for that Polars is faster at; ids by number."""
        wanted = [name for name in names if name in self._types or name in self._ids]
        if not wanted:
            return {}
        try:
            file = pl.scan_parquet(self._path, glob=False, hive_partitioning=False, parallel="none")
            frame = file.slice(first, rows).select(wanted).collect()
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError):
            return {}
        if len(frame) != rows:
            return {}
        return dict(self._as_expected(frame))

    def _as_expected(self, frame: pl.DataFrame) -> Iterable[tuple[str, pa.Array]]:
        for column in frame:
            name = column.name
            array = numbered(column) if name in self._ids else column.rechunk().to_arrow()
            if array is None:
                self._ids.remove(name)
            elif name in self._ids or array.type == self._types[name]:
                yield name, array


def numbered(ids: pl.Series) -> pa.DictionaryArray | None:
    """Ids that nearly all have one length, as unified social credit codes, by number; None where they are others.

    A file has a text once and Polars, where it is long, keeps in each row where it begins. Divided by the length, that is
    its number. Only ASCII is divided so: of other texts, one that no row has could be cut within a sign.
    """
    array = ids.rechunk().to_arrow(compat_level=pl.CompatLevel.newest())
    if not pa.types.is_string_view(array.type) or array.offset:
        return None
    validity, views, *texts = array.buffers()
    if len(texts) != 1 or not texts[0].size or np.frombuffer(texts[0], np.int8).min() < 0:
        return None
    by_row = np.frombuffer(views, np.uint32).reshape(-1, 4)
    lengths, places = by_row[:, 0].copy(), by_row[:, 3].copy()
    length = lengths.max()
    if length <= _LONGEST_IN_VIEW:
        return None
    is_other = lengths != length
    places *= ~is_other
    numbers = places // length
    if (numbers * length != places).any():
        return None
    if array.null_count:
        is_other &= bits(validity, slice(len(ids)))
    others = np.flatnonzero(is_other)
    if len(others) > _MOST_OF_OTHER_LENGTHS * len(ids):
        return None
    codes = numbers.view(np.int32)
    # Copied: a part of what Polars gave would keep all of it in memory, of which the views are ten times as much.
    text = pa.py_buffer(texts[0].to_pybytes())
    values = _texts(text, np.arange(0, text.size + 1, length))
    if len(others):
        buffers = [None, pa.py_buffer(by_row[others]), texts[0]]
        found = series_of(pa.Array.from_buffers(array.type, len(others), buffers))
        distinct = found.unique()
        codes[others] = found.cast(pl.Enum(distinct)).to_physical().cast(pl.Int32).to_numpy() + len(values)
        _, ends, text = distinct.to_arrow().buffers()
        values = pa.concat_arrays([values, _texts(text, np.frombuffer(ends, np.int64))])
    filled = validity and pa.py_buffer(validity.to_pybytes())
    indices = pa.Array.from_buffers(pa.int32(), len(ids), [filled, pa.py_buffer(codes)])
    return pa.DictionaryArray.from_arrays(indices, values, safe=False)


def _texts(text: pa.Buffer, ends: Numbers) -> pa.StringArray:
    return pa.StringArray.from_buffers(len(ends) - 1, pa.py_buffer(ends.astype(np.int32)), text)
