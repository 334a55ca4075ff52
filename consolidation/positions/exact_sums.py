"""Exact sums of amounts as whole numbers: fast while 64 bits are provably enough, in two halves where they are not.

A unit is 0.000001 万元 (1 分). An amount of a filing is below 10^13 万元, so it is below 10^19 units and fits 64 bits without
sign. Adding into an array by number costs about a nanosecond a row; hashing decimals of 128 bits costs twenty.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from consolidation.money import AMOUNT, PLACES

if TYPE_CHECKING:
    import pyarrow as pa

Numbers = npt.NDArray[Any]
"""A column as an array of integers."""

_LARGEST = 2**64 - 1
_BEYOND = 2.0**64
_HALF = np.uint64(32)
_LOW_HALF = np.uint64(2**32 - 1)
_AT_A_TIME = 64
_DENSE_CELLS_PER_ROW = 8
_DENSE_CELLS = 1 << 17


class KeySums(NamedTuple):
    """What the rows of each key come to, each key once: units in two halves, ``high`` × 2^64 + ``low``, and how many rows."""

    keys: Numbers
    low: Numbers
    high: Numbers
    positions: Numbers

    def take(self, at: Numbers | slice) -> KeySums:
        """The sums at these indices."""
        return KeySums(*(column[at] for column in self))

    def about(self) -> Numbers:
        """The units to some 15 digits: of two amounts the greater is never shown as the lesser."""
        found: Numbers = self.low + self.high * _BEYOND
        return found

    def largest(self, most: int) -> Numbers:
        """The indices of the ``most`` largest sums, and of those that are as large to 15 digits."""
        return largest(self.about(), most)


def largest(amounts: Numbers, most: int) -> Numbers:
    """The indices of the ``most`` largest amounts, and of those that are as large."""
    rows, near = len(amounts) // _AT_A_TIME, np.arange(len(amounts))
    if most < rows:
        # The largest of each column of a table of them: what is below the last of so many is none of the largest of all.
        of_columns = amounts[: rows * _AT_A_TIME].reshape(_AT_A_TIME, rows).max(axis=0)
        near = np.flatnonzero(amounts >= np.partition(of_columns, rows - most)[rows - most])
    few = amounts[near]
    rank = max(len(few) - most, 0)
    return near[few >= np.partition(few, rank)[rank]] if rank else near


NO_SUMS = KeySums(*(np.zeros(0, kind) for kind in (np.uint8, np.uint8, np.uint8, np.int8)))


def to_units(amounts: pa.Array) -> tuple[Numbers, Numbers]:
    """Amounts (Arrow decimals of at most six places) in units, and which of them fit: none negative or beyond 64 bits does."""
    halves = _halves(amounts)
    per = 10 ** (PLACES - amounts.type.scale)
    low, fits = halves[:, 0].copy(), halves[:, 1] == 0
    if per != 1:
        fits &= low <= _LARGEST // per
        low *= np.uint64(per)
    return low, fits


def to_amounts(low: Numbers, high: Numbers | int = 0) -> pl.Series:
    """Amounts in 万元 of whole units; ``high`` has what is beyond 64 bits."""
    import pyarrow as pa

    halves = np.zeros((len(low), 2), np.uint64)
    halves[:, 0] = low
    halves[:, 1] = high
    array = pa.Array.from_buffers(
        pa.decimal128(AMOUNT.precision, PLACES), len(low), [None, pa.py_buffer(halves)]
    )
    return series_of(array).alias("amount")


def series_of(array: pa.Array) -> pl.Series:
    """An Arrow array as a series of Polars, mostly without a copy."""
    return pl.Series(_ArrowArray(array))


class _ArrowArray:
    """An array as Polars takes it from any library: what it knows to be PyArrow's makes it import ``pyarrow.compute`` first."""

    def __init__(self, array: pa.Array) -> None:
        self.__arrow_c_array__ = array.__arrow_c_array__


def _halves(amounts: pa.Array) -> Numbers:
    found: Numbers = np.frombuffer(amounts.buffers()[1], np.uint64).reshape(-1, 2)
    return found[amounts.offset : amounts.offset + len(amounts)]


def bits(packed: pa.Buffer, here: slice) -> Numbers:
    """Bits of Arrow, one after the other."""
    found: Numbers = np.unpackbits(np.frombuffer(packed, np.uint8), bitorder="little")[here].view(np.bool_)
    return found


def where(wanted: Numbers, numbers: Numbers, otherwise: int) -> Numbers:
    """The numbers that are ``wanted`` (0 or 1), ``otherwise`` in place of the others: NumPy's own takes four times as long."""
    wanted = wanted.astype(numbers.dtype)
    found = numbers * wanted
    wanted ^= 1
    wanted *= otherwise
    found += wanted
    return found


def paired(first: Numbers, second: Numbers) -> Numbers:
    """Two numbers below 2^32 as one, in their order."""
    found: Numbers = (first.astype(np.uint64) << _HALF) | second
    return found


def sum_by_key(keys: Numbers, units: Numbers, size: int) -> KeySums:
    """The units of all rows by key, a number below ``size``; keys without rows are left out."""
    if _is_sparse(keys, size):
        rows = pl.DataFrame({"key": keys, "low": units & _LOW_HALF, "high": units >> _HALF})
        sums = (
            rows.group_by("key")
            .agg(pl.col("low", "high").sum(), positions=pl.len().cast(pl.Int64))
            .sort("key")
        )
        keys, low, high, positions = (sums[name].to_numpy() for name in ("key", "low", "high", "positions"))
        return KeySums(keys, *_joined(low, high), positions)
    positions = _added(keys, np.int64(1), size)
    present = np.flatnonzero(positions > 0)
    if not len(units) or int(units.max()) * len(units) <= _LARGEST:
        low = _added(keys, units, size)[present]
        return KeySums(present, low, np.zeros_like(low), positions[present])
    low, high = _added(keys, units & _LOW_HALF, size), _added(keys, units >> _HALF, size)
    return KeySums(present, *_joined(low[present], high[present]), positions[present])


def add_up(parts: Sequence[KeySums]) -> KeySums:
    """The sums of several parts as one; each part has a key once, in any order."""
    if len(parts) == 1:
        return parts[0]
    size = 1 + max((int(part.keys.max()) for part in parts if len(part.keys)), default=-1)
    rows = sum(len(part.keys) for part in parts)
    if size > _DENSE_CELLS + _DENSE_CELLS_PER_ROW * rows:
        numbers = np.unique(np.concatenate([part.keys for part in parts]))
        sums = add_up([part._replace(keys=np.searchsorted(numbers, part.keys)) for part in parts])
        return sums._replace(keys=numbers[sums.keys])
    low, high, positions = np.zeros(size, np.uint64), np.zeros(size, np.uint64), np.zeros(size, np.int64)
    may_carry = sum(int(part.low.max(initial=0)) for part in parts) > _LARGEST
    for part in parts:
        keys = part.keys.astype(np.intp, copy=False)
        if may_carry:
            high[keys] += low[keys] > ~part.low.astype(np.uint64, copy=False)
        if part.high.any():
            high[keys] += part.high
        np.add.at(low, keys, part.low.astype(np.uint64, copy=False))
        np.add.at(positions, keys, part.positions.astype(np.int64, copy=False))
    present = np.flatnonzero(positions > 0)
    return KeySums(present, low[present], high[present], positions[present])


def sum_again(sums: KeySums, keys: Numbers) -> KeySums:
    """Sums by other keys, each of which may stand there more than once."""
    order, starts = in_order([keys])
    return sum_rows(sums._replace(keys=keys), order, starts)


def in_order(keys: Sequence[Numbers], within: Sequence[Numbers] = ()) -> tuple[Numbers, Numbers]:
    """The order of rows by keys, and then ``within`` what they have in common; and where in it they become others."""
    order = np.lexsort([*keys, *within][::-1])
    is_other = np.zeros(len(order), np.bool_)
    is_other[:1] = True
    for key in keys:
        ordered = key[order]
        is_other[1:] |= ordered[1:] != ordered[:-1]
    return order, np.flatnonzero(is_other)


def sum_rows(rows: KeySums, order: Numbers, starts: Numbers) -> KeySums:
    """What rows come to that follow one another in an order, each time from one of the ``starts`` to the next."""
    low, high = rows.low[order], rows.high[order]
    sums, carried = _joined(*(np.add.reduceat(half, starts) for half in (low & _LOW_HALF, low >> _HALF)))
    return KeySums(
        rows.keys[order[starts]],
        sums,
        np.add.reduceat(high, starts) + carried,
        np.add.reduceat(rows.positions[order], starts),
    )


def _is_sparse(keys: Numbers, size: int) -> bool:
    """Whether the keys are so many more than the rows that an array of all of them does not pay."""
    return size > _DENSE_CELLS + _DENSE_CELLS_PER_ROW * len(keys)


def _added(keys: Numbers, units: Numbers | np.int64, size: int) -> Numbers:
    totals = np.zeros(size, units.dtype)
    np.add.at(totals, keys, units)
    return totals


def _joined(low: Numbers, high: Numbers) -> tuple[Numbers, Numbers]:
    """Sums of lower and of upper 32 bits, which overlap by what the lower carry, as two halves of 64 bits."""
    together = low + (high << _HALF)
    return together, (high >> _HALF) + (together < low)
