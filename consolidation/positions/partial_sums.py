"""Sums over positions, small enough to travel: what a part of the positions comes to, and how two such parts become one.

A :class:`PartialSums` of any part of the positions has the same form as that of all of them. :func:`combine` is associative
and commutative and every amount in it an exact decimal, so the total is the same bits however the work was cut, in
whatever order it came back. Beside the totals travel the companies that hold the largest parties and the largest
positions, so that an explanation need not read the positions again.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from itertools import accumulate, pairwise
from operator import attrgetter
from typing import Any, BinaryIO
from zipfile import ZipFile

import numpy as np
import polars as pl
import pyarrow as pa

from consolidation.findings import Finding, Severity
from consolidation.money import assert_exact
from consolidation.positions.exact_sums import (
    NO_SUMS,
    KeySums,
    Numbers,
    add_up,
    series_of,
    to_amounts,
    to_halves,
)
from consolidation.positions.parties import NOBODY, name_of_ids

LARGEST = 20
"""Positions kept of one party, the largest first."""

LARGEST_LEFT_OUT = 5
"""Positions kept of one kind that a test leaves out, and shown of one reason."""

KIND = ("group_period_index", "kind")
PARTY = ("group_period_index", "party")
"""What an exposure is to: ``group_period_index`` numbers a group and period, ``party`` is a counterparty or ``scheme/sector``."""

POSITION = ("entity_id", "amount", "file", "row")
"""What a single position says of itself."""


@dataclass(frozen=True, slots=True)
class ExposureTotals:
    """Exposures of one test.

    ``sums``: by group_period_index those of all parties, by the codes of the run's Categorical.
    ``holders``: group_period_index, party, entity_id, amount, positions – the companies behind the largest parties. Where a party was
    among the largest in some blocks only, what it has in the others is in ``sums`` alone.
    ``largest``: group_period_index, party, kind, entity_id, amount, file, row – the largest single positions.
    """

    sums: Mapping[int, KeySums]
    holders: pl.DataFrame
    largest: pl.DataFrame


@dataclass(frozen=True, slots=True)
class PartialSums:
    """The exact sums of some positions, of a part or of all.

    ``kinds``: group_period_index, kind, amount, positions – all positions that belong to a group, by what they are (the number of
    their :class:`~consolidation.positions.context.PositionKind`): what was left out and why, and that there were any.
    ``left_out``: group_period_index, kind, party (who issued it), entity_id, amount, file, row – the largest positions of each kind that
    some test leaves out.
    ``issuers``: group_period_index, kind, party, amount, positions – issuers that are no counterparty and are told of nevertheless: the
    products of a group's own managers, and the debtors in whose place stands a guarantor.
    """

    counterparty: ExposureTotals
    sector: ExposureTotals
    kinds: pl.DataFrame
    left_out: pl.DataFrame
    issuers: pl.DataFrame
    findings: tuple[Finding, ...] = ()

    @property
    def rows(self) -> int:
        """How large they are: all other tables are small beside this one."""
        return sum(_sizes(self.counterparty.sums))

    @property
    def name(self) -> Any:
        """The type of its ids, the run's Categorical."""
        return self.issuers.schema["party"]

    def __reduce__(self) -> tuple[Callable[[bytes, str], PartialSums], tuple[bytes, str]]:
        """Pickled as :func:`pack` has it: Polars by itself writes all ids of the run beside every column of ids."""
        packed = io.BytesIO()
        pack(self, packed)
        return _of_run, (packed.getvalue(), self.name.categories.name())


def _of_run(data: bytes, run: str) -> PartialSums:
    return unpack(io.BytesIO(data), name_of_ids(run))


def sum_parts(sums: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """Totals of several parts as one, exact."""
    summed = sums.group_by(*keys).agg(pl.col("amount", "positions").sum())
    assert_exact(summed, "amount")
    return summed


def add_up_parties(parts: Iterable[Mapping[int, Sequence[KeySums]]]) -> dict[int, KeySums]:
    """Totals by group and period and party of several parts as one, exact."""
    by_group_period: dict[int, list[KeySums]] = {}
    for part in parts:
        for index, sums in part.items():
            by_group_period.setdefault(index, []).extend(sums)
    return {index: add_up(sums) for index, sums in sorted(by_group_period.items())}


def parties_frame(sums: Mapping[int, KeySums], name: pl.DataType) -> pl.DataFrame:
    """group_period_index, party (of ``name``, the run's Categorical), amount, positions."""
    keys, low, high, positions = map(np.concatenate, zip(NO_SUMS, *sums.values(), strict=True))
    return pl.DataFrame(
        [
            pl.Series("group_period_index", np.repeat([*sums], _sizes(sums)), pl.UInt32),
            pl.Series("party", keys).cast(pl.UInt32).cat.to(name),
            to_amounts(low, high),
            pl.Series("positions", positions).cast(pl.UInt64),
        ]
    )


def _sizes(sums: Mapping[int, KeySums]) -> list[int]:
    return [len(of_one.keys) for of_one in sums.values()]


def largest_positions(rows: pl.DataFrame, keys: tuple[str, ...] = PARTY, most: int = LARGEST) -> pl.DataFrame:
    """The largest positions of each party, or of each of other keys, by amount, then file and row; in any order."""
    falling = rows.sort("amount", "file", "row", descending=[True, False, False])
    return falling.group_by(keys).head(most)


def combine(parts: Sequence[PartialSums]) -> PartialSums:
    """The partial sums of several parts as those of one: associative and commutative."""
    if len(parts) == 1:
        return parts[0]
    return PartialSums(
        _combine_totals([part.counterparty for part in parts]),
        _combine_totals([part.sector for part in parts]),
        sum_parts(pl.concat([part.kinds for part in parts]), *KIND),
        largest_positions(pl.concat([part.left_out for part in parts]), KIND, LARGEST_LEFT_OUT),
        sum_parts(pl.concat([part.issuers for part in parts]), *KIND, "party"),
        tuple(finding for part in parts for finding in part.findings),
    )


def _combine_totals(parts: Sequence[ExposureTotals]) -> ExposureTotals:
    return ExposureTotals(
        add_up_parties({index: [sums] for index, sums in part.sums.items()} for part in parts),
        sum_parts(pl.concat([part.holders for part in parts]), *PARTY, "entity_id"),
        largest_positions(pl.concat([part.largest for part in parts])),
    )


OUT_OF_COUNTERPARTY, OUT_OF_SECTOR = 1, 2
"""Bits of what the tests leave out."""

Columns = dict[str, Numbers]
_SUM = ("low", "high", "positions")
_HOLDERS = (*PARTY, "entity_id", *_SUM)
_KINDS = (*KIND, "flag", "party", "entity_id", *_SUM)
_ISSUERS = (*KIND, "party", *_SUM)
_KEPT = (*KIND, "flag", "party", "issuer", "sector", "entity_id", "file", "low", "high", "row")
_LEFT_OUT = (*KIND, "party", "entity_id", "low", "high", "file", "row")
_LARGEST = (*PARTY, "kind", "entity_id", "low", "high", "file", "row")
_TESTS = ("counterparty", "sector")
_TABLES = {
    "kinds": (*KIND, *_SUM),
    "left_out": _LEFT_OUT,
    "issuers": _ISSUERS,
    **{f"{test}.holders": _HOLDERS for test in _TESTS},
    **{f"{test}.largest": _LARGEST for test in _TESTS},
}
"""The frames of :class:`PartialSums` and their columns."""
_ARRAYS = ("group_period_index", "sizes", *KeySums._fields)
_IDS = ("party", "issuer", "sector", "entity_id", "file")
_NOTHING = {
    **dict.fromkeys(_IDS, np.zeros(0, np.uint32)),
    **dict.fromkeys(("low", "high"), np.zeros(0, np.uint64)),
    **dict.fromkeys(("group_period_index", "kind", "positions", "row"), np.zeros(0, np.int64)),
    "flag": np.zeros(0, np.uint8),
}
_NUMBERS: dict[str, type[pl.DataType]] = {
    "group_period_index": pl.UInt32,
    "kind": pl.UInt32,
    "positions": pl.UInt64,
}


@dataclass
class FoundSums:
    """What has been summed of the chunks of a task, ids as codes of the run: columns by :data:`_HOLDERS` and so on."""

    findings: list[Finding]
    parties: dict[int, list[KeySums]] = field(default_factory=dict)
    holders: list[Columns] = field(default_factory=list)
    kinds: list[Columns] = field(default_factory=list)
    issuers: list[Columns] = field(default_factory=list)
    kept: list[Columns] = field(default_factory=list)

    def partial_sums(self, name: pl.DataType) -> PartialSums:
        """What was found, as small frames with ids of the type ``name``, the run's Categorical."""
        kinds, kept = _frame(self.kinds, _KINDS, name), _frame(self.kept, _KEPT, name)
        in_sectors = pl.col("flag") & OUT_OF_SECTOR == 0
        with_sector = kinds.filter(in_sectors & pl.col("party").is_not_null())
        of_sectors = sum_parts(with_sector, *PARTY, "entity_id")
        kept_in_sectors = kept.filter(in_sectors & pl.col("sector").is_not_null())
        return PartialSums(
            ExposureTotals(
                add_up_parties([self.parties]),
                sum_parts(_frame(self.holders, _HOLDERS, name), *PARTY, "entity_id"),
                largest_positions(
                    _shown(kept.filter(pl.col("flag") & OUT_OF_COUNTERPARTY == 0), (*PARTY, "kind"), "party")
                ),
            ),
            ExposureTotals(
                _by_group_period(of_sectors),
                of_sectors,
                largest_positions(_shown(kept_in_sectors, (*PARTY, "kind"), "sector")),
            ),
            sum_parts(kinds, *KIND),
            largest_positions(
                _shown(kept.filter(pl.col("flag") > 0), (*KIND, "party"), "issuer"), KIND, LARGEST_LEFT_OUT
            ),
            sum_parts(_frame(self.issuers, _ISSUERS, name), *KIND, "party"),
            tuple(self.findings),
        )


def _by_group_period(frame: pl.DataFrame) -> dict[int, KeySums]:
    """What a frame of amounts comes to by group and period and party."""
    sums = sum_parts(frame, *PARTY).sort("group_period_index").partition_by("group_period_index")
    return {
        of_one["group_period_index"][0]: KeySums(
            of_one["party"].to_physical().to_numpy(),
            *to_halves(of_one["amount"]),
            of_one["positions"].cast(pl.Int64).to_numpy(),
        )
        for of_one in sums
    }


def _frame(parts: list[Columns], names: tuple[str, ...], kind: pl.DataType) -> pl.DataFrame:
    """Columns of several chunks as one frame, ids and amounts as what they are."""
    columns = {name: np.concatenate([_NOTHING[name], *(part[name] for part in parts)]) for name in names}
    amount = to_amounts(columns.pop("low"), columns.pop("high"))
    numbers = {name: _NUMBERS[name] for name in names if name in _NUMBERS}
    ids = pl.col([name for name in names if name in _IDS])
    frame = pl.DataFrame(columns).with_columns(pl.col(n).cast(t) for n, t in numbers.items())
    return frame.with_columns(amount, pl.when(ids != int(NOBODY)).then(ids).cat.to(kind))


def _columns(frame: pl.DataFrame, kind: pl.DataType) -> Columns:
    """What :func:`_frame` makes a frame of."""
    columns: Columns = {}
    for column in frame:
        if column.name == "amount":
            columns["low"], columns["high"] = to_halves(column)
        elif column.name in _IDS:
            columns[column.name] = column.cast(kind).to_physical().fill_null(int(NOBODY)).to_numpy()
        else:
            columns[column.name] = column.to_numpy()
    return columns


def _shown(kept: pl.DataFrame, keys: tuple[str, ...], party: str) -> pl.DataFrame:
    """Kept positions under one of their parties."""
    named = kept.with_columns(pl.col(party).alias("party"), pl.col("file").cast(pl.String))
    return named.select(*keys, *POSITION)


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
    arrays: dict[str, Sequence[Numbers]] = {}
    for table in _TABLES:
        columns = _columns(attrgetter(table)(sums), sums.name)
        arrays |= {f"{table}/{name}": [column] for name, column in columns.items()}
    for test in _TESTS:
        of_test = getattr(sums, test).sums
        arrays[f"{test}/group_period_index"] = [np.array([*of_test], np.uint64)]
        arrays[f"{test}/sizes"] = [np.array(_sizes(of_test), np.uint64)]
        for name, *parts in zip(KeySums._fields, NO_SUMS, *of_test.values(), strict=True):
            arrays[f"{test}/{name}"] = parts
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
    arrays: Columns = {}
    with ZipFile(file) as packed:
        for member in packed.namelist():
            array, _, kind = member.rpartition(".")
            arrays[array] = np.frombuffer(packed.read(member), kind)
    text = [None, pa.py_buffer(arrays["ends"].astype(np.int64)), pa.py_buffer(arrays["text"])]
    names = series_of(pa.Array.from_buffers(pa.large_string(), len(arrays["ends"]) - 1, text)).cast(name)
    codes = np.append(ids(names), NOBODY)

    def frame(table: str) -> pl.DataFrame:
        columns = {column: arrays[f"{table}/{column}"] for column in _TABLES[table]}
        columns |= {column: codes[columns[column]] for column in columns.keys() & {*_IDS}}
        found = _frame([columns], _TABLES[table], name)
        in_order = dict.fromkeys("amount" if c in ("low", "high") else c for c in _TABLES[table])
        return found.select(*in_order).with_columns(pl.col("^file$").cast(pl.String))

    counterparty, sector = (
        ExposureTotals(
            _of_groups(codes, *(arrays[f"{test}/{array}"] for array in _ARRAYS)),
            frame(f"{test}.holders"),
            frame(f"{test}.largest"),
        )
        for test in _TESTS
    )
    findings = tuple(_finding(one) for one in json.loads(arrays["findings"].tobytes()))
    return PartialSums(counterparty, sector, frame("kinds"), frame("left_out"), frame("issuers"), findings)


def _of_groups(
    codes: Numbers, indices: Numbers, sizes: Numbers, keys: Numbers, *amounts: Numbers
) -> dict[int, KeySums]:
    """Sums by group and period of arrays that hold them one after the other."""
    sums = KeySums(codes[keys], *amounts)
    bounds = accumulate(sizes.tolist(), initial=0)
    slices = (slice(*between) for between in pairwise(bounds))
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
