"""Sums over positions, small enough to travel: what a part of the positions comes to, and how such parts become one.

A :class:`PartialSums` of any part of the positions has the same form as that of all of them. :func:`combine` is associative
and commutative and every amount in it a whole number of units, so the total is the same bits however the work was cut, in
whatever order it came back. Beside the totals travel the companies that hold the largest parties and the largest
positions, so that an explanation need not read the positions again.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import accumulate, pairwise
from typing import Any, BinaryIO
from zipfile import ZipFile

import numpy as np
import polars as pl
import pyarrow as pa

from consolidation.findings import Finding, Severity
from consolidation.positions.exact_sums import (
    NO_SUMS,
    KeySums,
    Numbers,
    add_up,
    in_order,
    paired,
    series_of,
    sum_again,
    sum_rows,
    to_amounts,
)
from consolidation.positions.parties import NOBODY, name_of_ids

LARGEST = 20
"""Positions kept of one party, the largest first."""

LARGEST_LEFT_OUT = 5
"""Positions kept of one kind that a test leaves out, and shown of one reason."""

KIND = ("group_period_index", "kind")
PARTY = ("group_period_index", "party")
"""What an exposure is to: ``group_period_index`` numbers a group and period, ``party`` is a counterparty or ``scheme/sector``."""

Table = dict[str, Numbers]
"""A small table by column. Ids are codes of the run; amounts are in units, ``low`` and ``high``, that of one position ``low``."""

_IDS = ("party", "entity_id", "file")
_TYPES: Mapping[str, type[np.integer[Any]]] = {
    **dict.fromkeys(("group_period_index", "kind", "row", *_IDS), np.uint32),
    **dict.fromkeys(("low", "high"), np.uint64),
    "positions": np.int64,
}
_AMOUNTS = ("low", "high", "positions")
_SUMS = {
    "holders": (*PARTY, "entity_id"),
    "sectors": (*PARTY, "entity_id"),
    "kinds": KIND,
    "issuers": (*KIND, "party"),
}
"""The tables of sums, and what they are by."""

_LARGEST = {
    "largest": (PARTY, "kind", LARGEST),
    "largest_of_sectors": (PARTY, "kind", LARGEST),
    "left_out": (KIND, "party", LARGEST_LEFT_OUT),
}
"""The tables of positions: of what the largest are kept, what else is said of them, and how many."""

_COLUMNS = {
    **{table: (*keys, *_AMOUNTS) for table, keys in _SUMS.items()},
    **{
        table: (*keys, other, "entity_id", "low", "file", "row")
        for table, (keys, other, _) in _LARGEST.items()
    },
}
_ARRAYS = ("group_period_index", "sizes", *KeySums._fields)


@dataclass(frozen=True, slots=True)
class PartialSums:
    """The exact sums of some positions, of a part or of all.

    ``parties``: by group_period_index the exposures to all counterparties.

    ``tables``, of which :meth:`frame` makes frames:

    - ``holders``: group_period_index, party, entity_id, amount, positions – the companies behind the largest counterparties. Where
      one was among the largest in some blocks only, what it has in the others is in ``parties`` alone.
    - ``sectors``: group_period_index, party, entity_id, amount, positions – the exposures to all sectors, by company.
    - ``largest``, ``largest_of_sectors``: group_period_index, party, kind, entity_id, amount, file, row – the largest positions of
      each counterparty and sector.
    - ``kinds``: group_period_index, kind, amount, positions – all positions that belong to a group, by what they are (the number of
      their :class:`~consolidation.positions.context.PositionKind`): what was left out and why, and that there were any.
    - ``left_out``: group_period_index, kind, party (who issued it), entity_id, amount, file, row – the largest positions of each kind
      that some test leaves out.
    - ``issuers``: group_period_index, kind, party, amount, positions – issuers that are no counterparty and are told of nevertheless:
      the products of a group's own managers, and the debtors in whose place stands a guarantor.

    ``ids``: a column of ids of the run, in which Polars keeps their codes as long as it is there.
    """

    parties: Mapping[int, KeySums]
    tables: Mapping[str, Table]
    ids: pl.Series
    findings: tuple[Finding, ...] = ()

    @property
    def rows(self) -> int:
        """How large they are: all other tables are small beside this one."""
        return sum(_sizes(self.parties))

    @property
    def name(self) -> Any:
        """The type of its ids, the run's Categorical."""
        return self.ids.dtype

    def of_sectors(self) -> dict[int, KeySums]:
        """By group_period_index the exposures to all sectors."""
        rows = self.tables["sectors"]
        keys = paired(rows["group_period_index"], rows["party"])
        sums = sum_again(KeySums(keys, *(rows[name] for name in _AMOUNTS)), keys)
        indices, sizes = np.unique(sums.keys >> np.uint64(32), return_counts=True)
        return _by_group_period(indices, sizes, sums._replace(keys=sums.keys.astype(np.uint32)))

    def frame(self, table: str) -> pl.DataFrame:
        """One of the ``tables``: amounts in 万元, ids of the type :attr:`name`, null where there is none; files as text."""
        columns = self.tables[table]
        ids = pl.col([name for name in columns if name in _IDS])
        found = pl.DataFrame(columns).with_columns(
            pl.when(ids != int(NOBODY)).then(ids).cat.to(self.name),
            pl.col("^positions$").cast(pl.UInt64),
            pl.col("^row$").cast(pl.Int64),
            low=to_amounts(columns["low"], columns.get("high", 0)),
        )
        found = found.select(pl.exclude("high")).rename({"low": "amount"})
        return found.with_columns(pl.col("^file$").cast(pl.String))

    def __reduce__(self) -> tuple[Callable[[bytes, str], PartialSums], tuple[bytes, str]]:
        """Pickled as :func:`pack` has it: Polars by itself writes all ids of the run beside every column of ids."""
        packed = io.BytesIO()
        pack(self, packed)
        return _of_run, (packed.getvalue(), self.name.categories.name())


def _of_run(data: bytes, run: str) -> PartialSums:
    return unpack(io.BytesIO(data), name_of_ids(run))


def no_sums(ids: pl.Series) -> PartialSums:
    """The sums of no positions."""
    return PartialSums({}, {table: together([], table) for table in _COLUMNS}, ids)


def _sizes(sums: Mapping[int, KeySums]) -> list[int]:
    return [len(of_one.keys) for of_one in sums.values()]


def combine(parts: Sequence[PartialSums]) -> PartialSums:
    """The partial sums of several parts as those of one: associative and commutative."""
    if len(parts) == 1:
        return parts[0]
    parties: dict[int, list[KeySums]] = {}
    for part in parts:
        for index, sums in part.parties.items():
            parties.setdefault(index, []).append(sums)
    rows = {table: together([part.tables[table] for part in parts], table) for table in _COLUMNS}
    tables = {table: _summed(rows[table], keys) for table, keys in _SUMS.items()}
    name = parts[0].name
    tables |= {t: _largest(rows[t], keys, most, name) for t, (keys, _, most) in _LARGEST.items()}
    return PartialSums(
        {index: add_up(sums) for index, sums in sorted(parties.items())},
        tables,
        parts[0].ids,
        tuple(finding for part in parts for finding in part.findings),
    )


def together(parts: Sequence[Table], table: str) -> Table:
    """Rows of several parts of a table, one after the other."""
    return {
        name: np.concatenate(
            [np.zeros(0, _TYPES[name]), *(part[name] for part in parts)], dtype=_TYPES[name], casting="unsafe"
        )
        for name in _COLUMNS[table]
    }


def _summed(rows: Table, keys: Sequence[str]) -> Table:
    """What rows come to by ``keys``."""
    order, starts = in_order(_by(rows, keys))
    sums = sum_rows(KeySums(np.arange(len(order)), *(rows[name] for name in _AMOUNTS)), order, starts)
    return {**{key: rows[key][sums.keys] for key in keys}, **amounts(sums)}


def _by(rows: Table, keys: Sequence[str]) -> list[Numbers]:
    """The keys of rows, the first two as one."""
    return [paired(rows[keys[0]], rows[keys[1]]), *(rows[key] for key in keys[2:])]


def amounts(sums: KeySums) -> Table:
    """The columns that sums are in."""
    return dict(zip(_AMOUNTS, sums[1:], strict=True))


def _largest(rows: Table, keys: Sequence[str], most: int, name: pl.DataType) -> Table:
    """The ``most`` largest positions by ``keys``: by amount, then file and row."""
    files, numbers = np.unique(rows["file"], return_inverse=True)
    places = pl.Series(files).cat.to(name).cast(pl.String).rank("ordinal").to_numpy()
    order, starts = in_order(_by(rows, keys), [~rows["low"], paired(places[numbers], rows["row"])])
    first = np.repeat(starts, np.diff(starts, append=len(order)))
    kept = order[np.arange(len(order)) - first < most]
    return {column: values[kept] for column, values in rows.items()}


def pack(sums: PartialSums, file: BinaryIO) -> None:
    """Sums as bytes, in which they are kept and travel: every id once as text, and numbers in the tables."""
    arrays = _arrays(sums)
    of_ids = [name for name in arrays if name.rpartition("/")[2] in (*_IDS, "keys")]
    used = codes_used(codes[codes != NOBODY] for name in of_ids for codes in arrays[name])
    numbers = np.append(np.cumsum(used, dtype=np.uint32) - np.uint32(1), np.uint32(np.count_nonzero(used)))
    arrays |= {name: [numbers.take(codes, mode="clip") for codes in arrays[name]] for name in of_ids}
    names = pl.Series(np.flatnonzero(used)).cast(pl.UInt32).cat.to(sums.name).cast(pl.String)
    _, ends, text = names.to_arrow().cast(pa.large_string()).buffers()
    findings = [{**asdict(one), "period_end": str(one.period_end or "")} for one in sums.findings]
    arrays |= {"ends": [np.frombuffer(ends, np.int64)], "text": [np.frombuffer(text or b"", np.uint8)]}
    arrays["findings"] = [np.frombuffer(json.dumps(findings).encode(), np.uint8)]
    with ZipFile(file, "w") as packed:
        for name, parts in arrays.items():
            array = _shortest(parts)
            with packed.open(f"{name}.{array.dtype.name}", "w") as member:
                member.write(array.data)


def _arrays(sums: PartialSums) -> dict[str, Sequence[Numbers]]:
    """All sums as numbers, by table and column, in one or several parts."""
    arrays: dict[str, Sequence[Numbers]] = {
        f"{table}/{name}": [column]
        for table, columns in sums.tables.items()
        for name, column in columns.items()
    }
    arrays["parties/group_period_index"] = [np.array([*sums.parties], np.uint64)]
    arrays["parties/sizes"] = [np.array(_sizes(sums.parties), np.uint64)]
    for name, *parts in zip(KeySums._fields, NO_SUMS, *sums.parties.values(), strict=True):
        arrays[f"parties/{name}"] = parts
    return arrays


def _shortest(parts: Sequence[Numbers]) -> Numbers:
    """Numbers in as few bytes as hold the largest: done faster than amounts are compressed, which makes them no fewer."""
    most = max(int(part.max(initial=0)) for part in parts)
    kind = np.min_scalar_type(most if parts[-1].dtype.kind == "u" else -most - 1)
    return np.concatenate(parts, dtype=kind, casting="unsafe")


def unpack(file: BinaryIO, name: pl.DataType) -> PartialSums:
    """Sums from bytes, with ids of the type ``name``, the run's Categorical.

    :raises Exception: of :mod:`zipfile` or NumPy, or a :class:`KeyError`, where they are damaged.
    """
    arrays: Table = {}
    with ZipFile(file) as packed:
        for member in packed.namelist():
            array, _, kind = member.rpartition(".")
            arrays[array] = np.frombuffer(packed.read(member), kind)
    text = [None, pa.py_buffer(arrays["ends"].astype(np.int64)), pa.py_buffer(arrays["text"])]
    names = series_of(pa.Array.from_buffers(pa.large_string(), len(arrays["ends"]) - 1, text)).cast(name)
    codes = np.append(ids(names), NOBODY)
    tables = {
        table: {
            column: codes[array] if column in _IDS else array.astype(_TYPES[column])
            for column, array in ((column, arrays[f"{table}/{column}"]) for column in columns)
        }
        for table, columns in _COLUMNS.items()
    }
    indices, sizes, keys, *of_keys = (arrays[f"parties/{array}"] for array in _ARRAYS)
    parties = _by_group_period(indices, sizes, KeySums(codes[keys], *of_keys))
    findings = tuple(_finding(one) for one in json.loads(arrays["findings"].tobytes()))
    return PartialSums(parties, tables, names, findings)


def _by_group_period(indices: Numbers, sizes: Numbers, sums: KeySums) -> dict[int, KeySums]:
    """Sums that follow one another, so many of each group and period."""
    slices = (slice(*between) for between in pairwise(accumulate(sizes.tolist(), initial=0)))
    return {index: sums.take(of_one) for index, of_one in zip(indices.tolist(), slices, strict=True)}


def ids(column: pl.Series) -> Numbers:
    """The codes of ids that are there (a Categorical)."""
    return column.to_physical().drop_nulls().to_numpy()


def codes_used(columns: Iterable[Numbers]) -> Numbers:
    """By code whether it stands in one of the columns."""
    found = [*columns, np.zeros(0, np.uint32)]
    used = np.zeros(1 + max(int(codes.max(initial=0)) for codes in found), np.bool_)
    for codes in found:
        used[codes] = True
    return used


def _finding(told: dict[str, Any]) -> Finding:
    day = told["period_end"]
    return Finding(
        **{
            **told,
            "severity": Severity(told["severity"]),
            "period_end": date.fromisoformat(day) if day else None,
        }
    )
