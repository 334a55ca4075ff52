"""Sums of parts of the positions, put together in any way and written and read between, are those of all at once."""

from __future__ import annotations

import io
from collections import defaultdict
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from consolidation.positions.exact_sums import KeySums
from consolidation.positions.partial_sums import (
    LARGEST,
    PartialSums,
    combine,
    no_sums,
    pack,
    together,
    unpack,
)
from consolidation.positions.parties import name_of_ids

IDS = ["b", "a", "ä-company", "d"]
FILES = ["z.parquet", "m.parquet", "a.parquet"]
UNITS = st.integers(0, 2**63) | st.integers(2**63, 2**64 - 1) | st.sampled_from([1, 2])
Row = tuple[int, int, int, int, int]
ROWS = st.lists(
    st.tuples(st.integers(0, 2), *(st.integers(0, len(IDS) - 1) for _ in range(2)), st.integers(0, 2), UNITS),
    max_size=90,
)


def part_of(number: int, row: Row, ids: pl.Series) -> PartialSums:
    """The sums of a row: group and period, party, company, file, units."""
    index, party, entity, file, units = row
    code = dict(zip([*IDS, *FILES], ids.to_physical().to_list(), strict=True))
    columns = {
        "group_period_index": index,
        "kind": 0,
        "party": code[IDS[party]],
        "entity_id": code[IDS[entity]],
        "file": code[FILES[file]],
        "low": units,
        "high": 0,
        "positions": 1,
        "row": number,
    }
    arrays = {name: np.array([value], np.uint64) for name, value in columns.items()}
    tables = {table: together([arrays], table) for table in no_sums(ids).tables}
    sums = KeySums(*(tables["holders"][name] for name in ("party", "low", "high", "positions")))
    return PartialSums({index: sums}, tables, ids)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.data())
def test_parts_put_together_in_any_way_come_to_what_all_rows_come_to(
    rows: list[Row], data: st.DataObject
) -> None:
    ids = pl.Series([*IDS, *FILES]).cast(name_of_ids("test of partial sums"))
    parts = [no_sums(ids), *(part_of(number, row, ids) for number, row in enumerate(rows))]
    while len(parts) > 1:
        some = data.draw(st.integers(2, len(parts)))
        parts = data.draw(st.permutations(parts)) if len(parts) < 9 else parts[::-1]
        found = combine(parts[:some])
        if data.draw(st.booleans()):
            packed = io.BytesIO()
            pack(found, packed)
            found = unpack(packed, ids.dtype)
        parts = [*parts[some:], found]
    (total,) = parts

    names = dict(zip(ids.to_physical().to_list(), ids.cast(pl.String).to_list(), strict=True))
    held: dict[tuple[int, str, str], list[int]] = defaultdict(lambda: [0, 0])
    exposures: dict[tuple[int, str], int] = defaultdict(int)
    positions: dict[tuple[int, str], list[Any]] = defaultdict(list)
    for number, (index, party, entity, file, units) in enumerate(rows):
        of_company = held[index, IDS[party], IDS[entity]]
        of_company[0] += units
        of_company[1] += 1
        exposures[index, IDS[party]] += units
        positions[index, IDS[party]].append((-units, FILES[file], number, IDS[entity]))
    assert {
        (index, party, entity): [int(amount.scaleb(6)), count]
        for index, party, entity, amount, count in total.frame("holders").iter_rows()
    } == held
    for sums in (total.of_sectors(), total.parties):
        assert {
            (index, names[int(key)]): int(high) << 64 | int(low)
            for index, of_one in sums.items()
            for key, low, high, _ in zip(*of_one, strict=True)
        } == exposures
    assert sorted(total.frame("largest").drop("kind").rows()) == sorted(
        (*key, entity, Decimal(-units).scaleb(-6), file, number)
        for key, of_party in positions.items()
        for units, file, number, entity in sorted(of_party)[:LARGEST]
    )
