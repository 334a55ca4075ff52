"""What is added and picked by number is what plain Python adds and picks."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from consolidation.positions.exact_sums import KeySums, add_up, largest

UNITS = st.integers(0, 2**64 - 1) | st.sampled_from([0, 1, 2**63, 2**64 - 1])
PART = st.dictionaries(
    st.integers(0, 9) | st.integers(0, 2**32 - 2), st.tuples(UNITS, st.integers(0, 3)), max_size=8
)


@settings(max_examples=200, deadline=None)
@given(st.lists(PART, min_size=1, max_size=6), st.sampled_from([np.uint64, np.uint32]))
def test_sums_of_parts_carry_beyond_64_bits(parts: list[dict[int, tuple[int, int]]], kind: type) -> None:
    most = int(np.iinfo(kind).max)  # as few bytes as hold them is what a kept sum comes in
    expected: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for part in parts:
        for key, (low, high) in part.items():
            expected[key][0] += min(low, most) + (high << 64)
            expected[key][1] += 1

    found = add_up(
        [
            KeySums(
                np.array([*part], np.uint32),
                np.array([min(low, most) for low, _ in part.values()], kind),
                np.array([high for _, high in part.values()], np.uint8),
                np.ones(len(part), np.int8),
            )
            for part in parts
        ]
    )

    assert {
        int(key): [int(low) + (int(high) << 64), int(positions)]
        for key, low, high, positions in zip(*found, strict=True)
    } == expected


@settings(max_examples=200, deadline=None)
@given(
    arrays.arrays(np.float64, st.integers(0, 900), elements=st.integers(0, 5) | st.integers(0, 10**15)),
    st.integers(1, 20),
)
def test_the_largest_are_so_many_and_those_that_are_as_large(amounts: np.ndarray, most: int) -> None:
    falling = sorted(amounts.tolist(), reverse=True)
    least = falling[min(most, len(falling)) - 1] if falling else 0

    assert largest(amounts, most).tolist() == [n for n, amount in enumerate(amounts) if amount >= least]
